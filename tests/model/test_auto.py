"""Which engine is it? Against the stand-ins, over real sockets."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest
from support.endpoint import PROMPT, said
from support.waiting import until

from mistral_lsp.bench.endpoint import Endpoint
from mistral_lsp.bench.tgi_script import Fault, Script, json_response, response
from mistral_lsp.core.prompt import Prompt
from mistral_lsp.model.address import Address
from mistral_lsp.model.auto import AutoModel
from mistral_lsp.model.base import Closed, ModelError, Overloaded, Refused, TooLong, Unreachable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@contextlib.asynccontextmanager
async def auto(script: Script) -> AsyncIterator[tuple[Endpoint, AutoModel]]:
    async with Endpoint(script) as endpoint:
        model = AutoModel(Address(url=endpoint.url))
        try:
            yield endpoint, model
        finally:
            await model.close()


@pytest.mark.parametrize(("engine", "title"), [("tgi", "tgi"), ("vllm", "vLLM")])
async def test_it_finds_out_what_answers(engine: str, title: str) -> None:
    async with auto(Script(engine=engine, reply="a + b")) as (_, model):
        assert await said(model) == "a + b"
        assert (await model.describe()).engine == title


async def test_it_asks_once() -> None:
    async with auto(Script()) as (endpoint, model):
        for _ in range(3):
            await said(model)
        assert [request.path for request in endpoint.requests].count("/info") == 1


@pytest.mark.parametrize("engine", ["tgi", "vllm"])
async def test_prompts_go_over_the_connections_that_it_asked_over(engine: str) -> None:
    async with auto(Script(engine=engine)) as (endpoint, model):
        model.connect()
        await model.describe()
        model.connect()
        await said(model)
        await said(model)
        assert endpoint.connection_count == 2  # both questions at once


async def test_a_prompt_that_is_too_long_makes_nobody_ask_again_who_answers() -> None:
    async with auto(Script(max_total_tokens=40)) as (endpoint, model):
        for _ in range(2):
            with pytest.raises(TooLong):
                await said(model, Prompt("x" * 400, 32))
        assert [request.path for request in endpoint.requests].count("/info") == 1


async def test_nothing_is_open_once_it_is_closed_whatever_answered_before() -> None:
    async with auto(Script(reply="one")) as (endpoint, model):
        await said(model)
        endpoint.script = Script(engine="vllm", reply="two")
        with pytest.raises(Refused):
            await said(model)
        assert await said(model) == "two"
        await model.close()
        await until(lambda: not endpoint.open_connections)
        with pytest.raises(Closed):
            await said(model)


async def test_another_engine_at_the_same_address_is_found_after_a_refusal() -> None:
    async with auto(Script(reply="one")) as (endpoint, model):
        assert await said(model) == "one"
        endpoint.script = Script(engine="vllm", reply="two")
        with pytest.raises(Refused):
            await said(model)
        assert await said(model) == "two"


@pytest.mark.parametrize(
    ("script", "kind", "words"),
    [
        (Script(fault=Fault.REFUSE), Unreachable, "closed the connection"),
        (Script(fault=Fault.NOT_FOUND_404), Refused, "something else, no engine that is known"),
        (Script(fault=Fault.HTML_200), Refused, "a web page, no engine that is known"),
        (Script(fault=Fault.BUSY_503), Overloaded, "too much to do"),
        (Script(fault=Fault.FORBIDDEN_403), Refused, "doesn't let this token in"),
        (
            Script(pages={("GET", "/info"): response(404), ("GET", "/v1/models"): json_response(200, {"data": [3]})}),
            Refused,
            "something else",
        ),
    ],
)
async def test_what_is_no_engine_is_named(script: Script, kind: type[ModelError], words: str) -> None:
    async with auto(script) as (endpoint, model):
        with pytest.raises(kind, match=words) as caught:
            await said(model)
        assert caught.value.advice
        assert PROMPT.text not in str([request.body for request in endpoint.requests])  # no code for a stranger
        endpoint.script = Script(reply="now")
        assert await said(model) == "now"
