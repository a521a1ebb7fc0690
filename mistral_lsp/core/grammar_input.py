"""Grammar input: how a text is given to tree-sitter, and which texts aren't."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mistral_lsp.core.language import Language, pattern
from mistral_lsp.core.text import encode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

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


class Looks:
    """How often tree-sitter may look up. It does every 100 steps, so that this bounds them without a clock."""

    def __init__(self, left: int) -> None:
        """For all that is parsed with it."""
        self.left = left

    def __call__(self, _byte: int, _has_error: bool) -> bool:  # noqa: FBT001  tree-sitter's signature
        """Whether that is enough; tree-sitter asks."""
        self.left -= 1
        return self.left < 0


def parsed_within(
    looks: Looks, parser: tree_sitter.Parser, read: Callable[[int, object], bytearray], old: tree_sitter.Tree
) -> tree_sitter.Tree | None:
    """Parse at once; None where it takes more than these."""
    try:
        return parser.parse(read, old, progress_callback=looks)
    except ValueError:  # see `advance`
        parser.reset()
        return None


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
    return is_too_deep(left_open(encode(text))) or has_hazard(language, text)


def left_open(data: bytes) -> list[int]:
    """How many more brackets open than close, of each kind; of two texts together, the sums."""
    brackets = data.translate(None, _NO_BRACKETS)  # counting in these alone takes a third of the time
    return [brackets.count(a) - brackets.count(b) for a, b in (b"()", b"[]", b"{}")]


def is_too_deep(counts: Iterable[int]) -> bool:
    """Whether such brackets as `left_open` counts are more than anybody leaves open."""
    return any(abs(count) > MAX_OPEN_BRACKETS for count in counts)


def has_hazard(language: Language, text: str) -> bool:
    """Whether the text has what the grammar's own scanner fails at."""
    return language.hazard is not None and pattern(language.hazard).search(text) is not None
