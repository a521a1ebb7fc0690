"""The llama.cpp client, and the OpenAI one, against the real engine."""

from __future__ import annotations

import asyncio
import contextlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import pytest
import pytest_asyncio
from support import two_slots
from support.endpoint import said

from mistral_lsp.bench.endpoint import Endpoint
from mistral_lsp.bench.tgi_script import Script, json_response, response
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
SETTINGS: dict[str, Any] = {"default_generation_settings": {"n_ctx": 512}}
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
    assert first.tokens_per_s is None
    assert (last.tokens_per_s or 0) > 0.1


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


async def test_what_follows_a_line_is_given_up_after_a_time(engine: Engine) -> None:
    prompt = Prompt("1, 2, 3, 4, 5,\n6, 7, 8, 9, 10,\n", 200)
    counted: list[Usage] = []
    async with closing(llamacpp(engine)) as model:
        limited = replace(prompt, time_limit_s=0.001)
        text = "".join([chunk async for chunk in model.stream(limited, counted.append)])
    assert "\n" in text  # it is only looked at from there
    assert (counted[-1].answer_tokens or 0) < 200


async def test_an_answer_begins_as_it_has_to(engine: Engine) -> None:
    async with closing(llamacpp(engine)) as model:
        text = await said(model, replace(EVEN, begins_with="\n    if n % 3"))
    assert text.startswith("\n    if n % 3")
    assert text != ANSWER


async def test_a_pinned_slot_is_the_client_s_own_and_keeps_its_prompt(
    gguf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_process, "engine", two_slots)
    shared = await engine_process.start(gguf, threads=None, context_tokens=1024)
    try:
        async with closing(llamacpp(shared)) as mine, closing(llamacpp(shared)) as other:
            assert isinstance(mine, LlamaCppModel)
            assert isinstance(other, LlamaCppModel)
            await mine.describe()
            await other.describe()
            mine._slot, other._slot = 0, 1
            counted: list[Usage] = []
            for number in range(2):
                assert [chunk async for chunk in mine.stream(EVEN, counted.append)]
                await said(other, Prompt(f"number_{number} = {number}\n" * 20, 2))
            busy = [slot["id"] async for slot in _busy(shared, mine)]
        assert (counted[-1].cached_tokens or 0) >= (counted[-1].prompt_tokens or 0) - 2
        assert set(busy) == {0}
    finally:
        await shared.stop()


async def _busy(shared: Engine, model: LlamaCppModel) -> AsyncIterator[dict[str, Any]]:
    """The slots that work on a prompt of this client."""
    async with contextlib.aclosing(model.stream(Prompt(EVEN.text, 100))) as chunks:
        await anext(chunks)
        for slot in (await shared.http.get("/slots")).json:
            if slot["is_processing"]:
                yield slot


async def test_leaving_a_stream_frees_the_engine(engine: Engine) -> None:
    async with closing(llamacpp(engine)) as model:
        async with contextlib.aclosing(model.stream(Prompt(EVEN.text, 400))) as chunks:
            await anext(chunks)
        async with asyncio.timeout(3):
            while (await engine.http.get("/slots")).json[0]["is_processing"]:
                pass


def body_of(prompt: Prompt, slot: int | None = None) -> dict[str, Any]:
    return cast("dict[str, Any]", json.loads(llamacpp_wire.body_of(prompt, slot=slot)))


async def test_the_whole_request() -> None:
    prompt = Prompt("x =", 24, ("\n",), seed=7, begins_with=" a", time_limit_s=12.5)
    assert body_of(prompt, 3) == {
        "prompt": "x =",
        "n_predict": 24,
        "stop": ["\n"],
        "temperature": 0.0,
        "cache_prompt": True,
        "stream": True,
        "return_progress": True,
        "id_slot": 3,
        "t_max_predict_ms": 12_500,
        "grammar": 'root ::= " a" [^\\x00]*',
        "seed": 7,
    }
    assert {"t_max_predict_ms", "id_slot", "grammar", "seed"}.isdisjoint(body_of(Prompt("x =", 24)))


@contextlib.asynccontextmanager
async def with_slots(count: int) -> AsyncIterator[tuple[Endpoint, LlamaCppModel]]:
    """A stand-in that has so many, and answers "ab"."""
    events = 'data: {"content": "a", "stop": false}\n\ndata: {"content": "b", "stop": true}\n\n'
    pages = {
        ("GET", "/props"): json_response(200, {"total_slots": count, "default_generation_settings": {"n_ctx": 512}}),
        ("POST", "/completion"): response(200, events.encode(), content_type="text/event-stream"),
    }
    async with Endpoint(Script(pages=pages)) as endpoint, closing(LlamaCppModel(Address(url=endpoint.url))) as model:
        assert isinstance(model, LlamaCppModel)
        await model.describe()
        yield endpoint, model


def slots_asked(endpoint: Endpoint) -> list[int | None]:
    return [request.body.get("id_slot") for request in endpoint.requests if request.path == "/completion"]


async def test_a_client_keeps_to_one_slot_and_its_second_stream_takes_any() -> None:
    async with with_slots(1_000) as (endpoint, model):
        async with contextlib.aclosing(model.stream(EVEN)) as chunks:
            await anext(chunks)
            await said(model, EVEN)
        await model.describe()
        await said(model, EVEN)
        first, second, third = slots_asked(endpoint)
        assert first is not None
        assert (second, third) == (None, first)


@pytest.mark.parametrize("slots", [1, 0, None])
async def test_a_slot_that_is_not_there_any_more_is_not_waited_for(slots: int | None) -> None:
    async with with_slots(1_000) as (endpoint, model):
        answer = endpoint.script.pages["POST", "/completion"]
        settings = {"total_slots": slots} | SETTINGS
        pages = {("GET", "/props"): json_response(200, settings), ("POST", "/completion"): answer}
        endpoint.script = Script(pages=pages)
        await model.describe()
        await said(model, EVEN)
        assert slots_asked(endpoint) == [None]


async def test_fewer_slots_than_before_give_another_one() -> None:
    async with with_slots(1_000) as (endpoint, model):
        model._slot = 999
        endpoint.script = Script(pages={("GET", "/props"): json_response(200, {"total_slots": 2} | SETTINGS)})
        await model.describe()
        assert model._slot in {0, 1}


async def test_an_adapter_is_refused_for_it_is_the_server_s_own_affair() -> None:
    with pytest.raises(Refused, match="no adapter") as caught:
        LlamaCppModel(Address(url="http://127.0.0.1:8080", adapter="ours"))
    assert "--lora" in caught.value.advice


@pytest.mark.parametrize(
    ("rate", "told"), [(31.5, 31.5), (42, 42.0), (0, None), (1e6, None), (True, None), ("fast", None)]
)
async def test_a_rate_that_can_not_be_is_none(rate: object, told: float | None) -> None:
    usage = llamacpp_wire.usage_in({"timings": {"prompt_n": 3, "cache_n": 4, "predicted_per_second": rate}})
    assert usage == Usage(7, 4, None, told)


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
