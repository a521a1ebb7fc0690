"""Patience: for how long a stream goes on that no request waits for."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

PAST_DEADLINE_S = 10.0  # it may still serve the next key
TYPED_ON_S = 0.3  # cancelled, but the user has typed what agrees: some editors cancel first and ask a little later
TAKE_OVER_S = 0.002  # cancelled or superseded: the newer request may stand right behind in the pipe


class Patience:
    """At most one time at which it ends."""

    def __init__(self, end: Callable[[], None]) -> None:
        """`end` is called in the event loop; until a time is set, never."""
        self._end = end
        self._timer: asyncio.TimerHandle | None = None

    @property
    def is_limited(self) -> bool:
        """Whether it will end."""
        return self._timer is not None

    def limit(self, seconds: float) -> None:
        """End it then, unless somebody comes to wait for it; never sooner than was settled before."""
        loop = asyncio.get_running_loop()
        when_s = max(loop.time() + seconds, self._timer.when() if self._timer is not None else 0.0)
        self.lift()
        self._timer = loop.call_at(when_s, self._end)

    def lift(self) -> None:
        """Somebody waits for it, or there is nothing to end any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


async def wait_for(event: asyncio.Event, seconds: float) -> None:
    """Wait for so long at most. An event wakes up in the loop's next round who waits; `asyncio.wait`, in the second."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
