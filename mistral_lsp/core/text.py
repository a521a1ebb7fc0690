"""Text: a document's lines as an immutable value that is cheap to change and free to share.

The lines stand in chunks; a change builds the one or two chunks that it touches and shares all others with the
text before it. So an edit costs the same in a file of 300 lines and of 50,000, a snapshot costs nothing, and two
texts of one document can be compared by asking which chunks they share.

Offsets and columns count code points. A line keeps its terminator.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate, chain
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

CHUNK_LINES = 256

# LSP 3.18: a line ends at \n, \r\n or \r, and nowhere else (str.splitlines knows eight more ends).
_LINE_START = re.compile(r"(?<=\n)|(?<=\r)(?!\n)")


def split_lines(text: str) -> list[str]:
    """Lines with their terminators; the last one has none and may be empty."""
    if "\r" in text:
        return _LINE_START.split(text)
    *lines, last = text.split("\n")
    return [*(line + "\n" for line in lines), last]


def without_terminator(line: str) -> str:
    """The line's content: what an editor shows of it."""
    return line.rstrip("\r\n")


def encode(text: str) -> bytes:
    """UTF-8, also of the lone surrogates that JSON can smuggle into a document (as three bytes each)."""
    return text.encode("utf-8", "surrogatepass")


def byte_length(text: str) -> int:
    """Length in UTF-8 without building the bytes where every character is ASCII."""
    return len(text) if text.isascii() else len(encode(text))


@dataclass(frozen=True, slots=True, eq=False)
class _Chunk:
    lines: tuple[str, ...]
    chars: int
    bytes: int

    @classmethod
    def of(cls, lines: Sequence[str]) -> Self:
        joined = "".join(lines)
        return cls(tuple(lines), len(joined), byte_length(joined))


@dataclass(frozen=True, slots=True)
class Change:
    """The one stretch in which two texts differ, in code points; both ends agree outside it."""

    start: int
    old_end: int
    new_end: int


