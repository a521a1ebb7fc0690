"""Text: a document as an immutable value that is cheap to change and free to share.

It stands in chunks of some thousand characters that end where a line ends. A change builds the one or two chunks that
it touches and shares all others with the text before it. So an edit costs about the same in a file of 300 lines and
of 50,000, a snapshot costs nothing, and two texts of one document are compared by asking which chunks they share.
What is known about a chunk is worked out when first asked for, so that an open document costs little but its text.

Offsets and columns count code points. A line keeps its terminator.
"""

from __future__ import annotations

import re
import weakref
from array import array
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING, Self

from mistral_lsp.core.common import common_end, common_start

if TYPE_CHECKING:
    from collections.abc import Iterator

CHUNK_CHARS = 4096  # measured with `python -m mistral_lsp.bench.edits`
_NEAR_CHARS = 64  # behind what was put in, which nearly always tell where the change ends

# LSP 3.18: a line ends at \n, \r\n or \r, and nowhere else.
_TERMINATOR = re.compile(r"\r\n?|\n")
_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+")


def split_lines(text: str) -> list[str]:
    """Lines with their terminators; the last one has none and may be empty."""
    is_ended = not text or text[-1] in "\r\n"
    lines = text.splitlines(keepends=True)
    if len(lines) != _terminator_count(text) + (not is_ended):  # it knows eight more ends, such as \f and U+2028
        lines = _LINE.findall(text)
    if is_ended:
        lines.append("")
    return lines


def without_terminator(line: str) -> str:
    """The line's content: what an editor shows of it."""
    return line.rstrip("\r\n")


def encode(text: str) -> bytes:
    """UTF-8, also of the lone surrogates that JSON can smuggle into a document (as three bytes each)."""
    return text.encode("utf-8", "surrogatepass")


def byte_length(text: str) -> int:
    """Length in UTF-8 without building the bytes where every character is ASCII."""
    return len(text) if text.isascii() else len(encode(text))


@dataclass(frozen=True, slots=True)
class Change:
    """The one stretch in which two texts differ, in code points; both ends agree outside it."""

    start: int
    old_end: int
    new_end: int


