"""Transport: bytes between the editor and a server, and the way a process ends.

A reader thread reads, cuts frames and decodes JSON; an outbox thread writes. The event loop between them only
handles messages: neither a slow handler nor a slow client holds up the other side.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import select
import signal
import socket
import sys
import threading
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from mistral_lsp.lsp.framing import Frames, Skipped, decode
from mistral_lsp.lsp.outbox import Outbox
from mistral_lsp.lsp.wire import Link, Protocol, where

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from pygls.lsp.server import LanguageServer

    OnLeave = Callable[[], Awaitable[None]]

log = logging.getLogger(__name__)

_CHUNK_BYTES = 2**16  # what a pipe holds: one read sees all that is in it, and no read needs memory mapped for it
_LEAVE_WITHIN_S = 0.7  # after the client is gone; whatever still runs then is cut off
_CLEAN_UP_WITHIN_S = 0.3
_FLUSH_WITHIN_S = 0.2
_WATCH_EVERY_S = 1.0


def serve_stdio(server: LanguageServer, *, on_leave: OnLeave | None = None) -> int:
    """Serve the client on stdin and stdout; return the exit status.

    `on_leave` is awaited when the connection is over, for 0.3 s at most. The process is gone 0.7 s after the
    connection, also where threads or handlers still run.
    """
    try:
        source, sink = _take_stdio()
    except OSError:
        log.error("stdin or stdout is closed")  # noqa: TRY400 - a traceback tells no more
        return 1
    return _serve(server, _Wire(partial(os.read, source), partial(os.write, sink), _readiness(sink)), on_leave)


def serve_tcp(server: LanguageServer, port: int, *, on_leave: OnLeave | None = None) -> int:
    """Serve one client on the loopback interface, for debugging; return the exit status."""
    with socket.create_server(("127.0.0.1", port)) as listener:
        print(f"listening on 127.0.0.1:{listener.getsockname()[1]}", file=sys.stderr, flush=True)  # noqa: T201
        try:
            client, _ = listener.accept()
        except KeyboardInterrupt:
            return 128 + signal.SIGINT
    with client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return _serve(server, _Wire(client.recv, client.send, _readiness(client.fileno())), on_leave)


@dataclass(frozen=True, slots=True)
class _Wire:
    """A connection's two ends; both block."""

    read: Callable[[int], bytes]
    write: Callable[[memoryview], int]
    is_ready: Callable[[], bool]  # to be written to without a wait


def _readiness(descriptor: int) -> Callable[[], bool]:
    """Whether a descriptor takes something now; never, where that can't be asked."""
    if not hasattr(select, "poll"):
        return lambda: False
    poll = select.poll()
    poll.register(descriptor, select.POLLOUT)
    return lambda: bool(poll.poll(0))


def _take_stdio() -> tuple[int, int]:
    """Descriptors of the client's own; 0 becomes empty and 1 stderr, so that no print or child reaches the client."""
    if sys.stdout is not None:
        sys.stdout.flush()
    source, sink = os.dup(0), os.dup(1)
    empty = os.open(os.devnull, os.O_RDWR)
    os.dup2(empty, 0)
    try:
        os.dup2(2, 1)
    except OSError:  # there is no stderr
        os.dup2(empty, 1)
    os.close(empty)
    if sys.platform == "win32":
        import msvcrt

        msvcrt.setmode(source, os.O_BINARY)
        msvcrt.setmode(sink, os.O_BINARY)
    return source, sink


def _serve(server: LanguageServer, wire: _Wire, on_leave: OnLeave | None) -> int:
    protocol = cast("Protocol", server.protocol)

    async def session() -> int:
        return await _Session(protocol, wire).run(on_leave)

    with contextlib.suppress(KeyboardInterrupt):
        return asyncio.run(session())
    return 128 + signal.SIGINT


