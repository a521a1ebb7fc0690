"""Every fault of an endpoint, one after the other at one server: each request is answered, and the next one works."""

from __future__ import annotations

import gzip
from email.utils import formatdate
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from mistral_lsp.bench.endpoint import Endpoint, tls_of
from mistral_lsp.bench.measure import rss_mb
from mistral_lsp.bench.tgi_script import Fault, Script, json_response, response

if TYPE_CHECKING:
    from support.session import Start

    from mistral_lsp.bench.editor import Editor

CERTIFICATES = Path(__file__).parents[1] / "model"
REPLY = "+ b + c + d\n"
GOOD = Script(reply=REPLY)
KINDS = {"tgi": "tgi", "vllm": "openai", "llamacpp": "llamacpp"}  # of the setting, for each engine
ROUTES = {"tgi": "/generate_stream", "vllm": "/v1/completions", "llamacpp": "/completion"}
MAX_GROWTH_MB = 60.0  # over the whole table: a bomb alone would be more
STREAM = {"content_type": "text/event-stream"}
BOMB = gzip.compress(b"data: " + b"x" * 200_000_000)

Row = tuple[Script, str]  # what the endpoint does, and what a plugin is told of it; empty where that is no fault

STATUSES = {
    **dict.fromkeys((400, 404, 405, 408, 413, 415, 422, 424, 451), "refused"),
    **dict.fromkeys((401, 403), "unauthorised"),
    **dict.fromkeys((429, 503), "overloaded"),
    **dict.fromkeys((500, 501, 502, 504), "broken"),
}
BODIES = {
    "json": (json_response(200, {"error": "Input validation error: no", "error_type": "validation"}), "broken"),
    "html": (response(200, b"<html><h1>Bad Gateway</h1></html>", content_type="text/html"), "broken"),
    "nothing": (response(200), "broken"),
    "bytes": (response(200, bytes(range(256)), content_type="application/octet-stream"), "broken"),
    "stream of nothing": (response(200, b"", **STREAM), "broken"),
    "stream of bytes": (response(200, bytes(range(256)) * 8, **STREAM), "broken"),
    "gzip bomb": (response(200, BOMB, content_encoding="gzip", **STREAM), "broken"),
    "not gzip": (response(200, b"data: {}\n\n", content_encoding="gzip", **STREAM), "broken"),
    "deep JSON, no stream": (response(200, b"[" * 50_000, content_type="application/json"), "broken"),
    "deep JSON": (response(200, b"data: " + b"[" * 50_000 + b"\n\n", **STREAM), "broken"),
    "duplicate keys": (
        response(200, b'data: {"choices": [], "choices": 7, "token": {}, "token": 1}\n\n', **STREAM),
        "broken",
    ),
    "an error in the stream": (
        response(200, b'data: {"error": {"message": "no", "type": "x", "code": 500}}\n\n', **STREAM),
        "broken",
    ),
    "redirect": (response(307, location="http://127.0.0.1:9/elsewhere"), "refused"),
    "redirect to itself": (response(308, location="/elsewhere"), "refused"),
    "retry in seconds": (response(429, retry_after="1"), "overloaded"),
    "retry at a date": (response(503, retry_after=formatdate(2e9, usegmt=True)), "overloaded"),
    "retry at nonsense": (response(429, retry_after="\x7f" * 400), "overloaded"),
    "no HTTP": (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", "broken"),
    "endless header": (b"HTTP/1.1 200 OK\r\nx: " + b"a" * 1_000_000, "broken"),
}
FAULTS = {
    Fault.REFUSE: "unreachable",
    Fault.SILENT: "slow",
    Fault.STALL: "slow",
    Fault.ENDLESS: "",
    Fault.OVERLOADED: "overloaded",
    Fault.BUSY_503: "overloaded",
    Fault.FORBIDDEN_403: "unauthorised",
    Fault.NOT_FOUND_404: "refused",
    Fault.REDIRECT: "refused",
}  # and any other one "broken"
WITHIN = (Fault.CUT, Fault.CUT_IN_CHARACTER, Fault.END_EARLY)
TGI_ALONE = (Fault.OVERLOADED, Fault.INCOMPLETE)  # as events


def rows(engine: str) -> dict[str, Row]:
    """By what goes wrong."""
    about: dict[str, Any] = {"engine": engine, "reply": REPLY}
    pages = {str(status): (response(status, b"<html>No</html>"), kind) for status, kind in STATUSES.items()}
    route = ("POST", ROUTES[engine])
    faults = {fault: FAULTS.get(fault, "broken") for fault in Fault if engine == "tgi" or fault not in TGI_ALONE}
    if engine == "llamacpp":
        faults[Fault.STALL] = "broken"  # it has told of its progress by then
    by_letter = about | {"chars_per_token": 1}
    return {
        **{name: (Script(**about, pages={route: page}), kind) for name, (page, kind) in (pages | BODIES).items()},
        **{fault.value: (Script(**about, fault=fault), kind) for fault, kind in faults.items()},
        **{
            f"{fault.value} after {after}": (Script(**by_letter, fault=fault, fault_after=after), "broken")
            for fault in WITHIN
            for after in range(1, len(REPLY) - 1)
        },
        "stall after 2": (Script(**about, fault=Fault.STALL, fault_after=2), "broken"),
        "slow drip": (Script(**by_letter, token_s=0.01), ""),
        "keep-alive comments": (Script(**about, comments=True), ""),
    }


async def shown(editor: Editor) -> list[str]:
    """Asked for by hand: an endpoint that fails too often isn't asked by typing alone."""
    return [item["insertText"] for item in await editor.ghost_text(invoked=True) or []]


def faults_told(editor: Editor) -> list[str]:
    """What a plugin was told of the endpoint, and nothing more after it: empty where it is well."""
    return [about.get("fault", "") for name, about in editor.notifications if name == "$/mistralLsp/status"]


@pytest.mark.parametrize("engine", ROUTES)
async def test_each_request_is_answered_the_next_good_one_works_and_memory_is_back(start: Start, engine: str) -> None:
    good = Script(engine=engine, reply=REPLY)
    options = {"endpoint": {"family": "base", "timeout_s": 0.3, "kind": KINDS[engine]}}
    async with Endpoint(good) as endpoint, start(endpoint.url, options=options) as editor:
        editor.open("total = a \n")
        editor.after("a ")
        assert (await shown(editor))[0] == "+ b + c + d"
        before_mb = rss_mb(editor.pid)
        for number, (name, (script, kind)) in enumerate(rows(engine).items()):
            asked = len(endpoint.requests)
            endpoint.script = script
            text = f"+ x{number} "  # another one, so that no answer from before serves
            editor.type(text)
            assert all(REPLY.startswith(shown_text) for shown_text in await shown(editor)), name
            assert len(endpoint.requests) > asked, name
            assert faults_told(editor)[-1] == kind, name
            endpoint.script = good
            editor.backspace(len(text))
            editor.type(text.replace("x", "y"))
            assert (await shown(editor))[:1] == ["+ b + c + d"], name
            assert faults_told(editor)[-1] == "", name
            editor.backspace(len(text))
            assert rss_mb(editor.pid) - before_mb < MAX_GROWTH_MB, name


@pytest.mark.parametrize(
    ("url", "certificate", "trusted", "told"),
    [
        ("https://no-such-host.invalid", "loopback", "", "host name that isn't known"),
        ("https://127.0.0.1:{port}", "loopback", "", "certificate that isn't trusted"),  # it has signed itself
        ("https://127.0.0.1:{port}", "expired", "expired", "certificate that has expired"),
        ("https://127.0.0.1:{port}", "elsewhere", "elsewhere", "certificate for another host"),
        ("https://localhost:{port}", "elsewhere", "elsewhere", "certificate for another host"),
        ("http://127.0.0.1:{port}", "loopback", "", "127.0.0.1"),  # without TLS
    ],
)
async def test_what_is_wrong_on_the_way_is_named(
    start: Start, url: str, certificate: str, trusted: str, told: str
) -> None:
    ca_file = str(CERTIFICATES / f"{trusted}.pem") if trusted else ""
    options = {"endpoint": {"family": "base", "kind": "tgi", "ca_file": ca_file}}
    async with Endpoint(GOOD, tls=tls_of(CERTIFICATES / f"{certificate}.pem")) as endpoint:
        port = endpoint.url.rpartition(":")[2]
        async with start(url.format(port=port), options=options) as editor:
            editor.open("total = a \n")
            editor.after("a ")
            assert await shown(editor) == []
            messages = [about["message"] for name, about in editor.notifications if name == "window/logMessage"]
            assert told in messages[0]
            assert list(endpoint.requests) == []


async def test_a_redirect_is_not_followed_and_the_key_goes_nowhere(start: Start) -> None:
    about = {"options": {"endpoint": {"family": "base", "kind": "tgi"}}, "env": {"MISTRAL_LSP_TOKEN": "hf_own"}}
    async with (
        Endpoint(GOOD) as elsewhere,
        Endpoint(GOOD) as endpoint,
        start(endpoint.url, **about) as editor,
    ):
        editor.open("total = a \n")
        editor.after("a ")
        for status, to in product((301, 302, 303, 307, 308), (f"{elsewhere.url}/generate_stream", "/elsewhere")):
            page = response(status, location=to)
            endpoint.script = Script(pages={("POST", "/generate_stream"): page})
            assert await shown(editor) == []
        assert set(faults_told(editor)) == {"refused"}
        assert list(elsewhere.requests) == []
        assert {request.path for request in endpoint.requests} == {"/generate_stream"}


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