class Text:
    """An immutable text. Make one with `Text.of`; change it with `replace`, which returns another."""

    __slots__ = ("_chunks", "_first_bytes", "_first_chars", "_first_lines")

    def __init__(self, chunks: tuple[_Chunk, ...]) -> None:
        """Take chunks of which at least one has a line; for this module."""
        self._chunks = chunks
        self._first_lines = tuple(accumulate((len(c.lines) for c in chunks), initial=0))
        self._first_chars = tuple(accumulate((c.chars for c in chunks), initial=0))
        self._first_bytes = tuple(accumulate((c.bytes for c in chunks), initial=0))

    @classmethod
    def of(cls, text: str) -> Self:
        """Split a whole text into lines, once."""
        return cls(tuple(_chunked(split_lines(text))))

    def __len__(self) -> int:
        return self._first_chars[-1]

    def __str__(self) -> str:
        return "".join(self.lines())

    @property
    def line_count(self) -> int:
        """At least 1: an empty text has one empty line, and a text that ends with a terminator has one after it."""
        return self._first_lines[-1]

    @property
    def byte_count(self) -> int:
        """The length in UTF-8."""
        return self._first_bytes[-1]

    def lines(self, start: int = 0, stop: int | None = None) -> Iterator[str]:
        """Lines from `start` to before `stop`, with terminators."""
        stop = self.line_count if stop is None else min(stop, self.line_count)
        while start < stop:
            index = self._chunk_of_line(start)
            first = self._first_lines[index]
            part = self._chunks[index].lines[start - first : stop - first]
            yield from part
            start += len(part)

    def line(self, number: int) -> str:
        """Line `number`, with its terminator. Raises IndexError outside the text."""
        if not 0 <= number < self.line_count:
            msg = f"line {number} of {self.line_count}"
            raise IndexError(msg)
        index = self._chunk_of_line(number)
        return self._chunks[index].lines[number - self._first_lines[index]]

    def offset(self, line: int, column: int) -> int:
        """The offset of a line and column; past a line's end is its end, past the text's end is the text's end."""
        if line >= self.line_count:
            return len(self)
        index = self._chunk_of_line(line)
        chunk, within = self._chunks[index], line - self._first_lines[index]
        before = sum(map(len, chunk.lines[:within]))
        return self._first_chars[index] + before + min(column, len(without_terminator(chunk.lines[within])))

    def position(self, offset: int) -> tuple[int, int]:
        """The line and column of an offset between 0 and the text's length."""
        index = min(bisect_right(self._first_chars, offset) - 1, len(self._chunks) - 1)
        line, rest = self._first_lines[index], offset - self._first_chars[index]
        lines = self._chunks[index].lines
        last = len(lines) - 1
        for within, content in enumerate(lines):
            if rest < len(content) or within == last:
                return line + within, rest
            rest -= len(content)
        raise AssertionError  # a chunk has at least one line

    def slice(self, start: int, end: int) -> str:
        """The text between two offsets."""
        if start >= end:
            return ""
        (first, column), (last, _) = self.position(start), self.position(end)
        return "".join(self.lines(first, last + 1))[column : column + end - start]

    def replace(self, start: int, end: int, new: str) -> Text:
        """The text with `new` in place of what stood between two offsets."""
        first, column = self.position(start)
        last, end_column = self.position(end)
        middle = self.line(first)[:column] + new + self.line(last)[end_column:]
        if middle.startswith("\n") and first and self.line(first - 1).endswith("\r"):
            first -= 1  # a lone \r and this \n are one terminator from now on
            middle = self.line(first) + middle
        return self._with_lines(first, last + 1, split_lines(middle), is_end=last + 1 == self.line_count)

    def byte_offset(self, offset: int) -> int:
        """The UTF-8 offset of an offset in code points."""
        index = min(bisect_right(self._first_chars, offset) - 1, len(self._chunks) - 1)
        chunk, rest = self._chunks[index], offset - self._first_chars[index]
        if chunk.chars == chunk.bytes:
            return self._first_bytes[index] + rest
        return self._first_bytes[index] + byte_length("".join(chunk.lines)[:rest])

    def bytes_from(self, byte_offset: int) -> bytes:
        """Some UTF-8 from this byte on: the rest of its chunk, or nothing at the end. For tree-sitter's reader."""
        if byte_offset >= self.byte_count:
            return b""
        index = bisect_right(self._first_bytes, byte_offset) - 1
        return encode("".join(self._chunks[index].lines))[byte_offset - self._first_bytes[index] :]

    def change_from(self, old: Text) -> Change | None:
        """Where this text differs from an older one, or None where it doesn't.

        Chunks that both share are skipped by identity, so the cost follows the size of the change.
        """
        head = _common(self._chunks, old._chunks)
        tail = _common(reversed(self._chunks[head:]), reversed(old._chunks[head:]))
        new = _lines_of(self._chunks[head : len(self._chunks) - tail])
        was = _lines_of(old._chunks[head : len(old._chunks) - tail])
        same_lines = _common(new, was)
        start = self._first_chars[head] + sum(map(len, new[:same_lines]))
        new, was = new[same_lines:], was[same_lines:]
        same_end = _common(reversed(new), reversed(was))
        new_text = "".join(new[: len(new) - same_end])
        old_text = "".join(was[: len(was) - same_end])
        if new_text == old_text:
            return None
        same = _common_prefix(new_text, old_text)
        same_tail = _common_prefix(new_text[same:][::-1], old_text[same:][::-1])
        return Change(start + same, start + len(old_text) - same_tail, start + len(new_text) - same_tail)

    def _chunk_of_line(self, line: int) -> int:
        return bisect_right(self._first_lines, line) - 1

    def _with_lines(self, start: int, stop: int, lines: list[str], *, is_end: bool) -> Text:
        """Put `lines` in place of lines `start` to `stop`; a last empty line belongs to the text's end alone."""
        if not is_end:
            lines.pop()  # `middle` ended with its line's terminator, so this one is empty
        first = self._chunk_of_line(start)
        last = self._chunk_of_line(stop - 1)
        head = self._chunks[first].lines[: start - self._first_lines[first]]
        tail = self._chunks[last].lines[stop - self._first_lines[last] :]
        after = last + 1
        if len(head) + len(lines) + len(tail) < CHUNK_LINES // 4 and after < len(self._chunks):
            tail += self._chunks[after].lines  # keep chunks from becoming crumbs
            after += 1
        chunks = _chunked([*head, *lines, *tail])
        return Text((*self._chunks[:first], *chunks, *self._chunks[after:]))


def _chunked(lines: Sequence[str]) -> Iterator[_Chunk]:
    """Chunks of CHUNK_LINES lines; up to twice that in one, so that typing at a chunk's end doesn't split it."""
    if len(lines) <= 2 * CHUNK_LINES:
        if lines:
            yield _Chunk.of(lines)
        return
    for start in range(0, len(lines), CHUNK_LINES):
        yield _Chunk.of(lines[start : start + CHUNK_LINES])


def _common(left: Iterable[object], right: Iterable[object]) -> int:
    """How many items two sequences share from the start (chunks by identity, lines by value)."""
    count = 0
    for a, b in zip(left, right, strict=False):
        if a is not b and a != b:
            break
        count += 1
    return count


def _common_prefix(left: str, right: str) -> int:
    """How many characters two strings share from the start, by halving: each comparison is one memcmp."""
    low, high = 0, min(len(left), len(right))
    while low < high:
        middle = (low + high + 1) // 2
        if left[low:middle] == right[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _lines_of(chunks: Iterable[_Chunk]) -> list[str]:
    return list(chain.from_iterable(chunk.lines for chunk in chunks))
