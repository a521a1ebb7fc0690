"""The salt that keeps a user's part of a shared endpoint's prefix cache apart from that of others.

Who shares the endpoint could otherwise measure what is in its cache: vLLM's docs/design/prefix_caching.md. All of a
user's windows have the same one, so that they share what the endpoint has read; it is made of a secret that only they
can read.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import os
import secrets
import stat
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

log = logging.getLogger(__name__)

SECRET_BYTES = 32
TRIES = 2
WRITER_S = 0.5  # what a window that is just writing it gets
_POLL_S = 0.01
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_READ = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_MAKE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)


def salt(path: Path | None, where: str) -> str:
    """The user's salt at an endpoint, by the secret in a file that is made where there is none. Blocks.

    Endpoints can't tell by it that they have the same user. Without a file, or where it can't be kept, it is as random
    as that, and the caller's alone.
    """
    secret = _kept(path) if path else None
    return hmac.new(secret or secrets.token_bytes(SECRET_BYTES), where.encode(), hashlib.sha256).hexdigest()


def _kept(path: Path) -> bytes | None:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        for _ in range(TRIES):
            if secret := _made(path) or _read(path):
                return secret
            path.unlink(missing_ok=True)  # others can read it, or its writer died
    except OSError as error:
        log.info("no cache salt can be kept: %s", error.strerror)
    return None


def _made(path: Path) -> bytes | None:
    """The secret in a file of ours; None where somebody was there before. Raises OSError."""
    try:
        descriptor = os.open(path, _MAKE, 0o600)
    except FileExistsError:
        return None
    secret = secrets.token_bytes(SECRET_BYTES)
    with open(descriptor, "wb") as file:  # noqa: PTH123 - a descriptor
        file.write(secret)
    return secret


def _read(path: Path) -> bytes | None:
    """The secret in a file; None where it isn't as we write it. Raises OSError."""
    descriptor = os.open(path, _READ)
    try:  # what is checked is what is read
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or (os.name == "posix" and status.st_mode & _OTHERS):
            return None
        until_s = time.monotonic() + WRITER_S
        while len(secret := os.read(descriptor, SECRET_BYTES + 1)) < SECRET_BYTES and time.monotonic() < until_s:
            time.sleep(_POLL_S)
            os.lseek(descriptor, 0, os.SEEK_SET)
        return secret if len(secret) == SECRET_BYTES else None
    finally:
        os.close(descriptor)
