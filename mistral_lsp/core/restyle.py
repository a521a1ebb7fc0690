"""Restyle: an answer's indentation in the file's own style.

Models mix up tabs and spaces, indent by their own width, and miss a level by one space: tokens hold several spaces at
once. Only the indentation of lines that begin as code is touched, never what is inside a string or a comment. A line
inside brackets may stand anywhere: it moves with the statement that it belongs to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mistral_lsp.core.indentation import WIDTHS
from mistral_lsp.core.language import Blocks, pattern
from mistral_lsp.core.lexing import TAB_COLUMNS, Kind, code_of, indentation, tokens
from mistral_lsp.core.place import MAX_LINE_CHARS

if TYPE_CHECKING:
    from mistral_lsp.core.indentation import Style
    from mistral_lsp.core.language import Language
    from mistral_lsp.core.place import Place

_MEND_FROM = 3  # columns of a level from where on one column more or less is a slip


def in_style(text: str, place: Place) -> str:
    """The text, each line's indentation as the file has it; lines that already fit stay what they are."""
    if not text.partition("\n")[2].strip() or (style := place.style) is None or place.kind is not None:
        return text
    first, *rest = text.split("\n")
    mended = _mended(first, rest, [True] * len(rest), place, style)
    if mended != rest:  # what the lines are is asked only where it matters
        mended = _mended(first, rest, _roles(text, place), place, style)
    return "\n".join((first, *mended))


def _mended(first: str, rest: list[str], roles: list[bool | None], place: Place, style: Style) -> list[str]:
    mend = _Mend(place, style, place.cursor.line_prefix[-MAX_LINE_CHARS:] + first)
    return [
        line if role is None or not line.strip() else mend.line(line, is_statement=role)
        for line, role in zip(rest, roles, strict=True)
    ]


class _Mend:
    """What the lines so far have told of the model's own style."""

    def __init__(self, place: Place, style: Style, first: str) -> None:
        self._language: Language = place.language
        self._style = style
        self._base = 0  # the column from which the model's levels differ in width
        self._step: int | None = None  # the model's columns of a level, once known
        self._last = first  # the last statement's first line, as the model wrote it
        self._shift = 0  # of that line

    def line(self, line: str, *, is_statement: bool) -> str:
        """A line that has something on it, mended."""
        body = line.lstrip(" \t")
        indent = line[: len(line) - len(body)]
        if is_statement and self._step is None:
            self._learn(indent)
        is_tabbed = self._style.unit == "\t"
        column = len(indent.replace("\t", self._style.unit) if not is_tabbed else indent.expandtabs(TAB_COLUMNS))
        fixed = max(0, column + self._shift)
        if is_statement:
            fixed = self._fixed(column)
            self._last, self._shift = line, fixed - column
        if is_tabbed:
            keeps = fixed == column and not indent.startswith(" ")
            return (indent if keeps else "\t" * (fixed // TAB_COLUMNS) + " " * (fixed % TAB_COLUMNS)) + body
        return " " * fixed + body

    def _learn(self, indent: str) -> None:
        """In a file with tabs the first spaces tell the model's width, else the first block that it opens itself."""
        if self._style.unit == "\t":
            if indent.startswith(" "):
                levels = indentation(self._last) // TAB_COLUMNS + self._opens(self._last)
                step, rest = divmod(len(indent), levels or 1)
                self._step = step if step in WIDTHS and not rest else TAB_COLUMNS
            return
        base = indentation(self._last)
        step = len(indent.replace("\t", self._style.unit)) - base
        if step > 0 and self._opens(self._last):
            is_other = step in WIDTHS and base + step not in self._style.columns
            self._base, self._step = base, step if is_other else self._style.width

    def _fixed(self, column: int) -> int:
        """Where a statement belongs that the model begins at a column."""
        width, depth = self._style.width, column - self._base
        if self._step and self._step != width and depth > 0 and depth % self._step == 0:
            return self._base + depth // self._step * width
        slip = (column + 1) % width - 1 if width >= _MEND_FROM and self._style.unit != "\t" else 0
        return column - slip if slip in {-1, 1} and column not in self._style.columns else column

    def _opens(self, line: str) -> bool:
        return pattern(self._language.opens).search(code_of(self._language, line)) is not None


def _roles(text: str, place: Place) -> list[bool | None]:
    """For each line but the first: whether it begins a statement, None where it begins in a string or comment."""
    language = place.language
    outer = place.open_brackets
    free = "}" if language.blocks is not Blocks.INDENT else ""  # such brackets hold statements
    depth = 1 if outer and outer[-1].closer != free else 0
    stack = [depth]
    roles: list[bool | None] = []
    for kind, start, end in tokens(language, text):
        if kind is Kind.NEWLINE:
            roles.append(not stack[-1])
        elif kind in {Kind.STRING, Kind.COMMENT}:
            roles += [None] * text.count("\n", start, end)
        elif kind is Kind.OPEN:
            stack.append(0 if text[start] == "{" and free else 1)
        elif len(stack) > 1:
            stack.pop()
        else:
            stack = [0]
    return roles
