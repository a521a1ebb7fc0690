"""A keystroke becomes ghost text, over real stdio."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from mistral_lsp.bench.client import Pending, Refusal
from mistral_lsp.bench.editor import Editor, items_of
from mistral_lsp.bench.tgi_script import Script

if TYPE_CHECKING:
    from support.session import Start

    from mistral_lsp.bench.endpoint import Endpoint

LINE = "total = a \n"
WITHIN_S = 5.0  # far more than anything here takes


def texts(items: list[dict[str, object]] | None) -> list[object] | None:
    return None if items is None else [item["insertText"] for item in items]


async def test_a_line_is_completed_at_the_cursor(editor: Editor, endpoint: Endpoint) -> None:
    endpoint.script = Script(reply="+ b\nother = 1\n")
    editor.open(LINE)
    editor.after("a ")
    [item] = await editor.ghost_text() or []
    here = {"line": 0, "character": 10}
    assert (item["insertText"], item["range"]) == ("+ b", {"start": here, "end": here})


async def test_a_body_is_completed_as_a_block(editor: Editor, endpoint: Endpoint) -> None:
    endpoint.script = Script(reply=" c = a + b\n    return c\n\n\ndef other():\n")
    editor.open("def add(a, b):\n    \n\n\nx = 1\n")
    editor.after("b):\n    ")
    assert texts(await editor.ghost_text()) == ["c = a + b\n    return c"]


async def test_typing_a_word_asks_with_the_word_held_back(editor: Editor, endpoint: Endpoint) -> None:
    endpoint.script = Script(reply=" return a + b\n")
    editor.open("def add(a, b):\n    \n")
    editor.after("b):\n    ")
    editor.type("retu")
    assert texts(await editor.ghost_text()) == ["rn a + b"]


async def test_the_editor_is_told_of_inline_completion(editor: Editor) -> None:
    assert "inlineCompletionProvider" in editor.server["capabilities"]
    assert "completionProvider" not in editor.server["capabilities"]


async def test_the_request_is_the_one_that_tgi_documents(editor: Editor, endpoint: Endpoint) -> None:
    editor.open(LINE)
    editor.after("a ")
    await editor.ghost_text()
    sent = [request for request in endpoint.requests if request.path == "/generate_stream"][-1]
    parameters = sent.body["parameters"]
    assert sent.body["inputs"].endswith("total = a")
    assert parameters["details"] is True
    assert parameters["max_new_tokens"] == 64
    assert len(parameters["stop"]) <= 4


@pytest.mark.parametrize(
    "uri", ["untitled:Untitled-7", "vscode-notebook-cell:/x/a.ipynb#W0sZmlsZQ", "file://host/a.py"]
)
async def test_any_open_document_gets_ghost_text_whatever_its_uri(editor: Editor, endpoint: Endpoint, uri: str) -> None:
    endpoint.script = Script(reply="+ b\n")
    editor.open(LINE, uri=uri)
    editor.after("a ")
    assert texts(await editor.ghost_text()) == ["+ b"]


NOTEBOOK = {"uri": "file:///x/a.ipynb"}
CELL = "vscode-notebook-cell:/x/a.ipynb#1"


def ask_in_cell(editor: Editor, **others: str) -> Pending:
    """Open a notebook, and ask at the end of one cell; others are `above` and `below` it."""
    texts_of = {f"{CELL}-{where}": text for where, text in others.items()} | {CELL: LINE}
    order = sorted(texts_of, key=[f"{CELL}-above", CELL, f"{CELL}-below"].index)
    cells = [{"kind": 2, "document": uri} for uri in order]
    documents = [{"uri": uri, "languageId": "python", "version": 1, "text": texts_of[uri]} for uri in order]
    about = {"notebookType": "jupyter-notebook", "version": 1, "cells": cells}
    editor.notify("notebookDocument/didOpen", {"notebookDocument": NOTEBOOK | about, "cellTextDocuments": documents})
    params = {
        "textDocument": {"uri": CELL},
        "position": {"line": 0, "character": 10},
        "context": {"triggerKind": 2},
    }
    return editor.ask("textDocument/inlineCompletion", params)


async def test_a_notebook_cell_gets_ghost_text(editor: Editor, endpoint: Endpoint) -> None:
    endpoint.script = Script(reply="+ b\n")
    assert texts(items_of(await ask_in_cell(editor).answer)) == ["+ b"]


async def test_a_notebook_cell_sees_the_cells_above_it_alone(editor: Editor, endpoint: Endpoint) -> None:
    endpoint.script = Script(reply="+ b\n")
    await ask_in_cell(editor, above="import pandas as above", below="import pandas as below").answer
    [sent] = [request for request in endpoint.requests if request.path == "/generate_stream"]
    assert "import pandas as above\n\ntotal = a" in sent.body["inputs"]
    assert "below" not in sent.body["inputs"]


@pytest.mark.parametrize("how", ["close the notebook", "remove the cell"])
async def test_a_cell_that_goes_ends_its_request(editor: Editor, endpoint: Endpoint, how: str) -> None:
    endpoint.script = Script(first_token_s=60.0)
    pending = ask_in_cell(editor)
    await asked(endpoint, 1)
    if how == "close the notebook":
        closed = {"notebookDocument": NOTEBOOK, "cellTextDocuments": [{"uri": CELL}]}
        editor.notify("notebookDocument/didClose", closed)
    else:
        structure = {"array": {"start": 0, "deleteCount": 1}, "didClose": [{"uri": CELL}]}
        changed = {"notebookDocument": NOTEBOOK | {"version": 2}, "change": {"cells": {"structure": structure}}}
        editor.notify("notebookDocument/didChange", changed)
    assert await asyncio.wait_for(pending.answer, WITHIN_S) is None
    await asyncio.wait_for(endpoint.next_hangup(), WITHIN_S)


@pytest.mark.parametrize(
    ("uri", "line", "reason"),
    [
        ("file:///nowhere/a.py", 0, "not open"),
        ("file://other-host/share/a.py", 0, "not open"),
        ("untitled:Untitled-1", 99, "outside the document"),
        ("untitled:Untitled-1", 2**31 - 1, "outside the document"),
    ],
)
async def test_what_is_not_there_gets_nothing_and_a_reason(editor: Editor, uri: str, line: int, reason: str) -> None:
    editor.open(LINE)
    params = {"textDocument": {"uri": uri}, "position": {"line": line, "character": 0}, "context": {"triggerKind": 2}}
    assert items_of(await editor.request("textDocument/inlineCompletion", params)) == []
    await logged(editor, reason)


@pytest.mark.parametrize(
    ("text", "reason"), [("\0\1\2 binary\n", "binary"), ("x = 1\n" * 9_000_000, "too large")], ids=["binary", "54 MB"]
)
async def test_what_is_no_code_gets_nothing_and_a_reason(
    editor: Editor, endpoint: Endpoint, text: str, reason: str
) -> None:
    editor.open(text)
    assert await editor.ghost_text() == []
    await logged(editor, reason)
    assert not endpoint.requests


async def test_a_newer_request_supersedes_an_older_one_and_hangs_up(editor: Editor, endpoint: Endpoint) -> None:
    endpoint.script = Script(reply="+ b\n", first_token_s=60.0)
    editor.open(f"{LINE}other = b \n")
    editor.after("a ")
    older = editor.ask_ghost_text()
    await asked(endpoint, 1)
    endpoint.script = Script(reply="* c\n")
    editor.after("other = b ")
    assert texts(await editor.ghost_text()) == ["* c"]
    assert await asyncio.wait_for(older.answer, WITHIN_S) is None
    assert (await asyncio.wait_for(endpoint.next_hangup(), WITHIN_S)).writes <= 1


async def test_another_documents_request_goes_on(editor: Editor, endpoint: Endpoint) -> None:
    endpoint.script = Script(reply="+ b\n", first_token_s=0.2)
    editor.open(LINE)
    editor.after("a ")
    first = editor.ask_ghost_text()
    editor.open(LINE)
    editor.after("a ")
    second = editor.ask_ghost_text()
    assert [texts(items_of(await pending.answer)) for pending in (first, second)] == [["+ b"], ["+ b"]]


async def test_typing_without_a_new_request_never_shows_the_old_answer(editor: Editor, endpoint: Endpoint) -> None:
    endpoint.script = Script(reply="+ b\n", first_token_s=0.2)
    editor.open(LINE)
    editor.after("a ")
    pending = editor.ask_ghost_text()
    await asked(endpoint, 1)
    editor.type("x")
    assert await pending.answer is None
    await logged(editor, "the document changed")


@pytest.mark.parametrize("typed", ["+", "+ b"])
async def test_an_old_request_is_not_answered_though_what_was_typed_agrees(
    editor: Editor, endpoint: Endpoint, typed: str
) -> None:
    endpoint.script = Script(reply="+ b\n", first_token_s=0.2)
    editor.open(LINE)
    editor.after("a ")
    pending = editor.ask_ghost_text()
    await asked(endpoint, 1)
    editor.type(typed)
    assert await pending.answer is None
    if typed == "+":
        assert texts(await editor.ghost_text()) == [" b"]
        assert len([request for request in endpoint.requests if request.path == "/generate_stream"]) == 1


async def test_closing_the_document_ends_its_request(editor: Editor, endpoint: Endpoint) -> None:
    endpoint.script = Script(first_token_s=60.0)
    editor.open(LINE)
    editor.after("a ")
    pending = editor.ask_ghost_text()
    await asked(endpoint, 1)
    editor.close()
    assert await asyncio.wait_for(pending.answer, WITHIN_S) is None
    await asyncio.wait_for(endpoint.next_hangup(), WITHIN_S)


async def test_a_cancelled_request_is_answered_so_and_hangs_up(editor: Editor, endpoint: Endpoint) -> None:
    endpoint.script = Script(first_token_s=60.0)
    editor.open(LINE)
    editor.after("a ")
    pending = editor.ask_ghost_text()
    await asked(endpoint, 1)
    editor.cancel(pending.id)
    with pytest.raises(Refusal) as refusal:
        await asyncio.wait_for(pending.answer, WITHIN_S)
    assert refusal.value.code == -32800
    await asyncio.wait_for(endpoint.next_hangup(), WITHIN_S)


async def test_a_cancelled_command_stops_its_work(editor: Editor, endpoint: Endpoint) -> None:
    endpoint.script = Script(first_token_s=60.0)
    pending = editor.ask("workspace/executeCommand", {"command": "mistralLsp.doctor"})
    await asked(endpoint, 1)
    editor.cancel(pending.id)
    with pytest.raises(Refusal) as refusal:
        await asyncio.wait_for(pending.answer, WITHIN_S)
    assert refusal.value.code == -32800
    await asyncio.wait_for(endpoint.next_hangup(), WITHIN_S)


async def test_the_stream_is_hung_up_when_the_block_is_complete(editor: Editor, endpoint: Endpoint) -> None:
    endpoint.script = Script(reply=[" return 1\n", "\n", "next = 2\n", *["more = 3\n"] * 1000], token_s=0.01)
    editor.open("def f():\n    \n")
    editor.after("f():\n    ")
    assert texts(await editor.ghost_text()) == ["return 1"]
    assert (await asyncio.wait_for(endpoint.next_hangup(), WITHIN_S)).writes < 20


async def test_at_the_deadline_the_whole_lines_are_shown(start: Start, endpoint: Endpoint) -> None:
    endpoint.script = Script(reply=[" c = a + b\n", "    return", " c"], token_s=1.5)
    async with start(endpoint.url, options={"completion": {"deadline_ms": 2000}}) as editor:
        editor.open("def add(a, b):\n    \n")
        editor.after("b):\n    ")
        assert texts(await editor.ghost_text()) == ["c = a + b"]


async def test_windows_line_ends_and_far_letters_are_no_hindrance(editor: Editor, endpoint: Endpoint) -> None:
    endpoint.script = Script(reply="+ b\r\n")
    editor.open("s = '😀 é'\r\nt = '😀'; total = a \r\n")
    editor.after("total = a ")
    [item] = await editor.ghost_text() or []
    here = {"line": 1, "character": 20}  # the emoji is two UTF-16 units
    assert (item["insertText"], item["range"]) == ("+ b", {"start": here, "end": here})


async def test_the_menu_offers_the_same_text_where_a_setting_asks(start: Start, endpoint: Endpoint) -> None:
    endpoint.script = Script(reply="+ b\n")
    async with start(endpoint.url, options={"completion": {"in_menu": True}}) as editor:
        assert "completionProvider" in editor.server["capabilities"]
        editor.open(LINE)
        editor.after("a ")
        params = {"textDocument": {"uri": editor.uri}, "position": editor.position()}
        [item] = (await editor.request("textDocument/completion", params))["items"]
        assert item["textEdit"]["newText"] == "+ b"


async def test_an_editor_that_asks_both_ways_gets_both_answers_from_one_stream(
    start: Start, endpoint: Endpoint
) -> None:
    endpoint.script = Script(reply="+ b\n", first_token_s=0.2)
    async with start(endpoint.url, options={"completion": {"in_menu": True, "fetch_ahead": "off"}}) as editor:
        editor.open(LINE)
        editor.after("a ")
        ghost_text = editor.ask_ghost_text()
        params = {"textDocument": {"uri": editor.uri}, "position": editor.position()}
        menu = editor.ask("textDocument/completion", params)
        assert texts(items_of(await ghost_text.answer)) == ["+ b"]
        assert [item["textEdit"]["newText"] for item in (await menu.answer)["items"]] == ["+ b"]
        assert sum(request.path == "/generate_stream" for request in endpoint.requests) == 1


async def asked(endpoint: Endpoint, count: int) -> None:
    """Wait until the endpoint has taken that many generation requests."""
    async with asyncio.timeout(WITHIN_S):
        while sum(request.path == "/generate_stream" for request in endpoint.requests) < count:
            await asyncio.sleep(0.001)


async def logged(editor: Editor, words: str) -> None:
    """Wait until the server's log has these words."""
    async with asyncio.timeout(WITHIN_S):
        while words not in editor.stderr:
            await asyncio.sleep(0.001)
