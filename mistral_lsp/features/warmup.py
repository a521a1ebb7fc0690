"""Warm-up: in a pause the endpoint reads the prompt that comes next, where its beginning isn't the last one's any more.

What is selected from other files, and where the window begins, changes in pauses alone. The endpoint's prefix cache is
of no use for the prompt after that, and whoever types on would wait until all of it is read. So it is sent before: the
model reads it, and writes nothing, or one token where an engine can't do with less.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from mistral_lsp.features.surroundings import PAUSE_S
from mistral_lsp.model.base import ModelError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from mistral_lsp.core.prompt import Prompt
    from mistral_lsp.features.idle import Idle
    from mistral_lsp.features.request import CompletionRequest
    from mistral_lsp.model.base import Model

log = logging.getLogger(__name__)

QUIET_S = PAUSE_S + 0.5  # the selection is made in the pause's first moments
WORTH_CHARS = 300  # about 100 tokens: fewer are read within the request that needs them


class WarmUp:
    """Sends at most one prompt in a pause, for the place where the user asked last."""

    def __init__(self, model: Model, idle: Idle, make: Callable[[CompletionRequest], Awaitable[Prompt | None]]) -> None:
        """`make` is asked for the prompt of a request, in a pause; None where nothing should be sent now."""
        self._model = model
        self._idle = idle
        self._make = make
        self._last = ""  # the text that was sent last
        self._request: CompletionRequest | None = None
        self._task: asyncio.Task[None] | None = None
        self._is_sending = False

    def sent(self, prompt: Prompt) -> None:
        """The endpoint was asked this."""
        self._last = prompt.text

    def plan(self, request: CompletionRequest) -> None:
        """In the next pause, see to the prompt that follows this request."""
        self._request = request
        if self._task is None or self._task.done():
            self._task = asyncio.ensure_future(self._run())

    def make_way(self) -> None:
        """Something is asked for: a prompt that is being sent is hung up on."""
        if self._is_sending:
            self.end()

    def end(self) -> None:
        """Send nothing more."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    async def _run(self) -> None:
        await self._idle.quiet_for(QUIET_S)
        request, self._request = self._request, None
        self._is_sending = True
        try:
            prompt = await self._make(request) if request else None
            if prompt is not None and _new_chars(self._last, prompt.text) >= WORTH_CHARS:
                await self._send(prompt)
        except ModelError as error:  # nobody has asked
            log.info("the endpoint's cache was not warmed up: %s", type(error).__name__)
        finally:
            self._is_sending = False

    async def _send(self, prompt: Prompt) -> None:
        only_read = replace(prompt, max_tokens=0, stop=(), begins_with="")
        async with contextlib.aclosing(self._model.stream(only_read)) as chunks:
            async for _ in chunks:
                break
        self._last = prompt.text
        log.info("the endpoint has read the next prompt: %d characters", len(prompt.text))


def _new_chars(before: str, now: str) -> int:
    """How many characters of a prompt come after what it has in common with the one before it."""
    low, high = 0, min(len(before), len(now))
    while low < high:  # by halves: comparing slices is quick
        middle = (low + high + 1) // 2
        if before[:middle] == now[:middle]:
            low = middle
        else:
            high = middle - 1
    return len(now) - low
