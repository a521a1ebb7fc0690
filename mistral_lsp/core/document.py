"""Document, Cursor and Span: frozen values that everything behind the handlers works on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from mistral_lsp.core.text import without_terminator

if TYPE_CHECKING:
    from mistral_lsp.core.text import Text


@dataclass(frozen=True, slots=True)
class Document:
    """A snapshot of one open document. Sharing it is free: nothing can change it."""

    uri: str
    language: str  # the editor's language id, such as "python" or "typescriptreact"
    version: int
    text: Text

    def changed(self, text: Text, version: int) -> Document:
        """The document after an edit."""
        return Document(self.uri, self.language, version, text)


@dataclass(frozen=True)
class Cursor:
    """A place in a document, in code points from its start."""

    document: Document
    offset: int

    @cached_property
    def line(self) -> int:
        """The number of the line, from 0."""
        return self._position[0]

    @cached_property
    def column(self) -> int:
        """Code points from the line's start."""
        return self._position[1]

    @cached_property
    def line_prefix(self) -> str:
        """The cursor's line before the cursor, never with a part of the terminator."""
        return self._content[: self.column]

    @cached_property
    def line_suffix(self) -> str:
        """The cursor's line after the cursor, without the terminator."""
        return self._content[self.column :]

    def lines_before(self, count: int) -> list[str]:
        """Up to `count` whole lines above the cursor's, with terminators."""
        return self.document.text.lines(max(0, self.line - count), self.line)

    def lines_after(self, count: int) -> list[str]:
        """Up to `count` whole lines below the cursor's, with terminators."""
        return self.document.text.lines(self.line + 1, self.line + 1 + count)

    def lines_above(self, chars: int) -> list[str]:
        """The whole lines above the cursor's within so many characters, with terminators."""
        text, start = self.document.text, self.offset - self.column
        first, column = text.position(max(0, start - chars))
        return text.lines(first + (column > 0), self.line)

    def lines_below(self, chars: int) -> list[str]:
        """The whole lines below the cursor's within so many characters, with terminators."""
        text, start = self.document.text, self.document.text.offset(self.line + 1, 0)
        last, _ = text.position(min(len(text), start + chars))
        return text.lines(self.line + 1, last + (start + chars >= len(text)))

    def text_below(self, chars: int) -> str:
        """The same lines as one text."""
        text, start = self.document.text, self.document.text.offset(self.line + 1, 0)
        if start + chars >= len(text):
            return text.slice(start, len(text))
        return text.slice(start, text.offset(text.position(start + chars)[0], 0))

    @cached_property
    def _content(self) -> str:
        return without_terminator(self.document.text.line(self.line))

    @cached_property
    def _position(self) -> tuple[int, int]:
        return self.document.text.position(self.offset)


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a document, in code points: a selection, a symbol, or what an edit replaces."""

    document: Document
    start: int
    end: int

    @property
    def text(self) -> str:
        """What stands there."""
        return self.document.text.slice(self.start, self.end)
