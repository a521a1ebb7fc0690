"""Keys: made once, kept where their user alone can read them, and never shown."""

from __future__ import annotations

import os
import secrets
import stat
from typing import TYPE_CHECKING

from mistral_lsp.deploy.refusal import Refusal

if TYPE_CHECKING:
    from pathlib import Path

KEY_BYTES = 32
MAX_BYTES = 16_384


def kept(path: Path) -> str:
    """The key in this file, made now where there is none. Raises Refusal.

    Hexadecimal in lower case, since text-generation-inference compares keys without regard to case.
    """
    try:
        return read(path)
    except FileNotFoundError:
        key = secrets.token_hex(KEY_BYTES)
        keep(path, key + "\n")
        return key


def read(path: Path) -> str:
    """The secret in a file. Raises FileNotFoundError, or Refusal where others can read it too."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        with open(descriptor, "rb") as file:  # noqa: PTH123 - a descriptor, so that what is checked is what is read
            status = os.fstat(descriptor)
            content = file.read(MAX_BYTES) if stat.S_ISREG(status.st_mode) else b""
    except FileNotFoundError:
        raise
    except OSError as error:
        raise Refusal(f"{path} can't be read: {error.strerror}") from None
    if status.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise Refusal(f"{path} can be read or written by others. Run `chmod 600 {path}`")
    secret = content.decode("latin-1").strip()
    if not secret or not secret.isascii() or len(secret.split()) != 1:
        raise Refusal(f"{path} holds no key. Remove it, and another one is made")
    return secret


def keep(path: Path, text: str) -> None:
    """Write what the user alone may read, in one step. Raises Refusal."""
    new = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:  # noqa: PTH123 - with its rights from the start
            file.write(text)
        new.replace(path)
    except OSError as error:
        raise Refusal(f"{path} can't be written: {error.strerror}") from None
