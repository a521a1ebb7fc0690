from __future__ import annotations

from typing import Any

import pytest

from mistral_lsp.bench.replay.endpoint import Stream
from mistral_lsp.bench.replay.ghost import Counts, Shown
from mistral_lsp.bench.replay.scores import Bar, bars, disagreed_s, figures
from mistral_lsp.bench.replay.sitting import Change, Record

BEFORE = "import os\n"


def stream(prompt: str, *sent: tuple[float, str], at_s: float = 1.0, ended_s: float = 9.0, **about: int) -> Stream:
    numbers: dict[str, Any] = {"prompt_tokens": 100, "repeated": 90, "cached": 95, "most_tokens": 64} | about
    return Stream(at_s, prompt[-100:], sent=list(sent), ended_s=ended_s, **numbers)


def changes(*typed: tuple[float, str]) -> list[Change]:
    return [Change(at_s, have) for at_s, have in typed]


def test_typing_what_comes_is_no_disagreement() -> None:
    one = stream(BEFORE + "a =", (1.2, " b"), (1.3, " + c"))
    assert disagreed_s(one, changes((0.9, "a = "), (1.25, "a = b"), (1.4, "a = b + cc")), BEFORE) is None


def test_the_key_that_disagrees_is_the_moment() -> None:
    one = stream(BEFORE + "a =", (1.2, " b"), (1.3, " + c"))
    assert disagreed_s(one, changes((0.9, "a ="), (1.25, "a = x")), BEFORE) == 1.25


def test_a_token_that_disagrees_with_what_was_typed_before_is_the_moment() -> None:
    one = stream(BEFORE + "a =", (1.2, " b"))
    assert disagreed_s(one, changes((0.9, "a ="), (1.1, "a = x")), BEFORE) == 1.2


def test_a_word_that_the_prompt_held_back_is_typed_already() -> None:
    one = stream(BEFORE + "a = os.", (1.2, "path"), (1.3, "sep"))
    assert disagreed_s(one, changes((0.9, "a = os.pa"), (1.25, "a = os.path")), BEFORE) is None
    assert disagreed_s(one, changes((0.9, "a = os.pi")), BEFORE) == 1.2


def test_deleting_to_before_the_prompts_end_is_a_disagreement() -> None:
    one = stream(BEFORE + "a = b", (1.2, "c"))
    assert disagreed_s(one, changes((0.9, "a = b"), (1.3, "a =")), BEFORE) == 1.3


def test_what_comes_after_the_streams_end_is_none() -> None:
    one = stream(BEFORE + "a =", (1.2, " b"), ended_s=2.0)
    assert disagreed_s(one, changes((0.9, "a ="), (2.1, "a = x")), BEFORE) is None


def test_the_space_at_the_beginning_may_be_missing() -> None:
    one = stream(BEFORE + "a =", (1.2, "b"))
    assert disagreed_s(one, changes((0.9, "a = "), (1.3, "a = b")), BEFORE) is None


def record(**about: object) -> Record:
    one = Record("a.py: f", BEFORE, characters=100, began_s=0.0, ended_s=20.0, keys=40, counts=Counts(30, 10))
    one.accepted_texts = ["return value", "pass"]
    one.appeared = [Shown("return value", 1.0, 1.05, 1.15), Shown("x", 2.0, 2.05, 2.35)]
    one.streams = []
    for name, value in about.items():
        setattr(one, name, value)
    return one


def test_the_figures_add_up() -> None:
    streams = [
        stream(BEFORE, (1.1, "a"), (1.2, "b")),
        stream(BEFORE, (2.1, "c"), at_s=2.0, ended_s=2.5, repeated=98),
        stream(BEFORE, (9.1, "c"), at_s=9.0, ended_s=9.5, repeated=0, cached=0),  # after a pause
        stream(BEFORE, at_s=9.2, ended_s=9.3, most_tokens=1, repeated=100),  # a warm-up
    ]
    one = figures([record(streams=streams)])
    assert one.saved == pytest.approx(0.6)
    assert (one.shown, one.accepted, one.accepted_characters) == (2, 2, 16)
    assert one.shown_p50_ms == pytest.approx(200)
    assert one.key_p50_ms == pytest.approx(250)
    assert (one.requests, one.warm_ups, one.requests_per_100) == (3, 1, 3)
    assert (one.tokens_made, one.hung_up) == (4, 4)
    assert one.tokens_per_accepted == pytest.approx(4 / one.tokens_accepted)
    assert one.repeated_in_burst == pytest.approx((98 + 100) / 200)
    assert one.cached == pytest.approx((95 + 95 + 0 + 95) / 400)


def test_hanging_up_is_timed_from_the_disagreement() -> None:
    one = stream(BEFORE + "a =", (1.1, " b"), (1.4, " + c"), ended_s=1.5)
    told = figures([record(streams=[one], changes=changes((0.9, "a ="), (1.3, "a = x")))])
    assert told.hang_up_p95_ms == pytest.approx(200)
    assert told.tokens_after_disagreement == 1


def test_an_endpoint_of_the_users_own_tells_nothing() -> None:
    one = figures([record(streams=None)])
    assert (one.requests, one.tokens_made, one.hang_up_p95_ms) == (None, None, None)
    assert one.saved == pytest.approx(0.6)


def test_the_bars_are_held_to_the_worst_lane() -> None:
    fast, slow = figures([record()]), figures([record(keys=70)])
    held = {bar.name: bar for bar in bars([("50 ms", fast), ("350 ms", slow)], slow="350 ms", fast="50 ms")}
    saved = held["characters saved at 350 ms against 50 ms"]
    assert saved.value == pytest.approx(0.5)
    assert saved.holds is False
    assert held["requests per 100 characters"].value == 0
    assert held["hang-up after disagreement, p95"].holds is None


def test_a_bar_is_a_floor_or_a_ceiling() -> None:
    assert Bar("a", 0.95, 0.9, is_floor=True).holds
    assert not Bar("a", 0.95, 0.9).holds
