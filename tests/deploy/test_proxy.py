"""The proxy that `deploy` configures, seen by running it: HAProxy from Debian before stand-in engines."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import subprocess
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from support.endpoint import said
from support.proxy import KEY, haproxy, running

from mistral_lsp.bench.endpoint import Endpoint
from mistral_lsp.bench.tgi_script import Fault, Script
from mistral_lsp.deploy import paths
from mistral_lsp.deploy.engine_table import ENGINES
from mistral_lsp.deploy.plan import Wish, planned
from mistral_lsp.deploy.render import files
from mistral_lsp.model import auto
from mistral_lsp.model.address import Address

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ASKED = {"model": Script().model_id, "prompt": "def f():", "max_tokens": 8, "stream": True}
CHAT = {"model": Script().model_id, "messages": [{"role": "user", "content": "Hello"}], "max_tokens": 8, "stream": True}
WITH_KEY = {"Authorization": f"Bearer {KEY}"}
PEM = Path(__file__).parents[1] / "model" / "loopback.pem"
# What engines serve beside what an editor needs; most of it without a key.
UNWANTED = {
    "vllm": [
        ("POST", "/invocations"),
        ("GET", "/metrics"),
        ("POST", "/pause"),
        ("POST", "/resume"),
        ("POST", "/score"),
        ("POST", "/pooling"),
        ("POST", "/update_weights"),
        ("POST", "/v1/load_lora_adapter"),
        ("POST", "/inference/v1/generate"),
        ("GET", "/docs"),
        ("GET", "/openapi.json"),
    ],
    "tgi": [("POST", "/"), ("POST", "/generate"), ("POST", "/invocations"), ("POST", "/vertex"), ("GET", "/metrics")],
    "llamacpp": [("GET", "/"), ("GET", "/slots"), ("POST", "/props"), ("GET", "/metrics"), ("POST", "/lora-adapters")],
}
# Ways to write a path that another reader may take for an allowed one, or for one that isn't.
ODD = [
    "/v1/../invocations",
    "/v1/%2e%2e/invocations",
    "//v1/models",
    "/v1/models/",
    "/V1/models",
    "/v1//models",
    "/v1/models%2f..%2f..%2fmetrics",
    "/v1/models/../../metrics",
    "/v1/models;/metrics",
    "/v1/models%00",
]


@contextlib.asynccontextmanager
async def client(**about: Any) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(**{"headers": WITH_KEY, **about}) as session:
        yield session


async def status(session: aiohttp.ClientSession, method: str, url: str, **about: Any) -> int:
    body = {"json": CHAT if "chat" in url else ASKED} if method == "POST" else {}
    async with session.request(method, url, allow_redirects=False, **{**body, **about}) as reply:
        return reply.status


async def by_hand(url: str, line: str, *headers: str) -> int:
    """The status, where a client would put the path in order or send more than headers."""
    host, _, port = url.partition("//")[2].partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    head = [f"{line} HTTP/1.1", "Host: x", f"Authorization: Bearer {KEY}", *headers, "", ""]
    writer.write("\r\n".join(head).encode())
    answer = await reader.readline()
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()
    return int(answer.split()[1])


def asked(endpoint: Endpoint) -> list[tuple[str, str]]:
    """What came to an engine, but for the proxy's own looks at its health."""
    return [(one.method, one.path) for one in endpoint.requests if one.path != "/health"]


def within_the_stream(endpoint: Endpoint) -> bool:
    """Whether a client left after the head and two events."""
    return any(hangup.writes == 3 for hangup in endpoint.hangups)


