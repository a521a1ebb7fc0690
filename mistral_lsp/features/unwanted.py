"""Unwanted: the places where the user's settings, or the document, speak against any ghost text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mistral_lsp.core.languages import language_of
from mistral_lsp.core.lexing import Kind
from mistral_lsp.core.reason import Reason
from mistral_lsp.core.trigger import plain_shape, shape_at

if TYPE_CHECKING:
    from mistral_lsp.core.document import Cursor
    from mistral_lsp.core.syntax import Syntax
    from mistral_lsp.core.trigger import Shape
    from mistral_lsp.features.options import CompletionOptions
    from mistral_lsp.features.parsing import Tree
    from mistral_lsp.features.request import CompletionRequest

MAX_BYTES = 16 * 2**20  # a larger document is data, not code
NEAR_CHARS = 1_000  # to each side of the cursor, to see whether a document is binary


def unwanted_at(cursor: Cursor, options: CompletionOptions) -> Reason | None:
    """Why nothing is wanted in this document, before anything is parsed."""
    document = cursor.document
    if not options.enabled:
        return Reason.DISABLED
    if document.language in options.disabled_languages:
        return Reason.LANGUAGE_OFF
    if document.text.byte_count > MAX_BYTES:
        return Reason.TOO_LARGE
    if "\0" in document.text.slice(max(0, cursor.offset - NEAR_CHARS), cursor.offset + NEAR_CHARS):
        return Reason.BINARY
    return None


async def shape_wanted(request: CompletionRequest, tree: Tree, options: CompletionOptions) -> Shape | Reason:
    """How much is wanted, or why nothing; where the cursor's line tells it, the code is parsed later."""
    cursor = request.cursor
    if not request.invoked and options.in_comments and options.in_strings:
        plain = plain_shape(cursor, language_of(cursor.document.language))
        if plain is not None:
            return plain
    syntax = await tree.syntax()
    return unwanted_in(request, syntax, options) or shape_at(cursor, syntax, invoked=request.invoked)


def unwanted_in(request: CompletionRequest, syntax: Syntax, options: CompletionOptions) -> Reason | None:
    """Why nothing is wanted in this part of the code; asked for by hand, it is."""
    if request.invoked or (options.in_comments and options.in_strings):
        return None
    kind = syntax.kind_at(request.cursor)
    if kind is Kind.COMMENT and not options.in_comments:
        return Reason.IN_COMMENT
    return Reason.IN_STRING if kind is Kind.STRING and not options.in_strings else None
