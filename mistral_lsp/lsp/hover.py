"""Hover: the explanation of the diagnostics under the pointer, in what the editor can show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

from mistral_lsp.core.document import Cursor, Span
from mistral_lsp.core.prose import plain_text
from mistral_lsp.lsp.convert import to_cursor, to_range

if TYPE_CHECKING:
    from mistral_lsp.lsp.server import MistralServer


def register(server: MistralServer) -> None:
    """Attach the handler."""

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    async def hover(params: types.HoverParams) -> types.Hover | None:
        return await _hover(server, params)


async def _hover(server: MistralServer, params: types.HoverParams) -> types.Hover | None:
    explain = server.resolved.settings.explain
    document = server.documents.get(params.text_document.uri)
    cursor = to_cursor(document, params.position, server.documents.encoding)
    if not explain.enabled or not isinstance(cursor, Cursor) or document is None:
        return None
    await server.idle.way.free()
    if await server.survey.access.found(document.uri) is not None:
        return None  # a file that the user keeps from the model
    deadline_s = explain.deadline_ms / 1000
    found = server.assistant.diagnostics.at(document, cursor.offset, cursor.offset)
    if found:
        explanation = await server.assistant.explainer.explain(document, found, deadline_s=deadline_s)
        span = Span(document, found[0].start, found[0].end)
    elif explain.symbols and (word := _word_at(cursor)) is not None:
        explanation = await server.assistant.explainer.symbol(word, deadline_s=deadline_s)
        span = word
    else:
        return None
    if explanation.error is not None:
        server.status.failed(explanation.error, by_hand=False)
    return types.Hover(_content(server, explanation.markdown), to_range(span, server.documents.encoding))


def _content(server: MistralServer, markdown: str) -> types.MarkupContent:
    document = server.client_capabilities.text_document
    formats = (document.hover.content_format if document and document.hover else None) or ()
    if types.MarkupKind.Markdown in formats:
        return types.MarkupContent(types.MarkupKind.Markdown, markdown)
    return types.MarkupContent(types.MarkupKind.PlainText, plain_text(markdown))


def _word_at(cursor: Cursor) -> Span | None:
    """The name around a place, in code; None where there is none."""
    line, column = cursor.line_prefix + cursor.line_suffix, cursor.column
    start = end = column
    while start > 0 and (line[start - 1].isalnum() or line[start - 1] == "_"):
        start -= 1
    while end < len(line) and (line[end].isalnum() or line[end] == "_"):
        end += 1
    if start == end or line[start].isdigit():
        return None
    base = cursor.offset - column
    return Span(cursor.document, base + start, base + end)
