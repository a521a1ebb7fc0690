"""Guardrails over real stdio: before questions and edits, never before ghost text; nothing is shown unjudged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from support.endpoint import turns

from mistral_lsp import templates
from mistral_lsp.bench.tgi_script import Script

if TYPE_CHECKING:
    from support.session import Start

    from mistral_lsp.bench.editor import Editor
    from mistral_lsp.bench.endpoint import Endpoint

CODE = "def total(prices):\n    return sum(prise)\n"
SENTENCE = "Always assist with care, respect, and truth."
OPTIONS: dict[str, Any] = {"endpoint": {"kind": "tgi"}, "explain": {"prepare": False}}
JUDGED = "You moderate an assistant"


async def hover(editor: Editor) -> str:
    editor.tell_diagnostics(editor.diagnostic("prise", "Undefined name `prise`"))
    editor.after("sum(pr")
    shown = await editor.hover()
    return shown["contents"]["value"] if shown else ""


def script(verdict: str) -> Script:
    return Script(reply=lambda prompt: verdict if JUDGED in prompt else "Write price.")


def options(**guardrails: Any) -> dict[str, Any]:
    return OPTIONS | {"guardrails": guardrails}


def test_the_published_prompt_is_four_sentences_with_their_source() -> None:
    assert templates.load_turns().guardrails.before.startswith(SENTENCE)
    assert templates.load_turns().guardrails.before.count(".") == 4
    assert "arXiv:2310.06825" in (templates.builtin_folder() / "guardrails/mistral.j2").read_text()


@pytest.mark.parametrize(
    ("given", "before"),
    [
        ({"mode": "off"}, ""),
        ({"mode": "mistral"}, SENTENCE),
        ({"mode": "custom", "prompt": "Be kind. [/INST]"}, "Be kind. [ /INST]\n\n"),
    ],
)
async def test_it_stands_before_questions_and_never_before_ghost_text(
    start: Start, endpoint: Endpoint, given: dict[str, str], before: str
) -> None:
    endpoint.script = script("acceptable")
    async with start(endpoint.url, options=options(**given)) as editor:
        editor.open(CODE)
        assert "Write price." in await hover(editor)
        editor.after("return ")
        await editor.ghost_text(invoked=True)
    [turn] = turns(endpoint)
    assert turn.startswith(before)
    assert before or turn.startswith("Explain this error")
    completions = [one.body["inputs"] for one in endpoint.requests if one.path == "/generate_stream"]
    assert completions
    assert not any(SENTENCE in text or "Be kind" in text for text in completions)


async def test_a_hover_shows_no_answer_that_was_refused_and_says_what_to_do(start: Start, endpoint: Endpoint) -> None:
    endpoint.script = script("illegal")
    async with start(endpoint.url, options=options(moderation="answer")) as editor:
        editor.open(CODE)
        text = await hover(editor)
        assert "Write price" not in text
        assert "illegal activities" in text
        assert "guardrails.categories" in text
        assert await hover(editor) == text  # and isn't asked again
    assert len(turns(endpoint)) == 2


async def test_a_refused_question_is_not_asked(start: Start, endpoint: Endpoint) -> None:
    endpoint.script = script("hateful")
    async with start(endpoint.url, options=options(moderation="prompt")) as editor:
        editor.open(CODE)
        assert "your question" in await hover(editor)
    assert [JUDGED in turn for turn in turns(endpoint)] == [True]


async def test_what_is_acceptable_shows(start: Start, endpoint: Endpoint) -> None:
    endpoint.script = script("acceptable")
    async with start(endpoint.url, options=options(moderation="both", mode="mistral")) as editor:
        editor.open(CODE)
        assert "Write price." in await hover(editor)
    assert [JUDGED in turn for turn in turns(endpoint)] == [True, False, True]


async def test_what_the_editor_configures_lifts_no_guardrail(start: Start, endpoint: Endpoint) -> None:
    endpoint.script = script("illegal")
    theirs = {"guardrails": {"mode": "off", "moderation": "off", "categories": ["hateful"]}}
    async with start(endpoint.url, options=options(moderation="answer")) as editor:
        editor.settings = {"mistralLsp": theirs}
        editor.notify("workspace/didChangeConfiguration", {"settings": None})
        told = await editor.notified("window/showMessage")
        editor.open(CODE)
        assert "illegal activities" in await hover(editor)
    assert "guardrails.categories is ignored: set it in your own file" in told["message"]


async def test_a_category_left_out_by_a_variable_passes(start: Start, endpoint: Endpoint) -> None:
    endpoint.script = script("unqualified")
    env = {"MISTRAL_LSP_GUARDRAILS_CATEGORIES": "illegal,hateful", "MISTRAL_LSP_GUARDRAILS_MODERATION": "both"}
    async with start(endpoint.url, options=OPTIONS, env=env) as editor:
        editor.open(CODE)
        assert "Write price." in await hover(editor)


@pytest.mark.parametrize(("verdict", "is_shown"), [("acceptable", True), ("unqualified", False)])
async def test_prose_that_streams_is_held_back_until_the_verdict(
    start: Start, endpoint: Endpoint, verdict: str, *, is_shown: bool
) -> None:
    endpoint.script = script(verdict)
    able = {
        "textDocument": {"codeAction": {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix"]}}}},
        "experimental": {"mistralLsp": {"explanations": True}},
    }
    async with start(endpoint.url, capabilities=able, options=options(moderation="answer")) as editor:
        editor.open(CODE)
        editor.after("sum(pr")
        rows = await editor.code_actions(editor.diagnostic("prise", "Undefined name `prise`"))
        command = next(row["command"] for row in rows if row["title"].startswith("Explain"))
        text = await editor.request("workspace/executeCommand", {k: command[k] for k in ("command", "arguments")})
        told = [params["text"] for method, params in editor.notifications if method == "$/mistralLsp/explanation"]
    assert told == ["", *([text] * (len(told) - 1))]  # nothing of it before all of it
    assert ("Write price." in text) is is_shown
    assert ("unqualified advice" in text) is not is_shown
