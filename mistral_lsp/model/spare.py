"""Spare: one connection that is open before a request needs it, so that none waits for TCP and TLS.

A stream that is hung up on takes its connection with it, and servers close those that idle: vLLM after 5 seconds.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aiohttp.connector import Connection


class Spare:
    """At most one connection, taken out of the client's pool where one is there."""

    def __init__(self, connect: Callable[[], Awaitable[Connection]], *, idle_s: float) -> None:
        """`connect` takes one from the pool, or opens it. It is closed where nobody needs it within `idle_s`."""
        self._connect = connect
        self._idle_s = idle_s
        self._opening: asyncio.Task[None] | None = None
        self._has_failed = False
        self._connection: Connection | None = None
        self._expiry: asyncio.TimerHandle | None = None

    def prepare(self) -> None:
        """Begin to open it, unless it is there, on its way, or couldn't be opened since the last request."""
        is_there = self._connection is not None and not self._connection.closed
        if self._opening is None and not is_there and not self._has_failed:
            self.drop()
            self._opening = asyncio.ensure_future(self._open())
            self._opening.add_done_callback(self._opened)

    async def use(self) -> None:
        """Put it into the pool, for the request that follows at once. Raises what kept it from opening."""
        self._has_failed = False
        if (opening := self._opening) is not None:
            await asyncio.wait({opening})  # goes on, for others, where who waits is cancelled
            if not opening.cancelled() and (fault := opening.exception()) is not None:
                raise fault
        if (connection := self._take()) is not None:
            connection.release()

    def drop(self) -> None:
        """Close it."""
        if (connection := self._take()) is not None:
            connection.close()

    async def close(self) -> None:
        """Close it, or stop opening it."""
        if self._opening is not None:
            self._opening.cancel()
            await asyncio.wait({self._opening})
        self.drop()

    async def _open(self) -> None:
        self._connection = await self._connect()
        self._expiry = asyncio.get_running_loop().call_later(self._idle_s, self.drop)

    def _opened(self, opening: asyncio.Task[None]) -> None:
        self._opening = None
        # Told by the request that waits for it; where none does, the next one finds out by itself.
        self._has_failed = not opening.cancelled() and opening.exception() is not None

    def _take(self) -> Connection | None:
        if self._expiry is not None:
            self._expiry.cancel()
        connection, self._connection = self._connection, None
        return connection
