"""Servers that are forks of one process, `forking.py`: what `audit.command` starts, in a fifth of its time."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Self, cast

from support import audit

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import Iterator, Mapping, Sequence

TESTS = Path(__file__).parents[1]


class Forks:
    """Where they come from; `start` makes it, and `spawn` one of them."""

    def __init__(self, requests: socket.socket) -> None:
        """Take the socket that such a process listens on."""
        self._requests = requests

    @classmethod
    @contextlib.contextmanager
    def start(cls) -> Iterator[Self]:
        """Start the process; what it made outlives it."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            process = subprocess.Popen(
                [sys.executable, "-B", "-m", "support.forking", str(theirs.fileno())],
                cwd=TESTS,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                process_group=0,
            )
        with process, ours:  # which is closed first, and has it end
            yield cls(ours)

    async def spawn(self, command: Sequence[str], env: Mapping[str, str]) -> Process:
        """For a command of `audit.command`, what `bench.spawn.spawned` gives."""
        log, arguments = command[3], command[4:]
        assert list(command) == audit.command(Path(log), *arguments)
        assert all(os.environ.get(name) == env.get(name) for name in {*os.environ, *env} if name.startswith("PYTHON"))
        asked = {"log": log, "arguments": arguments, "env": dict(env), "cwd": os.getcwd()}  # noqa: PTH109 - a string
        (stdin, to_stdin), (from_stdout, stdout), (from_stderr, stderr), (from_status, status) = (
            os.pipe() for _ in range(4)
        )
        theirs = [stdin, stdout, stderr, status]
        socket.send_fds(self._requests, [json.dumps(asked).encode()], theirs)
        for descriptor in theirs:
            os.close(descriptor)
        told = await _reader(from_status)
        pid = int(await told.readline())
        streams = await _writer(to_stdin), await _reader(from_stdout), await _reader(from_stderr)
        return cast("Process", Forked(pid, *streams, told))


class Forked:
    """The part of `asyncio.subprocess.Process` that a client uses."""

    def __init__(
        self,
        pid: int,
        stdin: asyncio.StreamWriter,
        stdout: asyncio.StreamReader,
        stderr: asyncio.StreamReader,
        told: asyncio.StreamReader,
    ) -> None:
        """`told` is a line with the exit status, once there is one."""
        self.pid, self.stdin, self.stdout, self.stderr = pid, stdin, stdout, stderr
        self.returncode: int | None = None
        self._told = told

    async def wait(self) -> int:
        """Await its end; the exit status, negative where that was a signal."""
        self.returncode = int(await self._told.read())  # to its end: that closes this one's
        self.stdin.close()
        with contextlib.suppress(OSError):
            await self.stdin.wait_closed()
        return self.returncode


async def _reader(descriptor: int) -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(descriptor, "rb", buffering=0)
    )
    return reader


async def _writer(descriptor: int) -> asyncio.StreamWriter:
    loop = asyncio.get_running_loop()
    transport, protocol = await loop.connect_write_pipe(
        lambda: asyncio.StreamReaderProtocol(asyncio.StreamReader()), os.fdopen(descriptor, "wb", buffering=0)
    )
    return asyncio.StreamWriter(transport, protocol, None, loop)
