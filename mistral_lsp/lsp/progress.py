"""Progress: what an editor shows while work that was asked for by hand goes on, with a button that ends it."""

from __future__ import annotations

import asyncio
import contextlib
from itertools import count
from typing import TYPE_CHECKING

from lsprotocol import types
from pygls.exceptions import JsonRpcException

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from mistral_lsp.lsp.server import MistralServer

_NUMBERS = count(1)


@contextlib.asynccontextmanager
async def progress(server: MistralServer, title: str) -> AsyncIterator[Callable[[str], None]]:
    """A function that tells what is being done; where the user ends it, the task that is in here is cancelled."""
    window = server.client_capabilities.window
    if not (window and window.work_done_progress):
        yield lambda _: None
        return
    token, task, shown = f"mistral-lsp-{next(_NUMBERS)}", asyncio.current_task(), server.work_done_progress
    try:
        await shown.create_async(token)
    except JsonRpcException:
        yield lambda _: None
        return
    shown.begin(token, types.WorkDoneProgressBegin(title, cancellable=True))
    shown.tokens[token].add_done_callback(lambda ended: task.cancel() if ended.cancelled() and task else None)
    try:
        yield lambda message: shown.report(token, types.WorkDoneProgressReport(message=message))
    finally:
        shown.tokens.pop(token, None)  # pygls keeps them for ever
        shown.end(token, types.WorkDoneProgressEnd())