@pytest.mark.parametrize("engine", ENGINES)
async def test_what_an_editor_needs_comes_through_and_nothing_else(engine: str, tmp_path: Path) -> None:
    row = ENGINES[engine]
    wanted = [*(("GET", path) for path in row.get), *(("POST", path) for path in row.post)]
    async with Endpoint(Script(engine=engine, token=KEY)) as endpoint, client() as session:
        with running(tmp_path, [endpoint.url], engine=engine) as proxy:
            for method, path in UNWANTED[engine]:
                assert await status(session, method, proxy.url + path) == 404, path
            assert asked(endpoint) == []
            for method, path in wanted:
                await status(session, method, proxy.url + path)
            assert asked(endpoint) == [route for route in wanted if route[1] != "/health"]


async def test_without_the_key_every_path_is_the_same(tmp_path: Path) -> None:
    wrong = [{}, {"Authorization": f"Bearer {KEY[:-1]}"}, {"Authorization": f"Bearer {KEY}x"}, {"X-Api-Key": KEY}]
    wrong += [
        {"Authorization": f"Basic {KEY}"},
        {"Authorization": "Bearer "},
        {"Authorization": f"Bearer {KEY.upper()}"},
    ]
    async with Endpoint(Script(engine="vllm")) as endpoint:  # one that asks for no key itself
        with running(tmp_path, [endpoint.url]) as proxy:
            for headers in wrong:
                async with client(headers=headers) as session:
                    for method, path in [("GET", "/v1/models"), ("POST", "/v1/completions"), *UNWANTED["vllm"]]:
                        assert await status(session, method, proxy.url + path) == 401, (headers, path)
            assert asked(endpoint) == []


@pytest.mark.parametrize("path", ODD)
async def test_an_odd_path_is_no_way_round(path: str, tmp_path: Path) -> None:
    async with Endpoint(Script(engine="vllm")) as endpoint:
        with running(tmp_path, [endpoint.url]) as proxy:
            assert await by_hand(proxy.url, f"GET {path}") in {400, 404}
            assert asked(endpoint) == []


async def test_a_request_of_unknown_or_great_length_is_refused(tmp_path: Path) -> None:
    async with Endpoint(Script(engine="vllm")) as endpoint:
        with running(tmp_path, [endpoint.url]) as proxy:
            post = "POST /v1/completions"
            assert await by_hand(proxy.url, post) == 411
            assert await by_hand(proxy.url, post, "Transfer-Encoding: chunked") == 411
            assert await by_hand(proxy.url, post, "Content-Length: 2000001") == 413
            assert asked(endpoint) == []


async def test_tokens_come_as_they_are_written_and_a_hang_up_reaches_the_engine(tmp_path: Path) -> None:
    script = Script(engine="vllm", token=KEY, reply="abcdefghijkl", fault=Fault.STALL, fault_after=2)
    async with Endpoint(script) as endpoint, client() as session:
        with running(tmp_path, [endpoint.url]) as proxy:
            async with session.post(proxy.url + "/v1/completions", json=ASKED) as reply:
                await asyncio.wait_for(reply.content.readuntil(b"efgh"), 5)  # the engine goes on to write nothing
                assert not within_the_stream(endpoint)
                reply.close()
            async with asyncio.timeout(5):  # without abortonclose it would be five minutes
                while not within_the_stream(endpoint):  # the proxy's looks at its health may end early too
                    await endpoint.next_hangup(after=len(endpoint.hangups))


@pytest.mark.parametrize("engine", ENGINES)
async def test_our_own_client_finds_out_what_answers_and_asks_it(engine: str, tmp_path: Path) -> None:
    async with Endpoint(Script(engine=engine, token=KEY, reply=" a + b")) as endpoint:
        with running(tmp_path, [endpoint.url], engine=engine) as proxy:
            model = auto.make("auto", Address(url=proxy.url, token=KEY))
            try:
                assert await said(model) == " a + b"
                assert (await model.describe()).name
            finally:
                await model.close()


