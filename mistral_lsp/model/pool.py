"""Pool: the connections to one endpoint that are kept for later, and one that is open before a request needs it.

A stream that is hung up on takes its connection with it, and servers close those that idle: vLLM after 5 seconds. So
the next one is opened while the user types, and no request waits for TCP and TLS.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from mistral_lsp.model.connection import Connection

MAX_CONNECTIONS = 16  # that are in use at a time; who needs one more waits
CLOSING_ROUNDS = 3  # of the loop, from an abort to the end of the socket: one for TLS, one for TCP, one to spare


class Pool:
    """Connections that are free are kept for a while; the one that was used last is used first."""

    def __init__(self, dial: Callable[[], Awaitable[Connection]], *, idle_s: float) -> None:
        """`dial` opens one. It is closed where nobody needs it within `idle_s`; 0 keeps none."""
        self._dial = dial
        self._idle_s = idle_s
        self._free: dict[Connection, asyncio.TimerHandle] = {}  # with when it is closed
        self._lent: set[Connection] = set()
        self._turns = asyncio.Semaphore(MAX_CONNECTIONS)
        self._opening: asyncio.Task[None] | None = None
        self._has_failed = False
        self._is_closed = False

    def prepare(self) -> None:
        """Begin to open one, unless one is free, on its way, or couldn't be opened since the last request."""
        if self._idle_s and self._opening is None and not self._has_failed and not self._is_closed:
            self._drop_lost()
            if not self._free:
                self._opening = asyncio.ensure_future(self._open())
                self._opening.add_done_callback(self._opened)

    async def take(self) -> Connection:
        """One for a request, which is to `put` it back. Raises what keeps it from opening."""
        self._has_failed = False
        if (opening := self._opening) is not None:
            await asyncio.wait({opening})  # goes on, for others, where who waits is cancelled
            if not opening.cancelled() and (fault := opening.exception()) is not None:
                raise fault
        await self._turns.acquire()
        try:
            connection = self._taken() or await self._dial()
        except BaseException:
            self._turns.release()
            raise
        self._lent.add(connection)
        if self._is_closed:
            self.put(connection)
            raise ConnectionResetError
        return connection

    def put(self, connection: Connection) -> None:
        """The request is over. Where its answer wasn't read to the end, this hangs up."""
        self._lent.discard(connection)
        self._turns.release()
        self._keep(connection)

    async def close(self) -> None:
        """Hang up everything."""
        self._is_closed = True
        if self._opening is not None:
            self._opening.cancel()
            await asyncio.wait({self._opening})
        for expiry in self._free.values():
            expiry.cancel()
        for connection in (*self._free, *self._lent):
            connection.abort()
        self._free.clear()
        for _ in range(CLOSING_ROUNDS):
            await asyncio.sleep(0)

    async def _open(self) -> None:
        self._keep(await self._dial())

    def _opened(self, opening: asyncio.Task[None]) -> None:
        self._opening = None
        # Told by the request that waits for it; where none does, the next one finds out by itself.
        self._has_failed = not opening.cancelled() and opening.exception() is not None

    def _keep(self, connection: Connection) -> None:
        if self._idle_s and connection.is_free and not self._is_closed:
            connection.was_kept = True
            loop = asyncio.get_running_loop()
            self._free[connection] = loop.call_later(self._idle_s, self._expire, connection)
        else:
            connection.abort()

    def _taken(self) -> Connection | None:
        self._drop_lost()
        if not self._free:
            return None
        connection, expiry = self._free.popitem()
        expiry.cancel()
        return connection

    def _drop_lost(self) -> None:
        """Those that the endpoint has closed are none."""
        for connection in [one for one in self._free if not one.is_free]:
            self._free.pop(connection).cancel()

    def _expire(self, connection: Connection) -> None:
        del self._free[connection]
        connection.abort()
