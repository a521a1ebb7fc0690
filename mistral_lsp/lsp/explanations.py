"""Explanations: longer texts that a user asked for by hand, shown beside the code as they are written.

Our plugins say that they can show them (`experimental.mistralLsp.explanations`) and get `$/mistralLsp/explanation`
notifications. Another editor is asked to open a file of our own that holds the text; one that can't gets a message.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from itertools import count
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from mistral_lsp.core.prose import plain_text

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from mistral_lsp.lsp.server import MistralServer

log = logging.getLogger(__name__)

EXPLANATION = "$/mistralLsp/explanation"  # {id, title, text, state: writing | done | failed}
CLOSED = "$/mistralLsp/closeExplanation"  # {id}: the user closed it
EVERY_S = 0.1  # so often at most it is told anew
MAX_MESSAGE_CHARS = 1_000


class Explanations:
    """What is being shown to one editor."""

    def __init__(self, server: MistralServer) -> None:
        """Nothing is."""
        self._server = server
        self._numbers = count(1)
        self._writing: dict[str, asyncio.Task[Any]] = {}

    def register(self) -> None:
        """Attach the notification by which an editor tells that it closed one."""

        @self._server.feature(CLOSED)
        def closed(params: Any) -> None:
            task = self._writing.get(str(params.get("id"))) if isinstance(params, dict) else None
            if task is not None:
                task.cancel()

    async def show(self, title: str, texts: AsyncGenerator[str, None]) -> str:
        """Show a text as it grows; gives the whole of it. Cancelling, or closing it in the editor, ends the writing."""
        name, text, told_s = f"explanation-{next(self._numbers)}", "", 0.0
        task = asyncio.current_task()
        if task is not None:
            self._writing[name] = task
        state = "failed"
        try:
            self._tell(name, title, "", "writing")
            async with contextlib.aclosing(texts):
                async for text in texts:
                    if time.monotonic() - told_s >= EVERY_S:
                        told_s = time.monotonic()
                        self._tell(name, title, text, "writing")
            state = "done"
        finally:
            self._writing.pop(name, None)
            self._tell(name, title, text, state)
        if not self._is_plugin:
            await self._open(title, text)
        return text

    @property
    def _is_plugin(self) -> bool:
        experimental = self._server.client_capabilities.experimental
        ours = experimental.get("mistralLsp") if isinstance(experimental, dict) else None
        return isinstance(ours, dict) and ours.get("explanations") is True

    def _tell(self, name: str, title: str, text: str, state: str) -> None:
        if self._is_plugin:
            self._server.protocol.notify(EXPLANATION, {"id": name, "title": title, "text": text, "state": state})

    async def _open(self, title: str, text: str) -> None:
        """In an editor without our plugin: a file, or else a message."""
        window = self._server.client_capabilities.window
        if window and window.show_document and window.show_document.support:
            try:
                uri = await asyncio.to_thread(self._server.survey.shelf.put, title, f"# {title}\n\n{text}\n")
                shown = await self._server.window_show_document_async(
                    types.ShowDocumentParams(uri, external=False, take_focus=False)
                )
                if shown.success:
                    return
            except (JsonRpcException, OSError) as error:
                log.info("the editor did not open an explanation (%s)", type(error).__name__)
        self._server.show(types.MessageType.Info, plain_text(text)[:MAX_MESSAGE_CHARS])
