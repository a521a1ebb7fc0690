"""Output explained in an editor: the command that takes a traceback or a compiler's output, or where that stands."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

from pygls.exceptions import JsonRpcException

from mistral_lsp.core.context import shown_path
from mistral_lsp.core.names import marked
from mistral_lsp.core.output import MAX_CHARS
from mistral_lsp.core.output_page import for_editor, linked
from mistral_lsp.core.prose import safe_markdown
from mistral_lsp.core.reason import Reason
from mistral_lsp.core.template import PromptFileError
from mistral_lsp.core.visible import shortened
from mistral_lsp.features import output
from mistral_lsp.features.guarding import Withheld
from mistral_lsp.lsp.convert import offset_of
from mistral_lsp.lsp.progress import progress
from mistral_lsp.model.base import ModelError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from mistral_lsp.core.complaint import Frame
    from mistral_lsp.core.document import Document
    from mistral_lsp.features.output import Case
    from mistral_lsp.lsp.server import MistralServer

COMMAND = "mistralLsp.explainOutput"  # one argument: a text, {uri, range?}, or {uri, text} of what may not be open
REQUEST_FAILED = -32803
TITLE = "What went wrong"
HOW = "select a traceback or a compiler's output, or give its text"


def register(server: MistralServer) -> None:
    """Attach the command."""

    # Any, since pygls passes the server itself where a first parameter could take it.
    @server.command(COMMAND)
    async def explain(*arguments: Any) -> str:
        text = await _text(server, arguments[0] if arguments else None)
        if not text.strip():
            raise JsonRpcException(f"mistral-lsp: there is no output to explain: {HOW}", REQUEST_FAILED)
        async with progress(server, "Explain this output"):
            server.assistant.make_way()
            case = await output.case_of(text, await _finder(server), lambda uri: shown_path(uri, server.root_of(uri)))
            main = case.output.main
            title = shortened(f"{TITLE}: {main.headline}", 80) if main else TITLE
            return await server.assistant.explanations.show(title, _page(server, case))


async def _text(server: MistralServer, argument: Any) -> str:
    """The text that was given, or that stands in a range of an open document."""
    if isinstance(argument, str):
        return argument
    uri, text = (argument.get("uri"), argument.get("text")) if isinstance(argument, dict) else (None, None)
    if not isinstance(uri, str):
        return ""
    document = server.documents.get(uri)
    if document is None and not isinstance(text, str):
        return ""
    if await _is_kept_from_the_model(server, uri, is_open=document is not None):
        raise JsonRpcException("mistral-lsp: your settings keep this file from the model", REQUEST_FAILED)
    if document is None or isinstance(text, str):
        return str(text)
    start, end = _offsets(server, document, argument.get("range"))
    return document.text.slice(max(start, end - MAX_CHARS), end)


async def _is_kept_from_the_model(server: MistralServer, uri: str, *, is_open: bool) -> bool:
    """Whether it is a secret or one that the user keeps from models.

    What other ignore files name, as they do logs, is not read unasked; here the user handed it over.
    """
    access = server.survey.access
    if not is_open:
        await access.look(uri)
    reason = await access.found(uri)
    if not is_open:
        access.forget(uri)
    return reason not in {None, Reason.READ_ONLY, Reason.IGNORED}


def _offsets(server: MistralServer, document: Document, raw: Any) -> tuple[int, int]:
    """Of a range as LSP has it; without one, or with an odd one, the whole document."""
    encoding = server.documents.encoding
    try:
        start, end = (
            offset_of(document.text, place["line"], place["character"], encoding)
            for place in (raw["start"], raw["end"])
        )
    except (TypeError, KeyError, ValueError, IndexError, AttributeError):
        return 0, len(document.text)
    return min(start, end), max(start, end)


async def _finder(server: MistralServer) -> output.Find:
    """The files of the places: what is open goes first, since it is the newest."""
    access = server.survey.access
    opened = {
        document.uri: document
        for document in server.documents
        if await access.found(document.uri) in {None, Reason.READ_ONLY}
    }
    find = server.survey.find_file()

    def found(frame: Frame) -> Document | None:
        named = find(frame)
        if named is not None:
            return opened.get(named.uri, named)
        ends = [document for uri, document in opened.items() if uri.startswith("file://") and uri[7:] == frame.path]
        return ends[0] if ends else None

    return found


async def _page(server: MistralServer, case: Case) -> AsyncGenerator[str, None]:
    """What is known, and below it the explanation as it comes, or why there is none."""
    head = await asyncio.to_thread(for_editor, case.output, case.places)
    yield head
    try:
        asked = await server.assistant.asked()
        turn, material = await output.question(case, server.assistant.grounding, asked)
        text = ""
        async with contextlib.aclosing(
            asked.guard.prose(asked.model, turn, max_tokens=asked.output.max_tokens)
        ) as texts:
            async for text in texts:
                words = marked(text, material.seen, material.language)
                yield f"{head}\n\n{await asyncio.to_thread(linked, words, case.places)}"
        if not text.strip():
            yield f"{head}\n\n*The model had nothing to say.*"
    except ModelError as error:
        server.status.failed(error, by_hand=False)
        yield f"{head}\n\n{safe_markdown(f'*No explanation: {error}. {error.advice}*')}"
    except Withheld as withheld:
        yield f"{head}\n\n{safe_markdown(f'*{withheld}.*')}"
    except PromptFileError as error:
        yield f"{head}\n\n{safe_markdown(f'*No explanation: the prompt file output.j2 can not be used: {error}.*')}"
