"""The judged process: run as a file, it imports nothing of ours.

One JSON object comes in on stdin. Its program's output goes nowhere; the word that comes with it is written when the
program has come to its end, so that one which leaves early hasn't passed.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import sys

MB = 2**20
FILE_MB = 16
PROCESSES = 64  # that the user has already count too, so that it can't be much less


def main() -> None:
    """Run the program."""
    task = json.loads(sys.stdin.buffer.read())
    answer = os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_CPU, task["cpu_s"])
    _limit(resource.RLIMIT_AS, task["memory_mb"] * MB)
    _limit(resource.RLIMIT_FSIZE, FILE_MB * MB)
    _limit(resource.RLIMIT_NPROC, PROCESSES)
    exec(compile(task["program"], "<program>", "exec"), {"__name__": "__main__"})  # noqa: S102 - what it is for
    os.write(answer, task["word"].encode())


def _limit(what: int, most: int) -> None:
    with contextlib.suppress(ValueError, OSError):  # where the user has a lower limit
        resource.setrlimit(what, (most, most))


if __name__ == "__main__":
    main()
