"""What can be wrong with an address, a token or a certificate."""

from __future__ import annotations

import asyncio
import socket
import time
from email.utils import formatdate
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support.endpoint import PROMPT, said, tgi
from support.stream_server import pump, served

from mistral_lsp.bench.endpoint import Endpoint, tls_of
from mistral_lsp.bench.tgi_script import Fault, Script, response
from mistral_lsp.model.address import Address
from mistral_lsp.model.base import Broken, ModelError, Overloaded, Refused, TooSlow, Unreachable
from mistral_lsp.model.http import Http
from mistral_lsp.model.tgi import TgiModel

if TYPE_CHECKING:
    import ssl

CERTIFICATE = Path(__file__).with_name("loopback.pem")  # for 127.0.0.1, signed by itself, with its key


async def problem_at(url: str, **about: Any) -> ModelError:
    model = TgiModel(Address(url=url, allow_http=True, **{"connect_s": 1.0, **about}))
    try:
        with pytest.raises(ModelError) as caught:
            await said(model)
    finally:
        await model.close()
    return caught.value


@pytest.mark.parametrize(
    "url",
    [
        "",
        "127.0.0.1:8080",
        "ftp://127.0.0.1",
        "http://",
        "http://127.0.0.1:0",
        "http://127.0.0.1:99999",
        "http://[::1",
        "http://user@127.0.0.1",
        "http://user:s3cret@127.0.0.1",
        "http://127.0.0.1/?key=s3cret",
        "http://127.0.0.1/#s3cret",
        "http://127.0.0.1/a b",
    ],
)
def test_an_address_that_cannot_be_right_is_refused_at_once_and_not_shown(url: str) -> None:
    with pytest.raises(Unreachable) as caught:
        TgiModel(Address(url=url))
    assert "endpoint.url" in caught.value.advice
    assert "s3cret" not in f"{caught.value!r} {caught.value.advice} {caught.value.__cause__!r}"


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no ::1")
async def test_an_address_of_ipv6_is_reached() -> None:
    async with Endpoint(Script(reply="a + b"), host="::1") as endpoint:
        assert endpoint.url.startswith("http://[::1]:")
        model = TgiModel(Address(url=endpoint.url))
        try:
            assert await said(model) == "a + b"
        finally:
            await model.close()


@pytest.mark.parametrize("token", ["two words", "line\nbreak", "ключ"])
def test_a_token_that_no_header_can_hold_is_refused_and_not_shown(token: str) -> None:
    with pytest.raises(Refused) as caught:
        TgiModel(Address(url="http://127.0.0.1:1", token=token))
    assert "endpoint.token_env" in caught.value.advice
    assert token not in str(caught.value)


async def test_white_space_around_a_token_is_not_part_of_it() -> None:
    async with tgi(token=" abc\n") as (endpoint, model):
        await said(model)
        assert endpoint.requests[0].headers["authorization"] == "Bearer abc"


async def test_nobody_listening() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        error = await problem_at(f"http://127.0.0.1:{bound.getsockname()[1]}")
    assert isinstance(error, Unreachable)
    assert "refused the connection" in str(error)
    assert "Start the model server" in error.advice


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a" * 70 + ".invalid"])
async def test_a_host_that_does_not_exist(host: str) -> None:
    error = await problem_at(f"http://{host}:8080")
    assert isinstance(error, Unreachable)
    assert "endpoint.url" in error.advice


async def test_something_that_speaks_no_http() -> None:
    async with tgi(pages={("POST", "/generate_stream"): b"SSH-2.0-OpenSSH_9.2\r\n\r\n"}) as (endpoint, _):
        error = await problem_at(endpoint.url)
    assert isinstance(error, Broken)


async def test_an_answer_that_is_compressed_unasked_is_told() -> None:
    page = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-encoding: gzip\r\n\r\n\x1f\x8b"
    async with tgi(pages={("POST", "/generate_stream"): page}) as (endpoint, _):
        error = await problem_at(endpoint.url)
        assert endpoint.requests[-1].headers["accept-encoding"] == "identity"
    assert isinstance(error, Broken)
    assert "compresses its answer" in str(error)
    assert "Switch compression off" in error.advice


async def test_a_certificate_that_is_not_trusted_names_the_setting() -> None:
    async with Endpoint(tls=own_certificate()) as endpoint:
        error = await problem_at(endpoint.url)
    assert isinstance(error, Unreachable)
    assert "endpoint.ca_file" in error.advice


@pytest.mark.parametrize(
    ("name", "told", "cure"),
    [
        ("expired.pem", "certificate that has expired", "Renew it"),
        ("elsewhere.pem", "certificate for another host", "endpoint.url"),
    ],
)
async def test_what_is_wrong_with_a_trusted_certificate_is_named(name: str, told: str, cure: str) -> None:
    certificate = CERTIFICATE.with_name(name)
    async with Endpoint(tls=tls_of(certificate)) as endpoint:
        for url in (endpoint.url, endpoint.url.replace("127.0.0.1", "localhost")):
            error = await problem_at(url, ca_file=str(certificate))
            assert isinstance(error, Unreachable)
            assert told in str(error)
            assert cure in error.advice


async def test_a_handshake_that_never_ends_is_no_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:  # the kernel accepts; nobody speaks TLS
        error = await problem_at(f"https://127.0.0.1:{mute.getsockname()[1]}", connect_s=0.1)
    assert isinstance(error, Unreachable)
    assert "took no connection within 0.1 s" in str(error)