class _Session:
    """One connection, from its first byte to the process's exit status."""

    def __init__(self, protocol: Protocol, wire: _Wire) -> None:
        self._protocol = protocol
        self._wire = wire
        self._loop = asyncio.get_running_loop()
        self._status: asyncio.Future[int] = self._loop.create_future()

    async def run(self, on_leave: OnLeave | None) -> int:
        """Serve until the client leaves; return the exit status."""
        self._loop.set_exception_handler(_log_stray_fault)
        outbox = Outbox(self._wire.write, self._lose, is_ready=self._wire.is_ready)
        self._protocol.connect(Link(outbox.put, self._leave, self._watch))
        self._catch_signals()
        threading.Thread(target=self._read, name="reader", daemon=True).start()
        status = await self._status
        try:
            async with asyncio.timeout(_CLEAN_UP_WITHIN_S):
                await self._protocol.close()
                if on_leave is not None:
                    await on_leave()
        except Exception as error:  # noqa: BLE001 - the process leaves whatever happens
            log.warning("not everything could be cleaned up: %s", where(error))
        outbox.close(_FLUSH_WITHIN_S)
        return status

    def _read(self) -> None:
        """Read, cut and decode in a thread of its own; tell the loop once for each burst."""
        frames = Frames()
        # The loop may be closed, and a client may cut the connection: both end the reading.
        with contextlib.suppress(OSError, RuntimeError):
            while data := self._wire.read(_CHUNK_BYTES):
                burst = []
                for item in frames.feed(data):
                    if isinstance(item, Skipped):
                        log.warning("skipped %s", item.why)
                    else:
                        burst.append(decode(item))
                if burst:
                    self._loop.call_soon_threadsafe(self._protocol.receive, burst)
        self._lose()

    def _lose(self) -> None:
        """The client is gone; called from any thread, so that even a loop that hangs is left in time."""
        self._leave_in_time(self._protocol.exit_status)
        with contextlib.suppress(RuntimeError):  # the loop is closed: it has left already
            self._loop.call_soon_threadsafe(self._protocol.hang_up)

    def _leave(self, status: int) -> None:
        """End the session; called in the loop, and more often than once."""
        if not self._status.done():
            self._leave_in_time(status)
            self._status.set_result(status)

    def _leave_in_time(self, status: int) -> None:
        timer = threading.Timer(_LEAVE_WITHIN_S, _cut_off, (status,))
        timer.daemon = True  # and not joined: it runs while the interpreter waits for other threads
        timer.start()

    def _catch_signals(self) -> None:
        """SIGTERM and SIGINT end the session in order, and in time where the loop hangs and runs no callback."""
        if threading.current_thread() is not threading.main_thread() or sys.platform == "win32":
            return
        for number in (signal.SIGINT, signal.SIGTERM):
            self._loop.add_signal_handler(number, self._leave, 128 + number)  # wakes the loop from any thread
            signal.signal(number, lambda number, _: self._leave_in_time(128 + number))

    def _watch(self, process_id: int) -> None:
        """Leave when the client's process ends. One that can't be seen (a container, another host) isn't watched."""
        if not _is_alive(process_id):
            log.info("the client's process can't be seen from here; the end of stdin tells as well")
            return
        try:
            descriptor = os.pidfd_open(process_id)
        except (AttributeError, OSError):  # another system, an older kernel, a sandbox
            self._poll(process_id)
        else:
            self._loop.add_reader(descriptor, self._client_died, descriptor)

    def _client_died(self, descriptor: int) -> None:
        self._loop.remove_reader(descriptor)
        os.close(descriptor)
        self._leave(self._protocol.exit_status)

    def _poll(self, process_id: int) -> None:
        """Where there is no pidfd, ask once a second."""
        if not _is_alive(process_id):
            self._leave(self._protocol.exit_status)
        else:
            self._loop.call_later(_WATCH_EVERY_S, self._poll, process_id)


def _is_alive(process_id: int) -> bool:
    if os.name != "posix" or process_id <= 0:  # elsewhere os.kill(pid, 0) isn't a question
        return False
    try:
        os.kill(process_id, 0)
    except PermissionError:  # it's another user's
        return True
    except (OSError, OverflowError):
        return False
    return True


def _cut_off(status: int) -> None:
    log.warning("work that would not end was cut off")
    os._exit(status)


def _log_stray_fault(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Log what no handler caught, without its message: that may hold the user's text."""
    error = context.get("exception")
    log.error("stray fault: %s", where(error) if error is not None else context.get("message"))
