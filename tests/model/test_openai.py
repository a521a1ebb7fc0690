"""The OpenAI client against the stand-in for vLLM, over real sockets."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from support.endpoint import PROMPT, said, vllm

from mistral_lsp.bench.tgi_script import Fault, json_response
from mistral_lsp.core.prompt import Prompt
from mistral_lsp.model.address import Address
from mistral_lsp.model.base import (
    Broken,
    ModelError,
    ModelInfo,
    Overloaded,
    Refused,
    TooLong,
    TooSlow,
    Unauthorised,
    Unreachable,
    Usage,
)
from mistral_lsp.model.openai import OpenAiModel

if TYPE_CHECKING:
    from pathlib import Path

    from mistral_lsp.bench.endpoint import Endpoint

TOKEN = "sk-0123456789abcdef0123456789abcdef"
NAME = "mistralai/Mistral-7B-Instruct-v0.3"


def asked(endpoint: Endpoint) -> list[dict[str, object]]:
    return [request.body for request in endpoint.requests if request.path == "/v1/completions"]


async def refused(model: OpenAiModel, prompt: Prompt = PROMPT) -> ModelError:
    with pytest.raises(ModelError) as caught:
        await said(model, prompt)
    return caught.value


async def test_tokens_that_came_together_come_as_one() -> None:
    async with vllm(reply=[" a", " +", " b"]) as (_, model):
        assert [chunk async for chunk in model.stream(PROMPT)] == [" a + b"]


async def test_the_request_is_raw_and_names_the_model_that_is_served() -> None:
    async with vllm() as (endpoint, model):
        await said(model, Prompt("def f():", 48, ("\n\n", "```")))
        body = asked(endpoint)[0]
    assert (body["prompt"], body["model"], body["max_tokens"]) == ("def f():", NAME, 48)
    assert (body["stop"], body["temperature"], body["stream"]) == (["\n\n", "```"], 0.0, True)


async def test_the_endpoint_is_asked_for_its_models_once() -> None:
    async with vllm() as (endpoint, model):
        for _ in range(3):
            await said(model)
        assert [request.path for request in endpoint.requests].count("/v1/models") == 1


async def test_each_client_has_a_cache_of_its_own_at_vllm() -> None:
    async with vllm() as (endpoint, model):
        other = OpenAiModel(Address(url=endpoint.url))
        for client in (model, model, other):
            await said(client)
            await client.describe()
        await other.close()
        own, again, others = (body["cache_salt"] for body in asked(endpoint))
    assert own == again != others
    assert len(str(own)) >= 32


async def test_all_of_a_users_clients_share_their_part_of_vllms_cache(tmp_path: Path) -> None:
    async with vllm() as (endpoint, _):
        for _ in range(2):
            model = OpenAiModel(Address(url=endpoint.url, salt_file=tmp_path / "salt"))
            await said(model)
            await model.describe()
            await said(model)
            await model.close()
        assert len({body["cache_salt"] for body in asked(endpoint)}) == 1
        assert (tmp_path / "salt").read_bytes().hex() not in str(asked(endpoint))


async def test_nothing_is_kept_for_a_host_that_takes_no_salt(tmp_path: Path) -> None:
    async with vllm(owner="openai") as (endpoint, _):
        model = OpenAiModel(Address(url=endpoint.url, salt_file=tmp_path / "salt"))
        await said(model)
        await model.close()
    assert not (tmp_path / "salt").exists()


async def test_a_host_that_is_not_vllm_gets_no_field_of_vllms() -> None:
    async with vllm(owner="openai") as (endpoint, model):
        await said(model)
        assert "cache_salt" not in asked(endpoint)[0]


async def test_a_prompt_that_is_only_to_be_read_costs_one_token_and_nothing_where_it_may_be_billed() -> None:
    async with vllm() as (endpoint, model):
        await said(model, Prompt("x", 0))
        assert asked(endpoint)[0]["max_tokens"] == 1
    async with vllm(owner="openai") as (endpoint, model):
        assert await said(model, Prompt("x", 0)) == ""
        assert asked(endpoint) == []


async def test_what_was_counted_is_told() -> None:
    counted: list[Usage] = []
    async with vllm(reply=["a", "b"]) as (_, model):
        assert [chunk async for chunk in model.stream(Prompt("x" * 80, 8), counted.append)] == ["ab"]
    usage = Usage(prompt_tokens=21, cached_tokens=16, answer_tokens=2)
    assert counted == [usage, replace(usage, is_final=True)]


async def test_stop_strings_beyond_what_vllm_takes_are_kept_to_here() -> None:
    stops = ("1", "2", "3", "4", "5")
    async with vllm(reply=["a", "b5", "c"]) as (endpoint, model):
        assert await said(model, Prompt("x", 8, stops)) == "ab"
        assert asked(endpoint)[0]["stop"] == ["1", "2", "3", "4"]


async def test_one_connection_serves_one_request_after_another() -> None:
    async with vllm() as (endpoint, model):
        for _ in range(3):
            await said(model)
        assert endpoint.connection_count == 1


async def test_leaving_a_stream_hangs_up() -> None:
    async with vllm(reply=["x"] * 50, token_s=0.01) as (endpoint, model):
        async with contextlib.aclosing(model.stream(Prompt("x", 64))) as chunks:
            await anext(chunks)
        assert (await endpoint.next_hangup()).writes < 10


async def test_a_url_may_end_with_v1() -> None:
    async with vllm() as (endpoint, _):
        model = OpenAiModel(Address(url=f"{endpoint.url}/v1/"))
        assert await said(model) == "pass"
        await model.close()


FAULTS: list[tuple[Fault, int, type[ModelError], str, str]] = [
    (Fault.REFUSE, 0, Unreachable, "closed the connection", "Start the model server"),
    (Fault.SILENT, 0, TooSlow, "no answer within 0.", "endpoint.timeout_s"),
    (Fault.STALL, 0, TooSlow, "no answer within 0.", "endpoint.timeout_s"),
    (Fault.STALL, 2, Broken, "fell silent", "log"),
    (Fault.CUT, 2, Broken, "cut", "log"),
    (Fault.CUT_IN_CHARACTER, 2, Broken, "cut", "log"),
    (Fault.END_EARLY, 2, Broken, "without saying why", "log"),
    (Fault.HUGE_EVENT, 2, Broken, "megabyte", "doctor"),
    (Fault.NOT_JSON, 2, Broken, "isn't OpenAI's", "endpoint.url"),
    (Fault.WRONG_SHAPE, 0, Broken, "isn't OpenAI's", "endpoint.url"),
    (Fault.GENERATION, 2, Broken, "failed while it generated", "log"),
    (Fault.BUSY_503, 0, Overloaded, "too much to do", "Wait"),
    (Fault.HTML_502, 0, Broken, "a web page (HTTP 502)", "endpoint.url"),
    (Fault.FORBIDDEN_403, 0, Unauthorised, "403", "endpoint.token_env"),
    (Fault.NOT_FOUND_404, 0, Refused, "404", "endpoint.url"),
    (Fault.REDIRECT, 0, Refused, "redirects", "endpoint.url"),
]


@pytest.mark.parametrize(("fault", "after", "kind", "words", "advice"), FAULTS)
async def test_each_fault_is_told_in_our_words_after_one_try(
    fault: Fault, after: int, kind: type[ModelError], words: str, advice: str
) -> None:
    async with vllm(model=NAME, reply=["a", "b", "c"], timeout_s=0.5) as (endpoint, model):
        await said(model, Prompt("x", 1))  # it knows the endpoint by now
        endpoint.script = type(endpoint.script)(engine="vllm", reply=["a", "b", "c"], fault=fault, fault_after=after)
        before = len(endpoint.requests)
        error = await refused(model)
        assert len(endpoint.requests) - before <= 1
    assert type(error) is kind
    assert words in str(error)
    assert advice in error.advice
    assert PROMPT.text not in f"{error} {error.advice} {error.__cause__} {error.__context__}"


@pytest.mark.parametrize(
    "message",
    [
        "This model's maximum context length is 64 tokens. However, you requested 90 tokens (82 in the messages, 8 in)",
        "You passed 82 input tokens and requested 8 output tokens. However, the model's context length is only 64",
    ],
)
async def test_a_prompt_that_is_too_long_tells_the_limit(message: str) -> None:
    page = json_response(400, {"error": {"message": message, "type": "BadRequestError", "code": 400}})
    async with vllm(pages={("POST", "/v1/completions"): page}) as (_, model):
        error = await refused(model)
    assert isinstance(error, TooLong)
    assert (error.limit_tokens, error.given_tokens) == (64, 82)
    assert "completion.context_tokens" in error.advice


async def test_the_stand_in_finds_a_prompt_too_long_as_vllm_does() -> None:
    async with vllm(max_total_tokens=64) as (_, model):
        error = await refused(model, Prompt("x" * 400, 8))
    assert isinstance(error, TooLong)
    assert (error.limit_tokens, error.given_tokens) == (64, 101)


@pytest.mark.parametrize("own", [None, "sk-wrong"])
async def test_without_the_right_token_the_error_names_the_setting(own: str | None) -> None:
    async with vllm(token=own) as (endpoint, model):
        endpoint.script = type(endpoint.script)(engine="vllm", token=TOKEN)
        error = await refused(model)
    assert isinstance(error, Refused)
    assert "endpoint.token_env" in error.advice


async def test_a_model_that_is_not_served_is_named_with_those_that_are() -> None:
    async with vllm(model="other/model") as (_, model):
        error = await refused(model)
    assert "serves no model other/model" in str(error)
    assert NAME in str(error)
    assert "endpoint.model" in error.advice


async def test_an_adapter_is_asked_as_a_model_and_known_by_the_one_that_it_adapts() -> None:
    cards = [
        {"id": NAME, "owned_by": "vllm", "parent": None, "max_model_len": 4096},
        {"id": "ours", "owned_by": "vllm", "root": "/adapters/ours", "parent": NAME, "max_model_len": None},
    ]
    async with vllm(pages={("GET", "/v1/models"): json_response(200, {"data": cards})}) as (endpoint, plain):
        model = OpenAiModel(Address(url=endpoint.url, model=NAME, adapter="ours"))
        info = await model.describe()
        assert (info.name, info.adapter, info.context_tokens) == (NAME, "ours", 4096)
        assert (await plain.describe()).adapter is None
        with contextlib.suppress(ModelError):
            await said(model)
        await model.close()
        assert asked(endpoint)[-1]["model"] == "ours"


async def test_an_adapter_that_is_not_served_is_named() -> None:
    async with vllm() as (endpoint, _):
        model = OpenAiModel(Address(url=endpoint.url, adapter="theirs"))
        assert "serves no model theirs" in str(await refused(model))
        await model.close()


async def test_a_host_that_lists_nothing_is_asked_for_the_model_that_the_user_names() -> None:
    hidden = {("GET", "/v1/models"): json_response(404, {"detail": "Not Found"})}
    async with vllm(model=NAME, pages=hidden) as (_, model):
        assert await said(model) == "pass"
    async with vllm(pages=hidden) as (_, model):
        error = await refused(model)
    assert "lists no models" in str(error)
    assert "endpoint.model" in error.advice


async def test_describe_gives_what_the_endpoint_says_of_itself() -> None:
    async with vllm(max_total_tokens=4096) as (_, model):
        assert await model.describe() == ModelInfo("vLLM", NAME, "0.33.0", 4096, has_chat=True, prefills=True)
    async with vllm(has_chat=False) as (_, model):
        assert (await model.describe()).has_chat is False
    async with vllm(owner="openai") as (_, model):
        info = await model.describe()
        assert (info.has_chat, info.prefills) == (None, False)


QUESTION = Prompt("```python\nx =", 32, ("\n```",), user="Go on.")


async def test_a_turn_is_put_into_the_model_s_template_and_its_answer_begun() -> None:
    counted: list[Usage] = []
    async with vllm(reply=[" 1", "\n```"]) as (endpoint, model):
        assert "".join([chunk async for chunk in model.stream(QUESTION, counted.append)]) == " 1"
        [request] = [request for request in endpoint.requests if request.path == "/v1/chat/completions"]
    body = request.body
    assert body["messages"] == [
        {"role": "user", "content": "Go on."},
        {"role": "assistant", "content": "```python\nx ="},
    ]
    assert (body["continue_final_message"], body["add_generation_prompt"]) == (True, False)
    assert "prompt" not in body
    assert counted[-1].answer_tokens == 1


async def test_a_host_that_can_not_begin_an_answer_gets_the_turn_alone() -> None:
    async with vllm(owner="openai", reply=["a"]) as (endpoint, model):
        assert await said(model, QUESTION) == "a"
        body = next(request.body for request in endpoint.requests if request.path == "/v1/chat/completions")
    assert body["messages"] == [{"role": "user", "content": "Go on."}]
    assert "continue_final_message" not in body


async def test_a_model_without_a_template_refuses_a_turn() -> None:
    async with vllm(has_chat=False) as (_, model):
        assert isinstance(await refused(model, QUESTION), Refused)


async def test_the_words_of_an_unknown_error_are_not_repeated() -> None:
    page = json_response(500, {"error": {"message": "at def add(a, b)", "type": "InternalServerError"}})
    async with vllm(pages={("POST", "/v1/completions"): page}) as (_, model):
        error = await refused(model)
    assert "def add" not in f"{error} {error.advice}"
    assert "HTTP 500" in str(error)


async def test_the_token_is_in_no_error() -> None:
    async with vllm(token=TOKEN, fault=Fault.HTML_502) as (_, model):
        error = await refused(model)
    assert TOKEN not in f"{error} {error.advice} {error.__cause__!r} {error.__context__!r}"
