"""Settings from the editor: at the start, at run time, wrong ones, and ones that would send code elsewhere."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from mistral_lsp.bench import client
from mistral_lsp.bench.endpoint import Endpoint
from mistral_lsp.bench.tgi_script import Script
from mistral_lsp.settings.tree import RULES

if TYPE_CHECKING:
    import pytest
    from support.session import Start

    from mistral_lsp.bench.editor import Editor

LINE = "total = a \n"
WITHIN_S = 5.0


async def settled_on(editor: Editor, settings: dict[str, Any]) -> None:
    """Change the editor's configuration and wait until the server has read it."""
    editor.settings = {"mistralLsp": settings}
    count = sum(method == "workspace/configuration" for method, _ in editor.asked)
    editor.notify("workspace/didChangeConfiguration", {"settings": None})
    async with asyncio.timeout(WITHIN_S):
        while sum(method == "workspace/configuration" for method, _ in editor.asked) <= count:
            await asyncio.sleep(0.001)
    await editor.settle()


async def consent(editor: Editor) -> str:
    """What the user is asked to agree to."""
    async with asyncio.timeout(WITHIN_S):
        while not (asked := [about for name, about in editor.asked if name == "window/showMessageRequest"]):
            await asyncio.sleep(0.001)
    [message] = [about["message"] for about in asked]
    return str(message)


async def ghost_text(editor: Editor) -> list[Any]:
    items = await editor.ghost_text() or []
    return [item["insertText"] for item in items]


async def test_settings_change_at_run_time(editor: Editor, endpoint: Endpoint) -> None:
    endpoint.script = Script(reply="+ b\n")
    editor.open(LINE)
    editor.after("a ")
    assert await ghost_text(editor) == ["+ b"]
    await settled_on(editor, {"completion": {"enabled": False}})
    assert await ghost_text(editor) == []
    await settled_on(editor, {"completion": {"enabled": True}})
    assert await ghost_text(editor) == ["+ b"]


async def test_an_editor_that_can_not_be_asked_sends_its_settings(start: Start, endpoint: Endpoint) -> None:
    endpoint.script = Script(reply="+ b\n")
    async with start(endpoint.url, capabilities={}) as editor:
        editor.open(LINE)
        editor.after("a ")
        editor.notify("workspace/didChangeConfiguration", {"settings": {"mistralLsp": {"completion.enabled": False}}})
        assert await ghost_text(editor) == []


async def test_wrong_values_are_one_message_and_the_defaults(start: Start, endpoint: Endpoint) -> None:
    endpoint.script = Script(reply="+ b\n")
    options = {"completion": {"max_tokens": "many", "delay": 3}, "endpoint": {"kind": "gpt"}}
    async with start(endpoint.url, options=options) as editor:
        message = (await editor.notified("window/showMessage"))["message"]
        for words in ("completion.max_tokens", '"many"', "endpoint.kind", "tgi", "completion.delay", "delay_ms"):
            assert words in message
        editor.open(LINE)
        editor.after("a ")
        assert await ghost_text(editor) == ["+ b"]
        assert sum(method == "window/showMessage" for method, _ in editor.notifications) == 1


async def test_the_editors_configuration_moves_the_endpoint_only_when_the_user_agrees(
    editor: Editor, endpoint: Endpoint
) -> None:
    endpoint.script = Script(reply="+ mine\n")
    async with Endpoint(Script(reply="+ theirs\n")) as other:
        editor.open(LINE)
        editor.after("a ")
        await settled_on(editor, {"endpoint": {"url": other.url}})
        assert await ghost_text(editor) == ["+ mine"]
        [(_, asked)] = [asked for asked in editor.asked if asked[0] == "window/showMessageRequest"]
        assert other.url in asked["message"]
        await settled_on(editor, {"endpoint": {"url": other.url}})  # a "no" is remembered
        assert sum(method == "window/showMessageRequest" for method, _ in editor.asked) == 1
        assert not other.requests
        assert other.connection_count == 0


async def test_an_editor_that_sends_every_default_asks_for_nothing_and_moves_what_was_agreed_to_alone(
    start: Start, endpoint: Endpoint
) -> None:
    defaults = {key: rule.default for key, rule in RULES.items()}
    async with Endpoint(Script(reply="+ theirs\n")) as other, start(endpoint.url, also=[other.url]) as editor:
        editor.choice = "Use it"
        endpoint.script = Script(reply="+ mine\n")
        editor.open(LINE)
        editor.after("a ")
        await settled_on(editor, defaults)
        assert await ghost_text(editor) == ["+ mine"]
        assert not any(name == "window/showMessageRequest" for name, _ in editor.asked)
        await settled_on(editor, defaults | {"endpoint.url": other.url})
        assert f'endpoint for your code: endpoint.url = "{other.url}".' in await consent(editor)
        async with asyncio.timeout(WITHIN_S):
            while await ghost_text(editor) != ["+ theirs"]:
                await asyncio.sleep(0.01)
        await settled_on(editor, defaults)  # taken back without a question
        async with asyncio.timeout(WITHIN_S):
            while await ghost_text(editor) != ["+ mine"]:
                await asyncio.sleep(0.01)


