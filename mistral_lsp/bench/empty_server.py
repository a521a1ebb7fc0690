"""The floor of the libraries: a server of the same shape that does nothing, on stock pygls and aiohttp.

It follows no document, has no syntax and no prompt of its own: each inlineCompletion is one stream of the endpoint's
events. What it takes beside `passthrough` is what these two libraries take, and what mistral-lsp takes
beside it is our own. `python -m mistral_lsp.bench.empty_server URL` serves on stdio.
"""

from __future__ import annotations

import json
import sys

import aiohttp
from lsprotocol import types
from pygls.lsp.server import LanguageServer

from mistral_lsp.bench.passthrough import PROMPT


def main() -> int:
    """Serve until the client leaves."""
    url = sys.argv[1]
    server = LanguageServer("empty", "1", types.TextDocumentSyncKind.None_)
    sessions: list[aiohttp.ClientSession] = []

    @server.feature(types.TEXT_DOCUMENT_INLINE_COMPLETION, types.InlineCompletionOptions())
    async def inline_completion(_params: types.InlineCompletionParams) -> types.InlineCompletionList:
        if not sessions:
            sessions.append(aiohttp.ClientSession())
        return types.InlineCompletionList([types.InlineCompletionItem(await ask(sessions[0], url))])

    @server.feature(types.SHUTDOWN)
    async def shutdown(_params: None) -> None:
        for session in sessions:
            await session.close()

    server.start_io()
    return 0


async def ask(session: aiohttp.ClientSession, url: str) -> str:
    """One streamed answer of a TGI endpoint."""
    body = {"inputs": PROMPT, "parameters": {"max_new_tokens": 64, "details": True}}
    text = ""
    async with session.post(f"{url}/generate_stream", json=body) as response:
        async for line in response.content:
            if line.startswith(b"data:"):
                token = json.loads(line[5:])["token"]
                text += "" if token["special"] else token["text"]
    return text


if __name__ == "__main__":
    raise SystemExit(main())
