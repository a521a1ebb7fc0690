"""What became of the tokens that an endpoint made."""

from __future__ import annotations

from collections import Counter

from mistral_lsp.bench.replay.endpoint import Stream
from mistral_lsp.bench.replay.fates import Fate, fates
from mistral_lsp.bench.replay.ghost import Shown
from mistral_lsp.bench.replay.sitting import Change, Record

BEFORE = "import os\n"


def stream(have: str, *tokens: str, at_s: float = 1.0, token_s: float = 0.01, most_tokens: int = 64) -> Stream:
    sent = [(at_s + token_s * (number + 1), token) for number, token in enumerate(tokens)]
    return Stream(at_s, (BEFORE + have)[-100:], 9, 9, 9, most_tokens, sent=sent, ended_s=sent[-1][0])


def met(
    streams: list[Stream], *changes: tuple[float, str, int], shown: tuple[Shown, ...] = (), contradicted: bool = False
) -> dict[str, int]:
    record = Record("f", BEFORE, characters=10, streams=streams, appeared=list(shown))
    record.changes = [Change(*change) for change in changes]
    found = fates(record, lambda _: 1.5 if contradicted else None)
    assert found.total() == sum(len(one.sent) for one in streams)
    return {fate.name: count for fate, count in found.items()}


def test_what_was_taken_is_accepted_and_the_newline_behind_it_ends_the_line() -> None:
    one = stream("a =", " b", " +", " c", "\n")
    assert met([one], (0.9, "a =", 0), (2.0, "a = b + c", 6)) == {"ACCEPTED": 3, "LINE_END": 1}


def test_what_was_taken_and_deleted_again_is_not() -> None:
    one = stream("a =", " b", " -")
    shown = (Shown(" b -", 0.9, 1.0, 1.1),)
    came = met([one], (0.9, "a =", 0), (2.0, "a = b -", 4), (2.1, "a = b", 0), (2.3, "a = b +", 0), shown=shown)
    assert came == {"ACCEPTED": 1, "REFUSED": 1}


def test_what_was_typed_all_the_same_is_right() -> None:
    assert met([stream("a =", " b")], (0.9, "a =", 0), (2.0, "a = b", 0)) == {"BY_HAND": 1}


def test_what_is_there_as_it_comes_is_of_no_use() -> None:
    one = stream("a = os.", "path", ".sep")
    assert met([one], (0.9, "a = os.pa", 0), (1.005, "a = os.path", 0), (2.0, "a = os.path.sep", 4)) == {
        "THERE": 1,
        "ACCEPTED": 1,
    }


def test_what_is_wrong_was_shown_or_cut_or_contradicted() -> None:
    typed = (0.9, "a =", 0), (2.0, "a = b", 0)
    shown = (Shown(" c", 0.9, 1.0, 1.1),)
    assert met([stream("a =", " c", " -")], *typed, shown=shown) == {"REFUSED": 1, "CUT": 1}
    assert met([stream("a =", " c", " -")], *typed, contradicted=True) == {"CONTRADICTED": 2}


def test_what_was_made_twice_counts_once() -> None:
    streams = [stream("a =", " b"), stream("a =", " b", at_s=1.2)]
    assert met(streams, (0.9, "a =", 0), (2.0, "a = b", 2)) == {"ACCEPTED": 1, "AGAIN": 1}


def test_behind_a_suggestion_that_was_not_taken_all_is_for_nothing() -> None:
    assert met([stream("a = wrong\n", "b", " =")], (0.9, "a =", 0), (2.0, "a = b", 0)) == {"BEYOND": 2}


def test_a_warm_up_is_one() -> None:
    assert met([stream("a =", " b", most_tokens=1)], (0.9, "a =", 0), (2.0, "a = b", 2)) == {"WARM_UP": 1}


def test_no_streams_no_fates() -> None:
    assert fates(Record("f", BEFORE, characters=10, streams=[]), lambda _: None) == Counter[Fate]()