async def test_the_endpoint_for_questions_is_looked_at_by_the_doctor_and_moves_only_when_the_user_agrees(
    start: Start, endpoint: Endpoint
) -> None:
    async with Endpoint(Script(engine="vllm")) as chat:
        options = {"endpoint": {"chat": {"url": chat.url}}}
        async with start(endpoint.url, options=options, also=[chat.url]) as editor:
            report = await editor.request("workspace/executeCommand", {"command": "mistralLsp.doctor"})
            [line] = [line for line in report.splitlines() if "Chat" in line]
            assert "vLLM 0.33.0 with mistralai/Mistral-7B-Instruct-v0.3" in line
        for choice, is_there in (("Keep what I have", False), ("Use it", True)):
            async with start(endpoint.url, also=[chat.url] * is_there) as editor:
                editor.choice = choice
                asked = len(chat.requests)
                await settled_on(editor, {"endpoint": {"chat": {"url": chat.url}}})
                message = await consent(editor)
                assert f'another endpoint for your code: endpoint.chat.url = "{chat.url}"' in message
                await editor.settle()
                report = await editor.request("workspace/executeCommand", {"command": "mistralLsp.doctor"})
                assert ("Chat  " in report) is is_there
                assert (len(chat.requests) > asked) is is_there


async def test_with_the_users_consent_the_endpoint_moves(start: Start, endpoint: Endpoint) -> None:
    endpoint.script = Script(reply="+ mine\n")
    async with Endpoint(Script(reply="+ theirs\n")) as other, start(endpoint.url, also=[other.url]) as editor:
        editor.choice = "Use it"
        editor.open(LINE)
        editor.after("a ")
        await settled_on(editor, {"endpoint": {"url": other.url}})
        async with asyncio.timeout(WITHIN_S):
            while await ghost_text(editor) != ["+ theirs"]:
                await asyncio.sleep(0.01)


async def test_a_plugin_tells_the_user_s_own_settings_anew_and_nobody_is_asked(
    start: Start, endpoint: Endpoint
) -> None:
    endpoint.script = Script(reply="+ first\n")
    async with Endpoint(Script(reply="+ second\n")) as other, start(endpoint.url, also=[other.url]) as editor:
        editor.open(LINE)
        editor.after("a ")
        editor.notify("$/mistralLsp/settings", {"settings": {"endpoint.url": other.url}})
        assert await ghost_text(editor) == ["+ second"]
        editor.notify("$/mistralLsp/settings", {"settings": {}})
        assert await ghost_text(editor) == ["+ first"]
        assert "window/showMessageRequest" not in [method for method, _ in editor.asked]


async def test_the_menu_can_be_switched_on_at_run_time(start: Start, endpoint: Endpoint) -> None:
    capabilities = {
        "textDocument": {"completion": {"dynamicRegistration": True}},
        "workspace": {"configuration": True},
    }
    async with start(endpoint.url, capabilities=capabilities) as editor:
        await settled_on(editor, {"completion": {"in_menu": True}})
        async with asyncio.timeout(WITHIN_S):
            while "textDocument/completion" not in registered(editor):
                await asyncio.sleep(0.001)


async def test_an_editor_that_refuses_to_register_still_has_its_settings_read(
    start: Start, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "_GRANTED", frozenset())  # the editor knows no such method
    workspace = {"configuration": True, "didChangeConfiguration": {"dynamicRegistration": True}}
    settings = {"mistralLsp": {"completion": {"enabled": False}}}
    async with start(endpoint.url, capabilities={"workspace": workspace}, settings=settings) as editor:
        editor.open(LINE)
        async with asyncio.timeout(WITHIN_S):
            while "client/registerCapability" not in [method for method, _ in editor.asked]:
                await asyncio.sleep(0.001)
        assert await ghost_text(editor) == []
        assert not endpoint.requests
    assert "refused" in editor.stderr


def registered(editor: Editor) -> list[str]:
    """The methods that the server registered after `initialize`."""
    return [
        registration["method"]
        for method, params in editor.asked
        if method == "client/registerCapability"
        for registration in params["registrations"]
    ]
