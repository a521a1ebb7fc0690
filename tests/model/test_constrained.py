"""Each engine is told in its own form; llama.cpp itself keeps to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from support.endpoint import said, tgi, vllm

from mistral_lsp.core.prompt import Prompt
from mistral_lsp.core.structured import checked, json_of, one_of
from mistral_lsp.features.structured import ask
from mistral_lsp.model import engine_process
from mistral_lsp.model.address import Address
from mistral_lsp.model.llamacpp import LlamaCppModel

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from mistral_lsp.bench.endpoint import Endpoint

SCHEMA = {
    "type": "object",
    "properties": {"name": {"type": "string", "maxLength": 12}, "age": {"type": "integer"}},
    "required": ["name", "age"],
    "additionalProperties": False,
}
PERSON, KIND = json_of(SCHEMA), one_of(["bug", "style"])


def sent(endpoint: Endpoint, path: str) -> dict[str, Any]:
    return next(request.body for request in endpoint.requests if request.path == path)


async def test_vllm_gets_structured_outputs() -> None:
    async with vllm() as (endpoint, model):
        await said(model, Prompt("x", 8, constraint=PERSON))
        await said(model, Prompt("", 8, user="x", constraint=KIND))
        assert sent(endpoint, "/v1/completions")["structured_outputs"] == {"json": SCHEMA}
        assert sent(endpoint, "/v1/chat/completions")["structured_outputs"] == {"choice": ["bug", "style"]}


async def test_sglang_and_ollama_get_a_response_format() -> None:
    async with vllm(owner="sglang") as (endpoint, model):
        await said(model, Prompt("", 8, user="x", constraint=PERSON))
        about = sent(endpoint, "/v1/chat/completions")["response_format"]["json_schema"]
    assert (about["schema"], about["strict"]) == (SCHEMA, True)


async def test_an_unknown_host_gets_no_field_that_it_may_not_know() -> None:
    async with vllm(owner="openai") as (endpoint, model):
        await said(model, Prompt("", 8, user="x", constraint=PERSON))
        assert {"structured_outputs", "response_format"}.isdisjoint(sent(endpoint, "/v1/chat/completions"))


async def test_tgi_gets_a_grammar() -> None:
    async with tgi() as (endpoint, model):
        await said(model, Prompt("x", 8, constraint=PERSON))
        await said(model, Prompt("", 8, user="x", constraint=KIND))
        assert sent(endpoint, "/generate_stream")["parameters"]["grammar"] == {"type": "json", "value": SCHEMA}
        format_ = sent(endpoint, "/v1/chat/completions")["response_format"]
    assert format_ == {"type": "regex", "value": "(bug|style)"}


async def test_tgi_gets_no_schema_that_it_would_refuse() -> None:
    for schema in (json_of({"type": "array", "items": {"type": "integer"}}), json_of({"type": "object"})):
        async with tgi() as (endpoint, model):
            await said(model, Prompt("x", 8, constraint=schema))
            await said(model, Prompt("", 8, user="x", constraint=schema))
            assert "grammar" not in sent(endpoint, "/generate_stream")["parameters"]
            assert "response_format" not in sent(endpoint, "/v1/chat/completions")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def llamacpp(gguf: Path) -> AsyncIterator[LlamaCppModel]:
    """The real engine."""
    engine = await engine_process.start(gguf, threads=None, context_tokens=512)
    model = LlamaCppModel(Address(url=engine.http.where, token=engine.http._token))
    yield model
    await model.close()
    await engine.stop()


@pytest.mark.asyncio(loop_scope="module")
async def test_llama_cpp_keeps_to_a_schema_and_to_a_choice(llamacpp: LlamaCppModel) -> None:
    for prompt in (Prompt("Ada is 36. As JSON: ", 48), Prompt("", 48, user="Ada is 36.")):
        text = await said(llamacpp, Prompt(prompt.text, 48, user=prompt.user, constraint=PERSON))
        assert set(checked(text, PERSON)) == {"name", "age"}
    text = await said(llamacpp, Prompt("", 8, user="Is an unused import a bug?", constraint=KIND))
    assert checked(text, KIND) in {"bug", "style"}


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("names", [("a", "b"), ("b", "a")])
async def test_llama_cpp_writes_properties_in_the_order_of_the_schema(
    llamacpp: LlamaCppModel, names: tuple[str, str]
) -> None:
    schema = {"type": "object", "properties": {name: {"type": "boolean"} for name in names}, "required": list(names)}
    value = await ask(llamacpp, Prompt("", 32, user="Is it so?"), json_of(schema))
    assert tuple(value) == names
