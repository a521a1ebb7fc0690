"""Doing: what happens when a code action is picked."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from mistral_lsp.core.context import shown_path
from mistral_lsp.core.names import marked
from mistral_lsp.core.place_of_tests import tests_of
from mistral_lsp.core.prompt import Prompt
from mistral_lsp.core.prose import safe_markdown
from mistral_lsp.core.structured import Unfit, one_of
from mistral_lsp.core.turn_file import Form, On
from mistral_lsp.features import structured
from mistral_lsp.features.actions import Offer
from mistral_lsp.features.asking import room_chars
from mistral_lsp.features.editing import NoEdit, Proposal
from mistral_lsp.features.guarding import Withheld
from mistral_lsp.lsp.consent import consent_of
from mistral_lsp.lsp.edits import to_lsp_edit, to_lsp_file
from mistral_lsp.lsp.progress import progress

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from mistral_lsp.core.document import Document
    from mistral_lsp.features.explaining import Asked
    from mistral_lsp.features.grounding import Ground
    from mistral_lsp.lsp.server import MistralServer


class Outdated(Exception):  # noqa: N818 - read as "an outdated action"
    """The text or the diagnostic isn't what it was when the action was listed."""


def data_of(document: Document, offer: Offer) -> dict[str, Any]:
    """What names an offer when it is picked; nothing of the document's text."""
    diagnostic = offer.diagnostic
    return {
        "action": offer.action.name,
        "title": offer.title,
        "on": offer.on.value,
        "uri": document.uri,
        "version": document.version,
        "start": offer.start,
        "end": offer.end,
        # As text: an editor written in JavaScript would round so large a number.
        "diagnostic": None if diagnostic is None else str(hash(diagnostic.key)),
    }


async def proposal(server: MistralServer, data: dict[str, Any]) -> tuple[Proposal, types.WorkspaceEdit] | None:
    """The edit that a picked action comes to. Raises Outdated, NoEdit, TooLarge, ModelError."""
    document, offer = await _picked(server, data)
    if offer.action.form not in {Form.EDIT, Form.BELOW, Form.FILE}:
        return None
    found = await _proposed(server, document, offer)
    edit = _as_lsp(server, document, offer, found)
    if edit is None:
        await _show_code(server, offer, found)
        raise NoEdit(
            "no file was made, since there is one of that name or no place for it: the code is shown beside yours"
        )
    return found, edit


async def run(server: MistralServer, data: dict[str, Any]) -> str | None:
    """Carry out a picked action: apply its edit, or show its answer; gives the text that was shown."""
    document, offer = await _picked(server, data)
    match offer.action.form:
        case Form.PROSE:
            async with progress(server, offer.action.title):
                return await server.assistant.explanations.show(offer.title, _written(server, document, offer))
        case Form.CHOICE:
            async with progress(server, offer.action.title):
                chosen = await _chosen(server, document, offer)
            said = f"{offer.diagnostic.headline if offer.diagnostic else offer.title}: {chosen}"
            server.show(types.MessageType.Info, said)
            return chosen
    found = await _proposed(server, document, offer)
    edit = _as_lsp(server, document, offer, found)
    if edit is None:
        return await _show_code(server, offer, found)
    applied = await server.workspace_apply_edit_async(types.ApplyWorkspaceEditParams(edit, found.title))
    if not applied.applied:
        raise Outdated(f"the editor did not apply the edit ({applied.failure_reason or 'it gave no reason'})")
    return None


async def _picked(server: MistralServer, data: dict[str, Any]) -> tuple[Document, Offer]:
    """The document and the offer, if they are still what they were."""
    document = server.documents.get(str(data.get("uri")))
    if document is None or document.version != data.get("version"):
        raise Outdated("the text has changed since this was listed; ask again")
    turns = await server.assistant.turns()
    action = next((one for one in turns.actions if one.name == data.get("action")), None)
    start, end, on = data.get("start"), data.get("end"), data.get("on")
    if action is None or type(start) is not int or type(end) is not int or on not in {one.value for one in On}:
        raise Outdated("there is no such action; ask again")
    start, end = max(0, min(start, len(document.text))), max(0, min(end, len(document.text)))
    diagnostic = None
    if (key := data.get("diagnostic")) is not None:
        at = server.assistant.diagnostics.at(document, start, end)
        diagnostic = next((one for one in at if str(hash(one.key)) == key), None)
        if diagnostic is None:
            raise Outdated("the diagnostic is gone; ask again")
    if await server.survey.access.found(document.uri) is not None:
        raise Outdated("your settings keep this file from the model")
    server.assistant.make_way()
    title = str(data.get("title") or action.title)
    return document, Offer(action, title, action.kind, On(on), start, max(start, end), diagnostic)


