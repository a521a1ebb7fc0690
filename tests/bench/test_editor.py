from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

from mistral_lsp.bench.editor import Editor, items_of

if TYPE_CHECKING:
    from pathlib import Path

# A server that sends back what it hears, as notifications.
ECHO = """
import json, sys
from mistral_lsp.bench.passthrough import _answer as answer, _messages as messages
for message in messages(sys.stdin.buffer):
    if message["method"] == "exit": break
    elif message["method"] == "initialize": answer(message, {"capabilities": {"positionEncoding": sys.argv[1]}})
    elif message["method"] == "textDocument/inlineCompletion": answer(message, {"items": [message["params"]]})
    elif "id" in message: answer(message, None)
    else:
        body = json.dumps({"method": message["method"], "params": message["params"]}).encode()
        sys.stdout.buffer.write(b"Content-Length: %d\\r\\n\\r\\n%s" % (len(body), body))
        sys.stdout.buffer.flush()
"""


def echo(encoding: str = "utf-16") -> list[str]:
    return [sys.executable, "-c", ECHO, encoding]


def change(editor: Editor) -> Any:
    """The newest change that the server heard of."""
    return [params for method, params in editor.notifications if method == "textDocument/didChange"][-1]


async def test_typing_is_one_change_at_the_caret() -> None:
    async with Editor.start(echo()) as editor:
        editor.open("a = \nb = 2\n", "python")
        editor.move(0, 4)
        editor.type("12")
        await editor.settle()
        place = {"line": 0, "character": 4}
        assert change(editor) == {
            "textDocument": {"uri": editor.uri, "version": 2},
            "contentChanges": [{"range": {"start": place, "end": place}, "text": "12"}],
        }
        assert str(editor.text) == "a = 12\nb = 2\n"
        assert editor.position() == {"line": 0, "character": 6}


@pytest.mark.parametrize(("encoding", "column"), [("utf-8", 6), ("utf-16", 3), ("utf-32", 2)])
async def test_positions_speak_the_encoding_that_the_server_chose(encoding: str, column: int) -> None:
    async with Editor.start(echo(encoding)) as editor:
        editor.open("é😀x", "python")
        editor.after("😀")
        assert editor.position() == {"line": 0, "character": column}
        assert editor.offset({"line": 0, "character": column}) == 2


async def test_no_caret_stands_inside_a_line_end() -> None:
    async with Editor.start(echo()) as editor:
        editor.open("a\r\nb", "python")
        editor.replace(2, 4, "x")
        await editor.settle()
        assert str(editor.text) == "ax"
        assert change(editor)["contentChanges"][0]["range"]["start"] == {"line": 0, "character": 1}


async def test_closing_brackets_stay_behind_the_caret() -> None:
    async with Editor.start(echo()) as editor:
        editor.open("print(", "python")
        editor.after("(")
        editor.type_behind(")")
        assert (str(editor.text), editor.caret) == ("print()", 6)


async def test_accepting_an_item_replaces_its_range() -> None:
    async with Editor.start(echo()) as editor:
        editor.open("😀print(a)", "python")
        span = {"start": {"line": 0, "character": 8}, "end": {"line": 0, "character": 9}}
        start, end = editor.accept({"insertText": "b, c", "range": span})
        assert str(editor.text) == "😀print(b, c)"
        assert str(editor.text)[start:end] == "b, c"


async def test_ghost_text_is_asked_for_at_the_caret() -> None:
    async with Editor.start(echo()) as editor:
        editor.open("a\nb", "python", uri="file:///b.py")
        editor.move(1, 1)
        assert await editor.ghost_text() == [
            {
                "textDocument": {"uri": "file:///b.py"},
                "position": {"line": 1, "character": 1},
                "context": {"triggerKind": 2},
            }
        ]
        items = await editor.ghost_text(invoked=True)
        assert items
        assert items[0]["context"]["triggerKind"] == 1


async def test_a_file_of_the_disk_keeps_its_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "é.py"
    path.write_bytes(b"a\r\nb\n")
    async with Editor.start(echo()) as editor:
        editor.open(path, "python")
        opened = await editor.notified("textDocument/didOpen")
        assert opened["textDocument"] == {
            "uri": path.as_uri(),
            "languageId": "python",
            "version": 1,
            "text": "a\r\nb\n",
        }
        editor.close()
        assert await editor.notified("textDocument/didClose") == {"textDocument": {"uri": path.as_uri()}}


@pytest.mark.parametrize(
    ("result", "items"), [("null", None), ('{"items": []}', []), ('[{"insertText": "x"}]', [{"insertText": "x"}])]
)
def test_both_forms_of_a_result_are_read(result: str, items: object) -> None:
    assert items_of(json.loads(result)) == items
