"""The embedded engine as its parent sees it: a process that listens on loopback, or the reason why it doesn't."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
import sys
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mistral_lsp.model import engine
from mistral_lsp.model.address import Address
from mistral_lsp.model.base import Unreachable
from mistral_lsp.model.http import Http

if TYPE_CHECKING:
    from pathlib import Path

START_S = 120.0  # a model of several gigabytes comes from a slow disk
END_S = 2.0
MOMENT_S = 0.3
SILENCE_S = 60.0  # a long prompt, on one busy core, before its first token
_LINES = 20  # of stderr kept for the error's words


@dataclass(frozen=True, slots=True)
class Engine:
    """One that runs."""

    http: Http
    version: str
    _process: asyncio.subprocess.Process
    _stderr: asyncio.Task[None]

    @property
    def is_running(self) -> bool:
        """False once its process has ended, whatever ended it."""
        return self._process.returncode is None

    async def has_ended(self) -> bool:
        """Whether its process is ending: a connection breaks a moment before the process is known to be gone."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(MOMENT_S):
                await self._process.wait()
        return not self.is_running

    async def stop(self) -> None:
        """End it, and wait until it is gone."""
        await self.http.close()
        await _end(self._process)
        await self._stderr


async def start(model: Path, *, threads: int | None, context_tokens: int) -> Engine:
    """Start one; cancelling ends it. Raises Unreachable."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", engine.__file__),  # -P: the workspace's modules are none of ours
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    tail: deque[str] = deque(maxlen=_LINES)
    stderr = asyncio.ensure_future(_keep_tail(process.stderr, tail))
    key = secrets.token_hex(32)
    wanted = {"model": str(model), "threads": threads or _spare_cores(), "context_tokens": context_tokens, "key": key}
    try:
        ready = await _ask(process, wanted)
        if ready is not None:
            # llama.cpp closes a connection after a stream without having said so.
            http = Http(Address(url=ready["url"], token=key, timeout_s=SILENCE_S, idle_s=0))
            return Engine(http, ready["version"], process, stderr)
    except BaseException:
        await _end(process)
        raise
    status = await _end(process)
    await stderr
    raise _problem(model, status, tail)


async def _ask(process: asyncio.subprocess.Process, wanted: dict[str, Any]) -> dict[str, Any] | None:
    """What the engine says when it listens; None where it doesn't come to that."""
    if process.stdin is None or process.stdout is None:  # both are pipes
        return None
    with contextlib.suppress(ConnectionError, TimeoutError):
        process.stdin.write(json.dumps(wanted).encode() + b"\n")
        async with asyncio.timeout(START_S):
            await process.stdin.drain()
            line = await process.stdout.readline()
        return json.loads(line) if line else None
    return None


async def _end(process: asyncio.subprocess.Process) -> int:
    if process.stdin is not None:
        process.stdin.close()  # the engine ends with it
    try:
        async with asyncio.timeout(END_S):
            return await process.wait()
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        return await process.wait()


async def _keep_tail(stream: asyncio.StreamReader | None, tail: deque[str]) -> None:
    """Read on, so that the engine never waits for a reader; keep the last lines."""
    while stream is not None and (block := await stream.read(4096)):
        tail.extend(block.decode(errors="replace").splitlines())


def _spare_cores() -> int:
    """All but one: with none left for the editor, the engine's threads wait for each other instead of working."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, cores - 1)


def _problem(model: Path, status: int, tail: deque[str]) -> Unreachable:
    if status == engine.NOT_INSTALLED:
        return Unreachable("the embedded engine isn't installed, or doesn't load here", advice=_ADVICE_INSTALL)
    said = next((line for line in tail if "error loading" in line or "out of memory" in line.lower()), "")
    why = said.rpartition(": ")[2] or f"exit status {status}"
    return Unreachable(f"the embedded engine can't load {model}: {why}", advice=ADVICE_MODEL)


_ADVICE_INSTALL = 'Run `pip install "mistral-lsp[embedded]"`, or set endpoint.url to a model that runs already.'
ADVICE_MODEL = "Set endpoint.model to a GGUF file that llama.cpp can read and that fits into memory, or to nothing."
