"""Asked by hand there is a choice."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from support.fake_model import FakeModel
from support.typist import Typist
from support.waiting import until

from mistral_lsp.core.suggestion import Suggestion
from mistral_lsp.features import candidates

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from mistral_lsp.core.prompt import Prompt
    from mistral_lsp.model.base import Usage


class Sampler(FakeModel):
    """Says what stands beside a prompt's seed."""

    def __init__(self, texts: dict[int | None, str]) -> None:
        super().__init__()
        self.texts = texts
        self.most_streams = 0
        self.stall: asyncio.Event | None = None  # of those with a seed

    async def stream(
        self, prompt: Prompt, on_usage: Callable[[Usage], None] | None = None
    ) -> AsyncGenerator[str, None]:
        self.reply = self.texts[prompt.seed]
        self.gate = self.stall if prompt.seed is not None else None
        async for chunk in super().stream(prompt, on_usage):
            self.most_streams = max(self.most_streams, self.open_streams)
            yield chunk


FIRST, SECOND = candidates.SEEDS


async def offered(typist: Typist, marked: str) -> tuple[str, ...]:
    outcome = await typist.outcome(marked, invoked=True)
    assert isinstance(outcome, Suggestion)
    return outcome.text, *outcome.others


async def test_up_to_three_texts_are_offered_two_streams_at_a_time() -> None:
    model = Sampler({None: "foo(1)\n", FIRST: "bar(2)\n", SECOND: "baz(3)\n"})
    assert await offered(Typist(model), "x = █\n") == ("foo(1)", "bar(2)", "baz(3)")
    assert model.most_streams == 2
    assert not model.open_streams


async def test_only_what_differs_is_offered() -> None:
    model = Sampler({None: "foo(1)\n", FIRST: "foo(1)\nmore", SECOND: "\x1b[31m\n"})
    assert await offered(Typist(model), "x = █\n") == ("foo(1)",)


async def test_asked_again_they_are_the_same_at_once() -> None:
    model = Sampler({None: "foo(1)\n", FIRST: "bar(2)\n", SECOND: "baz(3)\n"})
    typist = Typist(model)
    first = await offered(typist, "x = █\n")
    asked = typist.asked
    assert await offered(typist, "x = █\n") == first
    assert typist.asked == asked


async def test_what_was_typed_leaves_those_that_agree() -> None:
    typist = Typist(Sampler({None: "foo(1)\n", FIRST: "far(2)\n", SECOND: "baz(3)\n"}))
    await offered(typist, "x = █\n")
    assert await offered(typist, "x = f█\n") == ("oo(1)", "ar(2)")


async def test_an_automatic_request_has_one() -> None:
    typist = Typist(Sampler({None: "foo(1)\n", FIRST: "bar(2)\n", SECOND: "baz(3)\n"}))
    outcome = await typist.outcome("x = █\n")
    assert isinstance(outcome, Suggestion)
    assert outcome.others == ()
    assert typist.asked == 1


async def test_one_that_stalls_is_not_waited_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(candidates, "LEAST_S", 0.05)
    model = Sampler({None: "foo(1)\n", FIRST: "bar\n", SECOND: "baz\n"})
    model.stall = asyncio.Event()
    assert await offered(Typist(model), "x = █\n") == ("foo(1)",)
    await until(lambda: not model.open_streams)


async def test_cancelled_the_streams_end() -> None:
    model = Sampler({None: "foo(1)\n", FIRST: "bar\n", SECOND: "baz\n"})
    model.stall = asyncio.Event()
    asking = asyncio.ensure_future(offered(Typist(model), "x = █\n"))
    await until(lambda: model.open_streams == 2)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    await until(lambda: not model.open_streams)
