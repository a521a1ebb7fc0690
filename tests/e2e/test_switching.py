"""Another endpoint at run time, by a command, and a pause."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mistral_lsp.bench.endpoint import Endpoint
from mistral_lsp.bench.tgi_script import Script

if TYPE_CHECKING:
    from support.session import Start

    from mistral_lsp.bench.editor import Editor

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