class Text:
    """An immutable text. Make one with `Text.of`; change it with `replace`, which returns another."""

    __slots__ = ("__weakref__", "_chunks", "_first_bytes", "_first_chars", "_first_lines", "_replaced")

    def __init__(self, chunks: tuple[_Chunk, ...], lines: list[int], chars: list[int], utf8: list[int]) -> None:
        """Take chunks, and how many of each thing stand before each chunk and in all; for this module."""
        self._chunks = chunks
        self._first_lines = lines
        self._first_chars = chars
        self._first_bytes = utf8
        self._replaced: tuple[weakref.ref[Text], int, int, int] | None = None  # of which text, and where: by `replace`

    @classmethod
    def of(cls, text: str) -> Text:
        """Take a whole text."""
        none = [0]
        return cls._with_chunks(cls((), none, none, none), 0, 0, text)

    def __len__(self) -> int:
        return self._first_chars[-1]

    def __str__(self) -> str:
        return _joined(self._chunks)

    @property
    def line_count(self) -> int:
        """At least 1: an empty text has one empty line, and a text that ends with a terminator has one after it."""
        return self._first_lines[-1] + 1

    @property
    def byte_count(self) -> int:
        """The length in UTF-8."""
        return self._first_bytes[-1]

    def lines(self, start: int = 0, stop: int | None = None) -> list[str]:
        """Lines from `start` to before `stop`, with terminators."""
        if stop is None or stop >= self.line_count:
            return split_lines(self.slice(self.offset(start, 0), len(self))) if start < self.line_count else []
        return split_lines(self.slice(self.offset(start, 0), self.offset(stop, 0)))[:-1] if start < stop else []

    def line(self, number: int) -> str:
        """Line `number`, with its terminator. Raises IndexError outside the text."""
        if not 0 <= number <= self._first_lines[-1]:
            msg = f"line {number} of {self.line_count}"
            raise IndexError(msg)
        return self.line_at(number)[1]

    def line_at(self, number: int) -> tuple[int, str]:
        """The offset at which a line starts, and the line as `line` gives it; it has to be in the text."""
        index = bisect_right(self._first_lines, number, 0, len(self._chunks)) - 1
        chunk, within = self._chunks[index], number - self._first_lines[index]
        return self._first_chars[index] + chunk.starts[within], chunk.line(within)

    def offset(self, line: int, column: int) -> int:
        """The offset of a line and column; outside a line is its nearest end, and so it is for the text."""
        if not 0 <= line <= self._first_lines[-1]:
            return 0 if line < 0 else len(self)
        start, content = self.line_at(line)
        return start if column <= 0 else start + min(column, len(without_terminator(content)))

    def position(self, offset: int) -> tuple[int, int]:
        """The line and column of an offset between 0 and the text's length."""
        index = self._chunk_at(offset)
        rest, starts = offset - self._first_chars[index], self._chunks[index].starts
        within = bisect_right(starts, rest) - 1
        return self._first_lines[index] + within, rest - starts[within]

    def slice(self, start: int, end: int) -> str:
        """The text between two offsets."""
        if start >= end:
            return ""
        first, last = self._chunk_at(start), self._chunk_at(end)
        start -= self._first_chars[first]
        end -= self._first_chars[first]
        if first == last:
            return self._chunks[first].text[start:end]
        return _joined(self._chunks[first : last + 1])[start:end]

    def replace(self, start: int, end: int, new: str) -> Text:
        """The text with `new` in place of what stood between two offsets."""
        chunks = self._chunks
        first, last = self._chunk_at(start), self._chunk_at(end)
        head = chunks[first].text[: start - self._first_chars[first]]
        tail = chunks[last].text[end - self._first_chars[last] :]
        chunk = chunks[first].changed_within_a_line(head, new, tail) if first == last else None
        if chunk is not None:
            changed = self._with_chunk(first, chunk)
        else:
            text, after = f"{head}{new}{tail}", last + 1
            if after < len(chunks) and len(text) < CHUNK_CHARS // 4:  # it would be a crumb
                text += chunks[after].text
                after += 1
            if first and text.startswith("\n") and chunks[first - 1].text.endswith("\r"):
                first -= 1  # the two are one terminator from now on
                text = chunks[first].text + text
            changed = self._with_chunks(first, after, text)
        changed._replaced = weakref.ref(self), start, end, start + len(new)  # noqa: SLF001 - of this very class
        return changed

    def byte_offset(self, offset: int) -> int:
        """The UTF-8 offset of an offset in code points."""
        index = self._chunk_at(offset)
        rest = offset - self._first_chars[index]
        return self._first_bytes[index] + self._chunks[index].byte_offset(rest)

    def change_from(self, old: Text) -> Change | None:
        """Where this text differs from an older one, or None where it doesn't.

        Chunks that both share are skipped by identity, so the cost follows the size of the change. Where it can be told
        in several ways ("a" before "a" or behind it), this is the last of them.
        """
        if (change := self._change_by_replace(old)) is not None:
            return change
        head = common_start(self._chunks, old._chunks)
        tail = common_end(self._chunks[head:], old._chunks[head:])
        new = _joined(self._chunks[head : len(self._chunks) - tail])
        was = _joined(old._chunks[head : len(old._chunks) - tail])
        if new == was:
            return None
        same = common_start(new, was)
        same_end = common_end(new[same:], was[same:])
        start = self._first_chars[head]
        return Change(start + same, start + len(was) - same_end, start + len(new) - same_end)

    def _change_by_replace(self, old: Text) -> Change | None:
        """The same where `replace` made this of the older text; None where what is near doesn't tell."""
        if self._replaced is None or self._replaced[0]() is not old:
            return None
        _, start, old_end, new_end = self._replaced
        near = min(len(old) - old_end, _NEAR_CHARS)
        was, new = old.slice(start, old_end + near), self.slice(start, new_end + near)
        same = common_start(new, was)
        if new == was or (same == min(len(new), len(was)) and near == _NEAR_CHARS):
            return None
        tail = min(near, len(new) - same, len(was) - same)
        same_end = tail + common_end(new[same : len(new) - tail], was[same : len(was) - tail])
        return Change(start + same, start + len(was) - same_end, start + len(new) - same_end)

    def _with_chunk(self, index: int, chunk: _Chunk) -> Text:
        """The text with a chunk of as many lines in place of another."""
        chars = _summed(self._first_chars, index, index + 1, [len(chunk.text)])
        is_ascii = self._first_bytes is self._first_chars and chunk.bytes == len(chunk.text)
        utf8 = chars if is_ascii else _summed(self._first_bytes, index, index + 1, [chunk.bytes])
        return Text((*self._chunks[:index], chunk, *self._chunks[index + 1 :]), self._first_lines, chars, utf8)

    def _with_chunks(self, first: int, after: int, text: str) -> Text:
        chunks = tuple(_chunked(text))
        if not chunks and after - first == len(self._chunks):
            chunks = (_Chunk.of(""),)  # there is always one
        lines = _summed(self._first_lines, first, after, [chunk.terminators for chunk in chunks])
        chars = _summed(self._first_chars, first, after, counts := [len(chunk.text) for chunk in chunks])
        utf8_counts = [chunk.bytes for chunk in chunks]
        if self._first_bytes is self._first_chars and utf8_counts == counts:
            utf8 = chars  # all of it is ASCII, as most code is: one list is both
        else:
            utf8 = _summed(self._first_bytes, first, after, utf8_counts)
        return Text((*self._chunks[:first], *chunks, *self._chunks[after:]), lines, chars, utf8)

    def _chunk_at(self, offset: int) -> int:
        return bisect_right(self._first_chars, offset, 0, len(self._chunks)) - 1


