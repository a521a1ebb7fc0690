"""The TGI client against the stand-in, over real sockets."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import subprocess
import sys

import pytest
from support.endpoint import PROMPT, said, tgi

from mistral_lsp.bench.tgi_script import Fault, json_response, response
from mistral_lsp.core.prompt import Prompt
from mistral_lsp.model.address import Address
from mistral_lsp.model.base import (
    Broken,
    Closed,
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
from mistral_lsp.model.tgi import TgiModel

TOKEN = "hf_0123456789abcdef0123456789abcdef"


async def refused(model: TgiModel, prompt: Prompt = PROMPT) -> ModelError:
    with pytest.raises(ModelError) as caught:
        await said(model, prompt)
    return caught.value


async def test_text_comes_without_special_tokens_and_tokens_that_came_together_as_one() -> None:
    async with tgi(reply=[" a", " +", " b"]) as (_, model):
        assert [chunk async for chunk in model.stream(PROMPT)] == [" a + b"]


async def test_text_comes_as_it_is_generated() -> None:
    async with (
        tgi(reply=[" a", " +", " b"], fault=Fault.STALL, fault_after=1) as (_, model),
        contextlib.aclosing(model.stream(PROMPT)) as chunks,
    ):
        assert await anext(chunks) == " a"


async def test_the_request_says_all_that_tgi_leaves_open() -> None:
    async with tgi() as (endpoint, model):
        await said(model, Prompt("def f():", 48, ("\n\n", "```")))
        request = endpoint.requests[0]
    assert (request.method, request.path) == ("POST", "/generate_stream")
    assert request.body["inputs"] == "def f():"
    parameters = request.body["parameters"]
    assert parameters["max_new_tokens"] == 48
    assert parameters["stop"] == ["\n\n", "```"]
    assert parameters["details"] is True
    assert parameters["do_sample"] is False
    assert parameters["return_full_text"] is False
    assert None not in parameters.values()
    assert "temperature" not in parameters  # TGI refuses 0


async def test_a_temperature_asks_for_sampling() -> None:
    async with tgi() as (endpoint, model):
        await said(model, Prompt("x", 4, temperature=0.5))
        parameters = endpoint.requests[0].body["parameters"]
    assert (parameters["do_sample"], parameters["temperature"]) == (True, 0.5)


async def test_a_prompt_that_is_only_to_be_read_costs_one_token() -> None:
    async with tgi() as (endpoint, model):
        await said(model, Prompt("x", 0))
        assert endpoint.requests[0].body["parameters"]["max_new_tokens"] == 1


async def test_what_was_counted_is_told_at_the_end() -> None:
    counted: list[Usage] = []
    async with tgi(reply=["a", "b", "c"]) as (_, model):
        assert [chunk async for chunk in model.stream(Prompt("x" * 80, 8), counted.append)] == ["abc"]
    assert [usage.answer_tokens for usage in counted] == [4, 4]  # with the token that ends it
    assert [usage.is_final for usage in counted] == [False, True]
    assert (counted[0].prompt_tokens or 0) > 0


async def test_headers_hold_the_token_and_no_cookie() -> None:
    async with tgi(token=TOKEN) as (endpoint, model):
        await said(model)
        headers = endpoint.requests[0].headers
    assert headers["authorization"] == f"Bearer {TOKEN}"
    assert headers["accept"] == "text/event-stream"
    assert headers["content-type"] == "application/json"
    assert "cookie" not in headers


async def test_a_base_url_may_have_a_path() -> None:
    async with tgi(prefix="/tgi", reply="x") as (endpoint, model):
        assert await said(model) == "x"
        assert endpoint.requests[0].path == "/tgi/generate_stream"
        assert (await model.describe()).engine == "tgi"


async def test_at_most_four_stop_strings_are_sent_and_every_one_is_kept_to() -> None:
    prompt = Prompt("x", 64, ("1", "2", "3", "4", "END"))
    async with tgi(reply="some textEND and more", chars_per_token=3) as (endpoint, model):
        assert await said(model, prompt) == "some text"
        assert endpoint.requests[0].body["parameters"]["stop"] == ["1", "2", "3", "4"]
        assert len(endpoint.hangups) <= 1


async def test_the_stop_string_that_tgi_leaves_in_its_text_is_not_shown() -> None:
    async with tgi(reply=["a", "\n", "\n", "b"]) as (_, model):
        assert await said(model, Prompt("x", 64, ("\n\n",))) == "a"


async def test_lone_surrogates_in_a_document_can_be_sent() -> None:
    async with tgi(reply="x") as (endpoint, model):
        assert await said(model, Prompt("a\ud800b \ud83d\ude42", 8, ("\udfff",))) == "x"
        assert endpoint.requests[0].body["inputs"] == "a\N{REPLACEMENT CHARACTER}b 🙂"


async def test_keep_alive_comments_are_no_text() -> None:
    async with tgi(reply="a + b", comments=True) as (_, model):
        assert await said(model) == "a + b"


async def test_one_connection_serves_one_request_after_another() -> None:
    async with tgi() as (endpoint, model):
        for _ in range(5):
            await said(model)
        assert (len(endpoint.requests), endpoint.connection_count) == (5, 1)


async def test_a_connection_is_kept_when_the_responses_end_comes_a_little_later() -> None:
    async with tgi(end_s=0.01) as (endpoint, model):
        for _ in range(3):
            await said(model)
        assert endpoint.connection_count == 1


async def test_an_end_that_does_not_come_is_not_waited_for() -> None:
    async with tgi(end_s=60, reply="a + b") as (endpoint, model):
        assert await said(model) == "a + b"
        await endpoint.next_hangup()


async def test_two_streams_at_once_have_a_connection_each_and_both_are_kept() -> None:
    async with tgi(token_s=0.001, reply="abcdefgh", chars_per_token=1) as (endpoint, model):
        for _ in range(3):
            await asyncio.gather(said(model), said(model))
        assert endpoint.connection_count == 2


async def test_leaving_a_stream_hangs_up() -> None:
    async with tgi(fault=Fault.ENDLESS, token_s=0.001) as (endpoint, model):
        async with contextlib.aclosing(model.stream(PROMPT)) as chunks:
            await anext(chunks)
        left_s = asyncio.get_running_loop().time()
        hangup = await endpoint.next_hangup()
    assert hangup.at_s - left_s < 0.25


@pytest.mark.parametrize("fault", [Fault.SILENT, Fault.STALL])
async def test_cancelling_hangs_up_while_nothing_comes(fault: Fault) -> None:
    async with tgi(fault=fault, reply="hello") as (endpoint, model):
        task = asyncio.ensure_future(said(model))
        await endpoint.next_request()
        left_s = asyncio.get_running_loop().time()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        hangup = await endpoint.next_hangup()
    assert hangup.at_s - left_s < 0.25


async def test_the_limit_is_for_each_token_and_not_for_the_whole_answer() -> None:
    async with tgi(timeout_s=0.5, reply="abcdefgh", chars_per_token=1, token_s=0.1) as (_, model):
        assert await said(model) == "abcdefgh"


async def test_a_reader_that_takes_its_time_is_not_the_endpoints_fault() -> None:
    async with tgi(timeout_s=0.3, reply="abc", chars_per_token=1, token_s=0.01) as (_, model):
        text = ""
        async for chunk in model.stream(PROMPT):
            text += chunk
            await asyncio.sleep(0.35)  # longer than the limit: that is the point
    assert text == "abc"


FAULTS: list[tuple[Fault, int, type[ModelError], str, str]] = [
    (Fault.REFUSE, 0, Unreachable, "closed the connection", "Start the model server"),
    (Fault.SILENT, 0, TooSlow, "no answer within 0.", "endpoint.timeout_s"),
    (Fault.STALL, 0, TooSlow, "no answer within 0.", "endpoint.timeout_s"),
    (Fault.STALL, 2, Broken, "fell silent", "log"),
    (Fault.CUT, 0, Broken, "cut", "log"),
    (Fault.CUT, 2, Broken, "cut", "log"),
    (Fault.CUT_IN_CHARACTER, 2, Broken, "cut", "log"),
    (Fault.END_EARLY, 2, Broken, "without the final event", "log"),
    (Fault.HUGE_EVENT, 2, Broken, "megabyte", "doctor"),
    (Fault.NOT_JSON, 2, Broken, "isn't text-generation-inference's", "endpoint.url"),
    (Fault.WRONG_SHAPE, 0, Broken, "isn't text-generation-inference's", "endpoint.url"),
    (Fault.GENERATION, 0, Broken, "CUDA out of memory", "log"),
    (Fault.GENERATION, 2, Broken, "CUDA out of memory", "log"),
    (Fault.INCOMPLETE, 0, Broken, "Incomplete generation", "log"),
    (Fault.OVERLOADED, 0, Overloaded, "too much to do", "--max-concurrent-requests"),
    (Fault.BUSY_503, 0, Overloaded, "too much to do", "Wait"),
    (Fault.HTML_502, 0, Broken, "a web page (HTTP 502)", "endpoint.url"),
    (Fault.HTML_200, 0, Broken, "a web page (HTTP 200)", "endpoint.url"),
    (Fault.JSON_200, 0, Broken, "application/json (HTTP 200)", "endpoint.url"),
    (Fault.FORBIDDEN_403, 0, Unauthorised, "403", "endpoint.token_env"),
    (Fault.NOT_FOUND_404, 0, Refused, "no /generate_stream", "endpoint.url"),
    (Fault.REDIRECT, 0, Refused, "redirects", "endpoint.url"),
]


@pytest.mark.parametrize(("fault", "after", "kind", "words", "advice"), FAULTS)
async def test_each_fault_is_told_in_our_words_after_one_try(
    fault: Fault, after: int, kind: type[ModelError], words: str, advice: str
) -> None:
    timeout_s = 0.3 if fault in (Fault.SILENT, Fault.STALL) else 10
    async with tgi(timeout_s=timeout_s, reply="hello, wörld", fault=fault, fault_after=after) as (endpoint, model):
        error = await refused(model)
        assert type(error) is kind
        assert words in str(error)
        assert advice in error.advice
        assert len(endpoint.requests) == 1


@pytest.mark.parametrize(
    ("fault", "kind"), [(Fault.GENERATION, Broken), (Fault.OVERLOADED, Overloaded), (Fault.INCOMPLETE, Broken)]
)
async def test_the_same_errors_as_a_status(fault: Fault, kind: type[ModelError]) -> None:
    async with tgi(fault=fault, errors_as_status=True) as (_, model):
        assert type(await refused(model)) is kind


async def test_what_came_before_a_cut_was_shown() -> None:
    async with tgi(reply="abcdef", chars_per_token=1, fault=Fault.CUT, fault_after=3) as (_, model):
        chunks = model.stream(PROMPT)
        assert await anext(chunks) == "abc"
        with pytest.raises(Broken):
            await anext(chunks)


async def test_an_overloaded_endpoint_may_say_for_how_long() -> None:
    async with tgi(fault=Fault.BUSY_503) as (_, model):
        error = await refused(model)
    assert isinstance(error, Overloaded)
    assert error.retry_after_s == 7


@pytest.mark.parametrize("as_status", [False, True])
async def test_a_prompt_too_long_for_the_endpoint_names_the_settings_to_lower(*, as_status: bool) -> None:
    async with tgi(max_total_tokens=16, errors_as_status=as_status) as (_, model):
        error = await refused(model)
    assert isinstance(error, Refused)
    assert "Given: " in str(error)
    assert "completion.context_tokens" in error.advice


async def test_a_prompt_larger_than_the_endpoints_payload_is_refused() -> None:
    async with tgi() as (_, model):
        error = await refused(model, Prompt("x" * 2_000_001, 8))
    assert isinstance(error, Refused)
    assert "completion.context_tokens" in error.advice


async def test_an_empty_prompt_is_refused_by_the_endpoint() -> None:
    async with tgi() as (_, model):
        assert "cannot be empty" in str(await refused(model, Prompt("", 8)))


@pytest.mark.parametrize("own", [None, "wrong"])
async def test_without_the_right_token_the_error_names_the_setting(own: str | None) -> None:
    async with tgi(token=own) as (endpoint, model):
        endpoint.script = type(endpoint.script)(token=TOKEN)
        error = await refused(model)
        assert isinstance(error, Refused)
        assert "endpoint.token_env" in error.advice


@pytest.mark.parametrize("fault", [None, *Fault])
async def test_the_token_and_the_prompt_are_in_no_error_and_no_log(
    fault: Fault | None, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with tgi(token=TOKEN, timeout_s=0.05, fault=fault) as (_, model):
        shown = [repr(model), repr(model._http)]
        with contextlib.suppress(ModelError):
            try:
                async with asyncio.timeout(0.3):
                    await said(model, Prompt("SECRET CODE", 8))
            except TimeoutError:  # endless
                assert fault is Fault.ENDLESS
            except ModelError as error:
                shown += everything_of(error)
                raise
    assert not [text for text in (*shown, caplog.text) if TOKEN in text or "SECRET CODE" in text]


def everything_of(error: BaseException | None) -> list[str]:
    """Its words, and those of every error that it still holds."""
    if error is None:
        return []
    own = [str(error), repr(error), repr(vars(error))]
    return own + everything_of(error.__context__) + everything_of(error.__cause__)


async def test_an_error_of_an_unknown_kind_is_not_repeated() -> None:
    echo = json_response(500, {"error": "cannot parse: def add(a, b)", "error_type": "made up"})
    async with tgi(pages={("POST", "/generate_stream"): echo}) as (_, model):
        error = await refused(model)
    assert "def add" not in "".join(everything_of(error))
    assert "HTTP 500" in str(error)


async def test_describe_gives_what_the_endpoint_says_of_itself() -> None:
    async with tgi(model_id="mistralai/Mistral-7B-Instruct-v0.2", max_total_tokens=4096, token=TOKEN) as (_, model):
        assert await model.describe() == ModelInfo(
            "tgi", "mistralai/Mistral-7B-Instruct-v0.2", "3.3.7", 4096, has_chat=True
        )
    async with tgi(has_chat=False) as (_, model):
        assert (await model.describe()).has_chat is False


async def test_what_a_prompt_may_have_is_its_own_limit_where_that_is_less() -> None:
    for key in ("max_input_tokens", "max_input_length"):
        info = {"model_id": "m", "max_total_tokens": 2048, key: 1024}
        async with tgi(pages={("GET", "/info"): json_response(200, info)}) as (_, model):
            assert (await model.describe()).context_tokens == 1025


async def test_an_adapter_is_asked_for_in_both_forms_and_told() -> None:
    async with tgi() as (endpoint, plain):
        model = TgiModel(Address(url=endpoint.url, adapter="ours"))
        for one in (model, plain):
            await said(one)
            await said(one, QUESTION)
        assert ((await model.describe()).adapter, (await plain.describe()).adapter) == ("ours", None)
        await model.close()
        raw = [request.body["parameters"] for request in endpoint.requests if request.path == "/generate_stream"]
        turns = [request.body["model"] for request in endpoint.requests if request.path == "/v1/chat/completions"]
    assert [parameters.get("adapter_id") for parameters in raw] == ["ours", None]
    assert turns == ["ours", "tgi"]


QUESTION = Prompt("", 32, ("\n```",), user="Go on.")


async def test_a_turn_is_put_into_the_model_s_template() -> None:
    counted: list[Usage] = []
    async with tgi(reply=["x", " = 1"]) as (endpoint, model):
        assert "".join([chunk async for chunk in model.stream(QUESTION, counted.append)]) == "x = 1"
        [request] = [request for request in endpoint.requests if request.path == "/v1/chat/completions"]
    assert request.body["messages"] == [{"role": "user", "content": "Go on."}]
    assert request.body["temperature"] == 0
    assert request.body["max_tokens"] == 32
    assert (counted[-1].prompt_tokens or 0) > 0


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault.OVERLOADED, Overloaded),
        (Fault.GENERATION, Broken),
        (Fault.CUT, Broken),
        (Fault.NOT_JSON, Broken),
        (Fault.END_EARLY, Broken),
        (Fault.HTML_502, Broken),
        (Fault.FORBIDDEN_403, Unauthorised),
    ],
)
async def test_a_chat_s_faults_are_told_as_others_are(fault: Fault, kind: type[ModelError]) -> None:
    async with tgi(fault=fault) as (_, model):
        assert type(await refused(model, QUESTION)) is kind


async def test_a_turn_that_is_too_long_or_has_no_template_is_refused() -> None:
    async with tgi(max_total_tokens=64) as (_, model):
        error = await refused(model, Prompt("", 32, user="word " * 100))
        assert isinstance(error, TooLong)
        assert error.limit_tokens == 64
    async with tgi(has_chat=False) as (_, model):
        assert isinstance(await refused(model, QUESTION), Refused)


def models_of(owner: str) -> bytes:
    return json_response(200, {"object": "list", "data": [{"id": "m", "object": "model", "owned_by": owner}]})


@pytest.mark.parametrize(
    ("pages", "who"),
    [
        ({("GET", "/v1/models"): models_of("vllm")}, "vLLM"),
        ({("GET", "/v1/models"): models_of("llamacpp")}, "llama.cpp"),
        ({("GET", "/v1/models"): models_of("library")}, "Ollama"),
        ({("GET", "/info"): response(200, b"<html>hello</html>", content_type="text/html")}, "a web page"),
        ({("GET", "/info"): json_response(200, {"model_id": "BAAI/bge", "max_input_length": 512})}, "something else"),
        ({}, "something else"),
        ({("GET", "/v1/models"): json_response(200, [])}, "something else"),
    ],
)
async def test_describe_says_what_answers_where_it_is_not_tgi(pages: dict[tuple[str, str], bytes], who: str) -> None:
    async with tgi(pages=pages, fault=Fault.NOT_FOUND_404) as (_, model):
        with pytest.raises(Refused, match=f"is {who}, not text-generation-inference"):
            await model.describe()


async def test_describe_through_a_proxy_that_wants_a_token_says_so() -> None:
    async with tgi(fault=Fault.FORBIDDEN_403) as (_, model):
        with pytest.raises(Refused) as caught:
            await model.describe()
    assert "endpoint.token_env" in caught.value.advice


async def test_foreign_words_are_shown_on_one_line_of_bounded_length() -> None:
    info = {"model_id": "a\x1b[31m\nb" + "x" * 999, "max_total_tokens": "many", "version": 3}
    async with tgi(pages={("GET", "/info"): json_response(200, info)}) as (_, model):
        described = await model.describe()
    assert described.name.startswith("a[31m bxxx")
    assert len(described.name) == 200
    assert (described.version, described.context_tokens) == (None, None)


@pytest.mark.parametrize("begun", [0, 1])
async def test_a_closed_model_hangs_up_what_still_streams(begun: int) -> None:
    async with tgi(fault=Fault.STALL, reply="abcdefgh", fault_after=begun) as (endpoint, model):
        chunks = model.stream(PROMPT)
        for _ in range(begun):
            await anext(chunks)
        pending = asyncio.ensure_future(anext(chunks))
        await endpoint.next_request()
        await asyncio.wait({pending}, timeout=0.1)  # until it waits for more
        await model.close()
        await endpoint.next_hangup()
        with pytest.raises(Closed):
            await pending
        with pytest.raises(Closed):
            await said(model)


async def test_nothing_is_left_open_when_streams_are_dropped() -> None:
    async with tgi(fault=Fault.STALL, fault_after=1) as (endpoint, model):
        for _ in range(3):
            chunks = model.stream(PROMPT)
            await anext(chunks)
            await chunks.aclose()
        await endpoint.next_hangup(after=2)
        gc.collect()
        assert not endpoint.open_connections


def test_the_servers_start_imports_nothing_heavy() -> None:
    code = "import sys, mistral_lsp.model.tgi, mistral_lsp.model.embedded; print(*sys.modules, sep='\\n')"
    loaded = set(
        subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()
    )
    assert not loaded & {"aiohttp", "text_generation", "pydantic", "huggingface_hub", "xllamacpp", "jinja2"}


def test_warming_up_leaves_the_packages_two_clients_alone() -> None:
    code = (
        "import asyncio, sys; from mistral_lsp.model.tgi import TgiModel\n"
        "from mistral_lsp.model.address import Address\n"
        "model = TgiModel(Address(url='http://127.0.0.1:9'))\n"
        "async def main():\n    await model.warm_up(); await model.close()\n"
        "asyncio.run(main()); print(*sys.modules, sep='\\n')\n"
        "import text_generation; print('Client' in vars(text_generation))"  # and it can still be imported as ever
    )
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()
    assert {"text_generation.types", "text_generation.errors"} <= set(loaded)
    assert not {"text_generation.client", "huggingface_hub", "requests", "aiohttp"} & set(loaded)
    assert loaded[-1] == "True"
