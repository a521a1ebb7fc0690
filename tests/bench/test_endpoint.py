"""The stand-in answers as text-generation-inference does, seen by plain HTTP and by TGI's own client."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import socket
import subprocess
import sys
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest
from text_generation import AsyncClient  # type: ignore[import-untyped] # it has no types
from text_generation.errors import (  # type: ignore[import-untyped]
    GenerationError,
    OverloadedError,
    ValidationError,
)

from mistral_lsp.bench.endpoint import Endpoint
from mistral_lsp.bench.tgi_script import Fault, Script

# TGI's client is older than the pydantic that it runs on.
pytestmark = pytest.mark.filterwarnings("ignore:The `dict` method is deprecated:DeprecationWarning")

ASKED: dict[str, Any] = {"inputs": "def f():", "parameters": {"max_new_tokens": 8, "details": True}}


async def asked(
    script: Script, path: str, body: Any = None, *, method: str = "POST", token: str = ""
) -> tuple[int, str, str, dict[str, str]]:
    """Status, content type, text and headers."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with (
        Endpoint(script) as endpoint,
        aiohttp.ClientSession(headers=headers) as session,
        session.request(method, endpoint.url + path, json=body) as reply,
    ):
        return reply.status, reply.content_type, await reply.text(), {k.lower(): v for k, v in reply.headers.items()}


async def test_tgis_own_client_understands_a_stream() -> None:
    async with Endpoint(Script(reply="a + b", chars_per_token=2)) as endpoint:
        events = [event async for event in AsyncClient(endpoint.url).generate_stream("x", max_new_tokens=8)]
    assert [event.token.text for event in events] == ["a ", "+ ", "b", "</s>"]
    assert [event.token.special for event in events] == [False, False, False, True]
    assert events[-1].generated_text == "a + b"
    assert events[-1].details.generated_tokens == 4


@pytest.mark.parametrize("turns", range(6))
async def test_a_client_that_comes_as_it_is_left_is_turned_away_and_no_socket_stays_open(turns: int) -> None:
    async with Endpoint() as endpoint:
        host, port = endpoint.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as client:
            for _ in range(turns):
                await asyncio.sleep(0)
            await endpoint.__aexit__(None, None, None)
            assert not endpoint.open_connections
            client.settimeout(5)
            with contextlib.suppress(ConnectionResetError):
                assert client.recv(1) == b""
    gc.collect()  # an open transport that is collected warns, and a warning fails a test


async def test_tgis_own_client_understands_an_answer_in_one_piece() -> None:
    async with Endpoint(Script(reply="a + b")) as endpoint:
        response = await AsyncClient(endpoint.url).generate("x", max_new_tokens=1)
    assert response.generated_text == "a + "
    assert response.details.finish_reason == "length"


@pytest.mark.parametrize(("fault", "kind"), [(Fault.OVERLOADED, OverloadedError), (Fault.GENERATION, GenerationError)])
async def test_tgis_own_client_understands_the_errors(fault: Fault, kind: type[Exception]) -> None:
    async with Endpoint(Script(fault=fault)) as endpoint:
        with pytest.raises(kind):
            await AsyncClient(endpoint.url).generate("x")


async def test_tgis_own_client_is_refused_a_fifth_stop_string() -> None:
    async with Endpoint() as endpoint:
        with pytest.raises(ValidationError, match=r"supports up to 4 stop sequences\. Given: 5"):
            await AsyncClient(endpoint.url).generate("x", stop_sequences=list("abcde"))


async def test_the_stop_string_stays_in_the_text() -> None:
    body = {"inputs": "x", "parameters": {"max_new_tokens": 9, "stop": ["+"], "details": True}}
    _, _, text, _ = await asked(Script(reply=["a", "+", "b"]), "/generate", body)
    assert json.loads(text)["generated_text"] == "a+"
    assert json.loads(text)["details"]["finish_reason"] == "stop_sequence"


async def test_an_answer_in_one_piece_has_the_headers_with_the_times() -> None:
    _, _, _, headers = await asked(Script(), "/generate", ASKED)
    assert headers["x-prompt-tokens"] == "3"
    assert {"x-compute-type", "x-total-time", "x-queue-time", "x-inference-time"} <= set(headers)


