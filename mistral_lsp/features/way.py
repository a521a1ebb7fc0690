"""Way: whoever types goes first. Longer work asks for the way between its slices."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROUNDS = 4  # of the loop: what stands in line behind begins one a round
AT_MOST_S = (
    0.02  # a slice waits: most of a completion's time is the endpoint's, and nothing is gained by waiting for that
)


class Way:
    """One session's."""

    def __init__(self) -> None:
        """It is free."""
        self.on_taken: Callable[[], None] = lambda: None  # what only goes on while nobody waits
        self._taken = 0
        self._freed = asyncio.Event()

    @contextlib.contextmanager
    def taken(self) -> Iterator[None]:
        """Somebody types, and waits for an answer."""
        self._taken += 1
        self._freed.clear()
        self.on_taken()
        try:
            yield
        finally:
            self._taken -= 1
            if not self._taken:
                self._freed.set()

    async def free(self) -> None:
        """Return once nobody does, or after a while."""
        for _ in range(ROUNDS):
            await asyncio.sleep(0)
        if self._taken:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(AT_MOST_S):
                    await self._freed.wait()
