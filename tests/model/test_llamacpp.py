"""The llama.cpp client, and the OpenAI one, against the real engine."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from support.endpoint import said

from mistral_lsp.core.prompt import Prompt
from mistral_lsp.model import engine_process, llamacpp_wire
from mistral_lsp.model.address import Address
from mistral_lsp.model.auto import AutoModel
from mistral_lsp.model.base import Broken, ModelError, Overloaded, Refused, TooLong, Usage
from mistral_lsp.model.http import Reply
from mistral_lsp.model.llamacpp import LlamaCppModel
from mistral_lsp.model.openai import OpenAiModel

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from mistral_lsp.model.base import Model
    from mistral_lsp.model.engine_process import Engine

pytestmark = pytest.mark.asyncio(loop_scope="module")

EVEN = Prompt('```python\ndef is_even(n):\n    """Return whether n is even."""', 24, ("\n\n", "```"))
ANSWER = "\n    return n % 2 == 0"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def engine(gguf: Path) -> AsyncIterator[Engine]:
    engine = await engine_process.start(gguf, threads=None, context_tokens=512)
    yield engine
    await engine.stop()


@contextlib.asynccontextmanager
async def closing(model: Model) -> AsyncIterator[Model]:
    try:
        yield model
    finally:
        await model.close()


def llamacpp(engine: Engine) -> LlamaCppModel:
    return LlamaCppModel(Address(url=engine.http.where, token=engine.http._token))


async def test_llama_cpp_completes_a_function(engine: Engine) -> None:
    async with closing(llamacpp(engine)) as model:
        assert await said(model, EVEN) == ANSWER


async def test_the_same_engine_answers_as_openais(engine: Engine) -> None:
    async with closing(OpenAiModel(Address(url=engine.http.where, token=engine.http._token))) as model:
        assert await said(model, EVEN) == ANSWER
        assert (await model.describe()).engine == "llama.cpp"


async def test_auto_finds_llama_cpp(engine: Engine) -> None:
    async with closing(AutoModel(Address(url=f"{engine.http.where}/v1", token=engine.http._token))) as model:
        assert await said(model, EVEN) == ANSWER
        info = await model.describe()
    assert (info.engine, info.context_tokens) == ("llama.cpp", 512)
    assert "SmolLM2" in info.name


async def test_it_counts_the_prompt_before_its_answer_and_what_it_still_had(engine: Engine) -> None:
    counted: list[Usage] = []
    async with closing(llamacpp(engine)) as model:
        await said(model, EVEN)
        assert [chunk async for chunk in model.stream(EVEN, counted.append)]
    first, last = counted[0], counted[-1]
    assert first.prompt_tokens == last.prompt_tokens
    assert (first.prompt_tokens or 0) - (last.cached_tokens or 0) <= 2
    assert (last.answer_tokens or 0) > 3


async def test_no_token_at_all_reads_the_prompt_into_the_cache(engine: Engine) -> None:
    counted: list[Usage] = []
    text = "".join(f"name_{number} = {number}\n" for number in range(20))
    async with closing(llamacpp(engine)) as model:
        await said(model, Prompt(text, 0))  # it writes one token all the same
        assert [chunk async for chunk in model.stream(Prompt(f"{text}x = ", 2), counted.append)]
    assert (counted[-1].cached_tokens or 0) > (counted[-1].prompt_tokens or 0) - 10


async def test_too_long_a_prompt_tells_the_limit(engine: Engine) -> None:
    async with closing(llamacpp(engine)) as model:
        with pytest.raises(TooLong) as caught:
            await said(model, Prompt("x " * 2000, 4))
    assert caught.value.limit_tokens == 512
    assert (caught.value.given_tokens or 0) > 1900


async def test_without_its_key_the_error_names_the_setting(engine: Engine) -> None:
    for model in (
        LlamaCppModel(Address(url=engine.http.where)),
        OpenAiModel(Address(url=engine.http.where)),
        AutoModel(Address(url=engine.http.where)),
    ):
        async with closing(model):
            with pytest.raises(Refused) as caught:
                await said(model, EVEN)
            assert "endpoint.token_env" in caught.value.advice


async def test_leaving_a_stream_frees_the_engine(engine: Engine) -> None:
    async with closing(llamacpp(engine)) as model:
        async with contextlib.aclosing(model.stream(Prompt(EVEN.text, 400))) as chunks:
            await anext(chunks)
        async with asyncio.timeout(3):
            while (await engine.http.get("/slots")).json[0]["is_processing"]:
                pass


@pytest.mark.parametrize(
    ("status", "text", "kind", "words"),
    [
        (503, '{"error": {"type": "unavailable_error", "message": "Loading model"}}', Overloaded, "still loads"),
        (500, '{"error": {"type": "server_error", "message": "def f(x)"}}', Broken, "server_error"),
        (400, '{"error": {"type": "invalid_request_error", "message": "def f(x)"}}', Refused, "invalid_request_error"),
        (400, "[]", Refused, "HTTP 400"),
        (404, "", Refused, "no /completion"),
        (200, "<html>def f(x)", Broken, "a web page"),
    ],
)
async def test_a_refusal_is_told_in_our_words(status: int, text: str, kind: type[ModelError], words: str) -> None:
    content_type = "text/html" if text.startswith("<") else "application/json"
    error = llamacpp_wire.problem_of_reply("http://x", Reply(status, content_type, text, None))
    assert type(error) is kind
    assert words in str(error)
    assert "def f" not in f"{error} {error.advice}"
