"""Outbox: one thread that writes, so that a client which stops reading stops nobody else."""

from __future__ import annotations

import logging
import threading
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

log = logging.getLogger(__name__)

LIMIT_BYTES = 64 * 2**20
AT_ONCE_BYTES = 4096  # that a pipe which takes anything takes without waiting: PIPE_BUF of pipe(7)


class Outbox:
    """A queue of frames with a bound in bytes. `put` never waits and may be called from any thread."""

    def __init__(
        self,
        write: Callable[[memoryview], int],
        on_broken: Callable[[], None],
        limit_bytes: int = LIMIT_BYTES,
        *,
        is_ready: Callable[[], bool] = lambda: False,
    ) -> None:
        """`write` blocks and returns how much it wrote; `on_broken` is called once, from any thread.

        Where `is_ready` says that `write` wouldn't wait, and nothing else does, small frames need no thread: waking one
        up costs more than the writing.
        """
        self._is_ready = is_ready
        self._write = write
        self._on_broken = on_broken
        self._limit_bytes = limit_bytes
        self._changed = threading.Condition()
        self._frames: deque[tuple[bytes, bool]] = deque()
        self._waiting_bytes = 0  # queued, and the frame that is being written
        self._open = True
        self._thread = threading.Thread(target=self._run, name="outbox", daemon=True)
        self._thread.start()

    def put(self, frame: bytes, *, droppable: bool = False) -> None:
        """Send a frame; where the client reads too slowly, droppable frames are lost first, then the connection."""
        with self._changed:
            if not self._open:
                return
            if self._waiting_bytes + len(frame) > self._limit_bytes and self._waiting_bytes:
                if droppable:
                    return
                self._drop_droppable()
            if not self._waiting_bytes and len(frame) <= AT_ONCE_BYTES and self._is_ready():
                frame = self._written_at_once(frame)
                if not frame:
                    return
            broken = self._waiting_bytes + len(frame) > self._limit_bytes and self._waiting_bytes > 0
            if broken:
                self._abandon()
            else:
                self._frames.append((frame, droppable))
                self._waiting_bytes += len(frame)
            self._changed.notify()
        if broken:
            log.error("the client doesn't read: over %d bytes wait for it; hanging up", self._limit_bytes)
            self._on_broken()

    def _written_at_once(self, frame: bytes) -> bytes:
        """What is left of a frame; where writing fails that is all of it, and the thread finds the same."""
        try:
            return frame[self._write(memoryview(frame)) :]
        except OSError:
            return frame

    def close(self, timeout_s: float) -> None:
        """Write what is queued, as long as the client takes it in time."""
        with self._changed:
            self._open = False
            self._changed.notify()
        self._thread.join(timeout_s)

    def _run(self) -> None:
        while (frame := self._next()) is not None:
            try:
                _write_all(self._write, frame)
            except OSError as error:
                log.info("the client can't be written to: %s", type(error).__name__)
                with self._changed:
                    self._abandon()
                self._on_broken()
                return
            with self._changed:
                self._waiting_bytes -= len(frame)

    def _next(self) -> bytes | None:
        """Wait for a frame; None once the outbox is closed and empty."""
        with self._changed:
            while self._open and not self._frames:
                self._changed.wait()
            return self._frames.popleft()[0] if self._frames else None

    def _drop_droppable(self) -> None:
        kept = [(frame, droppable) for frame, droppable in self._frames if not droppable]
        self._waiting_bytes -= sum(len(frame) for frame, droppable in self._frames if droppable)
        log.warning("the client reads slowly: %d messages dropped", len(self._frames) - len(kept))
        self._frames = deque(kept)

    def _abandon(self) -> None:
        self._open = False
        self._frames.clear()


def _write_all(write: Callable[[memoryview], int], frame: bytes) -> None:
    rest = memoryview(frame)
    while rest:
        rest = rest[write(rest) :]
