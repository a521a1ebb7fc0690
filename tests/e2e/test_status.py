"""What the user is told of the model's health, and how often."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mistral_lsp.bench.endpoint import Endpoint
from mistral_lsp.bench.tgi_script import Fault, Script

if TYPE_CHECKING:
    from support.session import Start

    from mistral_lsp.bench.editor import Editor

GOOD = Script(reply="+ b\n")
OPTIONS = {
    "endpoint": {"family": "base", "kind": "tgi"},
    "completion": {"fetch_ahead": "off", "warm_up": False},
}
# Asked again and again in one line, whatever was wrong there.
IMPATIENT = OPTIONS | {"completion": {"deadline_ms": 400, "fetch_ahead": "off", "warm_up": False, "min_confidence": 0}}


async def ask(editor: Editor, typed: str = "", *, invoked: bool = False) -> list[str]:
    editor.type(typed)
    return [item["insertText"] for item in await editor.ghost_text(invoked=invoked) or []]


def shown(editor: Editor) -> list[str]:
    return [about["message"] for name, about in editor.notifications if name == "window/showMessage"]


def states(editor: Editor) -> list[str]:
    told = [about for name, about in editor.notifications if name == "$/mistralLsp/status"]
    return [about.get("fault", about["state"]) for about in told]


async def test_who_asks_by_hand_is_shown_a_fault_once_until_the_model_has_answered(start: Start) -> None:
    bad = Script(fault=Fault.HTML_502)
    async with Endpoint(bad) as endpoint, start(endpoint.url, options=OPTIONS) as editor:
        editor.open("total = a \n")
        editor.after("a ")
        assert await ask(editor) == []
        assert shown(editor) == []  # typing is never interrupted
        for _ in range(2):
            assert await ask(editor, invoked=True) == []
        [message] = shown(editor)
        assert "HTTP 502" in message
        assert "endpoint.url" in message
        endpoint.script = GOOD
        assert await ask(editor, "+ c ", invoked=True) == ["+ b"]
        endpoint.script = bad
        assert await ask(editor, "+ d ", invoked=True) == []
        assert len(shown(editor)) == 2
        assert states(editor) == ["broken", "ready", "broken"]


async def test_another_fault_is_shown_too(start: Start) -> None:
    bad = Script(fault=Fault.HTML_502)
    async with Endpoint(bad) as endpoint, start(endpoint.url, options=OPTIONS) as editor:
        editor.open("total = a \n")
        editor.after("a ")
        assert await ask(editor, invoked=True) == []
        endpoint.script = Script(fault=Fault.FORBIDDEN_403)
        assert await ask(editor, "+ d ", invoked=True) == []
        assert [("HTTP 502" in message, "HTTP 403" in message) for message in shown(editor)] == [
            (True, False),
            (False, True),
        ]


async def test_a_model_that_answers_with_nothing_is_well(start: Start) -> None:
    async with Endpoint(Script(fault=Fault.HTML_502)) as endpoint, start(endpoint.url, options=OPTIONS) as editor:
        editor.open("total = a \n")
        editor.after("a ")
        assert await ask(editor) == []
        endpoint.script = Script(reply="   \n")
        assert await ask(editor, "+ c ") == []
        assert states(editor) == ["broken", "ready"]


async def test_an_endpoint_that_is_late_again_and_again_is_slow(start: Start) -> None:
    async with Endpoint(GOOD) as endpoint, start(endpoint.url, options=IMPATIENT) as editor:
        editor.open("total = a \nother = b \n")
        editor.after("a ")
        await ask(editor)  # it imports, and may be too late for that alone
        assert await ask(editor, "+ c ") == ["+ b"]
        endpoint.script = Script(fault=Fault.SILENT)
        for number in range(2):
            assert await ask(editor, f"* {number} ") == []
        assert states(editor) == ["ready"]
        assert await ask(editor, "* x ") == []
        assert states(editor) == ["ready", "slow"]
        for number in range(3, 6):
            assert await ask(editor, f"* {number} ") == []
        editor.after("tot")
        assert await ask(editor) == []  # inside a word, where nothing is asked: that tells nothing
        assert states(editor) == ["ready", "slow"]
        endpoint.script = GOOD
        editor.after("b ")  # elsewhere: here, what was asked for may still come
        assert await ask(editor) == ["+ b"]
        assert states(editor) == ["ready", "slow", "ready"]
        assert shown(editor) == []


async def test_a_name_that_the_endpoint_does_not_serve_is_the_wrong_model(start: Start) -> None:
    options = {"endpoint": {"family": "base", "kind": "openai", "model": "no-such-model"}}
    async with Endpoint(Script(engine="vllm")) as endpoint, start(endpoint.url, options=options) as editor:
        editor.open("total = a \n")
        editor.after("a ")
        assert await ask(editor) == []
        assert states(editor) == ["wrong model"]
        [told] = [about["message"] for name, about in editor.notifications if name == "window/logMessage"]
        assert "mistralai/Mistral-7B-Instruct-v0.3" in told


async def test_a_plugin_hears_that_the_model_is_asked_and_why_nothing_came(start: Start, endpoint: Endpoint) -> None:
    endpoint.script = GOOD
    able = {"workspace": {"configuration": True}, "experimental": {"mistralLsp": {"activity": True}}}
    options = OPTIONS | {"endpoint": {"kind": "tgi"}}  # the family is asked for, and so is the model's name
    async with start(endpoint.url, options=options, capabilities=able) as editor:
        editor.open("total = a \n")
        editor.after("a ")
        assert await ask(editor) == ["+ b"]
        editor.after("tot")
        assert await ask(editor) == []
        await editor.settle()
    told = [about for name, about in editor.notifications if name == "$/mistralLsp/activity"]
    assert [about["busy"] for about in told] == [True, False, True, False]
    assert told[1]["reason"] == ""
    assert told[3]["reason"] == "the cursor is inside a word"
    assert told[3]["advice"]
    [ready] = [about for name, about in editor.notifications if name == "$/mistralLsp/status"]
    assert ready["model"] == "mistralai/Mistral-7B-Instruct-v0.3"


async def test_other_editors_hear_nothing_of_it(start: Start, endpoint: Endpoint) -> None:
    endpoint.script = GOOD
    async with start(endpoint.url, options=OPTIONS) as editor:
        editor.open("total = a \n")
        editor.after("a ")
        assert await ask(editor) == ["+ b"]
        await editor.settle()
    assert "$/mistralLsp/activity" not in [name for name, _ in editor.notifications]


async def test_the_name_of_a_model_that_was_switched_to_is_told(start: Start, endpoint: Endpoint) -> None:
    endpoint.script = GOOD
    async with Endpoint(Script(reply="+ c\n", model_id="mistralai/Mistral-7B-v0.1")) as other:
        options = OPTIONS | {"endpoint": {"kind": "tgi", "profiles": [f"gpu = {other.url}"]}}
        async with start(endpoint.url, options=options, also=[other.url]) as editor:
            editor.open("total = a \n")
            editor.after("a ")
            assert await ask(editor) == ["+ b"]
            await editor.request("workspace/executeCommand", {"command": "mistralLsp.switch", "arguments": ["gpu"]})
            assert await ask(editor) == ["+ c"]
            await editor.settle()
    told = [
        about["model"] for name, about in editor.notifications if name == "$/mistralLsp/status" and "model" in about
    ]
    assert told == ["mistralai/Mistral-7B-Instruct-v0.3", "mistralai/Mistral-7B-v0.1"]
