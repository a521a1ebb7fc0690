"""Grammar input: how a text is given to tree-sitter, and which texts aren't."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mistral_lsp.core.language import Language, pattern
from mistral_lsp.core.text import encode

if TYPE_CHECKING:
    from collections.abc import Callable

    import tree_sitter

READ_BYTES = 4096
# py-tree-sitter 0.26.1 never lets go of what a reader returns, so that it gets the same object each time.
_BUFFER = bytearray()
# tree-sitter asks for the text anew at each byte that isn't UTF-8; the replacement character is as long.
_SURROGATE = re.compile(rb"\xed[\xa0-\xbf][\x80-\xbf]")
_REPLACEMENT = "\ufffd".encode()
# At the end of a text that leaves so many brackets open, tree-sitter works without asking, for a time that grows with
# their square: 6 s for 5,000 in TSX. No person's code does.
MAX_OPEN_BRACKETS = 64
_NO_BRACKETS = bytes(set(range(256)) - set(b"()[]{}"))


def advance(
    parser: tree_sitter.Parser,
    read: Callable[[int, object], bytearray],
    old: tree_sitter.Tree | None,
    *,
    deadline: float,
    clock: Callable[[], float],
) -> tree_sitter.Tree | None:
    """Parse until the deadline; None where there is more to do, and the next call with the same parser goes on."""
    halted = False

    def is_late(_byte: int, _has_error: bool) -> bool:  # noqa: FBT001  tree-sitter's signature
        nonlocal halted
        halted = clock() >= deadline
        return halted

    try:
        if old is None:
            return parser.parse(read, progress_callback=is_late)
        return parser.parse(read, old, progress_callback=is_late)
    except ValueError:  # how the binding says that it was halted
        if halted:
            return None
        raise


def readable(text: str) -> bytes:
    """UTF-8 that tree-sitter doesn't stumble over."""
    data = encode(text)
    return _SURROGATE.sub(_REPLACEMENT, data) if b"\xed" in data else data


def reader(data: bytes) -> Callable[[int, object], bytearray]:
    """What tree-sitter reads a text through."""

    def read(byte: int, _point: object) -> bytearray:
        _BUFFER[:] = data[byte : byte + READ_BYTES]
        return _BUFFER

    return read


def is_hazard(language: Language, text: str) -> bool:
    """Whether the text would crash the grammar or keep it busy for seconds."""
    brackets = encode(text).translate(None, _NO_BRACKETS)  # counting in these alone takes a third of the time
    if any(abs(brackets.count(a) - brackets.count(b)) > MAX_OPEN_BRACKETS for a, b in (b"()", b"[]", b"{}")):
        return True
    return language.hazard is not None and pattern(language.hazard).search(text) is not None
