"""Every fault of an endpoint, one after the other at one server: each request is answered, and the next one works."""

from __future__ import annotations

import gzip
import ssl
from email.utils import formatdate
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from mistral_lsp.bench.endpoint import Endpoint
from mistral_lsp.bench.measure import rss_mb
from mistral_lsp.bench.tgi_script import Fault, Script, json_response, response

if TYPE_CHECKING:
    from support.session import Start

    from mistral_lsp.bench.editor import Editor

CERTIFICATE = Path(__file__).parents[1] / "model" / "loopback.pem"  # signed by itself
REPLY = "+ b + c + d\n"
GOOD = Script(reply=REPLY)
ROUTES = {"tgi": "/generate_stream", "vllm": "/v1/completions"}
MAX_GROWTH_MB = 60.0  # over the whole table: a bomb alone would be more
STREAM = {"content_type": "text/event-stream"}
BOMB = gzip.compress(b"data: " + b"x" * 200_000_000)

STATUSES = (400, 401, 403, 404, 405, 408, 413, 415, 422, 424, 429, 451, 500, 501, 502, 503, 504)
BODIES = {
    "json": json_response(200, {"error": "Input validation error: no", "error_type": "validation"}),
    "html": response(200, b"<html><h1>Bad Gateway</h1></html>", content_type="text/html"),
    "nothing": response(200),
    "bytes": response(200, bytes(range(256)), content_type="application/octet-stream"),
    "stream of nothing": response(200, b"", **STREAM),
    "stream of bytes": response(200, bytes(range(256)) * 8, **STREAM),
    "gzip bomb": response(200, BOMB, content_encoding="gzip", **STREAM),
    "not gzip": response(200, b"data: {}\n\n", content_encoding="gzip", **STREAM),
    "deep JSON": response(200, b"data: " + b"[" * 50_000 + b"\n\n", **STREAM),
    "duplicate keys": response(200, b'data: {"choices": [], "choices": 7, "token": {}, "token": 1}\n\n', **STREAM),
    "an error in the stream": response(
        200, b'data: {"error": {"message": "no", "type": "x", "code": 500}}\n\n', **STREAM
    ),
    "redirect": response(307, location="http://127.0.0.1:9/elsewhere"),
    "redirect to itself": response(308, location="/elsewhere"),
    "retry in seconds": response(429, retry_after="1"),
    "retry at a date": response(503, retry_after=formatdate(2e9, usegmt=True)),
    "retry at nonsense": response(429, retry_after="\x7f" * 400),
    "no HTTP": b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
    "endless header": b"HTTP/1.1 200 OK\r\nx: " + b"a" * 1_000_000,
}


def rows(engine: str) -> dict[str, Script]:
    """What the endpoint does, by its name."""
    route = ("POST", ROUTES[engine])
    statuses = {str(status): response(status, b"<html>No</html>", content_type="text/html") for status in STATUSES}
    stalls = {Fault.STALL, Fault.SILENT, Fault.REFUSE}
    return {
        **{name: Script(engine=engine, pages={route: page}) for name, page in {**statuses, **BODIES}.items()},
        **{fault.value: Script(engine=engine, reply=REPLY, fault=fault) for fault in Fault if fault not in stalls},
        **{
            f"{fault.value} after {after}": Script(engine=engine, reply=REPLY, fault=fault, fault_after=after)
            for fault in (Fault.CUT, Fault.CUT_IN_CHARACTER, Fault.END_EARLY, Fault.STALL)
            for after in (1, 2)
        },
        **{fault.value: Script(engine=engine, reply=REPLY, fault=fault) for fault in stalls},
    }


async def shown(editor: Editor) -> list[str]:
    """Asked for by hand: an endpoint that fails too often isn't asked by typing alone."""
    return [item["insertText"] for item in await editor.ghost_text(invoked=True) or []]


