"""The process in which one program is judged: it limits itself, runs what comes on stdin, and says what became of it.

It is started by its path, without the package and without site-packages. The limits keep a mistake from doing harm:
endless loops, all of the memory, files, processes, the network. They are no sandbox against code that means harm.
"""

from __future__ import annotations

import contextlib
import os
import sys

PASSED = "passed"
TOLD_CHARS = 40
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

# Audit events, https://docs.python.org/3/library/audit_events.html, that a correct answer has no need of.
_REFUSED = ("ctypes.", "os.", "pty.", "resource.", "shutil.", "signal.", "socket.", "sqlite3.", "subprocess.")
_ALLOWED = frozenset({"os.listdir", "os.scandir"})  # imports look into folders


def main(cpu_s: int, memory_bytes: int, file_bytes: int) -> None:
    """Run one program; "passed", or the name of what it raised, goes to what was stdout at the start."""
    program = sys.stdin.buffer.read().decode()
    told = os.dup(1)
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    _limit(cpu_s, memory_bytes, file_bytes)
    sys.addaudithook(_audit)
    try:
        exec(compile(program, "program", "exec"), {"__name__": "program"})  # noqa: S102 - what it is for
        said = PASSED
    except BaseException as error:  # noqa: BLE001 - SystemExit too is no pass
        said = type(error).__name__[:TOLD_CHARS]
    os.write(told, said.encode(errors="replace"))
    os._exit(0)  # at once: whatever the program has left running ends here


def _limit(cpu_s: int, memory_bytes: int, file_bytes: int) -> None:
    """Set each limit that this system has; none can be raised again."""
    try:
        import resource
    except ImportError:
        return
    limits = {
        "RLIMIT_CPU": (cpu_s, cpu_s + 1),  # SIGXCPU, then SIGKILL
        "RLIMIT_AS": (memory_bytes, memory_bytes),
        "RLIMIT_FSIZE": (file_bytes, file_bytes),
        "RLIMIT_NPROC": (0, 0),  # no further process or thread; root isn't held to it
        "RLIMIT_CORE": (0, 0),
    }
    for name, soft_and_hard in limits.items():
        with contextlib.suppress(AttributeError, ValueError, OSError):
            resource.setrlimit(getattr(resource, name), soft_and_hard)


def _audit(event: str, arguments: tuple[object, ...]) -> None:
    """Refuse what reaches out of the process."""
    if event == "open":
        flags = arguments[2]
        is_refused = isinstance(flags, int) and bool(flags & _WRITES)
    else:
        is_refused = event.startswith(_REFUSED) and event not in _ALLOWED
    if is_refused:
        raise PermissionError(event)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
