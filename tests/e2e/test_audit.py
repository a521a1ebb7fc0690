"""No tools: a server starts nothing, reaches its endpoint alone, and writes nothing. Each test here runs so."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from support import audit, forking
from support.forked import Forks

from mistral_lsp.bench.editor import Editor
from mistral_lsp.bench.endpoint import Endpoint
from mistral_lsp.bench.tgi_script import Script

if TYPE_CHECKING:
    from pathlib import Path

    from support.session import Start

FORBIDDEN = {
    "starts": "import subprocess; subprocess.run(['true'])",
    "forks": "import os; os.fork() or os._exit(0)",
    "system": "import os; os.system('true')",
    "another host": "import socket; socket.socket().connect_ex(('127.0.0.1', 9))",
    "a name": "import socket\ntry: socket.getaddrinfo('example.invalid', 443)\nexcept OSError: pass",
    "another socket": "import socket\ntry: socket.socket(socket.AF_UNIX).connect('/no/such')\nexcept OSError: pass",
    "a file": "open('written', 'w').close()",
    "a folder": "import os; os.mkdir('made')",
    "a removal": "import os\ntry: os.remove('nothing')\nexcept OSError: pass",
}


@pytest.mark.parametrize("code", FORBIDDEN.values(), ids=FORBIDDEN)
def test_the_audit_sees_what_is_forbidden(code: str, tmp_path: Path) -> None:
    """The same hook, with a module in place of ours that does what ours must not."""
    package = tmp_path / "mistral_lsp"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "__main__.py").write_text(code)
    log = tmp_path / "audit.log"
    subprocess.run(
        audit.command(log),
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path)},
        check=False,
        capture_output=True,
        timeout=30,
    )
    assert audit.violations(log, urls=["http://127.0.0.1:8080"])


async def test_a_fork_is_watched_from_its_imports_on_and_is_a_process_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package, log, early = tmp_path / "mistral_lsp", tmp_path / "audit.log", tmp_path / "early"
    for part in forking.PARTS:
        (package / part).mkdir(parents=True)
    for module in ("__init__", "cli", "survey", "wiring"):
        (package / f"{module}.py").write_text("")
    (package / "model" / "tgi_wire.py").write_text(f"import os; os.mkdir({str(early)!r})\ndef load(): pass")
    late = "print(os.environ['WHO'], *sys.argv[1:], input(), file=sys.stderr); raise SystemExit(3)"
    (package / "__main__.py").write_text(f"import os, sys; os.mkdir('late'); os.write(1, b'out'); {late}")
    (tmp_path / "here").mkdir()
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with Forks.start() as forks:
        monkeypatch.chdir(tmp_path / "here")
        process = await forks.spawn(audit.command(log, "--words"), os.environ | {"WHO": "me"})
        assert process.stdin is not None
        process.stdin.write(b"in\n")
        assert await process.wait() == 3
    assert process.stdout is not None
    assert process.stderr is not None
    assert (await process.stdout.read(), await process.stderr.read()) == (b"out", b"me --words in\n")
    assert (tmp_path / "here" / "late").is_dir()
    assert audit.violations(log, urls=[]) == [f"writes os.mkdir {early}", "writes os.mkdir late"]


def test_what_is_allowed_is_no_violation(tmp_path: Path) -> None:
    log, cache, state = tmp_path / "audit.log", tmp_path / "cache", tmp_path / "state"
    rows = [
        ["reaches", "socket.connect", "('127.0.0.1', 8080)"],
        ["reaches", "socket.getaddrinfo", "gpu.example.org", "443"],
        ["reaches", "socket.connect", "/run/tgi.sock"],
        ["starts", "subprocess.Popen", sys.executable, "['python', '-P', '/x/mistral_lsp/model/engine.py']"],
        ["writes", "open", f"{cache}/model.gguf"],
        ["writes", "open", "/dev/null"],
        ["writes", "os.mkdir", f"{state}/mistral-lsp"],
        ["writes", "open", f"{state}/mistral-lsp/cache-salt"],
    ]
    log.write_text("\n".join(map(json.dumps, rows)))
    urls = ["http://127.0.0.1:8080", "https://gpu.example.org", "unix:/run/tgi.sock"]
    assert audit.violations(log, urls=urls, cache=cache, state=state) == []
    assert len(audit.violations(log, urls=[])) == 6
    log.write_text(json.dumps(["writes", "open", f"{state}/mistral-lsp/another"]))
    assert audit.violations(log, urls=urls, cache=cache, state=state)


async def test_a_whole_session_in_a_workspace_keeps_to_it(start: Start, endpoint: Endpoint, tmp_path: Path) -> None:
    """Completions of every kind, a look at the workspace, each command."""
    folder = tmp_path / "project"
    folder.mkdir()
    for number in range(3):
        (folder / f"m{number}.py").write_text(f"def f{number}(a):\n    return a + {number}\n")
    (folder / ".gitignore").write_text("*.log\n")
    async with start(endpoint.url) as editor:
        editor.open(folder / "m0.py")
        editor.after("return ")
        await editor.ghost_text()
        await editor.ghost_text(invoked=True)
        editor.type("b + ")
        await editor.ghost_text()
        for command in ("mistralLsp.why", "mistralLsp.counts", "mistralLsp.doctor"):
            await editor.request("workspace/executeCommand", {"command": command})
        await asyncio.sleep(0)


async def test_two_windows_share_their_part_of_vllms_cache(start: Start, tmp_path: Path) -> None:
    """By the one file that a server writes; the audit fails where it is another."""
    async with Endpoint(Script(engine="vllm", reply=" a + b")) as vllm:
        for _ in range(2):
            async with start(vllm.url) as editor:
                editor.open("def f(a, b):\n    return \n")
                editor.after("return ")
                assert await editor.ghost_text(invoked=True)
        salts = {request.body["cache_salt"] for request in vllm.requests if request.path == "/v1/completions"}
    assert len(salts) == 1
    kept = [path for path in (tmp_path / "state").rglob("*") if path.is_file()]
    assert kept == [tmp_path / "state" / "mistral-lsp" / "cache-salt"]


@pytest.mark.usefixtures("gguf")  # a fetch would write them
async def test_the_embedded_engine_is_the_one_process(tmp_path: Path) -> None:
    log = tmp_path / "audit.log"
    env = {"XDG_CONFIG_HOME": str(tmp_path / "config"), "MISTRAL_LSP_ENDPOINT_KIND": "embedded"}
    async with Editor.start(audit.command(log), env=env) as editor:
        editor.open("def is_even(n):\n    return \n")
        editor.after("return ")
        assert await editor.ghost_text(invoked=True)
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [line for line in lines if line[0] == "starts"]
    ports = {line[2] for line in lines if line[0] == "reaches"}
    assert len(ports) == 1  # the engine's own, on this machine
    assert all("127.0.0.1" in port for port in ports)
    assert [line for line in lines if line[0] == "writes" and line[2] != "/dev/null"] == []
