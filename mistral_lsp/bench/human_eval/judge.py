"""Judge: runs a program with its tests in a process of its own, and kills it when it takes too much."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
import signal
import sys
import tempfile
from asyncio.subprocess import DEVNULL, PIPE
from enum import Enum
from pathlib import Path

CHILD = Path(__file__).with_name("child.py")
TIMEOUT_S = 5.0
MEMORY_MB = 1_024
MAX_OUTPUT = 4_096


class Verdict(Enum):
    """What became of a program."""

    PASSED = "passed"
    FAILED = "failed"  # it raised, or ended before its tests did
    ENDLESS = "ran too long"


async def judge(program: str, *, timeout_s: float = TIMEOUT_S) -> Verdict:
    """Run a program to its end. It can reach this user's files and the network: ask the user before.

    It has an empty folder for its own, little memory, no core, no large files and no more processes; nothing of it
    outlives the call.
    """
    word = secrets.token_hex(16)
    with tempfile.TemporaryDirectory() as folder:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-B", str(CHILD)),
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
            cwd=folder,
            env={"PATH": os.defpath, "HOME": folder, "TMPDIR": folder, "LC_ALL": "C.UTF-8"},
            start_new_session=True,
        )
        task = {"program": program, "word": word, "cpu_s": int(timeout_s) + 1, "memory_mb": MEMORY_MB}
        try:
            async with asyncio.timeout(timeout_s):
                said = await _said(process, json.dumps(task).encode())
        except TimeoutError:
            return Verdict.ENDLESS
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # and whatever it has started
            await process.wait()
    return Verdict.PASSED if said.strip() == word.encode() else Verdict.FAILED


async def _said(process: asyncio.subprocess.Process, task: bytes) -> bytes:
    """The last of what it wrote to where only the child's own code writes."""
    if process.stdin is None or process.stdout is None:  # both are pipes
        return b""
    with contextlib.suppress(ConnectionError):
        process.stdin.write(task)
        await process.stdin.drain()
        process.stdin.close()
    return await process.stdout.read(MAX_OUTPUT)
