"""A connection is there before the request that needs it, and never more than one."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support.stream_server import pump, served
from support.waiting import until

from mistral_lsp.bench.endpoint import Endpoint, tls_of
from mistral_lsp.bench.tgi_script import Fault, Script
from mistral_lsp.model.address import Address
from mistral_lsp.model.base import Closed, Unreachable
from mistral_lsp.model.http import Http

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

CERTIFICATE = Path(__file__).with_name("loopback.pem")
BODY = b'{"inputs": "x", "parameters": {}}'
LONG = Script(reply="abc", chars_per_token=1)
EVENTS = 4  # with the one that ends it


@contextlib.asynccontextmanager
async def client(script: Script = LONG, **about: Any) -> AsyncIterator[tuple[Endpoint, Http]]:
    async with Endpoint(script) as endpoint:
        http = Http(Address(**({"url": endpoint.url} | about)))
        try:
            yield endpoint, http
        finally:
            await http.close()


async def asked(http: Http) -> int:
    """How many events come."""
    return sum([len(together) async for together in http.events("/generate_stream", BODY)])


async def hung_up_on(endpoint: Endpoint, http: Http) -> None:
    """A stream that is left after its first event."""
    hangups = len(endpoint.hangups)
    async with contextlib.aclosing(http.events("/generate_stream", BODY)) as events:
        async for _ in events:
            break
    await endpoint.next_hangup(after=hangups)


def nobody_there() -> tuple[socket.socket, Http]:
    """An address where connections are refused, as long as the socket lives."""
    bound = socket.socket()
    bound.bind(("127.0.0.1", 0))
    return bound, Http(Address(url=f"http://127.0.0.1:{bound.getsockname()[1]}"))


async def test_a_request_uses_the_connection_that_is_there() -> None:
    async with client() as (endpoint, http):
        http.connect()
        await until(lambda: len(endpoint.open_connections) == 1)
        assert not endpoint.requests
        assert await asked(http) == EVENTS
        assert endpoint.connection_count == 1


async def test_a_request_waits_for_the_one_that_is_on_its_way() -> None:
    async with client() as (endpoint, http):
        http.connect()
        assert await asked(http) == EVENTS
        assert endpoint.connection_count == 1


async def test_however_often_it_is_asked_for_there_is_one() -> None:
    async with client() as (endpoint, http):
        for _ in range(3):
            http.connect()
        await until(lambda: len(endpoint.open_connections) == 1)
        for _ in range(3):
            http.connect()
        assert await asked(http) == EVENTS
        http.connect()  # the one that the request gave back
        assert await asked(http) == EVENTS
        assert endpoint.connection_count == 1


async def test_two_requests_at_once_share_nothing() -> None:
    async with client() as (endpoint, http):
        http.connect()
        assert list(await asyncio.gather(asked(http), asked(http))) == [EVENTS, EVENTS]
        assert endpoint.connection_count == 2


async def test_a_hang_up_is_made_good_before_the_next_request() -> None:
    async with client(Script(reply="abc", chars_per_token=1, fault=Fault.STALL, fault_after=1)) as (endpoint, http):
        await hung_up_on(endpoint, http)
        http.connect()
        await until(lambda: len(endpoint.open_connections) == 1)
        assert endpoint.connection_count == 2
        endpoint.script = LONG
        assert await asked(http) == EVENTS
        assert endpoint.connection_count == 2


async def test_one_that_the_endpoint_closed_is_replaced() -> None:
    async with client() as (endpoint, http):
        http.connect()
        await until(lambda: len(endpoint.open_connections) == 1)
        for connection in tuple(endpoint.open_connections):
            connection.abort()
        await until(lambda: not endpoint.open_connections)
        async with asyncio.timeout(5):
            while endpoint.connection_count < 2:  # until the end of the other one is heard of
                http.connect()
                await asyncio.sleep(0)
        assert await asked(http) == EVENTS


async def test_one_that_nobody_needs_is_closed() -> None:
    async with client(idle_s=0.05) as (endpoint, http):
        http.connect()
        await until(lambda: endpoint.connection_count == 1)
        await until(lambda: not endpoint.open_connections)


async def test_where_nobody_listens_the_request_that_waits_says_so_and_typing_does_not_try_again() -> None:
    bound, http = nobody_there()
    attempts = 0
    pool = http._connections()
    connect = pool._dial

    async def counted() -> Any:
        nonlocal attempts
        attempts += 1
        return await connect()

    pool._dial = counted
    with bound:
        http.connect()
        with pytest.raises(Unreachable) as caught:
            await asked(http)
        assert "refused the connection" in str(caught.value)
        for _ in range(5):
            http.connect()
            await asyncio.sleep(0)
        assert attempts == 1
        with pytest.raises(Unreachable):
            await asked(http)
        http.connect()
        await until(lambda: attempts == 2)
    await http.close()


async def test_a_handshake_that_never_ends_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        http = Http(Address(url=f"https://127.0.0.1:{mute.getsockname()[1]}", connect_s=0.1))
        http.connect()
        with pytest.raises(Unreachable) as caught:
            await asked(http)
        assert "took no connection within 0.1 s" in str(caught.value)
        await http.close()


async def test_who_leaves_while_it_opens_leaves_it_to_the_next_one() -> None:
    async with client() as (endpoint, http):
        http.connect()
        leaving = asyncio.ensure_future(asked(http))
        await asyncio.sleep(0)
        leaving.cancel()
        await asyncio.wait({leaving})
        assert leaving.cancelled()
        assert await asked(http) == EVENTS
        assert endpoint.connection_count == 1


async def test_closing_ends_what_is_being_opened_and_nothing_is_opened_after_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        http = Http(Address(url=f"https://127.0.0.1:{mute.getsockname()[1]}"))
        http.connect()
        await asyncio.sleep(0)
        asking = asyncio.ensure_future(asked(http))
        await asyncio.sleep(0)
        await http.close()
        with pytest.raises(Closed):
            await asking
        http.connect()
        assert http._pool is None or http._pool._opening is None


@contextlib.asynccontextmanager
async def proxy() -> AsyncIterator[tuple[str, list[bytes]]]:
    """One that lets anybody through; its URL, and what it was asked."""
    heard: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.readuntil(b"\r\n\r\n"))
        host, _, port = heard[-1].split(b" ")[1].decode().rpartition(":")
        there, back = await asyncio.open_connection(host, int(port))
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await asyncio.gather(pump(reader, back), pump(there, writer))

    async with served(serve) as where:
        yield f"http://{where}", heard


async def test_a_tunnel_through_the_user_s_proxy_is_opened_ahead_too() -> None:
    async with Endpoint(LONG, tls=tls_of(CERTIFICATE)) as endpoint, proxy() as (url, heard):
        http = Http(Address(url=endpoint.url, proxy=url, ca_file=str(CERTIFICATE), token="hf_own"))
        http.connect()
        await until(lambda: len(heard) == 1 and bool(http._connections()._free))
        assert await asked(http) == EVENTS
        assert (len(heard), endpoint.connection_count) == (1, 1)
        endpoint.script = Script(reply="abc", chars_per_token=1, fault=Fault.STALL, fault_after=1)
        await hung_up_on(endpoint, http)
        endpoint.script = LONG
        http.connect()
        assert await asked(http) == EVENTS
        assert (len(heard), endpoint.connection_count) == (2, 2)
        await http.close()
        assert {request.headers["authorization"] for request in endpoint.requests} == {"Bearer hf_own"}
        assert b"hf_own" not in b"".join(heard)  # what it is told goes over the wire in the clear


@pytest.mark.parametrize("about", [{"idle_s": 0.0}, {"url": "unix:/no/such/socket"}])
async def test_none_is_opened_where_it_could_not_be_used(about: dict[str, Any]) -> None:
    async with client(**about) as (endpoint, http):
        http.connect()
        assert http._pool is None or http._pool._opening is None
        assert endpoint.connection_count == 0
