"""An endpoint that fails is left alone for a while, and tried again by one request at a time."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.cursor import at
from support.fake_model import FakeModel
from support.typist import Typist

from mistral_lsp.core.reason import Reason
from mistral_lsp.core.suggestion import Suggestion
from mistral_lsp.features.circuit import FAILURES, FIRST_S, LONGEST_S, LONGEST_WISH_S, Circuit
from mistral_lsp.features.request import CompletionRequest
from mistral_lsp.model.base import Broken, ModelError, Overloaded, TooLong, Unreachable

DOWN = Unreachable("down", advice="")
BUSY = Overloaded("busy", advice="")


class Watched:
    """A circuit whose clock is turned by hand."""

    def __init__(self, drawn: float = 0.0) -> None:
        self.now_s = 0.0
        self.circuit = Circuit(clock=lambda: self.now_s, draw=lambda: drawn)

    def fails(self, error: ModelError = DOWN, *, times: int = 1) -> None:
        for _ in range(times):
            self.circuit.failed(error)

    def lets_through_after(self, seconds: float) -> bool:
        self.now_s += seconds
        may_pass = self.circuit.refusal() is None
        if may_pass:
            self.circuit.tried()
        return may_pass


def test_a_few_failures_hold_nothing_back() -> None:
    watched = Watched()
    watched.fails(times=FAILURES - 1)
    assert watched.lets_through_after(0)
    assert not watched.circuit.is_open


def test_after_more_it_is_left_alone_and_then_tried_by_one() -> None:
    watched = Watched()
    watched.fails(times=FAILURES)
    assert watched.circuit.refusal() is Reason.LEFT_ALONE
    assert not watched.lets_through_after(FIRST_S / 2)
    assert watched.lets_through_after(FIRST_S / 2)
    assert not watched.lets_through_after(0)  # while that one tries
    watched.circuit.succeeded()
    assert watched.lets_through_after(0)


def test_however_long_that_one_takes_no_other_is_let_through_beside_it() -> None:
    watched = Watched()
    watched.fails(times=FAILURES)
    assert watched.lets_through_after(FIRST_S)
    watched.now_s += 1000 * FIRST_S
    assert watched.circuit.refusal(is_trying=True) is Reason.LEFT_ALONE


def test_one_that_is_left_before_it_says_anything_keeps_the_next_one_waiting() -> None:
    watched = Watched()
    watched.fails(times=FAILURES)
    assert watched.lets_through_after(FIRST_S)
    assert not watched.lets_through_after(FIRST_S * 0.99)
    assert watched.lets_through_after(FIRST_S * 0.01)


def test_the_wait_doubles_to_a_limit() -> None:
    watched = Watched()
    watched.fails(times=FAILURES)
    for wait_s in (FIRST_S, 2 * FIRST_S, 4 * FIRST_S):
        assert not watched.lets_through_after(wait_s * 0.99)
        assert watched.lets_through_after(wait_s * 0.01)
        watched.fails()
    watched.fails(times=50)
    assert not watched.lets_through_after(LONGEST_S * 0.99)
    assert watched.lets_through_after(LONGEST_S * 0.01)


def test_chance_takes_off_up_to_half() -> None:
    watched = Watched(drawn=1.0)
    watched.fails(times=FAILURES)
    assert watched.lets_through_after(FIRST_S / 2)


def test_an_overloaded_one_is_left_alone_at_once_and_for_as_long_as_it_says() -> None:
    watched = Watched()
    watched.fails(BUSY)
    assert watched.circuit.refusal() is Reason.OVERLOADED
    assert watched.lets_through_after(FIRST_S)
    watched.fails(Overloaded("busy", advice="", retry_after_s=20.0))
    assert not watched.lets_through_after(19.9)
    assert watched.lets_through_after(0.2)
    watched.fails(Overloaded("busy", advice="", retry_after_s=1e9))
    assert watched.lets_through_after(LONGEST_WISH_S)


def test_who_finds_a_prompt_too_long_is_well() -> None:
    watched = Watched()
    watched.fails(times=FAILURES)
    watched.fails(TooLong("too long", advice=""), times=10)
    assert not watched.circuit.is_open


@given(
    events=st.lists(
        st.one_of(st.sampled_from([DOWN, BUSY, Broken("cut", advice=""), None]), st.floats(0, 100)), max_size=40
    )
)
def test_it_always_lets_a_request_through_in_the_end_and_after_a_success_at_once(
    events: list[ModelError | float | None],
) -> None:
    watched = Watched()
    for event in events:
        if isinstance(event, float):
            watched.lets_through_after(event)
        elif event is None:
            watched.circuit.succeeded()
            assert watched.circuit.refusal() is None
        else:
            watched.fails(event)
    assert watched.lets_through_after(LONGEST_S)


@given(steps=st.lists(st.sampled_from(["ask", "answered", "failed", "left", "wait", "wait long"]), max_size=60))
def test_while_it_is_open_requests_go_one_at_a_time_and_never_close_together(steps: list[str]) -> None:
    watched, on_the_way, last_s = Watched(), 0, 0.0
    watched.fails(times=FAILURES)
    for step in steps:
        if step == "ask":
            if watched.circuit.refusal(is_trying=on_the_way > 0) is None:
                if watched.circuit.is_open:
                    assert on_the_way == 0
                    assert watched.now_s - last_s >= FIRST_S
                    last_s = watched.now_s
                watched.circuit.tried()
                on_the_way += 1
        elif step.startswith("wait"):
            watched.now_s += LONGEST_S if step == "wait long" else 0.4
        elif on_the_way:
            on_the_way -= 1
            if step == "answered":
                watched.circuit.succeeded()
            elif step == "failed":
                watched.fails()


async def test_what_is_typed_is_silent_meanwhile_and_what_is_asked_for_by_hand_tried_at_once() -> None:
    typist = Typist(FakeModel(error=DOWN))
    for number in range(FAILURES):
        with pytest.raises(Unreachable):
            await typist.at(f"x{number} = █\n")
    asked = typist.asked
    assert await typist.at("y = █\n") is Reason.LEFT_ALONE
    assert typist.asked == asked
    typist.model.error, typist.model.reply = None, "foo(1)\n"
    assert await typist.at("y = █\n", invoked=True) == "foo(1)"
    assert await typist.at("z = █\n") == "foo(1)"  # it is well again


async def test_a_place_where_nothing_is_asked_does_not_use_up_the_try() -> None:
    typist = Typist(FakeModel(error=DOWN))
    typist.completer.circuit.failed(BUSY)
    assert await typist.at("a█b = \n") is Reason.MID_WORD
    assert await typist.at("ab = x + █\n") is Reason.OVERLOADED


async def test_a_request_that_is_left_before_anything_comes_is_no_sign_of_health() -> None:
    model = FakeModel("foo(1)\n", gate=asyncio.Event())
    typist = Typist(model)
    typist.completer.circuit.failed(BUSY)
    asking = asyncio.ensure_future(typist.at("x = █\n", invoked=True))
    await model.waiting.wait()
    typist.goes_to("y = █\n")
    await asking
    assert not model.open_streams
    assert typist.completer.circuit.is_open


async def test_a_try_that_the_user_types_past_is_not_made_again_at_each_key() -> None:
    watched, model = Watched(), FakeModel("foo(1)\n", gate=asyncio.Event())
    typist = Typist(model)
    typist.completer.circuit = watched.circuit
    watched.fails(times=FAILURES)
    watched.now_s += FIRST_S
    trying = typist.asks("x = █\n")
    await model.waiting.wait()
    typist.goes_to("ax = █\n")
    await trying
    assert not model.open_streams
    assert await typist.at("abx = █\n") is Reason.LEFT_ALONE
    assert typist.asked == 1


async def test_while_one_request_tries_the_others_are_held_back() -> None:
    watched, model = Watched(), FakeModel("foo(1)\n", gate=asyncio.Event())
    typist = Typist(model)
    typist.completer.circuit = watched.circuit
    watched.fails(times=FAILURES)
    watched.now_s += FIRST_S
    trying = typist.asks("x = █\n")
    await model.waiting.wait()
    watched.now_s += 1000 * FIRST_S
    other = CompletionRequest(at("y = █\n", uri="file:///other.py"), invoked=False)
    assert await typist.completer.complete(other) is Reason.LEFT_ALONE
    assert model.gate is not None
    model.gate.set()
    assert await trying == "foo(1)"
    assert isinstance(await typist.completer.complete(other), Suggestion)


async def test_by_hand_a_moment_s_fault_is_tried_once_more_where_nothing_has_come() -> None:
    model = _Flaky()
    assert await Typist(model).at("x = █\n", invoked=True) == "foo(1)"
    assert len(model.prompts) >= 2
    with pytest.raises(Unreachable):
        await Typist(_Flaky()).at("x = █\n")
    with pytest.raises(Broken):
        await Typist(FakeModel("fo", error=Broken("cut", advice=""))).at("x = █\n", invoked=True)


class _Flaky(FakeModel):
    """It fails the first time alone."""

    def __init__(self) -> None:
        super().__init__("foo(1)\n")

    async def stream(self, prompt: object, on_usage: object = None) -> object:  # type: ignore[override]
        self.error, self.reply = (None, "foo(1)\n") if self.prompts else (DOWN, "")
        async for chunk in super().stream(prompt, on_usage):  # type: ignore[arg-type]
            yield chunk
