"""Code actions over real stdio: listed, resolved, applied, refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from support.endpoint import turns

from mistral_lsp.bench.client import Refusal
from mistral_lsp.bench.tgi_script import Fault, Script

if TYPE_CHECKING:
    from support.session import Start

    from mistral_lsp.bench.editor import Editor
    from mistral_lsp.bench.endpoint import Endpoint

CODE = """\
import os


def total(prices):
    result = 0
    for price in prices:
        result += prise
    return result


print(total([1]))
"""
FIXED = "def total(prices):\n    result = 0\n    for price in prices:\n        result += price\n    return result"
LITERALS = {"codeActionKind": {"valueSet": ["quickfix", "refactor"]}}
ABLE: dict[str, Any] = {
    "textDocument": {
        "inlineCompletion": {},
        "codeAction": {
            "codeActionLiteralSupport": LITERALS,
            "resolveSupport": {"properties": ["edit"]},
            "dataSupport": True,
            "tagSupport": {"valueSet": [1]},
        },
    },
    "window": {"workDoneProgress": True},
    "workspace": {
        "workspaceEdit": {
            "documentChanges": True,
            "changeAnnotationSupport": {},
            "resourceOperations": ["create"],
        }
    },
}
PLUGIN = ABLE | {"experimental": {"mistralLsp": {"explanations": True}}}
PLAIN: dict[str, Any] = {"textDocument": {"codeAction": {}}}
OPTIONS: dict[str, Any] = {"endpoint": {"kind": "tgi"}, "explain": {"prepare": False}}


def fenced(code: str) -> str:
    return f"Here it is:\n\n```python\n{code}\n```\n"


async def listed(editor: Editor) -> dict[str, dict[str, Any]]:
    """The actions on the wrong name, by the first words of their titles."""
    editor.after("result += pr")
    rows = await editor.code_actions(editor.diagnostic("prise", "Undefined name `prise`", source="Ruff"))
    return {row["title"].partition(":")[0]: row for row in rows}


async def resolved(editor: Editor, action: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = await editor.request("codeAction/resolve", action)
    return found


async def test_listing_asks_the_model_nothing(start: Start, endpoint: Endpoint) -> None:
    async with start(endpoint.url, capabilities=ABLE, options=OPTIONS) as editor:
        editor.open(CODE)
        rows = await listed(editor)
        assert {"Fix this error", "Explain this error", "Optimise this function", "Write tests"} <= set(rows)
        fix = rows["Fix this error"]
        assert fix["kind"] == "quickfix.mistral"
        assert fix["tags"] == [1]
        assert [one["message"] for one in fix["diagnostics"]] == ["Undefined name `prise`"]
        assert "edit" not in fix
        numbers = [value for value in fix["data"].values() if isinstance(value, int)]
        assert all(abs(number) < 2**53 for number in numbers)  # JavaScript would round a larger one
        assert "command" in rows["Explain this error"]
    assert not endpoint.requests


async def test_only_the_kinds_that_are_wanted_are_listed(start: Start, endpoint: Endpoint) -> None:
    async with start(endpoint.url, capabilities=ABLE, options=OPTIONS) as editor:
        editor.open(CODE)
        editor.after("result += pr")
        rows = await editor.code_actions(only=["refactor.rewrite"])
        assert {row["kind"] for row in rows} == {"refactor.rewrite.mistral"}
        assert await editor.code_actions(only=["source.fixAll"]) == []


async def test_a_fix_changes_the_one_line(start: Start, endpoint: Endpoint) -> None:
    endpoint.script = Script(reply=fenced(FIXED))
    async with start(endpoint.url, capabilities=ABLE, options=OPTIONS) as editor:
        editor.open(CODE)
        action = await resolved(editor, (await listed(editor))["Fix this error"])
        [change] = action["edit"]["documentChanges"]
        assert change["textDocument"]["version"] == 1
        [edit] = change["edits"]
        assert edit["newText"] == "        result += price\n"
        assert edit["range"] == {"start": {"line": 6, "character": 0}, "end": {"line": 7, "character": 0}}
        [note] = action["edit"]["changeAnnotations"].values()
        assert note["label"] == action["title"]
        assert "parses" in action["title"]
        editor.apply(action["edit"])
        assert str(editor.text) == CODE.replace("prise", "price")


async def test_what_was_found_is_not_asked_for_again(start: Start, endpoint: Endpoint) -> None:
    endpoint.script = Script(reply=fenced(FIXED))
    async with start(endpoint.url, capabilities=ABLE, options=OPTIONS) as editor:
        editor.open(CODE)
        first = await resolved(editor, (await listed(editor))["Fix this error"])
        again = await listed(editor)
        assert again["Fix this error"]["title"] == first["title"]
        await resolved(editor, again["Fix this error"])
    assert len(turns(endpoint)) == 1


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ("I'm sorry, I can't help with that.", "in words, without code"),
        ("", "answered nothing"),
        (fenced("def total(prices):\n    # ... rest unchanged ...\n    return result"), "left a part"),
        (fenced("def average(prices):\n    return 0"), "something else than total"),
        (fenced("def total(prices):\n    return sum(prices"), "doesn't parse"),
        (fenced(CODE[CODE.index("def") : CODE.index("\n\n\nprint")]), "changed nothing"),
        ("```python\ndef total(prices):\n    return", "cut off"),
    ],
)
async def test_an_answer_that_cannot_be_used_is_refused_with_the_reason(
    start: Start, endpoint: Endpoint, reply: str, reason: str
) -> None:
    endpoint.script = Script(reply=reply)
    async with start(endpoint.url, capabilities=ABLE, options=OPTIONS) as editor:
        editor.open(CODE)
        with pytest.raises(Refusal, match=f"no fix found: .*{reason}"):
            await resolved(editor, (await listed(editor))["Fix this error"])
    assert len(turns(endpoint)) == 2  # one more try, with the failure in it
    assert reason in turns(endpoint)[1]


async def test_the_second_try_is_offered(start: Start, endpoint: Endpoint) -> None:
    endpoint.script = Script(reply=lambda prompt: fenced(FIXED) if "could not be used" in prompt else "Sorry.")
    async with start(endpoint.url, capabilities=ABLE, options=OPTIONS) as editor:
        editor.open(CODE)
        action = await resolved(editor, (await listed(editor))["Fix this error"])
        assert "edit" in action


async def test_an_edit_for_an_older_text_is_never_made(start: Start, endpoint: Endpoint) -> None:
    endpoint.script = Script(reply=fenced(FIXED))
    async with start(endpoint.url, capabilities=ABLE, options=OPTIONS) as editor:
        editor.open(CODE)
        action = (await listed(editor))["Fix this error"]
        editor.replace(0, 0, "# new\n")
        with pytest.raises(Refusal, match=r"-32801: .*the text has changed"):
            await resolved(editor, action)
    assert turns(endpoint) == []


async def test_a_text_that_changes_meanwhile_gets_no_edit(start: Start, endpoint: Endpoint) -> None:
    endpoint.script = Script(reply=fenced(FIXED), first_token_s=0.3)
    async with start(endpoint.url, capabilities=ABLE, options=OPTIONS) as editor:
        editor.open(CODE)
        pending = editor.ask("codeAction/resolve", (await listed(editor))["Fix this error"])
        editor.replace(0, 0, "# new\n")
        with pytest.raises(Refusal, match=r"-32801: .*nothing was applied"):
            await pending.answer


async def test_crlf_and_tabs_stay_what_they_are(start: Start, endpoint: Endpoint) -> None:
    endpoint.script = Script(reply=fenced(FIXED))
    code = CODE.replace("    ", "\t").replace("\n", "\r\n")
    async with start(endpoint.url, capabilities=ABLE, options=OPTIONS) as editor:
        editor.open(code)
        action = await resolved(editor, (await listed(editor))["Fix this error"])
        editor.apply(action["edit"])
        assert str(editor.text) == code.replace("prise", "price")


async def test_an_editor_that_cannot_resolve_gets_a_command(start: Start, endpoint: Endpoint) -> None:
    endpoint.script = Script(reply=fenced(FIXED))
    async with start(endpoint.url, capabilities=PLAIN, options=OPTIONS) as editor:
        editor.open(CODE)
        row = (await listed(editor))["Fix this error"]
        assert row["command"] == "mistralLsp.action"
        with pytest.raises(Refusal, match="this client edits by hand"):
            await editor.request("workspace/executeCommand", {key: row[key] for key in ("command", "arguments")})
        [edit] = [params["edit"] for method, params in editor.asked if method == "workspace/applyEdit"]
        editor.apply(edit)
        assert str(editor.text) == CODE.replace("prise", "price")


async def test_an_explanation_streams_beside_the_code(start: Start, endpoint: Endpoint) -> None:
    endpoint.script = Script(
        reply="**What is wrong** `prise` is no name.\n\n![x](http://a.example/x.png)", token_s=0.02
    )
    async with start(endpoint.url, capabilities=PLUGIN, options=OPTIONS) as editor:
        editor.open(CODE)
        command = (await listed(editor))["Explain this error"]["command"]
        text = await editor.request("workspace/executeCommand", {k: command[k] for k in ("command", "arguments")})
        told = [params for method, params in editor.notifications if method == "$/mistralLsp/explanation"]
    assert "What is wrong" in text
    assert "![" not in text
    assert [one["state"] for one in told][-1] == "done"
    assert len({one["text"] for one in told}) > 2
    assert told[-1]["text"] == text


async def test_a_diagnostic_is_classified(start: Start, endpoint: Endpoint) -> None:
    endpoint.script = Script(reply="bug")
    async with start(endpoint.url, capabilities=ABLE, options=OPTIONS) as editor:
        editor.open(CODE)
        command = (await listed(editor))["Classify this diagnostic"]["command"]
        said = await editor.request("workspace/executeCommand", {k: command[k] for k in ("command", "arguments")})
        assert said == "bug"
        [message] = [about["message"] for name, about in editor.notifications if name == "window/showMessage"]
        assert message == "mistral-lsp: Undefined name `prise` (Ruff): bug"


async def test_tests_become_a_new_file(start: Start, endpoint: Endpoint, tmp_path: Any) -> None:
    endpoint.script = Script(reply=fenced("from shop import total\n\n\ndef test_total():\n    assert total([1]) == 1"))
    file = tmp_path / "shop.py"
    file.write_text(CODE)
    async with start(endpoint.url, capabilities=ABLE, options=OPTIONS) as editor:
        editor.open(file)
        action = await resolved(editor, (await listed(editor))["Write tests"])
        create, edit = action["edit"]["documentChanges"]
        assert create["kind"] == "create"
        assert create["uri"].endswith("/test_shop.py")
        assert "def test_total" in edit["edits"][0]["newText"]
    [prompt] = turns(endpoint)
    assert "`shop`" in prompt


async def test_a_comment_becomes_code(start: Start, endpoint: Endpoint) -> None:
    endpoint.script = Script(reply=fenced("smallest = min(prices)"))
    async with start(endpoint.url, capabilities=ABLE, options=OPTIONS) as editor:
        editor.open("def f(prices):\n    # the smallest price\n    return 0\n")
        editor.after("# the")
        rows = {row["title"]: row for row in await editor.code_actions()}
        action = await resolved(editor, rows["Comment to code"])
        editor.apply(action["edit"])
        assert str(editor.text) == (
            "def f(prices):\n    # the smallest price\n    smallest = min(prices)\n    return 0\n"
        )


async def test_a_function_that_is_too_long_is_refused_with_what_would_fit(start: Start, endpoint: Endpoint) -> None:
    body = "".join(f"    value_{number} = compute({number}, {number + 1})\n" for number in range(2_000))
    async with start(endpoint.url, capabilities=ABLE, options=OPTIONS) as editor:
        editor.open(f"def huge():\n{body}    return value_1\n")
        editor.after("    value_100 =")
        rows = {row["title"]: row for row in await editor.code_actions()}
        with pytest.raises(Refusal, match=r"these 2002 lines are too long .* about \d+ lines"):
            await resolved(editor, rows["Optimise this function"])
    assert turns(endpoint) == []


async def test_a_model_that_is_down_is_an_error_with_its_cure(start: Start, endpoint: Endpoint) -> None:
    endpoint.script = Script(fault=Fault.BUSY_503)
    async with start(endpoint.url, capabilities=ABLE, options=OPTIONS) as editor:
        editor.open(CODE)
        with pytest.raises(Refusal, match=r"-32803: mistral-lsp: "):
            await resolved(editor, (await listed(editor))["Fix this error"])
