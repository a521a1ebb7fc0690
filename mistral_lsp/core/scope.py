"""Scope: the whole lines that a question or an edit is about, such as the function around a place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mistral_lsp.core.document import Cursor, Span
from mistral_lsp.core.enclosing import function_lines, lines_around
from mistral_lsp.core.languages import language_of
from mistral_lsp.core.text import without_terminator

if TYPE_CHECKING:
    from mistral_lsp.core.definition import Definition, Outline
    from mistral_lsp.core.document import Document
    from mistral_lsp.core.syntax import Syntax

FUNCTIONS = frozenset({"function", "method"})
CLASSES = frozenset({"class", "interface", "struct", "enum", "type"})
_FEW_LINES = 40  # as much as is rewritten around a place that no function holds


def definition_at(outline: Outline, line: int, kinds: frozenset[str]) -> Definition | None:
    """The innermost definition of these kinds that holds a line."""
    around = [one for one in outline.definitions if one.kind in kinds and one.line <= line <= one.end_line]
    return max(around, key=lambda one: (one.line, -one.end_line), default=None)


def lines_of(document: Document, first: int, last: int) -> Span:
    """These lines, without the last one's terminator."""
    text = document.text
    last = min(max(first, last), text.line_count - 1)
    return Span(document, text.offset(first, 0), text.offset(last, 0) + len(without_terminator(text.line(last))))


def function_at(outline: Outline, syntax: Syntax, cursor: Cursor) -> Span | None:
    """The function that holds the cursor, nested ones as part of it; by indentation where no outline tells."""
    if (lines := function_lines(syntax, cursor)) is not None:
        return lines_of(cursor.document, *lines)
    found = definition_at(outline, cursor.line, FUNCTIONS)
    if found is not None:
        return lines_of(cursor.document, found.line, found.end_line)
    scope = syntax.enclosing_scope(cursor) if not outline.definitions else None
    return None if scope is None else whole_lines(scope)


def class_at(outline: Outline, cursor: Cursor) -> Span | None:
    """The class or type that holds the cursor."""
    found = definition_at(outline, cursor.line, CLASSES)
    return None if found is None else lines_of(cursor.document, found.line, found.end_line)


def comment_at(cursor: Cursor) -> Span:
    """The lines of comment around the cursor, at its line's indentation; its own line where that is none."""
    text, first = cursor.document.text, cursor.line
    last = first
    if is_comment(cursor.document, first):
        while first > 0 and is_comment(cursor.document, first - 1):
            first -= 1
        while last + 1 < text.line_count and is_comment(cursor.document, last + 1):
            last += 1
    return lines_of(cursor.document, first, last)


def is_comment(document: Document, line: int) -> bool:
    """Whether a line is nothing but a comment."""
    language, content = language_of(document.language), document.text.line(line).lstrip()
    marks = (*language.line_comments, *(before for before, _ in language.block_comments), "*")
    return content.startswith(marks) if language.line_comments or language.block_comments else False


def around(span: Span, syntax: Syntax) -> Span:
    """The largest statement around a span that is short enough to rewrite; where no tree tells, its own lines."""
    text = span.document.text
    lines = first, last = text.position(span.start)[0], text.position(span.end)[0]
    for node_first, node_last in lines_around(syntax, Cursor(span.document, span.start)):
        if node_first <= first and last <= node_last and node_last - node_first < _FEW_LINES:
            lines = node_first, node_last
            break  # the outermost comes first
    return lines_of(span.document, *lines)


def whole_lines(span: Span) -> Span:
    """The lines that a span touches; a span that ends at a line's start doesn't touch that line."""
    text = span.document.text
    first, _ = text.position(span.start)
    last, column = text.position(span.end)
    return lines_of(span.document, first, last - (column == 0 and last > first))
