"""Typing through ghost text, over real stdio."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from support.waiting import until

from mistral_lsp.bench.editor import items_of
from mistral_lsp.bench.tgi_script import Script

if TYPE_CHECKING:
    from mistral_lsp.bench.editor import Editor
    from mistral_lsp.bench.endpoint import Endpoint

LINE = "total = a \n"
REPLY = "+ rate * count\nother = 1\n"
WITHIN_S = 5.0  # far more than anything here takes


async def shown(editor: Editor) -> str | None:
    items = await editor.ghost_text()
    return None if not items else str(items[0]["insertText"])


def asked(endpoint: Endpoint) -> int:
    return sum(request.path == "/generate_stream" for request in endpoint.requests)


async def test_typing_through_a_suggestion_asks_the_endpoint_nothing_more(editor: Editor, endpoint: Endpoint) -> None:
    endpoint.script = Script(reply=REPLY)
    editor.open(LINE)
    editor.after("a ")
    whole = await shown(editor)
    assert whole == "+ rate * count"
    for count in range(1, len(whole)):
        editor.type(whole[count - 1])
        assert await shown(editor) == whole[count:]
    assert asked(endpoint) == 1


async def test_accepting_a_word_keeps_the_rest(editor: Editor, endpoint: Endpoint) -> None:
    endpoint.script = Script(reply=REPLY)
    editor.open(LINE)
    editor.after("a ")
    await shown(editor)
    editor.type("+ rate")
    [item] = await editor.ghost_text() or []
    here = {"line": 0, "character": 16}
    assert (item["insertText"], item["range"]) == (" * count", {"start": here, "end": here})
    assert asked(endpoint) == 1


async def test_windows_line_ends_are_typed_through_too(editor: Editor, endpoint: Endpoint) -> None:
    endpoint.script = Script(reply=" c = a + b\n    return c\n\n\nx")
    editor.open("def add(a, b):\r\n    \r\n")
    editor.after("b):\r\n    ")
    assert await shown(editor) == "c = a + b\n    return c"
    editor.type("c = a + b\r\n    re")
    assert await shown(editor) == "turn c"
    assert asked(endpoint) == 1


async def test_backspace_brings_it_back_and_too_much_of_it_turns_it_down(editor: Editor, endpoint: Endpoint) -> None:
    endpoint.script = Script(reply=REPLY)
    editor.open(LINE)
    editor.after("a ")
    await shown(editor)
    editor.type("+ ")
    await shown(editor)
    editor.backspace()
    assert await shown(editor) == " rate * count"
    editor.backspace()
    assert await shown(editor) == "+ rate * count"
    editor.backspace()
    editor.type(" ")
    assert await shown(editor) is None
    assert asked(endpoint) == 1
    await until(lambda: "then deleted" in editor.stderr)


async def test_what_disagrees_hangs_up_before_anything_is_asked(editor: Editor, endpoint: Endpoint) -> None:
    endpoint.script = Script(reply=["+ ", "rate"], token_s=60.0)
    editor.open(LINE)
    editor.after("a ")
    pending = editor.ask_ghost_text()
    await until(lambda: any(connection._writes >= 2 for connection in endpoint.open_connections))
    editor.type("-")
    assert await asyncio.wait_for(pending.answer, WITHIN_S) is None
    await asyncio.wait_for(endpoint.next_hangup(), WITHIN_S)
    endpoint.script = Script(reply=" b\n")
    assert await shown(editor) == " b"


async def test_a_superseded_request_is_null_at_once_and_its_stream_answers_the_newer_one(
    editor: Editor, endpoint: Endpoint
) -> None:
    endpoint.script = Script(reply=["+ ", "rate\n"], token_s=0.2)
    editor.open(LINE)
    editor.after("a ")
    older = editor.ask_ghost_text()
    await until(lambda: asked(endpoint) == 1)
    editor.type("+")
    newer = editor.ask_ghost_text()
    assert await older.answer is None
    assert not newer.answer.done()
    assert [item["insertText"] for item in items_of(await newer.answer) or ()] == [" rate"]
    assert asked(endpoint) == 1


async def test_a_notebook_cell_is_typed_through_too(editor: Editor, endpoint: Endpoint) -> None:
    endpoint.script = Script(reply=["+ ", "rate"], token_s=60.0)
    cell, notebook = "vscode-notebook-cell:/x/a.ipynb#1", {"uri": "file:///x/a.ipynb", "version": 1}
    editor.notify(
        "notebookDocument/didOpen",
        {
            "notebookDocument": notebook
            | {"notebookType": "jupyter-notebook", "cells": [{"kind": 2, "document": cell}]},
            "cellTextDocuments": [{"uri": cell, "languageId": "python", "version": 1, "text": LINE}],
        },
    )
    end = {"line": 0, "character": 10}
    editor.ask(
        "textDocument/inlineCompletion",
        {"textDocument": {"uri": cell}, "position": end, "context": {"triggerKind": 2}},
    )
    await until(lambda: any(connection._writes >= 2 for connection in endpoint.open_connections))
    change = {"document": {"uri": cell, "version": 2}, "changes": [{"range": {"start": end, "end": end}, "text": "-"}]}
    editor.notify(
        "notebookDocument/didChange",
        {"notebookDocument": notebook | {"version": 2}, "change": {"cells": {"textContent": [change]}}},
    )
    await asyncio.wait_for(endpoint.next_hangup(), WITHIN_S)


async def test_a_stream_that_agrees_survives_the_cancel_of_an_editor_that_types_on(
    editor: Editor, endpoint: Endpoint
) -> None:
    endpoint.script = Script(reply=REPLY, first_token_s=0.2)
    editor.open(LINE)
    editor.after("a ")
    older = editor.ask_ghost_text()
    await until(lambda: asked(endpoint) == 1)
    editor.cancel(older.id)  # as editors do that type on
    editor.type("+")
    assert await shown(editor) == " rate * count"
    assert asked(endpoint) == 1
    await asyncio.gather(older.answer, return_exceptions=True)
