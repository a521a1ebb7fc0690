"""A model that can only be made once something that blocks is known: its token, which a locked keyring holds."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from mistral_lsp.core.prompt import Prompt
    from mistral_lsp.model.base import Model, ModelInfo, Usage

RETRY_S = 60.0  # a keyring that the user didn't unlock is left alone for so long


class LateModel:
    """Reads when it is first asked for something, and goes on as the model that is made with that."""

    def __init__(
        self, read: Callable[[], str], make: Callable[[str], Model], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`read` blocks and raises ModelError, `make` takes what it gives."""
        self._read = read
        self._make = make
        self._clock = clock
        self._reading: asyncio.Future[str] | None = None
        self._failed_s = 0.0
        self._model: Model | None = None

    async def warm_up(self) -> None:
        """Nothing is asked of the user before a request is."""

    def connect(self) -> None:
        """As the model, once it was made."""
        if self._model is not None:
            self._model.connect()

    async def stream(
        self, prompt: Prompt, on_usage: Callable[[Usage], None] | None = None
    ) -> AsyncGenerator[str, None]:
        """As the model that is made."""
        model = await self._made()
        async with contextlib.aclosing(model.stream(prompt, on_usage)) as chunks:
            async for chunk in chunks:
                yield chunk

    async def describe(self) -> ModelInfo:
        """As the model that is made."""
        return await (await self._made()).describe()

    async def close(self) -> None:
        """Close the model, if it was made."""
        if self._reading is not None:
            self._reading.cancel()
        if self._model is not None:
            await self._model.close()

    async def _made(self) -> Model:
        """Whoever asks meanwhile waits for the one reading; a failure stays for a while."""
        if self._model is not None:
            return self._model
        reading = self._reading
        if reading is None or (self._has_failed(reading) and self._clock() - self._failed_s >= RETRY_S):
            reading = self._reading = _in_a_thread(self._read)
            reading.add_done_callback(self._note)
        text = await asyncio.shield(reading)
        if self._model is None:
            self._model = self._make(text)
        return self._model

    def _note(self, reading: asyncio.Future[str]) -> None:
        if self._has_failed(reading):
            self._failed_s = self._clock()

    @staticmethod
    def _has_failed(reading: asyncio.Future[str]) -> bool:
        return reading.done() and not reading.cancelled() and reading.exception() is not None


def _in_a_thread(read: Callable[[], str]) -> asyncio.Future[str]:
    """One that the end of the session doesn't wait for, since a person may never answer."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[str] = loop.create_future()

    def settle(text: str | None, error: Exception | None) -> None:
        if future.done():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(text or "")

    def work() -> None:
        text, error = None, None
        try:
            text = read()
        except Exception as fault:  # noqa: BLE001 - whoever waits raises it
            error = fault
        with contextlib.suppress(RuntimeError):  # the session is over
            loop.call_soon_threadsafe(settle, text, error)

    threading.Thread(target=work, daemon=True, name="late").start()
    return future
