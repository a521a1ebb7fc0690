"""Small frames are written at once where that doesn't wait."""

from __future__ import annotations

import os
import threading

from mistral_lsp.lsp.outbox import AT_ONCE_BYTES, Outbox
from mistral_lsp.lsp.transport import _readiness


class Sink:
    """Takes so much of each write, and remembers who wrote."""

    def __init__(self, takes: int = 10**6) -> None:
        self.took = b""
        self.threads: set[str] = set()
        self.broken = threading.Event()
        self._takes = takes

    def write(self, data: memoryview) -> int:
        self.threads.add(threading.current_thread().name)
        self.took += data[: self._takes]
        return min(len(data), self._takes)


def sent(sink: Sink, *frames: bytes, is_ready: bool = True) -> Sink:
    outbox = Outbox(sink.write, sink.broken.set, is_ready=lambda: is_ready)
    for frame in frames:
        outbox.put(frame)
    outbox.close(10)
    return sink


def test_a_small_frame_needs_no_thread() -> None:
    sink = sent(Sink(), b"a", b"b")
    assert (sink.took, sink.threads) == (b"ab", {threading.current_thread().name})


def test_where_writing_might_wait_the_thread_writes() -> None:
    assert sent(Sink(), b"a", is_ready=False).threads == {"outbox"}


def test_a_large_frame_is_the_thread_s() -> None:
    assert sent(Sink(), b"a" * (AT_ONCE_BYTES + 1)).threads == {"outbox"}


def test_what_is_left_of_a_frame_comes_in_its_place() -> None:
    assert sent(Sink(takes=2), b"abcde", b"fg").took == b"abcdefg"


def test_a_client_that_is_gone_is_noticed() -> None:
    sink = Sink()

    def fail(_data: memoryview) -> int:
        raise BrokenPipeError

    outbox = Outbox(fail, sink.broken.set, is_ready=lambda: True)
    outbox.put(b"a")
    assert sink.broken.wait(10)
    outbox.close(10)


def test_a_full_pipe_is_not_ready() -> None:
    source, sink = os.pipe()
    is_ready = _readiness(sink)
    assert is_ready()
    os.set_blocking(sink, False)
    try:
        while True:
            os.write(sink, b"x" * AT_ONCE_BYTES)
    except BlockingIOError:
        assert not is_ready()
    os.close(source)
    os.close(sink)
