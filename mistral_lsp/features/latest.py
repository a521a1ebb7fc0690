"""Latest: at most one piece of work for each key; newer work ends older work."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine, Hashable

T = TypeVar("T")


class Superseded(Exception):  # noqa: N818 - the project's word for it
    """Newer work with the same key began."""


class Latest:
    """Awaits coroutines; each `run` ends the one before it with the same key."""

    def __init__(self) -> None:
        """Start with nothing running."""
        self._running: dict[Hashable, _Run] = {}

    async def run(self, key: Hashable, work: Coroutine[Any, Any, T]) -> T:
        """What the work returns. Raises Superseded as soon as a newer `run` begins with this key."""
        run = _Run(asyncio.current_task())
        self.end(key)
        self._running[key] = run
        try:
            return await work
        except asyncio.CancelledError:
            if not run.is_superseded or run.task is None or run.task.uncancel():
                raise  # it is the caller that was cancelled; the work ended with it
            raise Superseded from None
        finally:
            if self._running.get(key) is run:
                del self._running[key]

    def end(self, key: Hashable) -> None:
        """End what runs with this key, as if newer work had begun."""
        older = self._running.pop(key, None)
        if older is not None and older.task is not None:
            older.is_superseded = True
            older.task.cancel()

    def end_all(self) -> None:
        """End everything."""
        for key in list(self._running):
            self.end(key)


@dataclass(slots=True)
class _Run:
    task: asyncio.Task[Any] | None
    is_superseded: bool = False
