"""How a process speaks and how it ends, over real pipes and sockets."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest
from support.pipe_client import PATIENCE_S, PipeClient, frame, note, request
from support.tiny import SERVER, hover, tiny

from mistral_lsp.lsp.outbox import Outbox

if TYPE_CHECKING:
    from collections.abc import Iterator

HOVER = "textDocument/hover"
LEAVES_WITHIN_S = 1.0 + 0.5  # the bar, and what a busy machine takes to tell us


@pytest.fixture
def client() -> Iterator[PipeClient]:
    with tiny() as client:
        client.initialize()
        yield client


def leaves_in_s(client: PipeClient) -> float:
    started = time.monotonic()
    client.wait()
    return time.monotonic() - started


# Leaving


def test_exit_after_shutdown_is_0(client: PipeClient) -> None:
    client.call("shutdown")
    client.send(note("exit"))
    assert client.wait() == 0


def test_exit_without_shutdown_is_1(client: PipeClient) -> None:
    client.send(note("exit"))
    assert client.wait() == 1


def test_exit_before_initialize_is_1() -> None:
    with tiny() as client:
        client.send(note("exit"))
        assert client.wait() == 1


@pytest.mark.parametrize(("shutdown", "status"), [(False, 1), (True, 0)])
def test_the_end_of_stdin_ends_the_process(client: PipeClient, *, shutdown: bool, status: int) -> None:
    if shutdown:
        client.call("shutdown")
    client.close_stdin()
    assert leaves_in_s(client) < LEAVES_WITHIN_S
    assert client.process.returncode == status


def test_the_end_of_stdin_cancels_what_is_under_way(client: PipeClient) -> None:
    asked = client.ask("test/wait", {"name": "cut"})
    client.wait_for(lambda m: m.get("method") == "test/started")
    client.close_stdin()
    assert leaves_in_s(client) < LEAVES_WITHIN_S
    assert client.answer(asked)["error"]["code"] == -32800
    assert client.notes("test/cancelled") == ["cut"]


@pytest.mark.parametrize("method", ["test/thread", "test/block"])
def test_the_process_leaves_although_a_handler_will_not_end(client: PipeClient, method: str) -> None:
    client.send(request("hangs", method, {"seconds": 60}))
    if method == "test/thread":
        client.call(HOVER, hover(0, 0))
    client.close_stdin()
    assert leaves_in_s(client) < LEAVES_WITHIN_S
    assert client.process.returncode == 1
    if method == "test/block":
        client.forgive("hangs")  # a loop that hangs can't answer


def test_a_cut_frame_at_the_end_of_stdin_is_no_message(client: PipeClient) -> None:
    client.send_bytes(frame(request(1, HOVER, hover(0, 0)))[:-5])
    client.close_stdin()
    assert client.wait() == 1


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_session_in_order(client: PipeClient, number: signal.Signals) -> None:
    asked = client.ask("test/wait", {"name": "cut"})
    client.wait_for(lambda m: m.get("method") == "test/started")
    client.process.send_signal(number)
    assert client.wait() == 128 + number
    assert client.answer(asked)["error"]["code"] == -32800


@pytest.mark.parametrize("pidfd", [True, False], ids=["pidfd", "polling"])
def test_the_process_leaves_when_the_clients_process_ends(*, pidfd: bool) -> None:
    editor = subprocess.Popen(["sleep", "60"])
    with tiny(*([] if pidfd else ["--no-pidfd"])) as client:
        client.initialize(processId=editor.pid)
        assert client.call(HOVER, hover(0, 0))
        editor.kill()
        if not pidfd:
            editor.wait()  # a process that nobody waited for still answers to its number
        assert leaves_in_s(client) < LEAVES_WITHIN_S + (0 if pidfd else 1)
        assert client.process.returncode == 1
    editor.wait()


@pytest.mark.parametrize("process_id", [2**22 + 5, 0, -1, 2**40, None])
def test_a_process_that_cannot_be_seen_is_not_waited_for(process_id: int | None) -> None:
    with tiny() as client:
        client.initialize(processId=process_id)
        assert client.call(HOVER, hover(0, 0))


# Writing


def test_stray_output_goes_to_stderr_and_children_get_no_stdin(client: PipeClient) -> None:
    assert client.call("test/print") == "printed"
    assert "stray print" in client.stderr()
    assert "stray write" in client.stderr()


def test_a_client_that_stops_reading_stops_nobody_else(client: PipeClient) -> None:
    client.stop_reading()
    client.ask("test/flood", {"method": "test/flooded", "count": 40, "size": 100_000})
    client.send(note("test/touch", None), *[note("no/such", "x" * 2**20)] * 4)  # returns: all of it is still read
    client.read_on()
    assert client.call(HOVER, hover(0, 0))
    assert len(client.notes("test/flooded")) == 40


def test_a_client_that_never_reads_cannot_hold_the_process(client: PipeClient) -> None:
    client.stop_reading()
    client.send(request("flood", "test/flood", {"method": "test/flooded", "count": 40, "size": 100_000}))
    client.close_stdin()
    assert leaves_in_s(client) < LEAVES_WITHIN_S
    client.forgive("flood")  # the answer stood behind the flood,
    client.read_on()
    client._reader.join(PATIENCE_S)
    client.stray = b""  # and the last frame was cut


class Slow:
    """A client's end that takes nothing until it's told to."""

    def __init__(self) -> None:
        self.takes = threading.Event()
        self.begun = threading.Event()
        self.taken = b""
        self.broken = threading.Event()

    def write(self, data: memoryview) -> int:
        self.begun.set()
        self.takes.wait(PATIENCE_S)
        self.taken += bytes(data[:7])
        return len(data[:7])


def test_what_may_be_missed_is_dropped_before_anything_else() -> None:
    slow = Slow()
    outbox = Outbox(slow.write, slow.broken.set, limit_bytes=100)
    outbox.put(b"a" * 30)
    assert slow.begun.wait(PATIENCE_S)
    outbox.put(b"-" * 60, droppable=True)
    outbox.put(b"b" * 30)  # takes the place of the droppable one
    outbox.put(b"-" * 60, droppable=True)
    outbox.put(b"c" * 30)
    slow.takes.set()
    outbox.close(PATIENCE_S)
    assert slow.taken == b"a" * 30 + b"b" * 30 + b"c" * 30
    assert not slow.broken.is_set()


def test_too_much_of_what_may_not_be_missed_ends_the_connection() -> None:
    slow = Slow()
    outbox = Outbox(slow.write, slow.broken.set, limit_bytes=100)
    for _ in range(4):
        outbox.put(b"a" * 30)
    assert slow.broken.is_set()
    assert outbox._waiting_bytes <= 100
    slow.takes.set()
    outbox.close(PATIENCE_S)


def test_one_frame_over_the_limit_is_sent_where_nothing_else_waits() -> None:
    slow = Slow()
    slow.takes.set()
    outbox = Outbox(slow.write, slow.broken.set, limit_bytes=10)
    outbox.put(b"a" * 30)
    outbox.close(PATIENCE_S)
    assert slow.taken == b"a" * 30


def test_a_broken_pipe_ends_the_connection_once() -> None:
    calls: list[int] = []
    ended = threading.Event()

    def write(_: memoryview) -> int:
        raise BrokenPipeError

    def on_broken() -> None:
        calls.append(1)
        ended.set()

    outbox = Outbox(write, on_broken)
    outbox.put(b"a")
    assert ended.wait(PATIENCE_S)
    outbox.put(b"b")
    outbox.close(PATIENCE_S)
    assert calls == [1]


# TCP


def test_a_socket_on_the_loopback_interface_serves_one_client() -> None:
    with subprocess.Popen([sys.executable, str(SERVER), "--tcp"], stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        line = process.stderr.readline().decode()
        (port,) = re.fullmatch(r"listening on 127\.0\.0\.1:(\d+)\n", line).groups()  # type: ignore[union-attr] # the test
        with socket.create_connection(("127.0.0.1", int(port)), timeout=PATIENCE_S) as client:
            params: dict[str, object] = {"processId": None, "rootUri": None, "capabilities": {}}
            client.sendall(
                frame(request(1, "initialize", params)) + frame(request(2, "shutdown")) + frame(note("exit"))
            )
            data = b"".join(iter(lambda: client.recv(65536), b""))
        assert data.count(b"Content-Length") == 2
        assert process.wait(PATIENCE_S) == 0
