"""Another endpoint at run time, by a command, and a pause."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from mistral_lsp.bench.client import Refusal
from mistral_lsp.bench.endpoint import Endpoint
from mistral_lsp.bench.tgi_script import Script

if TYPE_CHECKING:
    from support.session import Start

    from mistral_lsp.bench.editor import Editor

WITHIN_S = 20.0
OPTIONS: dict[str, Any] = {"completion": {"fetch_ahead": "off", "warm_up": False}}


async def run(editor: Editor, command: str, *arguments: object) -> Any:
    return await editor.request("workspace/executeCommand", {"command": command, "arguments": list(arguments)})


async def ghost(editor: Editor, typed: str) -> list[str]:
    editor.type(typed)
    return [item["insertText"] for item in await editor.ghost_text() or []]


async def test_ghost_text_comes_from_the_endpoint_that_was_switched_to(start: Start, endpoint: Endpoint) -> None:
    endpoint.script = Script(reply="one\n")
    async with Endpoint(Script(reply="two\n", token="other")) as other:
        options = OPTIONS | {"endpoint": {"profiles": [f"gpu = {other.url} token_env=GPU_TOKEN"]}}
        env = {"GPU_TOKEN": "other", "MISTRAL_LSP_TOKEN": "first"}
        async with start(endpoint.url, options=options, also=[other.url], env=env) as editor:
            editor.open("a = \n")
            editor.after("a = ")
            assert await ghost(editor, "") == ["one"]
            rows = (await run(editor, "mistralLsp.switch"))["endpoints"]
            assert [(row["name"], row["isCurrent"]) for row in rows] == [("configured", True), ("gpu", False)]
            assert "gpu" in (await run(editor, "mistralLsp.switch", "gpu"))["message"]
            assert await ghost(editor, "b + ") == ["two"]
            editor.notify("workspace/didChangeConfiguration", {"settings": {}})
            assert [row["isCurrent"] for row in (await run(editor, "mistralLsp.switch"))["endpoints"]] == [False, True]
            await run(editor, "mistralLsp.switch", "configured")
            assert await ghost(editor, "c + ") == ["one"]
        sent = {request.headers.get("authorization") for request in other.requests}
        assert sent == {"Bearer other"}


async def test_one_role_alone_is_switched(start: Start, endpoint: Endpoint) -> None:
    endpoint.script = Script(reply="one\n")
    async with Endpoint(Script(reply="bug")) as other:
        options = OPTIONS | {"endpoint": {"profiles": [f"big = {other.url}"]}, "explain": {"prepare": False}}
        async with start(endpoint.url, options=options, also=[other.url]) as editor:
            editor.open("a = \n")
            await run(editor, "mistralLsp.switch", "big", "chat")
            editor.after("a = ")
            assert await ghost(editor, "") == ["one"]
            rows = await editor.code_actions(editor.diagnostic("a", "Odd"))
            [row] = [row for row in rows if row["title"].startswith("Classify")]
            assert await run(editor, row["command"], *row["arguments"]) == "bug"


async def test_what_runs_ends_cleanly_in_both_roles(start: Start, endpoint: Endpoint) -> None:
    """Each request is answered once, the old endpoint is hung up on, and the next one goes to the other."""
    endpoint.script = Script(reply="one\n", first_token_s=30)
    async with Endpoint(Script(reply="`a` is odd.\n")) as other:
        options = OPTIONS | {"endpoint": {"profiles": [f"gpu = {other.url}"]}, "explain": {"deadline_ms": 20_000}}
        async with start(endpoint.url, options=options, also=[other.url]) as editor:
            editor.open("a = \n")
            editor.after("a = ")
            pending = editor.ask_ghost_text()
            odd = editor.diagnostic("a", "Odd")
            editor.tell_diagnostics(odd)
            editor.move(0, 0)
            place = {"textDocument": {"uri": editor.uri}, "position": editor.position()}
            hover = editor.ask("textDocument/hover", place)
            rows = {row["title"].partition(":")[0]: row for row in await editor.code_actions(odd)}
            arguments = rows["Explain this error"]["arguments"]
            command = {"command": "mistralLsp.action", "arguments": arguments}
            action = editor.ask("workspace/executeCommand", command)
            while len([one for one in endpoint.requests if one.method == "POST" and one.body.get("stream")]) < 3:
                await endpoint.next_request(after=len(endpoint.requests))
            await run(editor, "mistralLsp.switch", "gpu")
            assert await pending.answer in (None, [], {"items": []})
            answer = await hover.answer
            assert "Odd" in answer["contents"]["value"]
            with pytest.raises(Refusal, match="another endpoint answers now"):
                await action.answer
            await endpoint.next_hangup(after=2)
            answer = await editor.hover()
            assert answer is not None
            assert "a is odd." in answer["contents"]["value"]
        assert other.requests


async def test_settings_switch_as_cleanly(start: Start, endpoint: Endpoint) -> None:
    endpoint.script = Script(reply="one\n", first_token_s=30)
    async with (
        Endpoint(Script(reply="two\n")) as other,
        start(endpoint.url, options=OPTIONS, also=[other.url]) as editor,
    ):
        editor.choice = "Use it"
        editor.open("a = \n")
        editor.after("a = ")
        pending = editor.ask_ghost_text()
        while not [one for one in endpoint.requests if one.method == "POST" and one.body.get("stream")]:
            await endpoint.next_request(after=len(endpoint.requests))
        editor.settings = {"mistralLsp": {"endpoint": {"url": other.url}}}
        editor.notify("workspace/didChangeConfiguration", {"settings": None})
        assert await pending.answer in (None, [], {"items": []})
        await endpoint.next_hangup()
        assert await ghost(editor, "b + ") == ["two"]


async def test_a_repository_adds_no_profile(start: Start, endpoint: Endpoint) -> None:
    """What it writes into the editor's configuration is asked about, and is nothing until the user agrees."""
    async with Endpoint(Script(reply="theirs\n")) as theirs:
        options = OPTIONS | {"endpoint": {"profiles": ["small = embedded"]}}
        async with start(endpoint.url, options=options) as editor:
            profiles = [f"small = {theirs.url} token_env=MISTRAL_LSP_TOKEN", f"theirs = {theirs.url}"]
            editor.settings = {"mistralLsp": {"endpoint": {"profiles": profiles}}}
            editor.notify("workspace/didChangeConfiguration", {"settings": None})
            async with asyncio.timeout(WITHIN_S):
                while not (asked := [about for name, about in editor.asked if name == "window/showMessageRequest"]):
                    await editor.settle()
            assert theirs.url in asked[0]["message"]
            found = await run(editor, "mistralLsp.switch")
            assert [(row["name"], row["url"]) for row in found["endpoints"]][1:] == [("small", "embedded")]
            assert "There is no profile 'theirs'" in (await run(editor, "mistralLsp.switch", "theirs"))["message"]
        assert theirs.connection_count == 0


