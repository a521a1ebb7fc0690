"""Code actions: listed at once, carried out when one is picked.

`codeAction/resolve` does the work for editors that resolve an action's edit; the command `mistralLsp.action` for those
that can't, and for actions whose answer is no edit.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from mistral_lsp.core.diagnostic import worst_first
from mistral_lsp.core.document import Cursor
from mistral_lsp.core.turn_file import Form
from mistral_lsp.features.actions import SUFFIX, offers
from mistral_lsp.features.editing import NoEdit
from mistral_lsp.features.grounding import TooLarge
from mistral_lsp.lsp import doing
from mistral_lsp.lsp.convert import to_cursor
from mistral_lsp.lsp.diagnostics import from_lsp
from mistral_lsp.model.base import ModelError

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from mistral_lsp.core.diagnostic import Diagnostic
    from mistral_lsp.core.document import Document
    from mistral_lsp.features.actions import Offer
    from mistral_lsp.lsp.server import MistralServer

log = logging.getLogger(__name__)

COMMAND = "mistralLsp.action"
KINDS = ("quickfix", "refactor", "refactor.rewrite")
REQUEST_FAILED, CONTENT_MODIFIED = -32803, -32801  # LSP's, beside JSON-RPC's own


def register(server: MistralServer) -> None:
    """Attach the handlers and the command."""
    options = types.CodeActionOptions([f"{kind}.{SUFFIX}" for kind in KINDS], resolve_provider=True)

    @server.feature(types.TEXT_DOCUMENT_CODE_ACTION, options)
    async def code_action(params: types.CodeActionParams) -> list[types.CodeAction | types.Command]:
        return await listed(server, params)

    @server.feature(types.CODE_ACTION_RESOLVE)
    async def resolve(action: types.CodeAction) -> types.CodeAction:
        if isinstance(action.data, dict) and action.edit is None:
            found = await _spoken(server, doing.proposal(server, action.data))
            if found is not None:
                proposal, action.edit = found
                action.title = proposal.title
        return action

    # Any, since pygls passes the server itself where a first parameter could take it.
    @server.command(COMMAND)
    async def run(*arguments: Any) -> str | None:
        if len(arguments) != 1 or not isinstance(arguments[0], dict):
            return None
        text: str | None = await _spoken(server, doing.run(server, arguments[0]))
        return text


async def listed(server: MistralServer, params: types.CodeActionParams) -> list[types.CodeAction | types.Command]:
    """The rows for a range; the diagnostics that came with the request are kept, whatever is listed."""
    document, encoding = server.documents.get(params.text_document.uri), server.documents.encoding
    start = to_cursor(document, params.range.start, encoding)
    end = to_cursor(document, params.range.end, encoding)
    if not (isinstance(start, Cursor) and isinstance(end, Cursor)) or document is None:
        return []
    raws = {one: raw for raw in params.context.diagnostics if (one := from_lsp(raw, document, encoding)) is not None}
    store = server.assistant.diagnostics
    store.seen(document, start.offset, end.offset, raws)
    server.assistant.prepare_soon(start)
    if not server.resolved.settings.actions.enabled or server.survey.access.of(document.uri) is not None:
        return []
    await server.idle.way.free()
    turns = await server.assistant.turns()
    scopes = await server.assistant.grounding.scopes(start)
    if server.documents.get(document.uri) is not document:
        return []
    found = offers(
        turns.actions,
        document,
        start.offset,
        end.offset,
        diagnostics=worst_first({*raws, *store.at(document, start.offset, end.offset)}),
        scopes=scopes,
        only=[str(getattr(kind, "value", kind)) for kind in params.context.only or ()],
    )
    return [_row(server, document, offer, raws) for offer in found]


def _row(
    server: MistralServer, document: Document, offer: Offer, raws: dict[Diagnostic, types.Diagnostic]
) -> types.CodeAction | types.Command:
    data = doing.data_of(document, offer)
    client = server.client_capabilities.text_document
    can = client.code_action if client else None
    command = types.Command(offer.title, COMMAND, arguments=[data])
    if not (can and can.code_action_literal_support):
        return command
    resolves = can.resolve_support is not None and "edit" in can.resolve_support.properties and can.data_support
    is_edit = offer.action.form in {Form.EDIT, Form.BELOW, Form.FILE}
    raw = raws.get(offer.diagnostic) if offer.diagnostic else None
    ready = server.assistant.proposals.get(document, offer)
    action = types.CodeAction(
        ready.title if ready is not None else offer.title,
        kind=offer.kind,
        diagnostics=[raw] if raw is not None else None,
    )
    if is_edit and resolves:
        action.data = data
    else:
        action.command = command
    if can.tag_support is not None and is_edit:
        action.tags = [types.CodeActionTag.LlmGenerated]
    return action


async def _spoken(server: MistralServer, work: Coroutine[Any, Any, Any]) -> Any:
    """The outcome of what was asked for by hand; what goes wrong is said, as the answer's error."""
    try:
        return await work
    except doing.Outdated as error:
        raise JsonRpcException(f"mistral-lsp: {error}", CONTENT_MODIFIED) from None
    except (NoEdit, TooLarge) as error:
        raise JsonRpcException(f"mistral-lsp: {error}", REQUEST_FAILED) from None
    except ModelError as error:
        server.status.failed(error, by_hand=False)
        raise JsonRpcException(f"mistral-lsp: {error}. {error.advice}", REQUEST_FAILED) from None