@dataclass(frozen=True, eq=False)
class _Chunk:
    text: str
    terminators: int
    bytes: int

    @classmethod
    def of(cls, text: str) -> Self:
        return cls(text, _terminator_count(text), byte_length(text))

    @cached_property
    def starts(self) -> array[int]:
        """Where each line starts; one that ends with a terminator has an empty line after it."""
        return array("L", accumulate(map(len, split_lines(self.text)[:-1]), initial=0))

    def changed_within_a_line(self, head: str, new: str, tail: str) -> _Chunk | None:
        """This with `new` between its head and its tail; None where that isn't within a line, or makes another size.

        What is typed makes no line and ends none: all that is known of the chunk is moved, and nothing counted anew.
        """
        gone, moved = (
            self.text[len(head) : len(self.text) - len(tail)],
            len(head) + len(new) + len(tail) - len(self.text),
        )
        if not CHUNK_CHARS // 4 <= len(self.text) + moved <= 2 * CHUNK_CHARS or not (head or new):
            return None
        if _TERMINATOR.search(new) or _TERMINATOR.search(gone) or (head.endswith("\r") and tail.startswith("\n")):
            return None
        chunk = _Chunk(f"{head}{new}{tail}", self.terminators, self.bytes + byte_length(new) - byte_length(gone))
        behind = bisect_right(self.starts, len(head))
        vars(chunk)["starts"] = self.starts[:behind] + array("L", map(moved.__add__, self.starts[behind:]))
        return chunk

    def line(self, number: int) -> str:
        starts, after = self.starts, number + 1
        return self.text[starts[number] : starts[after] if after < len(starts) else None]

    def byte_offset(self, offset: int) -> int:
        return offset if self.bytes == len(self.text) else byte_length(self.text[:offset])


def _chunked(text: str) -> Iterator[_Chunk]:
    """Chunks of CHUNK_CHARS; up to twice that in one, so that typing at a chunk's end doesn't split it."""
    start = 0
    while len(text) - start > 2 * CHUNK_CHARS and (end := _TERMINATOR.search(text, start + CHUNK_CHARS)):
        yield _Chunk.of(text[start : end.end()])
        start = end.end()
    if start < len(text):
        yield _Chunk.of(text[start:])


def _summed(sums: list[int], first: int, after: int, counts: list[int]) -> list[int]:
    """Running sums in which items `first` to before `after` became `counts`."""
    fresh = list(accumulate(counts, initial=sums[first]))
    rest = sums[after + 1 :]
    if shift := fresh[-1] - sums[after]:
        rest = list(map(shift.__add__, rest))
    return [*sums[:first], *fresh, *rest]


def _joined(chunks: tuple[_Chunk, ...]) -> str:
    return "".join([chunk.text for chunk in chunks])


def _terminator_count(text: str) -> int:
    count = text.count("\n")
    return count + text.count("\r") - text.count("\r\n") if "\r" in text else count