async def test_a_session_stays_with_its_replica_and_only_those_of_one_that_dies_move(tmp_path: Path) -> None:
    sessions = [f"session-{number}" for number in range(24)]
    async with contextlib.AsyncExitStack() as stack:
        engines = [await stack.enter_async_context(Endpoint(Script(engine="vllm"))) for _ in range(3)]
        session = await stack.enter_async_context(client())
        with running(tmp_path, [engine.url for engine in engines]) as proxy:

            async def places() -> dict[str, int]:
                found = defaultdict(set)
                for name in sessions * 2:
                    before = [len(asked(engine)) for engine in engines]
                    url, headers = proxy.url + "/v1/completions", {paths.SESSION_HEADER: name}
                    assert await status(session, "POST", url, headers=headers) == 200
                    after = [len(asked(engine)) for engine in engines]
                    found[name].add(next(i for i in range(3) if after[i] > before[i]))
                assert all(len(one) == 1 for one in found.values())
                return {name: one.pop() for name, one in found.items()}

            before = await places()
            assert set(before.values()) == {0, 1, 2}
            await engines[1].__aexit__(None, None, None)
            after = await places()  # not one request failed
            assert set(after.values()) == {0, 2}
            assert {name: at for name, at in before.items() if at != 1}.items() <= after.items()


async def test_it_says_whether_there_is_an_engine(tmp_path: Path) -> None:
    async with client() as session, Endpoint(Script(engine="vllm")) as endpoint:
        with running(tmp_path, [endpoint.url]) as proxy:
            assert await status(session, "GET", proxy.ready_url) == 200
            assert await status(session, "GET", proxy.ready_url.replace("ready", "v1/models")) == 404
            await endpoint.__aexit__(None, None, None)
            assert await status(session, "GET", proxy.url + "/v1/models") == 503
            assert await status(session, "GET", proxy.ready_url) == 503


async def test_with_a_certificate_it_speaks_tls_alone(tmp_path: Path) -> None:
    key, _, rest = PEM.read_text().partition("-----BEGIN CERTIFICATE-----")
    certificate = tmp_path / "tls.pem"  # as the compose file mounts the two
    if "PRIVATE KEY" not in key:
        head, mark, tail = rest.partition("-----END CERTIFICATE-----")
        rest, key = head + mark + "\n", tail
    certificate.write_text("-----BEGIN CERTIFICATE-----" + rest)
    (tmp_path / "tls.pem.key").write_text(key)
    context = ssl.create_default_context(cafile=PEM)
    async with Endpoint(Script(engine="vllm", token=KEY)) as endpoint, client() as session:
        with running(tmp_path, [endpoint.url], certificate=certificate) as proxy:
            async with session.get(proxy.url + "/v1/models", ssl=context) as reply:
                assert reply.status == 200
                assert "max-age" in reply.headers.get("strict-transport-security", "max-age")
            with pytest.raises(aiohttp.ClientError):
                await status(session, "GET", proxy.url.replace("https", "http") + "/v1/models")


@pytest.mark.parametrize("target", ["compose", "k8s", "sky"])
@pytest.mark.parametrize("engine", ENGINES)
def test_haproxy_takes_what_is_written(engine: str, target: str, tmp_path: Path) -> None:
    text = files(planned(Wish(target=target, gpu="h100", engine=engine)))
    config = text.get("haproxy.cfg") or _from_manifest(text["mistral-lsp.yaml"])
    (tmp_path / "key").write_text(KEY)
    (tmp_path / "haproxy.cfg").write_text(config.replace(paths.KEY, str(tmp_path / "key")))
    checked = subprocess.run(
        [haproxy(), "-c", "-f", str(tmp_path / "haproxy.cfg")], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stderr
    warnings = [line for line in checked.stderr.splitlines() if "WARNING" in line]
    assert all("could not resolve address 'engine" in line for line in warnings)  # names of another network


def _from_manifest(text: str) -> str:
    import yaml

    return next(str(one["data"]["haproxy.cfg"]) for one in yaml.safe_load_all(text) if one["kind"] == "ConfigMap")
