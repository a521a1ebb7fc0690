"""The embedded model: llama.cpp in a process of its own, started when it is first needed and stopped with the server.

Without a file of the user's own it runs a model of 135 million parameters, which is for trying out.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from mistral_lsp.model import engine_process, llamacpp
from mistral_lsp.model import llamacpp_wire as wire
from mistral_lsp.model import weights as own_weights
from mistral_lsp.model.base import Broken, Closed, ModelError, ModelInfo, Unreachable, Usage

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable
    from pathlib import Path

    from mistral_lsp.core.prompt import Prompt
    from mistral_lsp.model.engine_process import Engine

WHERE = "the embedded engine"
CONTEXT_TOKENS = 4096
FAILED_S = 30.0  # a start that failed isn't tried again at every keystroke


class EmbeddedModel:
    """A Model on this machine."""

    def __init__(
        self,
        weights: Path | None = None,
        *,
        fetch: bool = True,
        on_progress: Callable[[int, int], None] | None = None,
        threads: int | None = None,
    ) -> None:
        """`weights` is a GGUF file; None is the small model, fetched where it is missing and `fetch` allows it.

        `on_progress` hears of bytes there and bytes in all. `threads` None leaves one core to the editor.
        """
        self._weights = weights
        self._may_fetch = fetch
        self._on_progress = on_progress or (lambda _done, _total: None)
        self._threads = threads
        self._engine: Engine | None = None
        self._starting: asyncio.Task[Engine] | None = None
        self._failed: tuple[float, ModelError] | None = None  # when, and why
        self._is_closed = False

    async def warm_up(self) -> None:
        """Nothing: the engine starts on the first need, since many sessions never ask it."""

    def connect(self) -> None:
        """A connection within this machine costs nothing worth saving."""

    async def stream(
        self, prompt: Prompt, on_usage: Callable[[Usage], None] | None = None
    ) -> AsyncGenerator[str, None]:
        """Yield the answer's text up to a stop string. The first one starts the engine, and goes on if we leave."""
        engine = await self._running()
        body = wire.body_of(prompt)
        try:
            texts = llamacpp.answer(engine.http, WHERE, wire.path_of(prompt), body, on_usage)
            async with contextlib.aclosing(texts):
                async for text in texts:
                    yield text
        except (Broken, Unreachable):
            if not await engine.has_ended():
                raise
        else:
            return
        raise Broken("the embedded engine ended within its answer", advice=_ADVICE_AGAIN)

    async def describe(self) -> ModelInfo:
        """Ask the engine, which starts it."""
        engine = await self._running()
        reply = await engine.http.get("/props")
        if not isinstance(properties := reply.json, dict):
            raise wire.problem_of_reply(WHERE, reply)
        info = llamacpp.info_of(properties, engine="embedded")
        return replace(info, version=f"xllamacpp {engine.version}")

    async def close(self) -> None:
        """Stop the engine and wait until it is gone."""
        self._is_closed = True
        if (starting := self._starting) is not None:
            starting.cancel()
            await asyncio.wait([starting])
        if self._engine is not None:
            engine, self._engine = self._engine, None
            await engine.stop()

    async def _running(self) -> Engine:
        """The engine. However many wait there is one start, and it goes on when those who wait have left."""
        if self._is_closed:
            raise Closed
        if self._engine is not None and self._engine.is_running:
            return self._engine
        if self._failed is not None and time.monotonic() < self._failed[0] + FAILED_S:
            raise _again(self._failed[1])
        if self._starting is None:
            self._starting = asyncio.ensure_future(self._start())
            self._starting.add_done_callback(self._started)
        return await asyncio.shield(self._starting)

    async def _start(self) -> Engine:
        if self._engine is not None:  # it died
            await self._engine.stop()
        path = self._weights or own_weights.find()
        if path is None and not self._may_fetch:
            raise Unreachable(
                "the embedded model isn't there", advice="Run `mistral-lsp fetch`, which fetches it once."
            )
        path = path or await own_weights.fetch(on_progress=self._on_progress)
        if not await asyncio.to_thread(path.is_file):
            raise Unreachable(f"there is no model in {path}", advice=engine_process.ADVICE_MODEL)
        return await engine_process.start(path, threads=self._threads, context_tokens=CONTEXT_TOKENS)

    def _started(self, starting: asyncio.Task[Engine]) -> None:
        self._starting = None
        if starting.cancelled():
            return
        error = starting.exception()
        self._failed = (time.monotonic(), error) if isinstance(error, ModelError) else None
        self._engine = None if error else starting.result()


def _again(error: ModelError) -> ModelError:
    """The same error, without the traceback of its first time."""
    return type(error)(str(error), advice=error.advice)


_ADVICE_AGAIN = "Ask again: the engine is started anew where it has ended."
