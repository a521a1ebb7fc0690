"""Who reads: the loop what is small, a thread what is large and what comes while the loop is held."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
from typing import TYPE_CHECKING, Any

import pytest
from support.pipe_client import PATIENCE_S, frame, note

from mistral_lsp.lsp.intake import TICK_S, Intake

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

LARGE = "x" * 300_000  # several reads


class Line:
    """A pipe with an intake at its end, and a record of what was received and who read it."""

    def __init__(self, source: int, sink: int, tick_s: float = TICK_S) -> None:
        self.sink = sink
        self.received: list[Any] = []
        self.readers: list[str] = []
        self.lost = threading.Event()
        self.lost_count = 0
        self.on_message: Callable[[Any], None] = lambda _: None
        self._source = source
        self._changed = asyncio.Event()
        self.intake = Intake(
            asyncio.get_running_loop(), self._read, source, receive=self._receive, lose=self._lose, tick_s=tick_s
        )

    def _read(self, size: int) -> bytes:
        is_main = threading.current_thread() is threading.main_thread()
        self.readers.append("loop" if is_main else "thread")
        return os.read(self._source, size)

    def _receive(self, burst: list[Any]) -> None:
        assert threading.current_thread() is threading.main_thread()
        for message in burst:
            self.received.append(message.get("params"))
            self.on_message(message.get("params"))
        self._changed.set()

    def _lose(self) -> None:
        self.lost_count += 1
        self.lost.set()

    def write(self, *params: object) -> None:
        """Send notes; blocks where the pipe is full."""
        data = memoryview(b"".join(frame(note("n", one)) for one in params))
        while data:
            data = data[os.write(self.sink, data) :]

    async def until(self, count: int) -> list[Any]:
        """All that was received once it's so many messages."""
        async with asyncio.timeout(PATIENCE_S):
            while len(self.received) < count:
                self._changed.clear()
                await self._changed.wait()
        return self.received

    async def until_lost(self) -> None:
        assert await asyncio.to_thread(self.lost.wait, PATIENCE_S)

    def hang_up(self) -> None:
        if self.sink >= 0:
            os.close(self.sink)
        self.sink = -1

    async def end(self) -> None:
        """Have the thread end, before another pipe gets the descriptor's number."""
        self.hang_up()
        await self.until_lost()
        await asyncio.to_thread(self.intake._thread.join, PATIENCE_S)


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    source, sink = os.pipe()
    yield source, sink  # which the line closes, when it hangs up
    os.close(source)


@pytest.fixture
async def line(pipe: tuple[int, int]) -> AsyncIterator[Line]:
    line = Line(*pipe)
    line.intake.start()
    yield line
    await line.end()


@pytest.fixture
async def quick(pipe: tuple[int, int]) -> AsyncIterator[Line]:
    """One whose loop is never taken for held, however busy the machine is."""
    line = Line(*pipe, tick_s=PATIENCE_S)
    line.intake.start()
    yield line
    await line.end()


async def test_what_is_small_is_read_by_the_loop(quick: Line) -> None:
    quick.write(1, 2)
    assert await quick.until(2) == [1, 2]
    assert quick.readers == ["loop"]


async def test_a_message_whose_header_comes_first_is_read_by_the_loop(quick: Line) -> None:
    data = frame(note("n", 1))
    header = data.index(b"{")
    os.write(quick.sink, data[:header])
    while not quick.readers:
        await asyncio.sleep(0)
    os.write(quick.sink, data[header:])
    assert await quick.until(1) == [1]
    assert quick.readers == ["loop", "loop"]


async def test_what_is_large_is_read_by_the_thread_and_what_comes_then_by_the_loop_again(quick: Line) -> None:
    await asyncio.to_thread(quick.write, 1, LARGE, 2)
    assert await quick.until(3) == [1, LARGE, 2]
    assert quick.readers[0] == "loop"
    assert "thread" in quick.readers
    sent = 3
    while quick.readers[-1] == "thread":
        quick.write(sent)
        sent += 1
        await quick.until(sent)
    assert quick.received[3:] == list(range(3, sent))


async def test_messages_of_all_sizes_keep_their_order(line: Line) -> None:
    notes = [f"{n} {'x' * (n % 7 * 20_000)}" for n in range(60)]
    await asyncio.to_thread(line.write, *notes)
    assert await line.until(60) == notes


async def test_a_loop_that_is_held_does_not_stop_the_reading(line: Line) -> None:
    all_written = threading.Event()
    notes = [str(n) * 1000 for n in range(1000)]  # many times what a pipe holds

    def hold(message: object) -> None:
        if message == "hold":
            assert all_written.wait(PATIENCE_S)

    line.on_message = hold
    line.write("hold")

    def write_all() -> None:
        line.write(*notes)
        all_written.set()

    await asyncio.to_thread(write_all)
    assert await line.until(1001) == ["hold", *notes]
    assert "thread" in line.readers


async def test_the_end_is_seen_where_the_loop_is_held(line: Line) -> None:
    def hold(_: object) -> None:
        line.hang_up()
        assert line.lost.wait(PATIENCE_S)

    line.on_message = hold
    line.write("hold")
    assert await line.until(1) == ["hold"]


async def test_the_end_in_the_middle_of_something_large_is_seen(line: Line) -> None:
    os.write(line.sink, frame(note("n", LARGE))[:1000])
    line.hang_up()
    await line.until_lost()
    assert line.received == []


async def test_the_end_is_told_once_and_after_all_that_came_before_it(line: Line) -> None:
    line.write(1)
    line.hang_up()
    await line.until_lost()
    assert await line.until(1) == [1]
    line.intake._end()
    assert line.lost_count == 1


async def test_a_file_is_read_by_the_thread(tmp_path: Path) -> None:
    path = tmp_path / "session"
    path.write_bytes(frame(note("n", 1)) + frame(note("n", LARGE)))
    source = os.open(path, os.O_RDONLY)
    try:
        line = Line(source, -1)
        line.intake.start()
        assert await line.until(2) == [1, LARGE]
        await line.end()
        assert set(line.readers) == {"thread"}
    finally:
        os.close(source)


async def test_a_connection_that_is_cut_is_the_end() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        line = Line(ours.fileno(), os.dup(theirs.fileno()))
        line.intake._read = ours.recv
        line.intake.start()
        line.write(1)
        assert await line.until(1) == [1]
        theirs.shutdown(socket.SHUT_RDWR)
        await line.end()


async def test_a_read_that_fails_is_the_end(pipe: tuple[int, int]) -> None:
    def read(_: int) -> bytes:
        raise ConnectionResetError

    line = Line(*pipe)
    line.intake._read = read
    line.intake.start()
    line.write(1)
    await line.until_lost()
    await line.end()
    assert line.received == []
