"""Ghost text beside the editor's own menu, and several candidates, over real stdio."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mistral_lsp.bench.tgi_script import Script

if TYPE_CHECKING:
    from mistral_lsp.bench.editor import Editor
    from mistral_lsp.bench.endpoint import Endpoint


async def beside_menu(editor: Editor, selected: str, *, typed: int) -> list[dict[str, Any]]:
    """What is offered while an item of the menu is selected, of which so many characters are typed."""
    line, column = editor.text.position(editor.caret)
    end = {"line": line, "character": column}
    info = {"range": {"start": {"line": line, "character": column - typed}, "end": end}, "text": selected}
    params = {
        "textDocument": {"uri": editor.uri},
        "position": end,
        "context": {"triggerKind": 2, "selectedCompletionInfo": info},
    }
    answer = await editor.request("textDocument/inlineCompletion", params)
    return list(answer["items"]) if answer else []


async def test_the_model_goes_on_from_the_selected_item(editor: Editor, endpoint: Endpoint) -> None:
    endpoint.script = Script(reply="remove(path)\nmore\n")
    editor.open("import os\n\nos.\n")
    editor.after("os.")
    [item] = await beside_menu(editor, "remove", typed=0)
    assert item["insertText"] == "remove(path)"
    endpoint.script = Script(reply="rename(path)\n")
    assert await beside_menu(editor, "removedirs", typed=0) == []  # the model has another word in mind


async def test_the_same_answer_goes_on_while_the_item_is_typed(editor: Editor, endpoint: Endpoint) -> None:
    endpoint.script = Script(reply="remove(path)\nmore\n")
    editor.open("import os\n\nos.rem\n")
    editor.after("os.rem")
    [first] = await beside_menu(editor, "remove", typed=3)
    assert first["insertText"] == "remove(path)"
    assert first["range"] == {"start": {"line": 2, "character": 3}, "end": {"line": 2, "character": 6}}
    asked = len(endpoint.requests)
    editor.type("o")
    [second] = await beside_menu(editor, "remove", typed=4)
    assert second["insertText"] == "remove(path)"
    assert second["range"]["end"]["character"] == 7
    assert len(endpoint.requests) == asked


async def test_asked_by_hand_each_candidate_has_a_command_of_its_own(editor: Editor, endpoint: Endpoint) -> None:
    texts = {None: "one\n", 11: "two\n", 23: "three\n"}

    def reply(_prompt: str) -> str:
        return texts[endpoint.requests[-1].body["parameters"].get("seed")]

    endpoint.script = Script(reply=reply)
    editor.open("x = \n")
    editor.after("x = ")
    items = await editor.ghost_text(invoked=True) or []
    assert [item["insertText"] for item in items] == ["one", "two", "three"]
    await editor.request("workspace/executeCommand", items[2]["command"])
    counted = await editor.request("workspace/executeCommand", {"command": "mistralLsp.counts"})
    assert "1 accepted" in counted
    assert "5 characters saved" in counted
