"""Ways to an endpoint: what it is called, the proxy before it, and what is in the way."""

from __future__ import annotations

import asyncio
import base64
import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.stream_server import pump, served
from support.waiting import until

from mistral_lsp.bench.endpoint import Endpoint, tls_of
from mistral_lsp.bench.tgi_script import Script, json_response
from mistral_lsp.model.address import Address, checked
from mistral_lsp.model.base import Unreachable
from mistral_lsp.model.dialing import Dialer, NoConnection, NoConnectionInTime, NoProxy, NoWayThrough
from mistral_lsp.model.http import Http

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator

CERTIFICATE = Path(__file__).with_name("loopback.pem")
PAGES = Script(pages={("GET", "/info"): json_response(200, {"a": 1})})


def dialer(url: str, **about: object) -> Dialer:
    address = Address(url=url, allow_http=True, **about)  # type: ignore[arg-type]
    return Dialer(address, checked(address))


@pytest.mark.parametrize(
    ("url", "host", "target"),
    [
        ("http://gpu.example:8080", "gpu.example:8080", ""),
        ("http://gpu.example:80/", "gpu.example", ""),
        ("https://gpu.example:443/a/v1/", "gpu.example", "/a"),
        ("https://gpu.example:8443", "gpu.example:8443", ""),
        ("http://[::1]:8080", "[::1]:8080", ""),
        ("https://[fd00::1]", "[fd00::1]", ""),
        ("https://gpu.example/größe/%7Ea", "gpu.example", "/gr%C3%B6%C3%9Fe/%7Ea"),
        ("unix:/run/tgi.sock", "localhost", ""),
    ],
)
def test_what_a_request_calls_it(url: str, host: str, target: str) -> None:
    assert (dialer(url).host, dialer(url).target) == (host, target)


def test_a_proxy_that_passes_requests_on_is_told_all_of_the_url() -> None:
    plain = dialer("http://gpu.example:8080/a", proxy="http://me:it%40is@proxy.example:3128")
    assert plain.target == "http://gpu.example:8080/a"
    assert plain.introduction == {"Proxy-Authorization": f"Basic {base64.b64encode(b'me:it@is').decode()}"}
    tunnelled = dialer("https://gpu.example/a", proxy="http://me:it%40is@proxy.example:3128")
    assert (tunnelled.target, tunnelled.introduction) == ("/a", {})  # that is between it and the tunnel's other end


async def test_nobody_at_a_socket_of_this_machine(tmp_path: Path) -> None:
    with pytest.raises(NoConnection):
        await dialer(f"unix:{tmp_path}/none").dial()


async def test_the_host_of_a_proxy_that_is_not_known_is_the_proxy_s_fault() -> None:
    with pytest.raises(NoProxy):
        await dialer("https://gpu.example", proxy="http://no-such-host.invalid:3128").dial()


@contextlib.asynccontextmanager
async def proxy(answer: bytes, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[tuple[str, list[bytes]]]:
    """One that says so to whoever asks for a tunnel, and builds it where that is 200."""
    heard: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(answer)
        if b" 200 " in answer:
            host, _, port = heard[-1].split(b" ")[1].decode().rpartition(":")
            there, back = await asyncio.open_connection(host, int(port))
            await asyncio.gather(pump(reader, back), pump(there, writer))
        elif not answer:
            await reader.read()  # until the client gives up

    async with served(serve, tls=tls) as where:
        yield f"http{'s' if tls else ''}://{where}", heard


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 Connection established\r\n\r\n",
        b"HTTP/1.0 200 OK\r\nConnection: close\r\nProxy-Agent: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    ],
)
async def test_a_tunnel_is_a_connection_like_any_other(answer: bytes) -> None:
    async with Endpoint(PAGES, tls=tls_of(CERTIFICATE)) as endpoint, proxy(answer) as (url, heard):
        with_user = url.replace("//", "//me:it@")
        http = Http(Address(url=endpoint.url, token="hf_own", ca_file=str(CERTIFICATE), proxy=with_user))
        for _ in range(2):
            assert (await http.get("/info")).json == {"a": 1}
        await http.close()
    assert len(heard) == 1  # the second request went through the same one
    assert b"Proxy-Authorization: Basic bWU6aXQ=" in heard[0]
    assert b"hf_own" not in heard[0]
    assert all("proxy-authorization" not in one.headers for one in endpoint.requests)


async def test_the_way_to_a_proxy_may_be_secured_too() -> None:
    answer = b"HTTP/1.1 200 OK\r\n\r\n"
    async with (
        Endpoint(PAGES, tls=tls_of(CERTIFICATE)) as endpoint,
        proxy(answer, tls=tls_of(CERTIFICATE)) as (url, heard),
    ):
        http = Http(Address(url=endpoint.url, ca_file=str(CERTIFICATE), proxy=url))
        assert (await http.get("/info")).json == {"a": 1}
        await http.close()
    assert len(heard) == 1


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n", NoWayThrough),
        (b"HTTP/1.1 302 Found\r\nLocation: http://login.example\r\n\r\n", NoWayThrough),
        (b"", NoConnectionInTime),
    ],
)
async def test_a_proxy_that_builds_no_tunnel(answer: bytes, fault: type[Exception]) -> None:
    async with proxy(answer) as (url, heard):
        with pytest.raises(fault):
            await dialer("https://gpu.example", proxy=url, connect_s=0.2).dial()
    assert heard[0].startswith(b"CONNECT gpu.example:443 HTTP/1.1\r\nHost: gpu.example:443\r\n")


async def test_a_certificate_at_the_tunnel_s_end_is_checked() -> None:
    async with Endpoint(tls=tls_of(CERTIFICATE)) as endpoint, proxy(b"HTTP/1.1 200 OK\r\n\r\n") as (url, _):
        http = Http(Address(url=endpoint.url, proxy=url))
        with pytest.raises(Unreachable, match="certificate that isn't trusted"):
            await http.get("/info")
        await http.close()


async def test_who_leaves_while_a_tunnel_is_built_leaves_nothing_open() -> None:
    async with proxy(b"") as (url, heard):
        dialling = asyncio.ensure_future(dialer("https://gpu.example", proxy=url).dial())
        await until(lambda: bool(heard))
        dialling.cancel()
        with pytest.raises(asyncio.CancelledError):
            await dialling
    # the proxy's own end was waited for


async def test_a_question_for_which_the_kept_connection_was_closed_is_asked_over_another() -> None:
    answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"
    heard = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal heard
        while await reader.readuntil(b"\r\n\r\n"):
            heard += 1
            if heard == 2:
                break  # it closes when it is asked again
            writer.write(answer)

    async with served(serve) as where:
        http = Http(Address(url=f"http://{where}"))
        assert [(await http.get("/info")).json for _ in range(2)] == [{}, {}]
        assert heard == 3
        await http.close()