async def test_what_the_user_agreed_to_is_still_there_after_switching_back(start: Start, endpoint: Endpoint) -> None:
    async with Endpoint(Script(reply="two\n")) as agreed, Endpoint(Script(reply="three\n")) as third:
        options = OPTIONS | {"endpoint": {"profiles": [f"gpu = {third.url}"]}}
        async with start(endpoint.url, options=options, also=[agreed.url, third.url]) as editor:
            editor.choice = "Use it"
            editor.open("a = \n")
            editor.after("a = ")
            editor.settings = {"mistralLsp": {"endpoint": {"url": agreed.url}}}
            editor.notify("workspace/didChangeConfiguration", {"settings": None})
            async with asyncio.timeout(WITHIN_S):
                while not agreed.requests:
                    await ghost(editor, "b + ")
            await run(editor, "mistralLsp.switch", "gpu")
            editor.notify("workspace/didChangeConfiguration", {"settings": None})
            assert await ghost(editor, "c + ") == ["three"]
            await run(editor, "mistralLsp.switch", "configured")
            assert await ghost(editor, "d + ") == ["two"]
            assert sum(name == "window/showMessageRequest" for name, _ in editor.asked) == 1


async def test_what_is_no_profile_is_told(start: Start, endpoint: Endpoint) -> None:
    options = OPTIONS | {"endpoint": {"profiles": ["gpu", "web = ftp://a.example", "ok = http://127.0.0.1:1 proxy=x"]}}
    async with start(endpoint.url, options=options) as editor:
        found = await run(editor, "mistralLsp.switch")
        assert len(found["problems"]) == 3
        assert [row["name"] for row in found["endpoints"]] == ["configured"]
        assert "There is no profile 'none'" in (await run(editor, "mistralLsp.switch", "none"))["message"]
        assert "There is no role" in (await run(editor, "mistralLsp.switch", "configured", "all"))["message"]


async def test_a_pause_is_silent_until_it_ends_or_somebody_asks_by_hand(start: Start, endpoint: Endpoint) -> None:
    endpoint.script = Script(reply="one\n")
    async with start(endpoint.url, options=OPTIONS) as editor:
        editor.open("a = \n")
        editor.after("a = ")
        assert await run(editor, "mistralLsp.pause") == {"paused": True}
        assert await ghost(editor, "") == []
        assert "completion is paused" in await run(editor, "mistralLsp.why", "quiet")
        assert len(await editor.ghost_text(invoked=True) or []) > 0
        assert await run(editor, "mistralLsp.pause", False) == {"paused": False}  # noqa: FBT003 - LSP's arguments
        assert await ghost(editor, "b + ") == ["one"]
        told = [about["state"] for name, about in editor.notifications if name == "$/mistralLsp/status"]
        assert "paused" in told
