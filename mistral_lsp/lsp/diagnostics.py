"""Diagnostics from editors: beside code actions, and by the notification that our plugins send."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mistral_lsp.core.diagnostic import Diagnostic
from mistral_lsp.lsp.convert import offset_of, to_offset

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lsprotocol import types

    from mistral_lsp.core.document import Document
    from mistral_lsp.lsp.convert import Encoding
    from mistral_lsp.lsp.server import MistralServer

TOLD = "$/mistralLsp/diagnostics"  # {uri, version?, diagnostics}: all of a document's, from our plugins
OWN_SOURCE = "mistral-lsp"
MAX_READ = 5_000  # of one message


def register(server: MistralServer) -> None:
    """Attach the notification."""

    @server.feature(TOLD)
    def told(params: Any) -> None:
        if not isinstance(params, dict):
            return
        document = server.documents.get(str(params.get("uri", "")))
        version, raws = params.get("version"), params.get("diagnostics")
        if document is None or not isinstance(raws, list) or version not in {None, document.version}:
            return  # of a text that isn't there any more: a later one follows
        server.assistant.diagnostics.told(document, from_json(raws, document, server.documents.encoding))
        server.assistant.prepare_soon()


def from_lsp(one: types.Diagnostic, document: Document, encoding: Encoding) -> Diagnostic | None:
    """A diagnostic as an editor sends it; None where it stands outside of the document, or is our own."""
    start, end = one.range.start, one.range.end
    if not 0 <= start.line < document.text.line_count or one.source == OWN_SOURCE:
        return None
    return Diagnostic.of(
        to_offset(document.text, start, encoding),
        to_offset(document.text, end, encoding),
        str(one.message),
        severity=one.severity,
        source=str(one.source or ""),
        code="" if one.code is None else str(one.code),
    )


def from_json(raws: Iterable[Any], document: Document, encoding: Encoding) -> Iterator[Diagnostic]:
    """The same of plain JSON, of which anything may be missing or odd."""
    for number, raw in enumerate(raws):
        if number >= MAX_READ:
            return
        try:
            (first, start), (last, end) = (_position(raw["range"][name]) for name in ("start", "end"))
            message, code, source = raw["message"], raw.get("code"), raw.get("source")
        except (KeyError, TypeError, AttributeError):
            continue
        if not 0 <= first < document.text.line_count or source == OWN_SOURCE:
            continue
        yield Diagnostic.of(
            offset_of(document.text, first, start, encoding),
            offset_of(document.text, last, end, encoding),
            str(message["value"]) if isinstance(message, dict) and "value" in message else str(message),
            severity=raw.get("severity", 1),
            source=str(source or ""),
            code="" if code is None else str(code["value"] if isinstance(code, dict) and "value" in code else code),
        )


def _position(raw: Any) -> tuple[int, int]:
    line, character = raw["line"], raw["character"]
    if type(line) is not int or type(character) is not int:
        raise TypeError
    return line, max(0, character)
