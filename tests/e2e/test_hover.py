"""Errors explained on hover, over real stdio."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from support.endpoint import turns

from mistral_lsp.bench.endpoint import Endpoint
from mistral_lsp.bench.tgi_script import Fault, Script

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.session import Start

    from mistral_lsp.bench.editor import Editor

CODE = """\
import os


def total(prices):
    result = 0
    for price in prices:
        result += prise
    return result
"""
MARKDOWN = {"textDocument": {"hover": {"contentFormat": ["markdown", "plaintext"]}, "inlineCompletion": {}}}
WITHIN_S = 30.0
OPTIONS: dict[str, Any] = {"endpoint": {"kind": "tgi"}, "explain": {"prepare": False}}


def answers(reply: str | list[str] | Callable[[str], str], **more: Any) -> Script:
    return Script(reply=reply, **more)


async def shown(editor: Editor, *, told: bool = True) -> str:
    """What a hover on the wrong name shows."""
    if told:
        editor.tell_diagnostics(
            editor.diagnostic("prise", "Undefined name `prise`", source="Pyflakes", code="undefined", severity=1)
        )
    editor.after("result += pr")
    hover = await editor.hover()
    return hover["contents"]["value"] if hover else ""


async def test_a_diagnostic_is_explained_in_the_words_of_the_code(start: Start, endpoint: Endpoint) -> None:
    asked = []

    def reply(prompt: str) -> str:
        asked.append(prompt)
        return "`prise` is a slip for `price`."

    endpoint.script = answers(reply)
    async with start(endpoint.url, capabilities=MARKDOWN, options=OPTIONS) as editor:
        editor.open(CODE)
        text = await shown(editor)
    assert "Undefined name" in text
    assert text.endswith("`prise` is a slip for `price`.")
    [prompt] = asked
    assert "Line 7, `result += prise` (Pyflakes undefined)" in prompt
    assert "    for price in prices:\n" in prompt
    assert "import os" in prompt


async def test_an_editor_without_markdown_gets_plain_text(start: Start, endpoint: Endpoint) -> None:
    endpoint.script = answers("**Write** `price`.")
    async with start(endpoint.url, options=OPTIONS) as editor:
        editor.open(CODE)
        text = await shown(editor)
    assert "Write price." in text
    assert "*" not in text


async def test_a_name_that_was_made_up_is_marked(start: Start, endpoint: Endpoint) -> None:
    endpoint.script = answers("Call `fix_prices()`, or `sum` the `prices`.")
    async with start(endpoint.url, capabilities=MARKDOWN, options=OPTIONS) as editor:
        editor.open(CODE)
        text = await shown(editor)
    assert "`fix_prices()` ⁇" in text
    assert "`sum` the `prices`." in text
    assert "⁇ not found" in text


async def test_without_a_diagnostic_there_is_no_hover(start: Start, endpoint: Endpoint) -> None:
    async with start(endpoint.url, options=OPTIONS) as editor:
        editor.open(CODE)
        assert await shown(editor, told=False) == ""
    assert not endpoint.requests


async def test_a_name_is_explained_where_the_setting_asks_for_it(start: Start, endpoint: Endpoint) -> None:
    endpoint.script = answers("`prise` is nothing.")
    async with start(endpoint.url, options=OPTIONS | {"explain": {"symbols": True}}) as editor:
        editor.open(CODE)
        assert await shown(editor, told=False) == "prise is nothing."


async def test_what_is_late_is_there_at_the_next_hover(start: Start, endpoint: Endpoint) -> None:
    endpoint.script = answers("`price` is meant.", first_token_s=0.5)
    options = OPTIONS | {"explain": {"deadline_ms": 50, "prepare": False}}
    async with start(endpoint.url, options=options) as editor:
        editor.open(CODE)
        assert "being written" in await shown(editor)
        while "being written" in (text := await shown(editor)):
            await asyncio.sleep(0.05)
        assert "price is meant." in text
    assert len(turns(endpoint)) == 1


async def test_with_the_model_down_what_is_known_still_shows(start: Start) -> None:
    async with Endpoint(Script(fault=Fault.REFUSE)) as endpoint, start(endpoint.url, options=OPTIONS) as editor:
        editor.open(CODE.replace("prise", "total(1)"))
        editor.tell_diagnostics(editor.diagnostic("total(1)", "Expected 2 arguments to `total`"))
        editor.after("result += to")
        hover = await editor.hover()
        assert hover is not None
        text = hover["contents"]["value"]
    assert "Expected 2 arguments" in text
    assert "No explanation" in text


async def test_code_actions_feed_the_hover(start: Start, endpoint: Endpoint) -> None:
    endpoint.script = answers("Write `price`.")
    async with start(endpoint.url, options=OPTIONS) as editor:
        editor.open(CODE)
        editor.after("result += pr")
        await editor.code_actions(editor.diagnostic("prise", "Undefined name `prise`"))
        assert "Write price." in await shown(editor, told=False)
        editor.replace(editor.caret, editor.caret, "x")  # the edit goes into it: nothing is known any more
        assert await editor.hover() is None


@pytest.mark.parametrize(
    "odd",
    [
        {"range": {"start": {"line": 900, "character": 0}, "end": {"line": 901, "character": 0}}, "message": "far"},
        {
            "range": {"start": {"line": 0, "character": 0}, "end": {"line": 99, "character": 0}},
            "message": "x" * 100_000,
        },
        {"range": {"start": {"line": 0, "character": 0}}, "message": "half"},
        {
            "range": {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 6}},
            "message": {"kind": "markdown", "value": "marked **up**"},
            "severity": 99,
            "tags": [77],
        },
        "nothing",
    ],
)
async def test_odd_diagnostics_do_no_harm(start: Start, endpoint: Endpoint, odd: Any) -> None:
    endpoint.script = answers("Fine.")
    async with start(endpoint.url, options=OPTIONS) as editor:
        editor.open(CODE)
        editor.tell_diagnostics(odd, editor.diagnostic("import", "Unused import"))
        editor.after("im")
        hover = await editor.hover()
        assert hover is not None
        assert "Unused import" in hover["contents"]["value"]
        assert len(hover["contents"]["value"]) < 10_000


async def test_what_the_user_keeps_from_the_model_is_not_explained(start: Start, endpoint: Endpoint) -> None:
    options = OPTIONS | {"privacy": {"ignore": ["*.py"]}}
    async with start(endpoint.url, options=options) as editor:
        editor.open(CODE, uri="file:///project/a.py")
        assert await shown(editor) == ""
    assert not endpoint.requests


async def test_our_own_syntax_errors_are_published_where_a_setting_asks(start: Start, endpoint: Endpoint) -> None:
    endpoint.script = answers("Close the bracket.")
    async with start(endpoint.url, options=OPTIONS | {"diagnostics": {"syntax": True}}) as editor:
        editor.open("def f(:\n    return 1\n")
        told = await editor.notified("textDocument/publishDiagnostics")
        assert [one["source"] for one in told["diagnostics"]] == ["mistral-lsp"]
        place = told["diagnostics"][0]["range"]["start"]
        editor.move(place["line"], place["character"])
        hover = await editor.hover()
        assert hover is not None
        assert "Close the bracket." in hover["contents"]["value"]
        editor.replace(5, 7, "():")
        await editor.notified("textDocument/publishDiagnostics", lambda about: about["diagnostics"] == [])


async def test_without_the_setting_a_hover_alone_knows_them(start: Start, endpoint: Endpoint) -> None:
    endpoint.script = answers("Close the bracket.")
    async with start(endpoint.url, options=OPTIONS) as editor:
        editor.open("def f(:\n    return 1\n")
        editor.move(0, 6)
        async with asyncio.timeout(WITHIN_S):
            while (hover := await editor.hover()) is None:
                await asyncio.sleep(0.1)
        assert "Close the bracket." in hover["contents"]["value"]
        assert "textDocument/publishDiagnostics" not in [name for name, _ in editor.notifications]


async def test_what_another_server_says_goes_before_our_own_syntax_errors(start: Start, endpoint: Endpoint) -> None:
    endpoint.script = answers("Close the bracket.")
    async with start(endpoint.url, options=OPTIONS | {"diagnostics": {"syntax": True}}) as editor:
        editor.open("def f(:\n    return 1\n")
        await editor.notified("textDocument/publishDiagnostics")
        editor.tell_diagnostics(editor.diagnostic("def f(:", "Expected a parameter", source="Pyright"))
        editor.move(0, 6)
        hover = await editor.hover()
        assert hover is not None
        assert "Expected a parameter (Pyright)" in hover["contents"]["value"]
        assert "mistral-lsp" not in hover["contents"]["value"]


async def test_what_stands_near_the_cursor_is_explained_in_a_pause(start: Start, endpoint: Endpoint) -> None:
    endpoint.script = answers("`price` is meant.")
    async with start(endpoint.url, options=OPTIONS | {"explain": {"prepare": True}}) as editor:
        editor.open(CODE)
        editor.after("result += pr")
        await editor.code_actions(editor.diagnostic("prise", "Undefined name `prise`"))
        async with asyncio.timeout(WITHIN_S):
            while not turns(endpoint):
                await asyncio.sleep(0.05)
        assert "price is meant." in await shown(editor, told=False)
    assert len(turns(endpoint)) == 1


async def test_preparing_hangs_up_when_somebody_types(start: Start, endpoint: Endpoint) -> None:
    endpoint.script = answers(["`price` "] * 500, token_s=0.02)
    async with start(endpoint.url, options=OPTIONS | {"explain": {"prepare": True}}) as editor:
        editor.open(CODE)
        editor.after("result += pr")
        await editor.code_actions(editor.diagnostic("prise", "Undefined name `prise`"))
        async with asyncio.timeout(WITHIN_S):
            while not turns(endpoint):
                await asyncio.sleep(0.05)
            editor.replace(0, 0, "#\n")
            await endpoint.next_hangup()


async def test_five_thousand_diagnostics_are_taken_and_the_worst_explained(start: Start, endpoint: Endpoint) -> None:
    endpoint.script = answers("Fine.")
    async with start(endpoint.url, options=OPTIONS) as editor:
        editor.open("x = 1\n" * 5_000)
        place = {"start": {"line": 7, "character": 0}, "end": {"line": 7, "character": 1}}
        many = [
            {"range": {"start": {"line": n, "character": 0}, "end": {"line": n, "character": 1}}, "message": f"odd {n}"}
            | {"severity": 4}
            for n in range(5_000)
        ]
        editor.tell_diagnostics(*many[:-1], {"range": place, "message": "worst", "severity": 1})
        editor.move(7, 0)
        hover = await editor.hover()
        assert hover is not None
        assert hover["contents"]["value"].startswith("- worst")


async def test_they_move_with_what_is_typed_above(start: Start, endpoint: Endpoint) -> None:
    endpoint.script = answers("Write `price`.")
    async with start(endpoint.url, options=OPTIONS) as editor:
        editor.open(CODE)
        await shown(editor)
        editor.replace(0, 0, "# one\n# two\n")
        assert "Write price." in await shown(editor, told=False)
        editor.after("# two\n")
        assert await editor.hover() is None
    assert len(turns(endpoint)) == 1  # the code and the diagnostic are the same


async def test_a_diagnostic_of_an_older_text_is_not_taken(start: Start, endpoint: Endpoint) -> None:
    async with start(endpoint.url, options=OPTIONS) as editor:
        editor.open(CODE)
        old = editor.diagnostic("prise", "Undefined name `prise`")
        editor.replace(0, 0, "# new\n")
        editor.notify("$/mistralLsp/diagnostics", {"uri": editor.uri, "version": 1, "diagnostics": [old]})
        editor.after("result += pr")
        assert await editor.hover() is None


async def test_an_empty_or_foreign_answer_is_shown_as_it_is(start: Start, endpoint: Endpoint) -> None:
    async with start(endpoint.url, options=OPTIONS) as editor:
        for reply in ("", "   \n\n", "Lo siento, no puedo ayudar con eso.", "\u5bf9\u4e0d\u8d77"):
            endpoint.script = answers(reply)
            editor.open(CODE.replace("total", f"total_{len(reply)}"))
            text = await shown(editor)
            assert "Undefined name" in text
            assert (reply.strip() or "The model had nothing to say.") in text
