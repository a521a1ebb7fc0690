"""Syntax errors: looked for in the next pause after a change, and published where the setting asks for it.

Where it doesn't, a hover and the actions still know them, at places where no other server has found anything.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from lsprotocol import types

from mistral_lsp.core.document import Span
from mistral_lsp.core.languages import language_of
from mistral_lsp.core.syntax_errors import SOURCE, ErrorParse
from mistral_lsp.lsp.convert import to_range

if TYPE_CHECKING:
    from mistral_lsp.core.document import Document
    from mistral_lsp.lsp.server import MistralServer

PAUSE_S = 0.4
UNSEEN_PAUSE_S = 1.0  # where a hover alone shows them
MAX_UNSEEN_CHARS = 400_000  # of a document: a longer one is looked through only where a setting asks


class SyntaxErrors:
    """One session's."""

    def __init__(self, server: MistralServer) -> None:
        """Nothing is published."""
        self._server = server
        self._published: set[str] = set()  # documents for which an editor shows some
        self._waiting: set[str] = set()

    def soon(self, uri: str) -> None:
        """Look at a document in the next pause."""
        settings = self._server.resolved.settings
        is_wanted = settings.diagnostics.syntax or settings.explain.enabled or settings.actions.enabled
        if is_wanted and uri not in self._waiting:
            self._waiting.add(uri)
            self._server.spawn(self._look(uri))

    def configured(self) -> None:
        """The setting may be another now."""
        if self._server.resolved.settings.diagnostics.syntax:
            for document in tuple(self._server.documents):
                self.soon(document.uri)
        else:
            for uri in tuple(self._published):
                self.forget(uri)

    def forget(self, uri: str) -> None:
        """A document was closed: what is shown of it goes."""
        if uri in self._published:
            self._published.discard(uri)
            self._server.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, []))

    @property
    def _is_published(self) -> bool:
        return self._server.resolved.settings.diagnostics.syntax

    async def _look(self, uri: str) -> None:
        try:
            await self._server.idle.quiet_for(PAUSE_S if self._is_published else UNSEEN_PAUSE_S)
        finally:
            self._waiting.discard(uri)
        document = self._server.documents.get(uri)
        if document is None or not (self._is_published or len(document.text) <= MAX_UNSEEN_CHARS):
            return
        parse = ErrorParse(document.text, language_of(document.language), clock=time.perf_counter)
        while not parse.step():
            await self._server.idle.way.free()
        if self._server.documents.get(uri) is document:
            self._publish(document, parse)
            await self._server.assistant.grounding.outline(
                document
            )  # for the lists of actions, which are wanted at once

    def _publish(self, document: Document, parse: ErrorParse) -> None:
        self._server.assistant.diagnostics.found(document, parse.found)
        if not self._is_published or (not parse.found and document.uri not in self._published):
            return
        self._published.add(document.uri)
        encoding = self._server.documents.encoding
        shown = [
            types.Diagnostic(
                to_range(Span(document, one.start, one.end), encoding),
                one.message,
                severity=types.DiagnosticSeverity.Error,
                source=SOURCE,
            )
            for one in parse.found
        ]
        self._server.text_document_publish_diagnostics(
            types.PublishDiagnosticsParams(document.uri, shown, document.version)
        )
