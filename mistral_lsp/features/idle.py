"""Idle: for how long the user has done nothing, and a way to wait for that. What no request waits for is done then."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from mistral_lsp.features.way import Way

if TYPE_CHECKING:
    from collections.abc import Callable


class Idle:
    """One session's pauses. The server calls `touch` for each change and each request."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        """The session begins with a touch."""
        self.way = Way()  # for whoever types, while there is no pause
        self._clock = clock
        self._touched_s = clock()

    def touch(self) -> None:
        """The user did something."""
        self._touched_s = self._clock()

    @property
    def quiet_s(self) -> float:
        """Seconds since the last touch."""
        return self._clock() - self._touched_s

    async def quiet_for(self, seconds: float) -> None:
        """Return at a moment at which there was no touch for so long; at once where that's so now."""
        while (left_s := seconds - self.quiet_s) > 0:  # noqa: ASYNC110 - the wait is for time itself
            await asyncio.sleep(left_s)
