"""What is remembered of a request, and what is not."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest
from support.cursor import at

from mistral_lsp.core.document import Span
from mistral_lsp.core.reason import Reason
from mistral_lsp.core.suggestion import Suggestion
from mistral_lsp.features.records import CAPACITY, Method, Records
from mistral_lsp.features.request import CompletionRequest
from mistral_lsp.model.base import ModelInfo

INFO = ModelInfo("tgi", "mistralai/Mistral-7B-Instruct-v0.3")


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def request(marked: str = "secret = █\n", language: str = "python", *, invoked: bool = False) -> CompletionRequest:
    return CompletionRequest(at(marked, language, uri="file:///home/somebody/secret.py"), invoked)


def suggestion(text: str) -> Suggestion:
    cursor = request().cursor
    return Suggestion(text, Span(cursor.document, cursor.offset, cursor.offset))


def test_a_record_tells_what_was_shown_and_how_long_it_took() -> None:
    clock = Clock()
    records = Records(clock=clock, wall=lambda: 7.0)
    begun = records.begin(Method.GHOST_TEXT, request(invoked=True))
    clock.now += 0.25
    begun.on_first_text()
    clock.now += 0.25
    record = records.end(begun, suggestion("a + b"), info=INFO, family="mistral-v3")
    assert (record.reason, record.shown_chars) == (None, 5)
    assert (record.first_text_ms, record.total_ms) == (250.0, 500.0)
    assert (record.asked.number, record.asked.at, record.asked.clock_s, record.asked.invoked) == (1, 7.0, 100.0, True)
    assert (record.model, record.family) == ("Mistral-7B-Instruct-v0.3", "mistral-v3")


def test_a_record_of_a_silence_has_its_reason() -> None:
    records = Records()
    record = records.end(records.begin(Method.MENU, request()), Reason.MID_LINE)
    assert (record.reason, record.shown_chars, record.first_text_ms) == (Reason.MID_LINE, 0, None)
    assert (record.asked.method, record.model, record.family) == (Method.MENU, "", "")


def test_a_request_that_could_not_be_read_is_remembered_too() -> None:
    records = Records()
    record = records.end(records.begin(Method.GHOST_TEXT, Reason.NOT_OPEN), Reason.NOT_OPEN)
    assert (record.asked.invoked, record.asked.language, record.asked.lines) == (None, "", 0)


def test_neither_code_nor_a_path_is_remembered() -> None:
    records = Records()
    info = ModelInfo("tgi", "/home/somebody/secret-models/v0.3")
    begun = records.begin(Method.GHOST_TEXT, request(language="secret of mine"))
    record = records.end(begun, suggestion("secret"), info=info)
    assert "secret" not in repr(record)
    assert "somebody" not in repr(record)


@pytest.mark.parametrize(("lines", "bucket"), [(1, 10), (10, 10), (11, 100), (5_000, 10_000)])
def test_a_document_s_length_is_told_roughly(lines: int, bucket: int) -> None:
    begun = Records().begin(Method.GHOST_TEXT, request("\n" * (lines - 1) + "█"))
    assert begun.asked.lines == bucket


def test_the_last_few_hundred_are_kept_newest_first() -> None:
    records = Records()
    for _ in range(CAPACITY + 5):
        records.end(records.begin(Method.GHOST_TEXT, request()), Reason.EMPTY)
    assert [record.asked.number for record in records.newest(3)] == [305, 304, 303]
    assert len(records.newest(10_000)) == CAPACITY
    assert records.count == CAPACITY + 5


def test_a_request_waits_until_it_has_its_answer() -> None:
    clock = Clock()
    records = Records(clock=clock)
    begun = records.begin(Method.GHOST_TEXT, request())
    clock.now += 2.0
    assert records.open_for_s() == [2.0]
    records.end(begun, Reason.EMPTY)
    assert records.open_for_s() == []


def test_nothing_can_change_a_record() -> None:
    records = Records()
    record = records.end(records.begin(Method.GHOST_TEXT, request()), Reason.EMPTY)
    with pytest.raises(FrozenInstanceError):
        record.reason = None  # type: ignore[misc]  # that is what the test is about
