"""Progress: what an editor shows while work that was asked for by hand goes on, with a button that ends it."""

from __future__ import annotations

import asyncio
import contextlib
from itertools import count
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from concurrent.futures import Future

    from mistral_lsp.lsp.server import MistralServer

_NUMBERS = count(1)


@contextlib.asynccontextmanager
async def progress(server: MistralServer, title: str) -> AsyncIterator[Callable[[str], None]]:
    """A function that tells what is being done; where the user ends it, the task that is in here is cancelled."""
    window = server.client_capabilities.window
    if not (window and window.work_done_progress):
        yield lambda _: None
        return
    bar = _Bar(server, title, asyncio.current_task())
    server.spawn(bar.begin())
    try:
        yield bar.tell
    finally:
        bar.end()


class _Bar:
    """What an editor shows of one piece of work.

    The work doesn't wait until the editor has agreed to show it: Helix answers nothing before the work is done.
    """

    def __init__(self, server: MistralServer, title: str, task: asyncio.Task[Any] | None) -> None:
        self._shown = server.work_done_progress
        self._token = f"mistral-lsp-{next(_NUMBERS)}"
        self._title, self._task = title, task
        self._message: str | None = None
        self._is_begun = self._is_over = False

    async def begin(self) -> None:
        """Ask the editor, and show it; what is over by then goes at once, since a bar may be drawn before it begins."""
        try:
            await self._shown.create_async(self._token)
        except JsonRpcException:
            return
        about = types.WorkDoneProgressBegin(self._title, message=self._message, cancellable=True)
        self._shown.begin(self._token, about)
        self._shown.tokens[self._token].add_done_callback(self._done)
        self._is_begun = True
        if self._is_over:
            self._close()

    def tell(self, message: str) -> None:
        self._message = message
        if self._is_begun:
            self._shown.report(self._token, types.WorkDoneProgressReport(message=message))

    def end(self) -> None:
        self._is_over = True
        if self._is_begun:
            self._close()

    def _done(self, ended: Future[Any]) -> None:
        if ended.cancelled() and self._task is not None:
            self._task.cancel()

    def _close(self) -> None:
        self._shown.tokens.pop(self._token, None)  # pygls keeps them for ever
        self._shown.end(self._token, types.WorkDoneProgressEnd())
