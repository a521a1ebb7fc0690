"""Runs the server under an audit hook that writes down what it starts, whom it reaches and what it writes.

    python audited.py LOG [argument of mistral-lsp ...]

It imports nothing of ours and of the tests' before the hook is in place: https://peps.python.org/pep-0578/.
"""

from __future__ import annotations

import json
import os
import runpy
import sys
from typing import Any

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
    log = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def note(kind: str, *about: Any) -> None:
        os.write(log, json.dumps([kind, *map(str, about)]).encode() + b"\n")

    def hook(event: str, args: tuple[Any, ...]) -> None:
        if event in STARTS:
            note("starts", event, *args[:2])
        elif event in REACHES:
            note("reaches", event, *(args[1:2] if event.startswith("socket.") and event[7] != "g" else args[:2]))
        elif event in CHANGES or (event == "open" and not isinstance(args[0], int) and args[2] & WRITING):
            note("writes", event, args[0])

    sys.addaudithook(hook)
    sys.argv = ["mistral-lsp", *sys.argv[2:]]
    runpy.run_module("mistral_lsp", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