async def test_a_stream_that_can_not_begin_says_so_in_an_event_of_status_200() -> None:
    status, kind, text, _ = await asked(Script(), "/generate_stream", {"inputs": ""})
    assert (status, kind) == (200, "text/event-stream")
    event = json.loads(text.removeprefix("data:"))
    assert event == {"error": "Input validation error: `inputs` cannot be empty", "error_type": "validation"}


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"temperature": 0}, "`temperature` must be strictly positive"),
        ({"max_new_tokens": 0}, "`max_new_tokens` must be strictly positive"),
        ({"max_new_tokens": 99_999}, "`max_new_tokens` must be <= 8192"),
    ],
)
async def test_parameters_out_of_range_are_refused(parameters: dict[str, float], words: str) -> None:
    status, _, text, _ = await asked(Script(), "/generate", {"inputs": "x", "parameters": parameters})
    assert status == 422
    assert words in json.loads(text)["error"]


async def test_a_request_without_inputs_is_refused_in_plain_text() -> None:
    status, kind, text, _ = await asked(Script(), "/generate", {"prompt": "x"})
    assert (status, kind) == (422, "text/plain")
    assert "missing field `inputs`" in text


async def test_the_token_is_compared_without_regard_to_case_and_info_needs_none() -> None:
    script = Script(token="AbC")
    assert (await asked(script, "/generate", ASKED))[0] == 401
    assert (await asked(script, "/generate", ASKED, token="abc"))[0] == 200
    for path in ("/info", "/health", "/ping", "/"):
        assert (await asked(script, path, method="GET"))[0] == 200


async def test_the_compatible_route_answers_with_a_list_or_a_stream() -> None:
    _, _, text, _ = await asked(Script(reply="x"), "/", ASKED)
    assert json.loads(text)[0]["generated_text"] == "x"
    assert (await asked(Script(), "/", ASKED | {"stream": True}))[1] == "text/event-stream"


async def test_tokens_know_their_place() -> None:
    _, _, text, _ = await asked(Script(), "/tokenize", {"inputs": "abcdef"})
    assert [(token["text"], token["start"], token["stop"]) for token in json.loads(text)] == [
        ("abcd", 0, 4),
        ("ef", 4, 6),
    ]


async def test_unknown_paths_and_methods() -> None:
    assert (await asked(Script(), "/v2/nothing", ASKED))[0] == 404
    assert (await asked(Script(), "/generate", method="GET"))[0] == 405


async def test_a_reply_may_depend_on_the_prompt() -> None:
    _, _, text, _ = await asked(Script(reply=lambda prompt: prompt.upper()), "/generate", ASKED)
    assert json.loads(text)["generated_text"] == "DEF F():"


async def test_a_client_that_leaves_is_noticed_with_how_far_it_got() -> None:
    async with Endpoint(Script(fault=Fault.STALL, fault_after=2, reply="abcdefghijkl")) as endpoint:
        async with (
            aiohttp.ClientSession() as session,
            session.post(endpoint.url + "/generate_stream", json=ASKED) as reply,
        ):
            await reply.content.readuntil(b"efgh")
            reply.close()
        hangup = await endpoint.next_hangup()
    assert hangup.writes == 3  # the head and two events


def test_as_a_process_it_prints_where_it_listens() -> None:
    command = [sys.executable, "-m", "mistral_lsp.bench.endpoint", "--reply", "a + b"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            url = json.loads(process.stdout.readline())["url"]
            assert asyncio.run(_generated(url)) == "a + b"
        finally:
            process.terminate()
    assert process.returncode == 0


async def _generated(url: str) -> str:
    text: str = (await AsyncClient(url).generate("x")).generated_text
    return text


KILLED = """
import asyncio, sys
from mistral_lsp.bench.endpoint import endpoint_process

async def main():
    async with endpoint_process() as url:
        print(url, flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


def test_its_process_ends_with_a_benchmark_that_was_killed() -> None:
    benchmark = subprocess.Popen([sys.executable, "-c", KILLED], stdout=subprocess.PIPE, text=True)
    assert benchmark.stdout
    with benchmark.stdout:
        where = urlsplit(benchmark.stdout.readline().strip())
    with socket.create_connection((where.hostname, where.port), timeout=10) as connection:
        benchmark.kill()
        benchmark.wait()
        assert connection.recv(1) == b""
