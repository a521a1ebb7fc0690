"""The completion menu: the same text by textDocument/completion, for editors without inline completion."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

from mistral_lsp.core.reason import Reason
from mistral_lsp.features.records import Method
from mistral_lsp.lsp import convert

if TYPE_CHECKING:
    from mistral_lsp.lsp.server import MistralServer


def register(server: MistralServer) -> None:
    """Attach the handler; before `initialize` is answered it's also advertised."""

    @server.feature(types.TEXT_DOCUMENT_COMPLETION, types.CompletionOptions())
    async def completion(params: types.CompletionParams) -> types.CompletionList | None:
        server.idle.touch()
        outcome, number = await server.suggest(server.reader.menu_request(params), Method.MENU)
        if isinstance(outcome, Reason):
            return None
        return convert.to_lsp_menu(outcome, server.documents.encoding, number=number)


async def offer(server: MistralServer) -> None:
    """Register it later, once the setting asks for it and where the editor can be told so late."""
    document = server.client_capabilities.text_document
    can_be_told = document and document.completion and document.completion.dynamic_registration
    is_there = types.TEXT_DOCUMENT_COMPLETION in server.protocol.fm.features
    if is_there or not server.resolved.settings.completion.in_menu or not can_be_told:
        return
    register(server)
    registration = types.Registration(id="mistral-lsp-menu", method=types.TEXT_DOCUMENT_COMPLETION)
    await server.client_register_capability_async(types.RegistrationParams([registration]))
