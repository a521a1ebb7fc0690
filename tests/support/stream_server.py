"""A server whose bytes a test writes itself, and that leaves no connection open behind it."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    Handle = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@contextlib.asynccontextmanager
async def served(handle: Handle, *, tls: ssl.SSLContext | None = None, path: Path | None = None) -> AsyncIterator[str]:
    """Serve each connection by `handle`, until that returns or the client leaves; yields host and port, or `path`."""
    serving: set[asyncio.Task[None] | None] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving.add(asyncio.current_task())
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            await handle(reader, writer)
        await left(writer)

    if path is not None:
        server = await asyncio.start_unix_server(serve, path)
    else:
        server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    try:
        yield str(path or f"127.0.0.1:{server.sockets[0].getsockname()[1]}")
    finally:
        server.close()
        await asyncio.gather(*filter(None, serving))


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pass on what comes, until one of both ends leaves."""
    with contextlib.suppress(OSError):
        while block := await reader.read(65_536):
            writer.write(block)
            await writer.drain()
    await left(writer)


async def left(writer: asyncio.StreamWriter) -> None:
    """Close it, and wait until it is."""
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
