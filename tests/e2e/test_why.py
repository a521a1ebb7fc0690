"""Why is there no suggestion, and what was accepted: asked as an editor asks."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest
from support.cursor import MARK

from mistral_lsp.bench.tgi_script import Fault, Script
from mistral_lsp.core.advice import ADVICE
from mistral_lsp.core.reason import Reason

if TYPE_CHECKING:
    from pathlib import Path

    from support.session import Start

    from mistral_lsp.bench.editor import Editor
    from mistral_lsp.bench.endpoint import Endpoint

LINE = "total = a \n"
TOKEN = "hf_thisIsTheSecretToken"
WITHIN_S = 5.0  # far more than anything here takes
DEBUG = 5  # LSP 3.18 MessageType


async def run(editor: Editor, command: str, *arguments: Any) -> Any:
    return await editor.request("workspace/executeCommand", {"command": command, "arguments": list(arguments)})


async def why(editor: Editor) -> str:
    told: str = await run(editor, "mistralLsp.why")
    return told


async def counts(editor: Editor) -> dict[str, int]:
    """The numbers by their names."""
    rows = [
        line[2:].partition(" ") for line in (await run(editor, "mistralLsp.counts")).splitlines() if line[:2] == "- "
    ]
    return {name: int(number) for number, _, name in rows}


async def shown(editor: Editor) -> dict[str, Any]:
    """The one item of ghost text behind `a `."""
    editor.open(LINE)
    editor.after("a ")
    [item] = await editor.ghost_text() or []
    return item


async def test_the_commands_are_advertised(editor: Editor) -> None:
    offered = editor.server["capabilities"]["executeCommandProvider"]["commands"]
    assert {"mistralLsp.why", "mistralLsp.counts", "mistralLsp.accepted"} <= set(offered)


async def test_before_the_first_request_that_is_the_answer(editor: Editor) -> None:
    assert "The editor has asked for nothing yet" in await why(editor)


@pytest.mark.parametrize(
    ("marked", "script", "options", "reason"),
    [
        ("total = al█pha\n", Script(), {}, Reason.MID_WORD),
        ("total █= alpha\n", Script(), {}, Reason.MID_LINE),
        ("total = a █\n", Script(), {"enabled": False}, Reason.DISABLED),
        ("total = a █\n", Script(), {"disabled_languages": ["python"]}, Reason.LANGUAGE_OFF),
        ("total = a  # of █\n", Script(), {"in_comments": False}, Reason.IN_COMMENT),
        ("total = 'a █'\n", Script(), {"in_strings": False}, Reason.IN_STRING),
        ("total = a █\n", Script(reply=""), {}, Reason.EMPTY),
        ("total = a █\n", Script(reply="\x1b[31m+ b\n"), {}, Reason.UNSAFE),
        ("total = a █\n", Script(first_token_s=60.0), {"deadline_ms": 300}, Reason.TOO_SLOW),
        ("total = a █\n", Script(fault=Fault.HTML_502), {}, Reason.MODEL_FAILED),
    ],
    ids=lambda value: value.name if isinstance(value, Reason) else "",
)
async def test_a_silence_is_explained_with_what_to_do(
    start: Start, endpoint: Endpoint, marked: str, script: Script, options: dict[str, Any], reason: Reason
) -> None:
    endpoint.script = script
    async with start(endpoint.url, options={"completion": options, "endpoint": {"family": "base"}}) as editor:
        before, after = marked.split(MARK)
        editor.open(before + after)
        editor.after(before)
        assert await editor.ghost_text() == []
        told = await why(editor)
        assert f"nothing shown, since {reason}" in told
        assert ADVICE[reason] in told
        [(_, message)] = [told for told in editor.notifications if told[0] == "window/showMessage"]
        assert message["type"] == 3
        assert ADVICE[reason] in message["message"]
        assert "\n" not in message["message"]


async def test_while_text_is_selected_only_who_asks_by_hand_gets_some(editor: Editor, endpoint: Endpoint) -> None:
    endpoint.script = Script(reply="+ b\n")
    editor.open(LINE)
    editor.after("a ")
    editor.anchor = editor.caret - 2
    assert await editor.ghost_text() == []
    assert f"nothing shown, since {Reason.SELECTION}" in await why(editor)
    assert not [request for request in endpoint.requests if request.path == "/generate_stream"]
    assert (await editor.ghost_text(invoked=True) or [])[0]["insertText"] == "+ b"
    editor.anchor = editor.caret  # of no text
    assert (await editor.ghost_text() or [])[0]["insertText"] == "+ b"


async def test_a_plain_deletion_asks_for_nothing(editor: Editor) -> None:
    editor.open(LINE)
    editor.after("a ")
    editor.backspace()
    assert await editor.ghost_text() == []
    assert f"nothing shown, since {Reason.DELETED}" in await why(editor)


async def test_a_prompt_file_that_fails_is_told_and_shows_nothing(
    start: Start, endpoint: Endpoint, tmp_path: Path
) -> None:
    file = tmp_path / "config" / "mistral-lsp" / "prompts" / "completion" / "base.j2"
    file.parent.mkdir(parents=True)
    head = "{% set max_tokens = 64 %}{% set stop = [] %}{% set control_tokens = [] %}"
    file.write_text(head + "{{ 1 // (path != 'odd.py') }}{{ prefix }}", encoding="utf-8")
    async with start(endpoint.url, options={"endpoint": {"family": "base"}}) as editor:
        editor.open(LINE, uri="file:///project/odd.py")
        editor.after("a ")
        assert await editor.ghost_text() == []
        told = await why(editor)
        assert f"nothing shown, since {Reason.PROMPT_FAILED}" in told
        assert ADVICE[Reason.PROMPT_FAILED] in told


async def test_an_editor_that_shows_the_answer_itself_gets_no_message_beside_it(editor: Editor) -> None:
    assert await run(editor, "mistralLsp.why", "quiet") == await run(editor, "mistralLsp.why", {"odd": 1}, 2)
    assert len([told for told in editor.notifications if told[0] == "window/showMessage"]) == 1


async def test_a_shown_suggestion_is_told_with_its_times_and_its_model(editor: Editor, endpoint: Endpoint) -> None:
    endpoint.script = Script(reply="+ b\n")
    await shown(editor)
    told = await why(editor)
    assert "shown, 3 characters" in told
    for words in ("first text after", "Mistral-7B-Instruct-v0.3", "prompts mistral-v3", "python, up to 10 lines"):
        assert words in told


async def test_what_the_model_says_of_its_fault_is_told(editor: Editor, endpoint: Endpoint) -> None:
    endpoint.script = Script(fault=Fault.REFUSE)
    editor.open(LINE)
    editor.after("a ")
    assert await editor.ghost_text() == []
    assert f"The model: {endpoint.url}" in await why(editor)


async def test_superseded_and_cancelled_requests_are_told_too(editor: Editor, endpoint: Endpoint) -> None:
    endpoint.script = Script(first_token_s=60.0)
    editor.open(LINE)
    editor.after("a ")
    older = editor.ask_ghost_text()
    newer = editor.ask_ghost_text()
    assert await asyncio.wait_for(older.answer, WITHIN_S) is None
    editor.cancel(newer.id)
    async with asyncio.timeout(WITHIN_S):
        while str(Reason.CANCELLED) not in (told := await why(editor)):  # the answer doesn't wait for the hang-up
            await asyncio.sleep(0.001)
    assert str(Reason.SUPERSEDED) in told


async def test_a_request_that_was_cancelled_in_line_is_told_too(editor: Editor) -> None:
    editor.open(LINE)
    for _ in range(3):
        editor.cancel(editor.ask_ghost_text().id)  # one burst: the cancel overtakes
    await editor.settle()
    async with asyncio.timeout(WITHIN_S):
        while (await why(editor)).count(f"nothing shown, since {Reason.CANCELLED}") < 3:
            await asyncio.sleep(0.001)
    assert (await counts(editor))["requests"] == 3


async def test_neither_token_nor_code_nor_path_nor_answer_is_told(start: Start, endpoint: Endpoint) -> None:
    endpoint.script = Script(reply="+ answeredSecretly\n", token=TOKEN)
    async with start(endpoint.url, env={"MISTRAL_LSP_TOKEN": TOKEN, "MISTRAL_LSP_LOG": "debug"}) as editor:
        editor.open("typedSecretly = a \n", uri="file:///home/somebody/pathSecretly.py")
        editor.after("a ")
        [item] = await editor.ghost_text() or []
        editor.accept(item)
        endpoint.script = Script(fault=Fault.HTML_502)
        await editor.ghost_text()
        told = await why(editor) + str(await counts(editor)) + json.dumps(editor.notifications) + editor.stderr
    for secret in (TOKEN, "typedSecretly", "answeredSecretly", "pathSecretly", "somebody"):
        assert secret not in told


@pytest.mark.parametrize(("level", "is_told"), [("debug", True), ("info", False)])
async def test_the_editor_s_log_has_the_reason_where_the_level_asks_for_it(
    start: Start, endpoint: Endpoint, level: str, *, is_told: bool
) -> None:
    async with start(endpoint.url, env={"MISTRAL_LSP_LOG": level}) as editor:
        editor.open("total = alpha\n")
        editor.after("= al")
        await editor.ghost_text()
        await editor.settle()
        told = [params["message"] for _, params in editor.notifications if params.get("type") == DEBUG]
    assert any(str(Reason.MID_WORD) in message for message in told) == is_told
    assert bool(told) == is_told


async def test_an_accepted_suggestion_is_counted_once(editor: Editor, endpoint: Endpoint) -> None:
    endpoint.script = Script(reply="+ b\n")
    item = await shown(editor)
    assert item["command"]["command"] == "mistralLsp.accepted"
    editor.accept(item)
    await run(editor, item["command"]["command"], *item["command"]["arguments"])  # a second time
    numbers = await counts(editor)
    assert (numbers["requests"], numbers["answered with text"], numbers["accepted"]) == (1, 1, 1)
    assert (numbers["characters saved"], numbers["of them still there 30 s later"]) == (3, 0)


async def test_an_accepted_row_of_the_menu_is_counted(start: Start, endpoint: Endpoint) -> None:
    endpoint.script = Script(reply="+ b\n")
    async with start(endpoint.url, options={"completion": {"in_menu": True}}) as editor:
        editor.open(LINE)
        editor.after("a ")
        params = {"textDocument": {"uri": editor.uri}, "position": editor.position()}
        [item] = (await editor.request("textDocument/completion", params))["items"]
        await run(editor, item["command"]["command"], *item["command"]["arguments"])
        assert (await counts(editor))["accepted"] == 1
        assert "(menu, automatic" in await why(editor)


@pytest.mark.parametrize("arguments", [[], [99], ["1"], [True], [None], [1.0], [[1]], [{"a": 1}], [1, 1], [10**40]])
async def test_a_forged_accept_is_ignored_without_an_error(
    editor: Editor, endpoint: Endpoint, arguments: list[Any]
) -> None:
    endpoint.script = Script(reply="+ b\n")
    await shown(editor)
    assert await run(editor, "mistralLsp.accepted", *arguments) is None
    assert await editor.request("workspace/executeCommand", {"command": "mistralLsp.accepted"}) is None
    assert (await counts(editor))["accepted"] == 0
    assert not [told for told in editor.notifications if told[0] == "window/showMessage"]
