"""Somebody else's language server, a linter: `python other_server.py`. It finds that `prise` is no name."""

from __future__ import annotations

from lsprotocol import types
from pygls.lsp.server import LanguageServer

NAME = "prise"
server = LanguageServer("linter", "1")


@server.feature(types.TEXT_DOCUMENT_DID_OPEN)
@server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
def look(params: types.DidOpenTextDocumentParams | types.DidChangeTextDocumentParams) -> None:
    """Tell what is wrong with the document."""
    uri = params.text_document.uri
    found = []
    for row, line in enumerate(server.workspace.get_text_document(uri).lines):
        if (start := line.find(NAME)) >= 0:
            span = types.Range(types.Position(row, start), types.Position(row, start + len(NAME)))
            message = f"Undefined name `{NAME}`"
            found.append(types.Diagnostic(span, message, types.DiagnosticSeverity.Error, code="F821", source="Ruff"))
    server.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, found))


if __name__ == "__main__":
    server.start_io()
