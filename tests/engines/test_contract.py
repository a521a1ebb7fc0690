"""What the clients rely on, asked of a real engine with whatever weights it has."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from support.endpoint import said

from mistral_lsp.bench.editor import Editor
from mistral_lsp.core.advice import ADVICE
from mistral_lsp.core.prompt import Prompt
from mistral_lsp.core.reason import Reason
from mistral_lsp.core.structured import checked, json_of, one_of
from mistral_lsp.features import structured
from mistral_lsp.model.auto import AutoModel, make
from mistral_lsp.model.base import Overloaded, Refused, TooLong, Unauthorised, WrongModel

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from support.real_engine import Served

    from mistral_lsp.model.base import Model, Usage

pytestmark = pytest.mark.asyncio(loop_scope="session")

KINDS = {"vllm": "openai", "tgi": "tgi", "llamacpp": "llamacpp"}  # as endpoint.kind has them
CODE = '''"""Shapes."""

import math


def area_of_circle(radius):
    """Return the area of a circle."""
    return math.pi * radius**2


def area_of_square(side):
    """Return the area of a square."""
'''
LONG = "".join(f"def step_{number}(value):\n    return value + {number}\n\n\n" for number in range(12))
SCHEMA = {
    "type": "object",
    "properties": {"kind": {"type": "string", "enum": ["bug", "style"]}, "sure": {"type": "boolean"}},
    "required": ["kind", "sure"],
    "additionalProperties": False,
}


@contextlib.asynccontextmanager
async def client(served: Served, kind: str = "", **changes: Any) -> AsyncIterator[Model]:
    model = make(kind or KINDS[served.kind], replace(served.address, **changes))
    try:
        yield model
    finally:
        await model.close()


async def counted(model: Model, prompt: Prompt) -> tuple[str, Usage]:
    """The answer, and the last that was counted of it."""
    usages: list[Usage] = []
    text = "".join([chunk async for chunk in model.stream(prompt, usages.append)])
    return text, usages[-1]


async def test_it_is_found_out_what_answers(served: Served) -> None:
    async with client(served, "auto") as model:
        assert isinstance(model, AutoModel)
        info = await model.describe()
        assert await said(model, Prompt(CODE, 4))
        assert type(model._model) is type(make(KINDS[served.kind], served.address))
    assert info.engine.lower() in {served.engine.title.lower(), served.kind}
    assert info.name
    assert info.version
    assert (info.context_tokens or 0) >= 512
    assert info.has_chat is True  # or the turns below can't be asked


async def test_a_raw_prompt_is_gone_on_from_and_counted(served: Served) -> None:
    async with client(served) as model:
        text, usage = await counted(model, Prompt(CODE, 12))
    assert text
    assert 40 < (usage.prompt_tokens or 0) < 120
    assert 0 < (usage.answer_tokens or 0) <= 12


async def test_a_prompt_may_only_be_read(served: Served) -> None:
    async with client(served) as model:
        await said(model, Prompt(CODE, 0))
        assert await said(model, Prompt(CODE, 4))


async def test_a_turn_is_answered_in_the_model_s_own_template_and_may_be_begun(served: Served) -> None:
    async with client(served) as model:
        assert await said(model, Prompt("", 16, user="Say hello."))
        assert await said(
            model, Prompt("```python\ndef area(side):\n    return", 8, user="Write the area of a square.")
        )


async def test_chance_may_be_asked_for(served: Served) -> None:
    async with client(served) as model:
        prompt = Prompt(CODE, 12, temperature=1.5, seed=7)
        assert await said(model, prompt)
        assert await said(model, replace(prompt, user="Say hello.", text=""))


async def test_a_stop_string_ends_an_answer_and_is_no_part_of_it(served: Served) -> None:
    async with client(served) as model:
        whole = await said(model, Prompt(CODE, 24))
        stop = next(whole[at : at + 3] for at in range(4, len(whole)) if whole.index(whole[at : at + 3]) == at)
        for stops in ((stop,), ("\0never", "\1never", "\2never", "\3never", stop)):  # also beyond what is sent
            text = await said(model, Prompt(CODE, 24, stops))
            assert stop not in text
            assert whole.startswith(text)
        turn = await said(model, Prompt("", 24, ("e", "a", "o"), user="Say hello."))
        assert not {"e", "a", "o"} & set(turn)


@pytest.mark.parametrize("user", [None, "Is an unused import a bug, or bad style?"])
async def test_an_answer_is_held_to_a_choice_and_to_a_schema(served: Served, user: str | None) -> None:
    for constraint in (one_of(["bug", "style"]), json_of(SCHEMA)):
        text = "" if user else "An unused import: is it a bug, or bad style? "
        async with client(served) as model:
            answer = await said(model, Prompt(text, 48, user=user, constraint=constraint))
        assert checked(answer, constraint)


async def test_what_was_asked_for_comes_back_as_a_value(served: Served) -> None:
    async with client(served) as model:
        value = await structured.ask(model, Prompt("", 48, user="Is an unused import a bug?"), json_of(SCHEMA))
    assert value["kind"] in {"bug", "style"}
    assert type(value["sure"]) is bool


async def test_what_stayed_in_the_cache_is_told(served: Served) -> None:
    if not served.engine.cache_report:
        pytest.skip(f"{served.engine.title} doesn't say what is in its cache")
    async with client(served) as model:
        _, first = await counted(model, Prompt(LONG, 2))
        _, again = await counted(model, Prompt(f"{LONG}def step_", 2))
    assert again.cached_tokens is not None, "start vLLM with --enable-prompt-tokens-details"
    assert again.cached_tokens > 0.5 * (first.prompt_tokens or 0)  # in whole blocks, of up to 128


async def test_nobody_else_s_prompt_is_felt_in_the_cache(served: Served) -> None:
    if not served.engine.cache_salt:
        pytest.skip(f"{served.engine.title} keeps no caches apart")
    prompt = Prompt(f"# another text\n{LONG}", 2)
    async with client(served) as mine, client(served) as theirs:
        await counted(mine, prompt)
        _, own = await counted(mine, prompt)
        _, foreign = await counted(theirs, prompt)
    assert (own.cached_tokens or 0) > 0.5 * (own.prompt_tokens or 0)
    assert not foreign.cached_tokens


async def test_leaving_a_stream_ends_the_work(served: Served) -> None:
    async with client(served) as model:
        async with contextlib.aclosing(model.stream(Prompt(LONG, 700))) as chunks:
            await anext(chunks)
            assert await asyncio.to_thread(served.is_working)
        async with asyncio.timeout(5):
            while await asyncio.to_thread(served.is_working):
                pass


async def test_many_at_once_are_answered_or_told_to_wait(served: Served) -> None:
    async with client(served) as model:
        prompts = [Prompt(f"{CODE}# {number}\n", 4) for number in range(8)]
        answers = await asyncio.gather(*(said(model, prompt) for prompt in prompts), return_exceptions=True)
    assert all(isinstance(answer, str | Overloaded) for answer in answers)
    assert any(isinstance(answer, str) for answer in answers)


@pytest.mark.parametrize("kind", ["", "auto"])
async def test_without_its_key_it_answers_nobody(served: Served, kind: str) -> None:
    if not served.address.token:
        pytest.skip("this engine was started without a key")
    for token in (None, "wrong"):
        async with client(served, kind, token=token) as model:
            with pytest.raises(Unauthorised) as caught:
                await said(model, Prompt(CODE, 4))
        assert "endpoint.token_env" in caught.value.advice


async def test_too_long_a_prompt_tells_the_limit(served: Served) -> None:
    async with client(served) as model:
        limit = (await model.describe()).context_tokens or 0
        with pytest.raises(TooLong) as caught:
            await said(model, Prompt("a b c d " * limit, 4))
        assert caught.value.limit_tokens is not None
        assert abs(caught.value.limit_tokens - limit) <= 1
        assert (caught.value.given_tokens or 0) > limit
        assert await said(model, Prompt(CODE, 4))


async def test_a_model_that_is_not_served_and_a_path_that_is_not_there_are_told(served: Served) -> None:
    if served.kind == "vllm":
        async with client(served, model="no/such-model") as model:
            with pytest.raises(WrongModel, match="no/such-model"):
                await said(model, Prompt(CODE, 4))
    async with client(served, url=f"{served.address.url}/nothing/here") as model:
        with pytest.raises(Refused):
            await said(model, Prompt(CODE, 4))


def environment(served: Served, tmp_path: Path) -> dict[str, str]:
    return {
        "XDG_CONFIG_HOME": str(tmp_path),
        "MISTRAL_LSP_ENDPOINT_URL": served.address.url,
        "MISTRAL_LSP_ENDPOINT_ALLOW_HTTP": "true",
        "MISTRAL_LSP_ENDPOINT_TIMEOUT_S": "60",
        "MISTRAL_LSP_COMPLETION_DEADLINE_MS": "30000",
        "MISTRAL_LSP_COMPLETION_CONTEXT_TOKENS": "400",
        "MISTRAL_LSP_TOKEN": served.address.token or "",
    }


async def test_an_editor_hears_of_the_engine_and_why(served: Served, tmp_path: Path) -> None:
    """Whatever the weights write: the request is answered, and what became of it is told in words."""
    command = [sys.executable, "-m", "mistral_lsp"]
    async with Editor.start(command, env=environment(served, tmp_path)) as editor:
        editor.open(CODE)
        editor.after('"""Return the area of a square."""\n')
        await editor.ghost_text(invoked=True)
        told = await editor.request("workspace/executeCommand", {"command": "mistralLsp.why", "arguments": ["quiet"]})
    async with client(served) as model:
        assert (await model.describe()).name.rpartition("/")[2] in told
    assert "asked by hand" in told
    assert ADVICE[Reason.MODEL_FAILED] not in told


async def test_the_doctor_finds_it_well(served: Served, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mistral_lsp", "doctor", "--measure", "--json"]
    env = {**os.environ, **environment(served, tmp_path)}
    done = await asyncio.to_thread(subprocess.run, command, env=env, capture_output=True, text=True, check=False)
    report = json.loads(done.stdout)
    found = {finding["title"]: finding for finding in report["findings"]}
    assert [title for title, finding in found.items() if finding["ok"] is False and title != "Model"] == []
    assert served.engine.title in found["Endpoint"]["detail"] or served.kind in found["Endpoint"]["detail"]
    assert "held to one of two words" in found["Constraint"]["detail"]
    assert "tokens a second" in found["Speed"]["detail"]
    assert all("took_ms" in finding for finding in found.values())
