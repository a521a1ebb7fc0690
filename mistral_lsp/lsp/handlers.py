"""Handlers: one short function for each LSP method that the server answers."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

from lsprotocol import types

from mistral_lsp.core.reason import Reason
from mistral_lsp.features.records import Method
from mistral_lsp.lsp import (
    actions,
    commands,
    configuration,
    convert,
    diagnostics,
    hover,
    menu,
    output,
    waits,
    workspace,
)

if TYPE_CHECKING:
    from mistral_lsp.lsp.converter import Json
    from mistral_lsp.lsp.server import MistralServer

# What leaves the screen as it is, since a newer request's answer is still to come.
_ANSWER_TO_COME = frozenset({Reason.SUPERSEDED, Reason.MOVED_ON})


def register(server: MistralServer) -> None:
    """Attach every handler to a server."""

    @server.feature(types.INITIALIZE)
    def initialize(params: types.InitializeParams) -> None:
        server.reader = convert.Reader(server.documents)  # in the encoding that was agreed on just now
        server.waited_s = waits.waited_s(params.client_info)
        server.consents.meet(params.client_info)
        configuration.from_options(server, params)
        if server.resolved.settings.completion.in_menu:
            menu.register(server)

    @server.feature(types.INITIALIZED)
    def initialized(_params: types.InitializedParams) -> None:
        server.is_listening = True
        server.tell_problems()
        server.spawn(configuration.follow(server))
        server.spawn(workspace.begin(server))
        server.spawn(warm_up(server))

    @server.feature(types.WORKSPACE_DID_CHANGE_CONFIGURATION)
    async def did_change_configuration(params: types.DidChangeConfigurationParams) -> None:
        await configuration.changed(server, params)

    # Without options pygls doesn't advertise the feature, and no editor asks.
    @server.feature(types.TEXT_DOCUMENT_INLINE_COMPLETION, types.InlineCompletionOptions())
    async def inline_completion(params: types.InlineCompletionParams) -> Json | None:
        work = server.suggest(server.reader.completion_request(params), Method.GHOST_TEXT)
        outcome, number = await server.status.around(work)
        if outcome in _ANSWER_TO_COME:
            return None
        return convert.to_lsp_inline_completion(outcome, server.documents.encoding, number=number)

    configuration.register(server)
    _register_documents(server)
    workspace.register(server)
    _register_notebooks(server)
    commands.register(server)
    diagnostics.register(server)
    hover.register(server)
    actions.register(server)
    output.register(server)
    server.assistant.explanations.register()


async def warm_up(server: MistralServer) -> None:
    """Load what the first request needs. That stays, and the collector needn't hold up the loop by looking at it."""
    await server.completer.warm_up()
    gc.freeze()


def _register_documents(server: MistralServer) -> None:
    """Attach what follows a change; `documents.py` has made it by then."""

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def did_change(params: types.DidChangeTextDocumentParams) -> None:
        server.follow(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def did_close(params: types.DidCloseTextDocumentParams) -> None:
        server.forget(params.text_document.uri)


def _register_notebooks(server: MistralServer) -> None:
    """The same for the cells of notebooks."""

    @server.feature(types.NOTEBOOK_DOCUMENT_DID_CHANGE)
    def did_change_notebook(params: types.DidChangeNotebookDocumentParams) -> None:
        cells = params.change.cells
        for added in (cells and cells.structure and cells.structure.did_open) or ():
            server.opened(added.uri)
        for content in (cells and cells.text_content) or ():
            server.follow(content.document.uri)
        for removed in (cells and cells.structure and cells.structure.did_close) or ():
            server.forget(removed.uri)

    @server.feature(types.NOTEBOOK_DOCUMENT_DID_CLOSE)
    def did_close_notebook(params: types.DidCloseNotebookDocumentParams) -> None:
        for cell in params.cell_text_documents:
            server.forget(cell.uri)
