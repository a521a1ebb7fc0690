"""An endpoint that is down, slow, wrong or not TGI: nothing while typing, one message, and the server lives."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING

import pytest

from mistral_lsp.bench.tgi_script import Fault, Script

if TYPE_CHECKING:
    from support.session import Start

    from mistral_lsp.bench.editor import Editor
    from mistral_lsp.bench.endpoint import Endpoint

LINE = "total = a \n"
GOOD = Script(reply="+ b\n")
TOKEN = "hf_thisIsTheSecretToken"


def messages(editor: Editor, method: str) -> list[str]:
    return [params["message"] for name, params in editor.notifications if name == method]


@pytest.mark.parametrize(
    "fault",
    [
        Fault.REFUSE,
        Fault.CUT,
        Fault.CUT_IN_CHARACTER,
        Fault.END_EARLY,
        Fault.HUGE_EVENT,
        Fault.NOT_JSON,
        Fault.WRONG_SHAPE,
        Fault.GENERATION,
        Fault.INCOMPLETE,
        Fault.OVERLOADED,
        Fault.HTML_502,
        Fault.HTML_200,
        Fault.JSON_200,
        Fault.BUSY_503,
        Fault.FORBIDDEN_403,
        Fault.NOT_FOUND_404,
        Fault.REDIRECT,
    ],
)
async def test_a_fault_shows_nothing_is_told_once_and_passes(start: Start, endpoint: Endpoint, fault: Fault) -> None:
    endpoint.script = Script(reply="+ b and", fault=fault)
    async with start(endpoint.url, options={"endpoint": {"family": "base"}}) as editor:
        editor.open(LINE)
        editor.after("a ")
        assert await editor.ghost_text() == []
        assert await editor.ghost_text() == []
        assert len(messages(editor, "window/logMessage")) == 1
        assert messages(editor, "window/showMessage") == []
        endpoint.script = GOOD
        is_busy = fault in {Fault.OVERLOADED, Fault.BUSY_503}  # then it is left alone, unless somebody asks by hand
        [item, *_] = await editor.ghost_text(invoked=is_busy) or []
        assert item["insertText"] == "+ b"
        states = [params["state"] for name, params in editor.notifications if name == "$/mistralLsp/status"]
        assert states == ["error", "ready"]


@pytest.mark.parametrize("fault", [Fault.SILENT, Fault.STALL])
async def test_an_endpoint_that_stalls_is_left_at_the_limit(start: Start, endpoint: Endpoint, fault: Fault) -> None:
    endpoint.script = Script(reply="+ b", fault=fault)
    options = {"endpoint": {"family": "base", "timeout_s": 0.2}}
    async with start(endpoint.url, options=options) as editor:
        editor.open(LINE)
        editor.after("a ")
        assert await editor.ghost_text() == []
        assert len(messages(editor, "window/logMessage")) == 1
        endpoint.script = GOOD
        assert await editor.ghost_text()


async def test_an_endpoint_that_is_down_is_named_with_its_cure(start: Start) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, not listening: nobody can answer there
        port = taken.getsockname()[1]
        async with start(f"http://127.0.0.1:{port}") as editor:
            editor.open(LINE)
            editor.after("a ")
            assert await editor.ghost_text() == []
            [message] = messages(editor, "window/logMessage")
            assert str(port) in message
            report = await editor.request("workspace/executeCommand", {"command": "mistralLsp.doctor"})
            assert "✗" in report
            assert str(port) in report


async def test_an_endless_answer_is_cut_off(start: Start, endpoint: Endpoint) -> None:
    endpoint.script = Script(reply=["word "], fault=Fault.ENDLESS)
    async with start(endpoint.url, options={"endpoint": {"family": "base"}}) as editor:
        editor.open(LINE)
        editor.after("a ")
        assert await editor.ghost_text() == []
        await endpoint.next_hangup()


async def test_neither_token_nor_code_nor_answer_is_logged(start: Start, endpoint: Endpoint) -> None:
    endpoint.script = Script(reply="+ answeredSecretly\n", token=TOKEN)
    async with start(endpoint.url, env={"MISTRAL_LSP_TOKEN": TOKEN, "MISTRAL_LSP_LOG": "debug"}) as editor:
        editor.open("typedSecretly = a \n")
        editor.after("a ")
        [item] = await editor.ghost_text() or []
        assert item["insertText"] == "+ answeredSecretly"
        await editor.request("workspace/executeCommand", {"command": "mistralLsp.doctor"})
        endpoint.script = Script(fault=Fault.HTML_502)
        editor.type("* ")
        assert await editor.ghost_text() == []
    told = editor.stderr + json.dumps(editor.notifications)
    for secret in (TOKEN, "typedSecretly", "answeredSecretly"):
        assert secret not in told


async def test_a_wrong_token_is_told_with_where_it_belongs(start: Start, endpoint: Endpoint) -> None:
    endpoint.script = Script(token=TOKEN)
    async with start(
        endpoint.url, env={"MISTRAL_LSP_TOKEN": "another"}, options={"endpoint": {"family": "base"}}
    ) as editor:
        editor.open(LINE)
        editor.after("a ")
        assert await editor.ghost_text() == []
        assert "endpoint.token_env" in messages(editor, "window/logMessage")[0]
