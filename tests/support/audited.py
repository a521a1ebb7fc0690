"""Runs the server under an audit hook that writes down what it starts, whom it reaches and what it writes.

    python audited.py LOG [argument of mistral-lsp ...]

It imports nothing of ours and of the tests' before the hook is in place: https://peps.python.org/pep-0578/.
"""

from __future__ import annotations

import json
import os
import runpy
import sys
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

STARTS = (
    "subprocess.Popen",
    "os.exec",
    "os.posix_spawn",
    "os.spawn",
    "os.fork",
    "os.forkpty",
    "os.system",
    "pty.spawn",
)
REACHES = ("socket.connect", "socket.bind", "socket.sendto", "socket.getaddrinfo", "urllib.Request")
CHANGES = (
    *("os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate", "os.link", "os.symlink", "os.chmod", "os.chown"),
    *("shutil.rmtree", "shutil.move", "shutil.copyfile", "tempfile.mkstemp", "tempfile.mkdtemp"),
)
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def main() -> None:
    """Run the server."""
    watch(into(sys.argv[1]))
    serve(sys.argv[2:])


def into(log: str) -> Callable[[bytes], object]:
    """What writes lines at the end of a log."""
    return partial(os.write, os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600))


def watch(write: Callable[[bytes], object]) -> None:
    """Put the hook in place, for as long as the process lives."""

    def note(kind: str, *about: Any) -> None:
        write(json.dumps([kind, *map(str, about)]).encode() + b"\n")

    def hook(event: str, args: tuple[Any, ...]) -> None:
        if event in STARTS:
            note("starts", event, *args[:2])
        elif event in REACHES:
            note("reaches", event, *(args[1:2] if event.startswith("socket.") and event[7] != "g" else args[:2]))
        elif event in CHANGES or (event == "open" and not isinstance(args[0], int) and args[2] & WRITING):
            note("writes", event, args[0])

    sys.addaudithook(hook)


def serve(arguments: Sequence[str]) -> None:
    """What the command does; raises SystemExit."""
    sys.argv = ["mistral-lsp", *arguments]
    runpy.run_module("mistral_lsp", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
