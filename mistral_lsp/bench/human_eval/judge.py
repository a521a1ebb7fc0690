"""Judge: whether a program passes its own tests, found out in a limited process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import tempfile
from asyncio.subprocess import DEVNULL, PIPE
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mistral_lsp.bench.human_eval.child import PASSED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

CHILD = Path(__file__).with_name("child.py")
# Isolated, without site-packages, nothing written beside the sources, UTF-8 whatever the (empty) environment says.
_FLAGS = ("-I", "-S", "-B", "-X", "utf8")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one program may use."""

    wall_s: float = 20.0  # generous: other programs are judged at the same time
    cpu_s: int = 5
    memory_bytes: int = 512 * 2**20
    file_bytes: int = 2**20


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a program."""

    has_passed: bool
    told: str  # the name of an exception or of a signal, "timed out", "ended early"; empty where it has passed


async def judge(program: str, limits: Limits | None = None) -> Verdict:
    """Run it. Nothing that it has started outlives this."""
    limits = limits or Limits()
    numbers = map(str, (limits.cpu_s, limits.memory_bytes, limits.file_bytes))
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, *_FLAGS, str(CHILD), *numbers),
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
            cwd=folder,
            env={},
            start_new_session=True,
        )
        try:
            async with asyncio.timeout(limits.wall_s):
                said, _ = await process.communicate(program.encode(errors="replace"))
        except TimeoutError:
            return Verdict(has_passed=False, told="timed out")
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
    return _verdict(said.decode(errors="replace"), process.returncode or 0)


async def judge_all(
    programs: Iterable[str], on_done: Callable[[int], None] = lambda _count: None
) -> dict[str, Verdict]:
    """The verdict on each, as many at a time as there are cores; `on_done` hears how many have theirs."""
    waiting = list(dict.fromkeys(programs))
    verdicts: dict[str, Verdict] = {}
    todo = iter(waiting)

    async def work() -> None:
        for program in todo:
            verdicts[program] = await judge(program)
            on_done(len(verdicts))

    async with asyncio.TaskGroup() as group:
        for _ in range(os.cpu_count() or 1):
            group.create_task(work())
    return verdicts


def _verdict(said: str, status: int) -> Verdict:
    if said == PASSED:
        return Verdict(has_passed=True, told="")
    if status < 0:
        said = signal.Signals(-status).name
    return Verdict(has_passed=False, told=said or "ended early")
