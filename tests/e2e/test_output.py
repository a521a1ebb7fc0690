"""The command that explains what a program printed, over real stdio."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import pytest
from support.endpoint import turns

from mistral_lsp.bench.client import Refusal
from mistral_lsp.bench.tgi_script import Fault, Script

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from support.session import Start

    from mistral_lsp.bench.editor import Editor
    from mistral_lsp.bench.endpoint import Endpoint

CODE = 'def price(item):\n    return item["price"]\n\n\nprint(price({}))\n'
OUTPUT = """\
$ python cart.py
Traceback (most recent call last):
  File "FOLDER/cart.py", line 5, in <module>
    print(price({}))
  File "FOLDER/cart.py", line 2, in price
    return item["price"]
KeyError: 'price'
"""
PLUGIN: dict[str, Any] = {"experimental": {"mistralLsp": {"explanations": True}}}
OPTIONS: dict[str, Any] = {"endpoint": {"kind": "tgi"}, "explain": {"prepare": False}}
REPLY = "**Cause**: in `cart.py:2` the `item` has none. ![x](http://a.example/x.png) [y](http://a.example)"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "cart.py").write_text(CODE)
    return folder


@contextlib.asynccontextmanager
async def editing(start: Start, endpoint: Endpoint, folder: Path, **about: Any) -> AsyncIterator[Editor]:
    """An editor that has the folder open."""
    async with start(endpoint.url, options=OPTIONS, **about) as editor:
        event = {"added": [{"uri": folder.as_uri(), "name": folder.name}], "removed": []}
        editor.notify("workspace/didChangeWorkspaceFolders", {"event": event})
        yield editor


def printed(folder: Path) -> str:
    return OUTPUT.replace("FOLDER", str(folder))


async def explain(editor: Editor, *arguments: Any) -> str:
    params = {"command": "mistralLsp.explainOutput", "arguments": list(arguments)}
    text: str = await editor.request("workspace/executeCommand", params)
    return text


async def test_a_text_is_explained_with_links_to_its_places(start: Start, endpoint: Endpoint, folder: Path) -> None:
    endpoint.script = Script(reply=REPLY)
    async with editing(start, endpoint, folder, capabilities=PLUGIN) as editor:
        text = await explain(editor, printed(folder))
        told = [params for method, params in editor.notifications if method == "$/mistralLsp/explanation"]
    link = f"[cart.py:2](<{(folder / 'cart.py').as_uri()}#L2>)"
    assert text.startswith("`KeyError: 'price'`")
    assert f'- {link} in `price`: `return item["price"]`' in text
    assert f"**Cause**: in {link} the `item` has none." in text
    assert text.count("](") == 3
    assert told[0]["title"] == "What went wrong: KeyError: 'price'"
    assert (told[-1]["state"], told[-1]["text"]) == ("done", text)
    [turn] = turns(endpoint)
    assert "def price(item):" in turn


async def test_the_selection_of_a_document_is_taken(start: Start, endpoint: Endpoint, folder: Path) -> None:
    endpoint.script = Script(reply=REPLY)
    async with editing(start, endpoint, folder, capabilities=PLUGIN) as editor:
        editor.open("é𝕏 noise\n" + printed(folder) + "TypeError: later noise\n", "log")
        end = editor.text.offset(8, 0)
        place = {"start": editor.position(5), "end": editor.position(end)}
        text = await explain(editor, {"uri": editor.uri, "range": place})
    assert text.startswith("`KeyError: 'price'`")
    assert "later noise" not in turns(endpoint)[0]


@pytest.mark.parametrize("uri", ["output:extension-output-1", "term://~//1:/bin/sh", "file:///nowhere/build.log"])
async def test_a_text_that_is_not_open_is_taken_with_its_place(
    start: Start, endpoint: Endpoint, folder: Path, uri: str
) -> None:
    endpoint.script = Script(reply=REPLY)
    async with editing(start, endpoint, folder, capabilities=PLUGIN) as editor:
        text = await explain(editor, {"uri": uri, "text": printed(folder)})
    assert text.startswith("`KeyError: 'price'`")


async def test_what_is_open_is_newer_than_the_disk(start: Start, endpoint: Endpoint, folder: Path) -> None:
    endpoint.script = Script(reply=REPLY)
    async with editing(start, endpoint, folder, capabilities=PLUGIN) as editor:
        editor.open(folder / "cart.py")
        editor.replace(0, 0, "# one line more\n")
        text = await explain(editor, printed(folder))
    assert "[cart.py:3](" in text


async def test_with_the_model_down_the_places_still_show(start: Start, endpoint: Endpoint, folder: Path) -> None:
    endpoint.script = Script(fault=Fault.BUSY_503)
    async with editing(start, endpoint, folder, capabilities=PLUGIN) as editor:
        text = await explain(editor, printed(folder))
        told = [params for method, params in editor.notifications if method == "$/mistralLsp/explanation"]
    assert "[cart.py:2](" in text
    assert "No explanation:" in text
    assert told[-1]["state"] == "done"


async def test_an_editor_without_the_plugin_gets_a_message(start: Start, endpoint: Endpoint, folder: Path) -> None:
    endpoint.script = Script(reply=REPLY)
    async with editing(start, endpoint, folder) as editor:
        text = await explain(editor, printed(folder))
        messages = [params["message"] for method, params in editor.notifications if method == "window/showMessage"]
    assert "KeyError" in text
    assert any("KeyError: 'price'" in message for message in messages)


@pytest.mark.parametrize(
    "arguments", [[], [""], [" \n"], [None], [{}], [{"uri": "file:///nowhere"}], [7], [{"text": "Oh"}]]
)
async def test_nothing_to_explain_is_said(start: Start, endpoint: Endpoint, arguments: list[Any]) -> None:
    async with start(endpoint.url, options=OPTIONS) as editor:
        with pytest.raises(Refusal, match="there is no output to explain: select a traceback"):
            await explain(editor, *arguments)
    assert not endpoint.requests


async def test_a_document_that_is_kept_from_the_model_is_not_taken(
    start: Start, endpoint: Endpoint, folder: Path
) -> None:
    secret = folder / ".env"
    secret.write_text("KEY=1\n")
    async with editing(start, endpoint, folder) as editor:
        editor.open(secret, "log")
        with pytest.raises(Refusal, match="your settings keep this file from the model"):
            await explain(editor, {"uri": editor.uri})
        (folder / ".aiignore").write_text("*.dump\n")
        for name in (".env", "users.dump"):  # not open
            with pytest.raises(Refusal, match="your settings keep this file from the model"):
                await explain(editor, {"uri": (folder / name).as_uri(), "text": "KEY=1"})
    assert not endpoint.requests


@pytest.mark.parametrize("is_open", [True, False])
async def test_a_log_that_git_ignores_is_taken_when_it_is_handed_over(
    start: Start, endpoint: Endpoint, folder: Path, *, is_open: bool
) -> None:
    endpoint.script = Script(reply=REPLY)
    log = folder / "build.log"
    log.write_text(printed(folder))
    (folder / ".gitignore").write_text("*.log\n")
    async with editing(start, endpoint, folder, capabilities=PLUGIN) as editor:
        if is_open:
            editor.open(log, "log")
        text = await explain(editor, {"uri": log.as_uri()} | ({} if is_open else {"text": printed(folder)}))
    assert text.startswith("`KeyError: 'price'`")
    [turn] = turns(endpoint)
    assert "def price(item):" in turn


async def test_what_the_setting_keeps_from_the_model_is_not_taken_when_it_is_handed_over(
    start: Start, endpoint: Endpoint, folder: Path
) -> None:
    (folder / ".gitignore").write_text("*.log\n")
    log = folder / "build.log"
    log.write_text(printed(folder))
    options = OPTIONS | {"privacy": {"ignore": ["*.log"]}}
    async with start(endpoint.url, options=options) as editor:
        event = {"added": [{"uri": folder.as_uri(), "name": folder.name}], "removed": []}
        editor.notify("workspace/didChangeWorkspaceFolders", {"event": event})
        with pytest.raises(Refusal, match="your settings keep this file from the model"):
            await explain(editor, {"uri": log.as_uri(), "text": printed(folder)})
    assert not endpoint.requests
