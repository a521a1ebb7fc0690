"""Texts with a cursor in them: tests show the place instead of counting columns."""

from __future__ import annotations

from mistral_lsp.core.document import Cursor, Document, Span
from mistral_lsp.core.text import Text

MARK = "█"


def at(marked: str, language: str = "python", uri: str = "file:///project/a.py", version: int = 1) -> Cursor:
    """The cursor at the one █ of a text."""
    before, after = marked.split(MARK)
    return Cursor(Document(uri, language, version, Text.of(before + after)), len(before))


def span(marked: str, language: str = "python", uri: str = "file:///project/a.py") -> Span:
    """The span between the one « and the one » of a text."""
    before, rest = marked.split("«")
    inside, after = rest.split("»")
    document = Document(uri, language, 1, Text.of(before + inside + after))
    return Span(document, len(before), len(before) + len(inside))