@pytest.mark.parametrize("engine", ROUTES)
async def test_each_request_is_answered_the_next_good_one_works_and_memory_is_back(start: Start, engine: str) -> None:
    good = Script(engine=engine, reply=REPLY)
    options: dict[str, Any] = {
        "endpoint": {"family": "base", "timeout_s": 0.3, "kind": "tgi" if engine == "tgi" else "openai"}
    }
    async with Endpoint(good) as endpoint, start(endpoint.url, options=options) as editor:
        editor.open("total = a \n")
        editor.after("a ")
        assert (await shown(editor))[0] == "+ b + c + d"
        before_mb = rss_mb(editor.pid)
        for number, (name, script) in enumerate(rows(engine).items()):
            asked = len(endpoint.requests)
            endpoint.script = script
            text = f"+ x{number} "  # another one, so that no answer from before serves
            editor.type(text)
            assert all(REPLY.startswith(shown_text) for shown_text in await shown(editor)), name
            assert len(endpoint.requests) > asked, name
            endpoint.script = good
            editor.backspace(len(text))
            editor.type(text.replace("x", "y"))
            assert (await shown(editor))[:1] == ["+ b + c + d"], name
            editor.backspace(len(text))
        assert rss_mb(editor.pid) - before_mb < MAX_GROWTH_MB


async def test_slow_and_chatty_streams_are_no_fault(start: Start) -> None:
    script = Script(reply=["+", " b", "\n"], first_token_s=0.1, token_s=0.1, comments=True)
    async with Endpoint(script) as endpoint, start(endpoint.url, options={"endpoint": {"family": "base"}}) as editor:
        editor.open("total = a \n")
        editor.after("a ")
        assert await shown(editor) == ["+ b"]


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("https://no-such-host.invalid", "host name"),
        ("https://127.0.0.1:{port}", "certificate that isn't trusted"),
        ("https://localhost:{port}", "certificate that isn't trusted"),  # another name than the certificate's, too
        ("http://127.0.0.1:{port}", "127.0.0.1"),  # without TLS
    ],
)
async def test_what_is_wrong_on_the_way_is_named(start: Start, url: str, told: str) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(CERTIFICATE)
    async with Endpoint(GOOD, tls=context) as endpoint:
        port = endpoint.url.rpartition(":")[2]
        async with start(url.format(port=port), options={"endpoint": {"family": "base", "kind": "tgi"}}) as editor:
            editor.open("total = a \n")
            editor.after("a ")
            assert await shown(editor) == []
            messages = [about["message"] for name, about in editor.notifications if name == "window/logMessage"]
            assert told in messages[0]
            assert list(endpoint.requests) == []


async def test_the_key_is_not_sent_along_with_a_redirect(start: Start) -> None:
    async with Endpoint(GOOD) as elsewhere, Endpoint(GOOD) as endpoint:
        for status in (301, 302, 303, 307, 308):
            page = response(status, location=f"{elsewhere.url}/generate_stream")
            endpoint.script = Script(pages={("POST", "/generate_stream"): page})
            about = {"options": {"endpoint": {"family": "base", "kind": "tgi"}}, "env": {"MISTRAL_LSP_TOKEN": "hf_own"}}
            async with start(endpoint.url, **about) as editor:
                editor.open("total = a \n")
                editor.after("a ")
                assert await shown(editor) == []
        assert list(elsewhere.requests) == []


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault.FORBIDDEN_403, "unauthorised"),
        (Fault.OVERLOADED, "overloaded"),
        (Fault.REFUSE, "unreachable"),
        (Fault.SILENT, "slow"),
        (Fault.HTML_502, "broken"),
        (Fault.NOT_FOUND_404, "refused"),
    ],
)
async def test_a_plugin_is_told_the_kind_of_fault(start: Start, fault: Fault, kind: str) -> None:
    options = {"endpoint": {"family": "base", "kind": "tgi", "timeout_s": 0.3}}
    async with Endpoint(Script(fault=fault)) as endpoint, start(endpoint.url, options=options) as editor:
        editor.open("total = a \n")
        editor.after("a ")
        assert await shown(editor) == []
        told = [about for name, about in editor.notifications if name == "$/mistralLsp/status"]
        assert [about["fault"] for about in told if about["state"] == "error"] == [kind]