async def test_an_answer_that_never_stops_coming_has_an_end() -> None:
    async with Endpoint(Script(reply=["a"], fault=Fault.ENDLESS, token_s=0.01)) as endpoint:
        error = await problem_at(endpoint.url, total_s=0.2)
        await endpoint.next_hangup()
    assert isinstance(error, Broken)
    assert "still answering after 0.2 s" in str(error)


async def wait_said(retry_after: str) -> float | None:
    """For how long an endpoint that says so is left alone."""
    page = response(429, retry_after=retry_after)
    async with Endpoint(Script(pages={("POST", "/generate_stream"): page})) as endpoint:
        error = await problem_at(endpoint.url)
    assert isinstance(error, Overloaded)
    return error.retry_after_s


@pytest.mark.parametrize(("said", "wait_s"), [("7", 7.0), ("0", 0.0), (formatdate(0), 0.0)])
async def test_an_endpoint_may_say_for_how_long_it_wants_to_be_left_alone(said: str, wait_s: float) -> None:
    assert await wait_said(said) == wait_s


async def test_it_may_say_until_when() -> None:
    wait_s = await wait_said(formatdate(time.time() + 3_600, usegmt=True))
    assert wait_s is not None
    assert 3_000 < wait_s <= 3_600


@pytest.mark.parametrize("said", ["", "soon", "-1", "1e9", "9" * 400, "Tue, 99 Xxx 9999 99:99:99 GMT", "\xff"])
async def test_what_is_no_time_is_none(said: str) -> None:
    page = response(429, retry_after=said)
    async with Endpoint(Script(pages={("POST", "/generate_stream"): page})) as endpoint:
        error = await problem_at(endpoint.url)
    assert isinstance(error, Overloaded)
    assert error.retry_after_s is None


async def test_comments_are_no_answer() -> None:
    comment = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n" + b": still here\n\n"
    async with Endpoint(Script(pages={("POST", "/generate_stream"): comment})) as endpoint:
        error = await problem_at(endpoint.url, timeout_s=0.1)
    assert isinstance(error, TooSlow)
    assert "no answer within 0.1 s" in str(error)


async def test_a_certificate_is_trusted_by_the_users_file() -> None:
    async with Endpoint(Script(reply="x"), tls=own_certificate()) as endpoint:
        model = TgiModel(Address(url=endpoint.url, ca_file=str(CERTIFICATE)))
        assert await said(model, PROMPT) == "x"
        await model.close()


@pytest.mark.parametrize("ca_file", ["/no/such/file.pem", __file__])
async def test_a_ca_file_that_cannot_be_read_is_named(ca_file: str) -> None:
    error = await problem_at("https://127.0.0.1:9", ca_file=ca_file)
    assert isinstance(error, Unreachable)
    assert ca_file in str(error)
    assert "endpoint.ca_file" in error.advice


async def test_https_to_a_server_without_tls_says_so() -> None:
    async with tgi() as (endpoint, _):
        error = await problem_at(endpoint.url.replace("http:", "https:"))
    assert isinstance(error, Unreachable)
    assert "http://" in error.advice


async def test_http_to_a_server_with_tls_is_no_crash() -> None:
    async with Endpoint(tls=own_certificate()) as endpoint:
        assert isinstance(await problem_at(endpoint.url.replace("https:", "http:")), ModelError)


async def test_proxy_variables_do_not_redirect_prompts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    async with tgi(reply="x") as (_, model):
        assert await said(model) == "x"


@pytest.mark.parametrize(
    ("answer", "told"), [(b"HTTP/1.1 403 Forbidden\r\n\r\n", "lets nobody through"), (None, "refuses connections")]
)
async def test_a_proxy_that_is_in_the_way_is_named_and_never_hears_the_token(answer: bytes | None, told: str) -> None:
    heard = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(answer or b"")

    async with served(serve) as where:
        with socket.create_server(("127.0.0.1", 0)) as left:
            nobody = f"127.0.0.1:{left.getsockname()[1]}"
        there = nobody if answer is None else where
        http = Http(Address(url="https://gpu.invalid", token="hf_own", proxy=f"http://{there}"))
        with pytest.raises(Unreachable, match=told) as caught:
            await http.get("/info")
        await http.close()
    assert "endpoint.proxy" in caught.value.advice
    assert len(heard) == (answer is not None)
    assert b"hf_own" not in b"".join(heard)


def own_certificate() -> ssl.SSLContext:
    return tls_of(CERTIFICATE)


async def test_an_endpoint_may_be_a_socket_of_this_machine(tmp_path: Path) -> None:
    """Requests reach it though no port is open."""
    async with Endpoint(Script(reply="a + b")) as endpoint:
        host, port = endpoint.url.removeprefix("http://").split(":")

        async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            to_reader, to_writer = await asyncio.open_connection(host, int(port))
            await asyncio.gather(pump(reader, to_writer), pump(to_reader, writer))

        async with served(forward, path=tmp_path / "s") as path:
            model = TgiModel(Address(url=f"unix:{path}"))
            assert await said(model, PROMPT) == "a + b"
            await model.close()


async def test_a_proxy_is_asked_where_the_user_sets_one_and_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    async with Endpoint(Script(reply="x")) as endpoint, Endpoint(Script()) as proxy:
        model = TgiModel(Address(url=endpoint.url))
        assert await said(model, PROMPT) == "x"
        await model.close()
        model = TgiModel(Address(url=endpoint.url, proxy=proxy.url))
        with pytest.raises(ModelError):  # the stand-in is no proxy
            await said(model, PROMPT)
        await model.close()
        assert [request.path for request in proxy.requests] == [f"{endpoint.url}/generate_stream"]
        assert len(endpoint.requests) == 1
