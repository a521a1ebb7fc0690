"""The file that holds an endpoint's token: read where only the user can read it."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from mistral_lsp.model.base import Refused

if TYPE_CHECKING:
    from pathlib import Path

MAX_BYTES = 16_384
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def read(path: Path) -> str:
    """The token in a file. Raises Refused where it can't be read, or where others can read it too."""
    try:
        # Not blocking, since a FIFO would wait for a writer.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with open(descriptor, "rb") as file:  # noqa: PTH123 - a descriptor, so that what is checked is what is read
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise Refused("endpoint.token_file is no file", advice=_ADVICE)
            if os.name == "posix" and status.st_mode & _OTHERS:
                raise Refused("endpoint.token_file can be read or written by others", advice=f"Run `chmod 600 {path}`.")
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        why = error.strerror or "it can't be read"
        raise Refused(f"endpoint.token_file can't be read: {why}", advice=_ADVICE) from None
    if len(content) > MAX_BYTES:
        raise Refused("endpoint.token_file holds more than a token", advice=_ADVICE)
    return content.decode("latin-1").strip()


_ADVICE = "Write the token alone into that file, and make it yours alone: `chmod 600`."
