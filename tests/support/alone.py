"""Tests run beside each other; one that looks at each frame of a screen has the machine to itself."""

from __future__ import annotations

import contextlib
import fcntl
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextlib.contextmanager
def turn(folder: Path, *, is_alone: bool) -> Iterator[None]:
    """Wait until a test may begin; `folder` is the same for every process that runs some."""
    with (folder / "door.lock").open("w") as door, (folder / "room.lock").open("w") as room:
        with _held(door):  # whoever waits to be alone stands in it, so that nobody else comes in
            fcntl.flock(room, fcntl.LOCK_EX if is_alone else fcntl.LOCK_SH)
        yield


@contextlib.contextmanager
def _held(lock: IO[str]) -> Iterator[None]:
    fcntl.flock(lock, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(lock, fcntl.LOCK_UN)
