"""The answer to "Why is there no suggestion?", in words."""

from __future__ import annotations

import re

from support.cursor import at

from mistral_lsp.core.advice import ADVICE
from mistral_lsp.core.document import Span
from mistral_lsp.core.reason import Reason
from mistral_lsp.core.suggestion import Suggestion
from mistral_lsp.features.acceptance import Counts
from mistral_lsp.features.records import Method, Records
from mistral_lsp.features.request import CompletionRequest
from mistral_lsp.features.why import counted, explain, in_one_line

CURSOR = at("x = █\n")
SHOWN = Suggestion("a + b", Span(CURSOR.document, CURSOR.offset, CURSOR.offset))


def records_of(*outcomes: Suggestion | Reason) -> Records:
    records = Records()
    for outcome in outcomes:
        records.end(records.begin(Method.GHOST_TEXT, CompletionRequest(CURSOR, invoked=False)), outcome, family="base")
    return records


def test_each_request_is_a_line_newest_first() -> None:
    told = explain(records_of(SHOWN, Reason.MID_WORD))
    silent, shown = re.findall(r"^- .*$", told, re.MULTILINE)
    about = r"\(ghost text, automatic, python, up to 10 lines, prompts base\)"
    assert re.fullmatch(rf"- \d\d:\d\d:\d\d nothing shown, since the cursor is inside a word; \d+ ms {about}", silent)
    assert re.fullmatch(rf"- \d\d:\d\d:\d\d shown, 5 characters; \d+ ms {about}", shown)


def test_the_newest_silence_gets_its_advice() -> None:
    told = in_one_line(records_of(Reason.DISABLED, Reason.MID_LINE, SHOWN))
    assert told.startswith("The last request was answered with text. Before that: Nothing was shown")
    assert str(Reason.MID_LINE) in told
    assert ADVICE[Reason.MID_LINE] in told
    assert str(Reason.DISABLED) not in told


def test_twenty_lines_are_enough() -> None:
    told = explain(records_of(*[Reason.EMPTY] * 25))
    assert "The last 20 of 25 requests" in told
    assert told.count("\n- ") == 20


def test_where_nothing_was_asked_that_is_the_answer() -> None:
    assert "The editor has asked for nothing yet" in explain(records_of())


def test_where_all_was_shown_the_editor_is_the_place_to_look() -> None:
    assert "the editor hides it" in explain(records_of(SHOWN))


def test_the_model_s_own_words_are_there() -> None:
    assert "The model: http://gpu refused. Start it." in explain(
        records_of(Reason.MODEL_FAILED), fault="http://gpu refused. Start it."
    )


def test_a_request_that_waits_is_told() -> None:
    now = [0.0]
    records = Records(clock=lambda: now[0])
    records.begin(Method.GHOST_TEXT, CompletionRequest(CURSOR, invoked=False))
    assert "waited" not in in_one_line(records)
    now[0] = 4.0
    assert "A request has waited for 4.0 s." in in_one_line(records)


def test_the_counts_are_lines_too() -> None:
    told = counted(12_000, Counts(shown=40, accepted=9, kept=7, characters_saved=1_234))
    assert re.findall(r"\d[\d,]*", told) == ["12,000", "40", "9", "7", "30", "1,234"]
