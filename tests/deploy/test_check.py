"""`mistral-lsp deploy check` before what `deploy` writes, as it is and spoilt: real HAProxy and stand-in engines."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support.proxy import KEY, running

from mistral_lsp.bench.replay.profiles import Profile
from mistral_lsp.bench.runs.stand_in import ENGINES as KINDS
from mistral_lsp.bench.runs.stand_in import Door, StandIn
from mistral_lsp.bench.tgi_script import response
from mistral_lsp.cli import main
from mistral_lsp.deploy.engine_table import ENGINES
from mistral_lsp.deploy.questions import QUESTIONS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

SLOW = Profile("slow", 0.0, 2_000, 0.01)  # a long prompt takes it a third of a second
PAGES = {("GET", path): response(200) for path in ("/slots", "/metrics")}  # as the engines have them
PEM = Path(__file__).parents[1] / "model" / "loopback.pem"


@contextlib.asynccontextmanager
async def serving(engine: str, *, token: str | None = KEY) -> AsyncIterator[StandIn]:
    kind = next(kind for kind, name in KINDS.items() if name == engine)
    async with StandIn(Door(profile=SLOW, kind=kind, slots=1)) as stand_in:
        stand_in.script = replace(stand_in.script, token=token, reply="word " * 60, pages=PAGES)
        yield stand_in


class Checked:
    """What the command said."""

    def __init__(self, status: int, text: str) -> None:
        self.status = status
        self.findings: dict[str, dict[str, Any]] = {one["title"]: one for one in json.loads(text)["findings"]}

    @property
    def faults(self) -> list[str]:
        return [title for title, one in self.findings.items() if one["ok"] is False]

    @property
    def well(self) -> list[str]:
        return [title for title, one in self.findings.items() if one["ok"]]


@pytest.fixture
def check(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run it on a thread, since the stand-ins have this loop."""
    monkeypatch.delenv("MISTRAL_LSP_TOKEN", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    key = tmp_path / "my.key"
    key.write_text(KEY + "\n")
    key.chmod(0o600)

    async def run(url: str, *words: str) -> Checked:
        status = await asyncio.to_thread(main, ["deploy", "check", url, "--key-file", str(key), "--json", *words])
        printed = capsys.readouterr()
        assert KEY not in printed.out + printed.err
        return Checked(status, printed.out)

    return run


@pytest.mark.parametrize("engine", ENGINES)
async def test_what_deploy_writes_keeps_every_promise(engine: str, check: Any, tmp_path: Path) -> None:
    async with serving(engine) as stand_in:
        with running(tmp_path, [stand_in.url], engine=engine) as proxy:
            found = await check(proxy.url)
    assert (found.status, found.faults) == (0, [])
    assert {"Reach", "No key", "Wrong key", "Routes", "Other paths", "Stream", "Hang-up", "TLS"} == set(found.well)


def without(words: str) -> Callable[[str], str]:
    def spoil(text: str) -> str:
        kept = [line for line in text.splitlines(keepends=True) if words not in line]
        assert len(kept) == len(text.splitlines()) - 1
        return "".join(kept)

    return spoil


@pytest.mark.parametrize(
    ("spoilt", "faults", "said"),
    [
        (without("deny_status 401"), ["No key", "Wrong key"], r"GET /health: 200"),
        (without("deny_status 404 unless"), ["Other paths"], r"GET /slots: 200"),
        (lambda text: text.replace("/completion ", ""), ["Routes", "Stream", "Hang-up"], r"POST /completion: 404"),
        (without("option abortonclose"), ["Hang-up"], r"the engine works on: after 4 clients that left"),
        (
            lambda text: text.replace(
                "    http-response del-header access-control-allow-origin\n",
                "    http-response wait-for-body time 20s if { res.hdr(content-type) -m beg text/event }\n",
            ),
            ["Stream"],
            r"all came at once",
        ),
    ],
    ids=["no lock", "every path", "a route less", "hang-ups are kept", "held back"],
)
async def test_each_promise_that_is_broken_is_told_with_its_cure(
    spoilt: Callable[[str], str], faults: list[str], said: str, check: Any, tmp_path: Path
) -> None:
    async with serving("llamacpp", token=None) as stand_in:
        with running(tmp_path, [stand_in.url], engine="llamacpp", spoilt=spoilt) as proxy:
            found = await check(proxy.url)
    assert (found.status, found.faults) == (1, faults)
    assert re.search(said, found.findings[faults[0]]["detail"])
    assert all(found.findings[fault]["cure"] for fault in faults)


async def test_an_engine_without_its_proxy_is_told(check: Any) -> None:
    async with serving("vllm") as stand_in:
        found = await check(stand_in.url)
        posted = {one.path for one in stand_in.requests if one.method == "POST"}
    assert found.faults == ["No key", "Wrong key", "Other paths"]
    assert "GET /version: 200" in found.findings["No key"]["detail"]
    assert "GET /metrics: 200" in found.findings["Other paths"]["detail"]
    assert "publish the proxy's port alone" in found.findings["Other paths"]["cure"]
    assert posted == set(QUESTIONS["vllm"].bodies)  # nothing that could change anything


async def test_another_engine_than_was_deployed_is_told(check: Any, tmp_path: Path) -> None:
    async with serving("vllm") as stand_in:
        with running(tmp_path, [stand_in.url]) as proxy:
            found = await check(proxy.url, "--engine", "llamacpp")
    assert "Routes" in found.faults
    assert "another engine than llama.cpp was deployed" in found.findings["Routes"]["cure"]


async def test_another_key_is_told(check: Any, tmp_path: Path) -> None:
    async with serving("vllm") as stand_in:
        with running(tmp_path, [stand_in.url], key="f" * 64) as proxy:
            found = await check(proxy.url, "--engine", "vllm")
            unnamed = await check(proxy.url)
    assert found.faults == ["Routes", "Other paths", "Stream", "Hang-up"]
    assert "the key isn't that of the deployment" in found.findings["Routes"]["cure"]
    assert unnamed.faults == ["Engine"]


async def test_an_engine_that_is_not_ready_is_told(check: Any, tmp_path: Path) -> None:
    async with serving("vllm") as stand_in:
        url = stand_in.url
    with running(tmp_path, [url]) as proxy:
        found = await check(proxy.url, "--engine", "vllm")
    assert found.status == 1
    assert "GET /v1/models: 503" in found.findings["Routes"]["detail"]
    assert "the engine isn't ready" in found.findings["Routes"]["cure"]


async def test_nobody_there_is_told(check: Any) -> None:
    found = await check("http://127.0.0.1:9", "--engine", "vllm")
    assert (found.status, found.faults) == (1, ["Reach"])
    assert found.findings["Reach"]["cure"].endswith("or set the URL to where it runs.")


async def test_plain_http_to_another_machine_is_refused(check: Any) -> None:
    found = await check("http://gpu.example.org:8000")
    assert (found.status, found.faults) == (1, ["Reach"])
    assert "over http:// to another host" in found.findings["Reach"]["detail"]


async def test_what_secures_the_connection_is_told(check: Any, tmp_path: Path) -> None:
    pem = PEM.read_text()
    key = re.search(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?PRIVATE KEY-----\n", pem, re.DOTALL)
    assert key is not None
    certificate = tmp_path / "tls.pem"
    certificate.write_text(pem.replace(key[0], ""))
    (tmp_path / "tls.pem.key").write_text(key[0])
    async with serving("vllm") as stand_in:
        with running(tmp_path, [stand_in.url], certificate=certificate) as proxy:
            trusted = await check(proxy.url, "--ca-file", str(PEM))
            other = await check(proxy.url, "--engine", "vllm")
    assert trusted.faults == []
    assert re.match(r"TLSv1\.[23], .*the certificate ends in -?\d+ days", trusted.findings["TLS"]["detail"])
    assert other.faults == ["Reach"]
    assert "certificate that isn't trusted" in other.findings["Reach"]["detail"]


@pytest.mark.usefixtures("check")
def test_the_key_comes_from_the_environment_or_a_file_and_from_no_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["deploy", "check", "http://127.0.0.1:9", "--engine", "vllm"]
    assert main(words) == 1
    said = capsys.readouterr().err
    assert f"no key: there is no file {tmp_path}/.config/mistral-lsp/deploy/mistral.key" in said
    assert "MISTRAL_LSP_TOKEN" in said
    with pytest.raises(SystemExit):
        main([*words, "--key", KEY])
    (tmp_path / "open.key").write_text(KEY)
    (tmp_path / "open.key").chmod(0o644)
    assert main([*words, "--key-file", str(tmp_path / "open.key")]) == 1
    assert "chmod 600" in capsys.readouterr().err
    monkeypatch.setenv("MISTRAL_LSP_TOKEN", KEY)
    assert main(words) == 1
    printed = capsys.readouterr().out
    assert "✗ Reach" in printed
    assert "→ " in printed


def test_every_route_has_its_question() -> None:
    for name, row in ENGINES.items():
        assert tuple(QUESTIONS[name].bodies) == row.post
        assert QUESTIONS[name].completion in row.post
        assert not {*row.get} & {*row.closed}
