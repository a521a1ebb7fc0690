"""Latest: at most one piece of work for each key; newer work ends older work."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine, Hashable

T = TypeVar("T")


class Superseded(Exception):  # noqa: N818 - the project's word for it
    """Newer work with the same key began."""


class Latest:
    """Runs coroutines; each `run` ends the one before it with the same key."""

    def __init__(self) -> None:
        """Start with nothing running."""
        self._running: dict[Hashable, asyncio.Task[Any]] = {}

    async def run(self, key: Hashable, work: Coroutine[Any, Any, T]) -> T:
        """What the work returns. Raises Superseded as soon as a newer `run` begins with this key."""
        task = asyncio.ensure_future(work)
        self.end(key)
        self._running[key] = task
        try:
            return await task
        except asyncio.CancelledError:
            caller = asyncio.current_task()
            if caller is not None and caller.cancelling():
                raise  # it is the caller that was cancelled; the work ended with it
            raise Superseded from None
        finally:
            if self._running.get(key) is task:
                del self._running[key]

    def end(self, key: Hashable) -> None:
        """End what runs with this key, as if newer work had begun."""
        if older := self._running.pop(key, None):
            older.cancel()

    def end_all(self) -> None:
        """End everything."""
        for key in list(self._running):
            self.end(key)
