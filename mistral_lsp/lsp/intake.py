"""Intake: what the client sends, read in the event loop itself, or in a thread where that would hold something up.

A thread that reads costs each message a switch of threads, twice the time that a key's message takes to be decoded. So
the loop reads when there is something to read. A thread stands by: it reads what is too large to be decoded in the
loop, and it goes on reading while the loop is held, so that a slow handler never holds up the client, and the end of
the connection is seen even where the loop hangs. While messages come it looks after the loop now and then; in a pause
it sleeps until the next one. One of the two reads at a time, and messages keep their order.

Where a loop can't wait for a descriptor (Windows, a regular file) the thread reads everything.
"""

from __future__ import annotations

import contextlib
import logging
import select
import threading
from typing import TYPE_CHECKING

from mistral_lsp.lsp.framing import Frames, Skipped, decode

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    Burst = list[object]

log = logging.getLogger(__name__)

_CHUNK_BYTES = 2**16  # what a pipe holds: one read sees all that is in it, and no read needs memory mapped for it
_LARGE_BYTES = 2**16  # of a body, which the loop would be held by for a millisecond
TICK_S = 0.04  # a loop that reads nothing for so long, though there is something, is held
_TICKS = 20  # without a message, until the thread sleeps


class Intake:
    """The one reader of a connection."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        read: Callable[[int], bytes],
        descriptor: int,
        *,
        receive: Callable[[Burst], None],
        lose: Callable[[], None],
        tick_s: float = TICK_S,
    ) -> None:
        """`read` blocks while there is nothing. `receive` is called in the loop; `lose` once, at the end, anywhere.

        The thread looks after the loop each `tick_s`: the second time that it finds the same thing unread, it reads.
        """
        self._loop = loop
        self._read = read
        self._descriptor = descriptor
        self._receive = receive
        self._lose = lose
        self._tick_s = tick_s
        self._frames = Frames()
        self._lock = threading.Lock()  # of who reads
        self._is_threads = True  # the turn to read
        self._is_over = False
        self._reads = 0
        self._called = threading.Event()  # the loop has given its turn to the thread
        self._loop_poll, self._thread_poll = _poll(descriptor), _poll(descriptor)

    def start(self) -> None:
        """Begin to read; called in the loop."""
        can_share = self._thread_poll is not None
        if can_share:
            try:
                self._loop.add_reader(self._descriptor, self._ready)
                self._is_threads = False
            except (NotImplementedError, OSError):  # Windows' loop; a regular file
                can_share = False
        read = self._stand_by if can_share else self._pass_on
        self._thread = threading.Thread(target=self._run, args=(read,), name="reader", daemon=True)
        self._thread.start()

    # --- In the loop ---

    def _ready(self) -> None:
        """There is something to read, or the end."""
        if self._is_threads:
            self._loop.remove_reader(self._descriptor)  # until the turn is taken back
            return
        with self._lock:
            if self._is_threads or not _has_some(self._loop_poll):  # type: ignore[redundant-expr] # the thread was quicker
                return
            try:
                burst = self._take()
            except OSError:
                burst = None
            if burst is None:
                self._loop.remove_reader(self._descriptor)
            elif self._frames.under_way_bytes > _LARGE_BYTES:
                self._is_threads = True
                self._called.set()
        if burst is None:
            self._end()
        elif burst:
            self._receive(burst)

    def _take_back(self) -> None:
        """Read on in the loop, which isn't held any more, unless the thread reads just now: it will call this again."""
        if self._is_threads and self._lock.acquire(blocking=False):
            try:
                self._is_threads = self._frames.under_way_bytes > _LARGE_BYTES
                if not self._is_threads:
                    self._loop.add_reader(self._descriptor, self._ready)
            finally:
                self._lock.release()

    # --- In the thread ---

    def _run(self, read: Callable[[], bool]) -> None:
        # The loop may be closed, and a client may cut the connection: both end the reading.
        with contextlib.suppress(OSError, RuntimeError):
            while read():
                pass
        self._end()

    def _stand_by(self) -> bool:
        """Read when it has to be; false at the end."""
        if not self._is_threads:
            self._wait_for_turn()
        elif not self._read_some():
            return False
        else:
            _has_some(self._thread_poll, self._tick_s)
        return not self._is_over

    def _wait_for_turn(self) -> None:
        """Return when the loop has something too large, or is held, or nothing more will come."""
        ticks, unread = 0, None  # how often something was read, at a tick that found more
        while not self._is_threads and not self._is_over:
            if ticks >= _TICKS:
                _has_some(self._thread_poll, None)
                ticks = 0
            reads = self._reads
            self._called.wait(self._tick_s)
            self._called.clear()
            with self._lock:
                ticks = ticks + 1 if self._reads == reads else 0
                if not _has_some(self._thread_poll):
                    unread = None
                elif unread != self._reads:
                    unread = self._reads
                elif not self._is_over:
                    self._is_threads = True

    def _read_some(self) -> bool:
        """Read what there is, in the thread's turn; false at the end."""
        with self._lock:
            if not self._is_threads or not _has_some(self._thread_poll):
                return True
            is_on = self._pass_on()
        if self._frames.under_way_bytes <= _LARGE_BYTES:
            self._loop.call_soon_threadsafe(self._take_back)
        return is_on

    def _pass_on(self) -> bool:
        """Read once, and tell the loop; false at the end."""
        burst = self._take()
        if burst:
            self._loop.call_soon_threadsafe(self._receive, burst)
        return burst is not None

    # --- In either, in its turn ---

    def _take(self) -> Burst | None:
        """Read once: the messages that are whole by now; None at the end."""
        data = self._read(_CHUNK_BYTES)
        self._reads += 1
        if not data:
            return None
        burst: Burst = []
        for item in self._frames.feed(data):
            if isinstance(item, Skipped):
                log.warning("skipped %s", item.why)
            else:
                burst.append(decode(item))
        return burst

    def _end(self) -> None:
        with self._lock:
            was_over, self._is_over = self._is_over, True
            self._called.set()
        if not was_over:
            self._lose()


def _poll(descriptor: int) -> select.poll | None:
    """What asks whether a descriptor has something; None where that can't be asked. Each thread needs its own."""
    if not hasattr(select, "poll"):
        return None
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return poll


def _has_some(poll: select.poll | None, within_s: float | None = 0.0) -> bool:
    """Whether there is something to read, or the end, within a time; without one it is waited for."""
    return poll is None or bool(poll.poll(None if within_s is None else within_s * 1000))
