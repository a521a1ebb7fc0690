"""Opening: a file's bytes, if it is a plain file of a bounded size; what blocks, acts or never ends is not opened."""

from __future__ import annotations

import os
import stat

_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


class TooLarge(Exception):  # noqa: N818 - read as "it is too large"
    """A file has more bytes than are read."""


def regular_bytes(path: str, *, max_bytes: int, is_only_name: bool = False) -> bytes | None:
    """The content; None where there is no such plain file. `is_only_name` leaves out what has another name as well.

    A link is no plain file. Raises TooLarge, and PermissionError.
    """
    try:
        before = os.lstat(path)
        if not stat.S_ISREG(before.st_mode):
            return None
        if before.st_size > max_bytes:
            raise TooLarge
        handle = os.open(path, _FLAGS)
    except PermissionError:
        raise
    except (OSError, ValueError):  # ValueError: NUL in the name
        return None
    with open(handle, "rb") as file:
        now = os.fstat(handle)
        is_same = os.path.samestat(before, now) and stat.S_ISREG(now.st_mode)
        if not is_same or (is_only_name and now.st_nlink > 1):
            return None
        if now.st_size == 0:  # /proc makes up files that say so, and have no end
            return b""
        content = file.read(max_bytes + 1)
    if len(content) > max_bytes:
        raise TooLarge
    return content
