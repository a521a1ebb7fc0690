"""Process: one program, without a shell, with limits; nothing that it has started outlives its end or a cancelling."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import shutil
import signal
import sys
import time
from asyncio.subprocess import DEVNULL, PIPE, STDOUT
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mistral_lsp.core.tools import Ran

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import Iterable, Mapping, Sequence

log = logging.getLogger(__name__)

LAUNCHER = os.path.join(os.path.dirname(__file__), "limited.py")
_FLAGS = ("-I", "-S", "-B", "-X", "utf8")
_CHUNK = 2**16
# What a tool may know of the user's environment: where things are, never what opens them. More goes into the command
# itself, by `env NAME=value`.
_KEPT_NAMES = """
    PATH HOME USER LOGNAME LANG LANGUAGE TZ TERM TMPDIR TMP TEMP SYSTEMROOT APPDATA LOCALAPPDATA USERPROFILE PATHEXT
    XDG_CACHE_HOME XDG_CONFIG_HOME XDG_DATA_HOME VIRTUAL_ENV CONDA_PREFIX PYENV_ROOT PYTHONPATH NODE_PATH NVM_DIR GOPATH
    GOROOT GOCACHE GOMODCACHE GOTOOLCHAIN CARGO_HOME RUSTUP_HOME JAVA_HOME GEM_HOME GEM_PATH
"""
_KEPT = frozenset(_KEPT_NAMES.split())
_ALWAYS = {
    "PYTHONDONTWRITEBYTECODE": "1",  # two versions of a file within one second look the same to it
    "NO_COLOR": "1",
    "RUFF_OUTPUT_FORMAT": "concise",  # one line a message
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one program may use."""

    wall_s: float = 60.0
    cpu_s: int = 120  # of each of its processes
    memory_bytes: int = 4 * 2**30  # as above
    file_bytes: int = 2**28
    output_bytes: int = 2**20


def environment(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """What a tool gets: no token, whatever it is called."""
    kept = {name: value for name, value in environ.items() if name.upper() in _KEPT or name.startswith("LC_")}
    return kept | _ALWAYS


def find(name: str, roots: Iterable[str], path: str | None = None) -> str | None:
    """A program on the PATH that no repository has brought along; a name with a folder in it stands for itself."""
    if os.path.dirname(name):
        return name
    folders = (path if path is not None else os.environ.get("PATH", "")).split(os.pathsep)
    inner = [os.path.realpath(root) + os.sep for root in roots]
    safe = [folder for folder in folders if os.path.isabs(folder) and not _is_inside(folder, inner)]
    return shutil.which(name, path=os.pathsep.join(safe))


async def run(
    command: Sequence[str], *, cwd: str, env: Mapping[str, str], limits: Limits | None = None, stdin: bytes = b""
) -> Ran:
    """Run it to its end, or to its limits."""
    limits, began_s = limits or Limits(), time.perf_counter()
    reading, told = os.pipe()
    try:
        process = await _start(command, cwd=cwd, env=env, limits=limits, told=told, takes_input=bool(stdin))
    except OSError as error:
        os.close(reading)
        return Ran(None, fault=error.strerror or "it can't be started")
    finally:
        os.close(told)
    try:
        async with asyncio.timeout(limits.wall_s):
            output = await _output(process, stdin, limits.output_bytes)
            status = await process.wait() if output is not None else None
        fault = "" if output is not None else "it says too much"
    except TimeoutError:
        output, status, fault = None, None, f"it takes over {limits.wall_s:.0f} s"
    finally:
        _end(process)
        is_offline = os.read(reading, 1) == b"1"
        os.close(reading)
        await process.wait()
    text = (output or b"").decode(errors="replace")
    took_s = time.perf_counter() - began_s
    log.info("a tool ran: %.1f s, status %s, %d characters, network %s", took_s, status, len(text), not is_offline)
    return Ran(status, text, fault, is_offline)


async def can_leave_network() -> bool:
    """Whether this system lets a program be kept from the network."""
    ran = await run((sys.executable, *_FLAGS, "-c", ""), cwd=os.path.dirname(LAUNCHER), env=environment())
    return ran.is_offline


async def _start(
    command: Sequence[str], *, cwd: str, env: Mapping[str, str], limits: Limits, told: int, takes_input: bool
) -> Process:
    numbers = map(str, (limits.cpu_s, limits.memory_bytes, limits.file_bytes, told))
    is_posix = os.name == "posix"
    words = (sys.executable, *_FLAGS, LAUNCHER, *numbers, *command) if is_posix else tuple(command)
    return await asyncio.create_subprocess_exec(
        *words,
        stdin=PIPE if takes_input else DEVNULL,
        stdout=PIPE,
        stderr=STDOUT,
        cwd=cwd,
        env=dict(env),
        start_new_session=True,
        pass_fds=(told,) if is_posix else (),
    )


async def _output(process: Process, stdin: bytes, most: int) -> bytes | None:
    """What it writes; None where that is more than it may."""
    if process.stdin is not None:
        with contextlib.suppress(ConnectionError):
            process.stdin.write(stdin)
            await process.stdin.drain()
        process.stdin.close()
    data = bytearray()
    while process.stdout is not None and (chunk := await process.stdout.read(_CHUNK)):
        data += chunk
        if len(data) > most:
            return None
    return bytes(data)


def _end(process: Process) -> None:
    """End it and all that it has started."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        elif process.returncode is None:
            process.kill()


def _is_inside(folder: str, roots: list[str]) -> bool:
    return any((os.path.realpath(folder) + os.sep).startswith(root) for root in roots)