async def _proposed(server: MistralServer, document: Document, offer: Offer) -> Proposal:
    """What the model proposes for the document as it is; what it proposed before for this very text is kept."""
    ready = server.assistant.proposals.get(document, offer)
    if ready is None:
        async with progress(server, offer.action.title) as tell:
            candidates = server.resolved.settings.actions.candidates
            ready = await server.assistant.editing.propose(
                document, offer, candidates=candidates, tell=tell, may_run=consent_of(server, offer)
            )
    if server.documents.get(document.uri) is not document:
        raise Outdated("the text has changed meanwhile; nothing was applied")
    server.assistant.proposals.put(document, offer, ready)
    return ready


def _as_lsp(server: MistralServer, document: Document, offer: Offer, found: Proposal) -> types.WorkspaceEdit | None:
    is_previewed = server.resolved.settings.actions.preview and offer.diagnostic is None
    client, encoding = server.client_capabilities, server.documents.encoding
    if found.edit is not None:
        return to_lsp_edit(found, found.edit, encoding, client, is_previewed=is_previewed)
    root = server.root_of(document.uri)
    path = shown_path(document.uri, root)
    place = tests_of(path, document.language, server.survey.index.paths(root) if root else ())
    base = f"{root.rstrip('/')}/" if root else document.uri.rpartition("/")[0] + "/"
    if not document.uri.startswith("file:") or server.survey.is_there(f"{base}{place}"):
        return None
    return to_lsp_file(found, f"{base}{place}", client, is_previewed=is_previewed)


async def _show_code(server: MistralServer, offer: Offer, found: Proposal) -> str:
    async def text() -> AsyncGenerator[str, None]:
        yield safe_markdown(f"```\n{found.new_text}```")

    return await server.assistant.explanations.show(offer.title, text())


async def _written(server: MistralServer, document: Document, offer: Offer) -> AsyncGenerator[str, None]:
    """The answer so far as Markdown that can do nothing, with names that were made up marked."""
    asked, ground, turn = await _turn(server, document, offer)
    seen = ground.material.seen
    language = ground.material.language
    texts = asked.guard.prose(asked.model, turn, max_tokens=offer.action.turn.max_tokens)
    try:
        async with contextlib.aclosing(texts):
            text = ""
            async for text in texts:
                yield await asyncio.to_thread(safe_markdown, marked(text, seen, language))
        if not text.strip():
            yield "*The model had nothing to say. Ask again, or ask another model.*"
    except Withheld as withheld:
        yield safe_markdown(f"*{withheld}.*")


async def _chosen(server: MistralServer, document: Document, offer: Offer) -> str:
    asked, _, turn = await _turn(server, document, offer)
    prompt = Prompt("", offer.action.turn.max_tokens, user=asked.guard.put_before(turn))
    try:
        return str(await structured.ask(asked.model, prompt, one_of(offer.action.choices)))
    except Unfit as error:
        raise NoEdit(f"the model gave none of {', '.join(offer.action.choices)}: {error}") from None


async def _turn(server: MistralServer, document: Document, offer: Offer) -> tuple[Asked, Ground, str]:
    asked, most = await server.assistant.asked(), offer.action.turn.max_tokens
    ground = await server.assistant.grounding.of(
        document,
        offer.start,
        offer.end,
        on=offer.on,
        diagnostics=[offer.diagnostic] if offer.diagnostic else (),
        room_chars=await room_chars(asked.model, max_tokens=most),
    )
    return asked, ground, offer.action.turn.render(ground.material, asked.control_tokens)
