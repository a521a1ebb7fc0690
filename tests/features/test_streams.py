"""Whatever the user does, a client has two streams at a time at most."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.cursor import at
from support.fake_model import FakeModel
from support.typist import Typist

from mistral_lsp.features import warmup
from mistral_lsp.features.completion import MAX_STREAMS
from mistral_lsp.features.idle import Idle
from mistral_lsp.features.request import CompletionRequest
from mistral_lsp.features.surroundings import Surroundings

if TYPE_CHECKING:
    from collections.abc import Coroutine

ROUNDS = 12  # of the loop: a stream that is hung up on is gone by then

ACTIONS = st.sampled_from(["type", "delete", "accept", "ask", "by hand", "elsewhere", "cancel", "answer", "pause"])


class Session:
    """One user, two documents, and a model that answers when the test lets it."""

    def __init__(self, surroundings: Surroundings) -> None:
        self.model = FakeModel("foo(1)\ny = 2\n", gate=asyncio.Event())
        self.typist = Typist(self.model, surroundings=surroundings, fetch_ahead="always", deadline_s=0.02)
        self.typed = ""
        self.asked: list[asyncio.Task[object]] = []

    async def do(self, action: str) -> None:
        if action == "type":
            self.typed += "foo(1)"[len(self.typed) % 6]
        elif action == "delete":
            self.typed = self.typed[:-1]
        elif action == "accept":
            self.typed += "foo(1)"[len(self.typed) % 6 :]
        elif action == "cancel" and self.asked:
            self.asked.pop().cancel()
        elif action == "pause":
            await asyncio.sleep(0.03)
        elif action == "answer" and self.model.gate is not None:
            self.model.gate.set()
            await asyncio.sleep(0.001)
            self.model.gate = asyncio.Event()
        if action in {"type", "delete", "accept"}:
            self.typist.goes_to(f"x = {self.typed}█\n")
        if action in {"type", "ask", "by hand", "elsewhere"}:
            uri = "file:///project/b.py" if action == "elsewhere" else "file:///project/a.py"
            request = CompletionRequest(at(f"x = {self.typed}█\n", uri=uri), invoked=action == "by hand")
            self.asked.append(asyncio.ensure_future(self._ask(request)))

    async def _ask(self, request: CompletionRequest) -> object:
        return await self.typist.completer.complete(request)


@settings(deadline=None)
@given(actions=st.lists(ACTIONS, max_size=30))
def test_there_are_never_more_streams_than_two(actions: list[str]) -> None:
    async def live() -> None:
        work: list[Coroutine[None, None, None]] = []
        session = Session(Surroundings(Idle(), root_of=lambda _: "", spawn=work.append))
        for action in actions:
            await session.do(action)
            for _ in range(ROUNDS):
                await asyncio.sleep(0)
            assert session.model.open_streams <= MAX_STREAMS
        session.typist.completer.end()
        for task in session.asked:
            task.cancel()
        await asyncio.gather(*session.asked, return_exceptions=True)
        for coroutine in work:
            coroutine.close()
        for _ in range(ROUNDS):
            await asyncio.sleep(0)
        assert session.model.open_streams == 0

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(warmup, "QUIET_S", 0.001)
        patch.setattr(warmup, "WORTH_CHARS", 1)
        asyncio.run(live())
