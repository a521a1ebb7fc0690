"""Window: the code above the cursor that a prompt shows, within a budget.

Its start is anchored: it stays while the user types, and moves in large steps. The function and the class around the
cursor are in it whole where they fit; of one that doesn't fit, the head stands above the window, the rest elided.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from itertools import accumulate, islice
from typing import TYPE_CHECKING

from mistral_lsp.core.document import Cursor
from mistral_lsp.core.indentation import is_definition
from mistral_lsp.core.language import pattern
from mistral_lsp.core.languages import language_of
from mistral_lsp.core.lexing import code_of, indentation
from mistral_lsp.core.text import Text, split_lines, without_terminator

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mistral_lsp.core.document import Document
    from mistral_lsp.core.language import Language
    from mistral_lsp.core.syntax import Syntax

MAX_SCOPES = 4  # around a cursor, innermost first
OUTER_CHARS = 40_000  # how far up to look for the scopes around the innermost one
HEAD_LINES = 8  # of a signature, at most
LEAD_LINES = 20  # decorators and comments above a definition, at most
MAX_LINE_CHARS = 400  # a longer line is no signature
_HEADS_SHARE = 4  # the heads of scopes that don't fit get at most 1/4 of the window


@dataclass(frozen=True, slots=True)
class Window:
    """What a prompt shows up to the cursor."""

    text: str
    heads: str = ""  # that it begins with
    first: int | None = None  # line of the cursor's document behind them; None where it begins elsewhere

    def kept(self, cursor: Cursor, budget: int) -> Window | None:
        """The same window up to another cursor; None where that needs another one."""
        text = cursor.document.text
        if self.first is None or cursor.line < self.first:
            return None
        start = text.offset(self.first, 0)
        chars = len(self.heads) + cursor.offset - start
        if chars > budget or (self.first and chars < budget // 2):
            return None
        return Window(self.heads + text.slice(start, cursor.offset), self.heads, self.first)


def window_above(cursor: Cursor, budget: int, *, syntax: Syntax, cells_above: Sequence[Document] = ()) -> Window:
    """The cursor's line up to the cursor and whole lines above it, on into a notebook's cells.

    That is between half of `budget` characters and all of it, where there is so much.
    """
    line = cursor.line_prefix
    if len(line) > budget:
        return Window(line[roundest(len(line) - budget, len(line) - budget // 2) :])
    above = _Above(cursor, budget - len(line), cells_above)
    scopes = [] if above.is_whole else list(_scopes(cursor, syntax))
    firsts = [above.line_of(scope.first) for scope in scopes]
    heads = ""
    while True:
        start = above.start(budget - len(line) - len(heads), firsts)
        wanted = _heads(scopes, above.own_line(start), budget // _HEADS_SHARE)
        if wanted == heads:  # with less room the start can only move down, so that this ends
            first = above.own_line(start)
            return Window(heads + above.text_from(start) + line, heads, first if first >= 0 else None)
        heads = wanted


def roundest(low: int, high: int) -> int:
    """The number from `low` to `high` that the largest power of two divides.

    While both move on, it stays for about as long as the distance between them: the window's anchor.
    """
    if low <= 0:
        return 0
    while (cleared := high & (high - 1)) >= low:  # without its lowest set bit
        high = cleared
    return high


class _Above:
    """The lines above the cursor's own. They are counted from the notebook's first cell on."""

    def __init__(self, cursor: Cursor, budget: int, cells: Sequence[Document]) -> None:
        language = cursor.document.language
        shown = [cell for cell in cells if _is_shown(cell, language)]
        self._cells_lines = sum(map(_line_count, shown))
        self._cursor_line = self._cells_lines + cursor.line
        self._lines = cursor.lines_above(budget)
        if len(self._lines) == cursor.line:
            left = budget - sum(map(len, self._lines))
            self._lines = _last_lines(shown, language, left) + self._lines
        # How many characters the last 0, 1, 2... lines have.
        self._sizes = list(accumulate(map(len, reversed(self._lines)), initial=0))

    @property
    def is_whole(self) -> bool:
        """Whether nothing is cut off."""
        return len(self._lines) == self._cursor_line

    def line_of(self, line: int) -> int:
        """The number here of a line of the cursor's document."""
        return self._cells_lines + line

    def own_line(self, line: int) -> int:
        """The number in the cursor's document of a line here; negative for a cell's."""
        return line - self._cells_lines

    def start(self, budget: int, scopes: Sequence[int]) -> int:
        """Where the window begins; it reaches back to the first line of the largest scope that fits."""
        low = self._cursor_line - max(0, bisect_left(self._sizes, budget + 1) - 1)
        high = self._cursor_line - min(bisect_left(self._sizes, budget // 2), self._cursor_line - low)
        return roundest(low, min([high, *(scope for scope in scopes if scope >= low)]))

    def text_from(self, start: int) -> str:
        return "".join(islice(self._lines, len(self._lines) - (self._cursor_line - start), None))


@dataclass(frozen=True, slots=True)
class _Scope:
    """A function or a class around the cursor."""

    text: Text
    language: Language
    line: int  # of its keyword or its name

    @property
    def first(self) -> int:
        """Its first line, with the decorators and comments that stand right above it."""
        marks = (
            "@",
            "*",
            "[",
            "#[",
            *self.language.line_comments,
            *(begin for begin, _ in self.language.block_comments),
        )
        above = self.text.lines(max(0, self.line - LEAD_LINES), self.line)
        for count, line in enumerate(reversed(above)):
            if not line.lstrip().startswith(marks):
                return self.line - count
        return self.line - len(above)

    def head(self, start: int) -> str:
        """Its signature and a comment for what follows, as far as that stands above a window's start."""
        if start <= self.line:
            return ""
        lines = self.text.lines(self.line, min(start, self.line + HEAD_LINES))
        opens = pattern(self.language.opens)
        count = next(
            (
                n
                for n, line in enumerate(lines, 1)
                if opens.search(code_of(self.language, line[:MAX_LINE_CHARS].rstrip()))
            ),
            1,
        )
        if self.line + count >= start:
            return "".join(lines[:count])
        before, after = self.language.comment_marks
        below = self.text.line(self.line + count)
        indent = below[: len(below) - len(below.lstrip())] if below.strip() else ""
        return "".join(lines[:count]) + (f"{indent}{before} ...{after}\n" if before else "")


def _scopes(cursor: Cursor, syntax: Syntax) -> Iterator[_Scope]:
    """The scopes around the cursor, innermost first.

    The outer ones are told by indentation alone: half-written code misleads that less than the tree.
    """
    span = syntax.enclosing_scope(cursor)
    if span is None:
        return
    text = cursor.document.text
    line, _ = text.position(span.start)
    yield _Scope(text, syntax.language, line)
    limit, found = indentation(text.line(line)), 1
    lines = Cursor(cursor.document, text.offset(line, 0)).lines_above(OUTER_CHARS) if limit else []
    for number, content in zip(range(line - 1, -1, -1), reversed(lines), strict=False):
        if not limit or found == MAX_SCOPES:
            return
        if content.strip() and (column := indentation(content)) < limit:
            limit = column
            if is_definition(content[:MAX_LINE_CHARS]):
                found += 1
                yield _Scope(text, syntax.language, number)


def _heads(scopes: Sequence[_Scope], start: int, budget: int) -> str:
    """The heads of the scopes that begin above the window, outermost first; the innermost one counts most."""
    heads = ""
    for scope in scopes:
        head = scope.head(start)
        if len(head) + len(heads) > budget:
            break
        heads = head + heads
    return heads


def _is_shown(cell: Document, language: str) -> bool:
    """A cell above is shown where it is of the same language, or Markdown: that becomes a comment."""
    is_comment = cell.language == "markdown" and language_of(language).comment_marks[0]
    return len(cell.text) > 0 and (cell.language == language or bool(is_comment))


def _line_count(cell: Document) -> int:
    return cell.text.line_count + 1  # and the blank line after it


def _last_lines(cells: Sequence[Document], language: str, budget: int) -> list[str]:
    """The last whole lines of the cells within a budget."""
    lines: list[str] = []
    for line in _upwards(cells, language, budget):
        budget -= len(line)
        if budget < 0:
            break
        lines.append(line)
    lines.reverse()
    return lines


def _upwards(cells: Sequence[Document], language: str, budget: int) -> Iterator[str]:
    before, after = language_of(language).comment_marks
    for cell in reversed(cells):
        yield "\n"
        text = cell.text
        start = max(0, len(text) - budget)
        first, column = text.position(start)
        lines = split_lines(text.slice(start, len(text)))
        for line in reversed(lines[1:] if column else lines):
            content = without_terminator(line)
            yield f"{before} {content}".rstrip() + f"{after}\n" if cell.language != language else f"{content}\n"
        if first or column:  # the budget ends in this cell
            return
