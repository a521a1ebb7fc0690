"""Place: where an answer goes and what stands around it, looked up once and bounded."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from mistral_lsp.core.brackets import Bracket, brackets_at
from mistral_lsp.core.hole import Hole
from mistral_lsp.core.indentation import Style, style_around
from mistral_lsp.core.language import Blocks
from mistral_lsp.core.languages import language_of
from mistral_lsp.core.lexing import Kind, indentation, kind_at_end, text_before

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mistral_lsp.core.document import Cursor
    from mistral_lsp.core.language import Language
    from mistral_lsp.core.syntax import Syntax
    from mistral_lsp.core.trigger import Shape

LINES_ABOVE, CHARS_ABOVE = 30, 3_000
LINES_BELOW, CHARS_BELOW = 50, 5_000
MAX_LINE_CHARS = 1_000  # of a line that is compared; a longer one is data


class Line(NamedTuple):
    """A line as it is compared with others: spacing inside it doesn't count."""

    indent: int
    content: str  # without whitespace


@dataclass(frozen=True)
class Place:
    """What the steps know besides the text. Nothing of it changes while an answer comes in."""

    cursor: Cursor
    shape: Shape
    syntax: Syntax | None = None  # of the cursor's document; without it, code isn't parsed
    opening: str = ""  # the line that the prompt began with

    @cached_property
    def language(self) -> Language:
        """The document's."""
        return language_of(self.cursor.document.language)

    @cached_property
    def kind(self) -> Kind | None:
        """STRING or COMMENT where the answer goes on with one."""
        if self.syntax is not None:
            return self.syntax.kind_at(self.cursor)
        return kind_at_end(self.language, text_before(self.cursor))

    @cached_property
    def hole(self) -> Hole | None:
        """Where code is parsed with an answer in it; None where there is no tree for that, or the answer isn't code."""
        parsed = self.syntax.parsed if self.syntax is not None else None
        if parsed is None or self.kind is not None or self.language.blocks is Blocks.PROSE:
            return None
        is_in_window = parsed.window.text is self.cursor.document.text and parsed.window.has(self.cursor.offset)
        is_short = len(self.cursor.line_prefix) <= MAX_LINE_CHARS
        return Hole(parsed, self.cursor) if is_in_window and is_short else None

    @cached_property
    def style(self) -> Style | None:
        """How the lines around are indented; None where that can't be told, or isn't ours to change."""
        return style_around(self.cursor, self.language)

    @cached_property
    def open_brackets(self) -> list[Bracket]:
        """The brackets that the cursor is in, innermost last."""
        return brackets_at(self.cursor, self.language)

    @cached_property
    def above(self) -> list[Line]:
        """The lines above that have something on them."""
        return lines_of(self._texts_above)

    @cached_property
    def below(self) -> list[Line]:
        """The lines below that have something on them."""
        return lines_of(self._texts_below)

    @cached_property
    def squeezed_above(self) -> str:
        """All of `above` without whitespace: what isn't in it is none of these lines, which is nearly always so."""
        return "".join("".join(self._texts_above).split())

    @cached_property
    def squeezed_below(self) -> str:
        """The same of `below`."""
        return "".join("".join(self._texts_below).split())

    @cached_property
    def _texts_above(self) -> list[str]:
        return self.cursor.lines_above(CHARS_ABOVE)[-LINES_ABOVE:]

    @cached_property
    def _texts_below(self) -> list[str]:
        return self.cursor.lines_below(CHARS_BELOW)[:LINES_BELOW]


def lines_of(texts: Iterable[str]) -> list[Line]:
    """Those that have something on them, as they are compared."""
    return [line_of(text) for text in texts if text.strip()]


def line_of(text: str) -> Line:
    """One line as it is compared."""
    text = text[-MAX_LINE_CHARS:]
    return Line(indentation(text), "".join(text.split()))
