"""Indentation: what the shape of the lines tells where no tree can be trusted."""

from __future__ import annotations

import operator
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mistral_lsp.core.document import Cursor, Span
from mistral_lsp.core.language import Blocks
from mistral_lsp.core.lexing import indentation, open_brackets, text_before
from mistral_lsp.core.text import without_terminator

if TYPE_CHECKING:
    from mistral_lsp.core.language import Language
    from mistral_lsp.core.text import Text

MAX_LINES = 400  # how far up and down to look

# A line that begins a function or a class: by its keyword, or as C writes functions.
_DEFINES = re.compile(
    r"\s*(?:[\w@()]+\s+){0,6}?(?:def|class|function|func|fn|fun|sub|struct|impl|trait|interface|enum|module|namespace"
    r"|object|protocol|extension|record|union|init)\b"
    r"|\s*(?!(?:if|for|while|switch|catch|foreach|using|lock|match|else|return)\b)\w[\w:<>,*&\[\] \t~]{0,200}"
    r"\([^;]{0,400}\)[^;=]{0,100}\{\s*$"
)
_GOES_ON = ("{", ")", "]")  # such a line on the definition's own column is still its head
_ENDS = re.compile(r"\}|end\b")

STYLE_CHARS = 3_000  # how far up and down to look for the file's own style
WIDTHS = (2, 3, 4, 8)
_CLEAR = 0.9  # so many of the indented lines have to agree on tabs or spaces
_MOSTLY = 0.6  # and on the width: what is aligned to a bracket stands anywhere
_INDENTS = re.compile(r"^[ \t]*(?=\S)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Style:
    """How a file is indented, where its lines agree on that."""

    unit: str  # of one level: a tab, or spaces
    columns: frozenset[int]  # where lines begin, in a file with spaces

    @property
    def width(self) -> int:
        """Columns of one level, as `lexing.indentation` counts them."""
        return indentation(self.unit)


def style_around(cursor: Cursor, language: Language) -> Style | None:
    """The style of the lines around a cursor; None where they disagree, or where indentation is more than style."""
    if not language.grammar or language.blocks is Blocks.PROSE or language.name == "yaml":
        return None  # a Makefile, say: a tab isn't eight spaces there
    text = "".join((*cursor.lines_above(STYLE_CHARS), *cursor.lines_below(STYLE_CHARS))) + cursor.line_prefix
    indents = _INDENTS.findall(text)
    tabbed, indented = sum("\t" in indent for indent in indents), sum(map(bool, indents))
    if not indented or (1 - _CLEAR) * indented < tabbed < _CLEAR * indented:
        return None
    if tabbed:
        return Style("\t", frozenset())
    columns = list(map(len, indents))
    width = _width(columns)
    return Style(" " * width, frozenset(columns)) if width else None


def _width(columns: list[int]) -> int | None:
    """The columns by which lines mostly stand deeper than the line above, where most columns are multiples of it."""
    steps = Counter(map(operator.sub, columns[1:], columns))
    width = max(WIDTHS, key=lambda width: steps[width])
    indented = [column for column in columns if column]
    is_clear = sum(column % width == 0 for column in indented) >= _MOSTLY * len(indented)
    return width if steps[width] and is_clear else None


def scope_by_indentation(cursor: Cursor) -> Span | None:
    """The nearest definition above that stands further left, down to where something else stands as far left."""
    text = cursor.document.text
    is_blank = not text.line(cursor.line).strip()
    limit = indentation(cursor.line_prefix if is_blank else text.line(cursor.line))
    for line in range(cursor.line, max(-1, cursor.line - MAX_LINES), -1):
        content = text.line(line)
        if not content.strip():
            continue
        column = indentation(content)
        if (column < limit or line == cursor.line) and is_definition(content):
            last = max(cursor.line, _last_line(text, line, column))
            start = len(content) - len(content.lstrip())
            return Span(cursor.document, text.offset(line, start), _end_of(text, last))
        limit = min(limit, column)
    return None


def is_definition(line: str) -> bool:
    """Whether a line looks as if it began a function or a class."""
    return _DEFINES.match(line) is not None


def bracket_by_text(language: Language, cursor: Cursor) -> str | None:
    """The line of the innermost bracket that is open at the cursor, up to and with the bracket."""
    before = text_before(cursor)
    stack = open_brackets(language, before)
    return before[before.rfind("\n", 0, stack[-1]) + 1 : stack[-1] + 1] if stack else None


def _last_line(text: Text, line: int, column: int) -> int:
    """The last line of what begins at a line and stands at this column."""
    last = line
    for number, content in enumerate(text.lines(line + 1, line + MAX_LINES), line + 1):
        visible = content.strip()
        if not visible:
            continue
        if indentation(content) <= column and not visible.startswith(_GOES_ON):
            ends_here = indentation(content) == column and _ENDS.match(visible)
            return number if ends_here else last
        last = number
    return last


def _end_of(text: Text, line: int) -> int:
    return text.offset(line, len(without_terminator(text.line(line))))
