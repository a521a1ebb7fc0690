"""When a connection to the endpoint is opened, and when none is."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from support.waiting import until

from mistral_lsp.bench.endpoint import Endpoint
from mistral_lsp.bench.tgi_script import Fault, Script

if TYPE_CHECKING:
    from support.session import Start

    from mistral_lsp.bench.editor import Editor

LINE = "total = a \n"
OPTIONS = {
    "endpoint": {"family": "base", "kind": "tgi", "timeout_s": 0.5},
    "completion": {"fetch_ahead": "off", "warm_up": False},
}


async def shown(editor: Editor, *, invoked: bool = False) -> list[str]:
    return [item["insertText"] for item in await editor.ghost_text(invoked=invoked) or []]


async def test_the_first_document_opens_one_and_the_first_request_finds_it(start: Start) -> None:
    async with Endpoint(Script(reply="+ b\n")) as endpoint, start(endpoint.url, options=OPTIONS) as editor:
        await editor.request("workspace/executeCommand", {"command": "mistralLsp.counts"})  # it is up
        assert endpoint.connection_count == 0
        editor.open(LINE)
        editor.after("a ")
        await until(lambda: endpoint.connection_count == 1)
        assert not endpoint.requests
        assert await shown(editor) == ["+ b"]
        assert len(endpoint.requests) == endpoint.connection_count == 1


async def test_after_a_hang_up_the_next_request_finds_one(start: Start) -> None:
    async with Endpoint(Script(fault=Fault.SILENT)) as endpoint, start(endpoint.url, options=OPTIONS) as editor:
        editor.open(LINE)
        editor.after("a ")
        older = editor.ask_ghost_text()
        await endpoint.next_request()
        editor.cancel(older.id)
        await endpoint.next_hangup()
        await until(lambda: endpoint.connection_count == 2)
        assert len(endpoint.open_connections) == 1
        endpoint.script = Script(reply="+ b\n")
        assert await shown(editor) == ["+ b"]
        assert (len(endpoint.requests), endpoint.connection_count) == (2, 2)
        await asyncio.gather(older.answer, return_exceptions=True)


async def test_an_endpoint_that_is_left_alone_sees_no_connection(start: Start) -> None:
    busy = Script(fault=Fault.BUSY_503)  # for 7 seconds, it says
    async with Endpoint(busy) as endpoint, start(endpoint.url, options=OPTIONS) as editor:
        editor.open(LINE)
        editor.after("a ")
        assert await shown(editor) == []
        for connection in tuple(endpoint.open_connections):
            connection.abort()
        seen = endpoint.connection_count
        for key in "+cd":
            editor.type(key)
            assert await shown(editor) == []
        assert (len(endpoint.requests), endpoint.connection_count) == (1, seen)
        endpoint.script = Script(reply="+ b\n")
        editor.type(" ")
        assert await shown(editor, invoked=True) == ["+ b"]


async def test_an_editor_that_wants_no_completion_opens_none(start: Start) -> None:
    options = OPTIONS | {"completion": {"enabled": False}}
    async with Endpoint() as endpoint, start(endpoint.url, options=options) as editor:
        editor.open(LINE)
        editor.after("a ")
        editor.type("b")
        assert await shown(editor) == []
        assert endpoint.connection_count == 0
