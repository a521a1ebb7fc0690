from __future__ import annotations

import asyncio
import json
from typing import Any

from mistral_lsp.bench.replay.endpoint import Engine, OracleEndpoint
from mistral_lsp.bench.replay.profiles import Profile

AT_ONCE = Profile("at once", 0.0, float("inf"), 0.0)
SLOW_TOKENS = Profile("slow", 0.0, float("inf"), 0.005)


async def ask(endpoint: OracleEndpoint, prompt: str, *, most: int = 64, events: int | None = None) -> list[str]:
    """The texts of the answer's events; after so many, hang up."""
    body = json.dumps({"inputs": prompt, "stream": True, "parameters": {"max_new_tokens": most}}).encode()
    port = int(endpoint.url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"POST /generate_stream HTTP/1.1\r\ncontent-type: application/json\r\n")
    writer.write(b"content-length: %d\r\n\r\n%s" % (len(body), body))
    texts: list[str] = []
    while (line := await reader.readline()) not in {b"0\r\n", b""} and len(texts) != events:
        if line.startswith(b"data:"):
            event: dict[str, Any] = json.loads(line.removeprefix(b"data:"))
            texts.append("" if event["token"]["special"] else event["token"]["text"])
    writer.close()
    await writer.wait_closed()
    return texts


async def test_it_says_what_the_oracle_says_and_counts_it() -> None:
    async with OracleEndpoint(Engine(profile=AT_ONCE), lambda prompt: f" {prompt.upper()} and more") as endpoint:
        texts = await ask(endpoint, "abc")
    (stream,) = endpoint.streams
    assert "".join(texts) == "".join(text for _, text in stream.sent) == " ABC and more"
    assert stream.is_whole
    assert (stream.prompt_end, stream.most_tokens) == ("abc", 64)


async def test_no_more_tokens_than_were_asked_for() -> None:
    async with OracleEndpoint(Engine(profile=AT_ONCE), lambda _: "one two three four") as endpoint:
        assert await ask(endpoint, "abc", most=2) == ["one", " two"]
    assert len(endpoint.streams[0].sent) == 2


async def test_what_was_there_before_is_cached_with_its_answer() -> None:
    async with OracleEndpoint(Engine(profile=AT_ONCE), lambda _: " = first") as endpoint:
        await ask(endpoint, "def first(value):\n    total")
        await ask(endpoint, "def first(value):\n    total = first + value")
        first, second = endpoint.streams
        assert (first.cached, first.repeated) == (0, 0)
        assert second.repeated >= first.prompt_tokens - 1
        assert second.repeated < second.cached < second.prompt_tokens


async def test_it_makes_tokens_until_the_client_hangs_up() -> None:
    async with OracleEndpoint(Engine(profile=SLOW_TOKENS), lambda _: "word " * 1000) as endpoint:
        await ask(endpoint, "abc", most=1000, events=3)
        await endpoint.next_hangup()
        (stream,) = endpoint.streams
        assert not stream.is_whole
        assert 3 <= len(stream.sent) < 1000
        assert stream.ended_s >= stream.sent[-1][0]


async def test_requests_wait_for_a_slot() -> None:
    engine = Engine(profile=SLOW_TOKENS, slots=1)
    async with OracleEndpoint(engine, lambda _: "one two three") as endpoint:
        await asyncio.gather(ask(endpoint, "abc"), ask(endpoint, "abd"))
        first, second = endpoint.streams
        assert second.sent[0][0] >= first.ended_s


async def test_a_client_that_hangs_up_frees_its_slot() -> None:
    engine = Engine(profile=SLOW_TOKENS, slots=1)
    async with OracleEndpoint(engine, lambda _: "word " * 1000) as endpoint:
        await ask(endpoint, "abc", most=1000, events=1)
        assert len(await ask(endpoint, "abc", most=2)) == 2
