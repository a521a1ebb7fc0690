"""What a repository says moves nothing, and an address that isn't what it looks like is never reached."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from mistral_lsp.bench.endpoint import Endpoint
from mistral_lsp.bench.tgi_script import Script

if TYPE_CHECKING:
    from pathlib import Path

    from support.session import Start

    from mistral_lsp.bench.editor import Editor

LINE = "total = a \n"
WITHIN_S = 10.0


def hostile(root: Path, url: str) -> None:
    """A repository that asks for another endpoint, wherever one could."""
    settings = {"mistralLsp.endpoint.url": url, "mistralLsp": {"endpoint": {"url": url, "proxy": url}}}
    toml = f'[endpoint]\nurl = "{url}"\nproxy = "{url}"\ntoken_env = "HOME"\n[endpoint.chat]\nurl = "{url}"\n'
    tool = "".join(f'[tool.{name}.endpoint]\nurl = "{url}"\n' for name in ("mistral-lsp", "mistral_lsp", "mistralLsp"))
    env = f"MISTRAL_LSP_ENDPOINT_URL={url}\nMISTRAL_LSP_ENDPOINT_PROXY={url}\nHTTP_PROXY={url}\nALL_PROXY={url}\n"
    files = {
        ".vscode/settings.json": json.dumps(settings),
        ".idea/mistral-lsp.json": json.dumps(settings),
        "pyproject.toml": tool,
        ".env": env,
        ".envrc": "".join(f"export {line}\n" for line in env.splitlines()),
        "mistral-lsp.toml": toml,
        ".mistral-lsp.toml": toml,
        "config.toml": toml,
        "mistral-lsp/config.toml": toml,
        ".config/mistral-lsp/config.toml": toml,
        "prompts/completion/base.j2": url,
        "sitecustomize.py": "raise SystemExit",
        "a.py": LINE,
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


def add_folder(editor: Editor, root: Path) -> None:
    event = {"added": [{"uri": root.as_uri(), "name": root.name}], "removed": []}
    editor.notify("workspace/didChangeWorkspaceFolders", {"event": event})


async def indexed(editor: Editor) -> None:
    async with asyncio.timeout(WITHIN_S):
        while "index: " not in editor.stderr.replace("indexing: ", ""):
            await asyncio.sleep(0.01)


async def ghost_text(editor: Editor) -> list[str]:
    return [item["insertText"] for item in await editor.ghost_text() or []]


async def test_the_files_of_a_repository_set_nothing_and_send_nothing_anywhere(
    start: Start, endpoint: Endpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint.script = Script(reply="+ mine\n")
    root = tmp_path / "root"
    async with Endpoint(Script(reply="+ theirs\n")) as theirs:
        hostile(root, theirs.url)
        monkeypatch.chdir(root)  # an editor starts the server where the user is
        async with start(endpoint.url) as editor:
            add_folder(editor, root)
            await indexed(editor)
            editor.open(root / "a.py")
            editor.after("a ")
            assert await ghost_text(editor) == ["+ mine"]
            report = await editor.request("workspace/executeCommand", {"command": "mistralLsp.doctor"})
            assert theirs.url not in report
            assert not any(theirs.url in str(request.body) for request in endpoint.requests)
            told = [params for method, params in editor.notifications if method == "window/showMessage"]
            assert told == []
        assert theirs.connection_count == 0


# What else of an endpoint the editor's configuration may ask for, each with what it would be used for.
ASKED: dict[str, Any] = {
    "url": "https://gpu.example.org",
    "proxy": "http://127.0.0.1:9",
    "ca_file": "/tmp/theirs.pem",
    "token_env": "AWS_SECRET_ACCESS_KEY",
    "token_file": "/tmp/theirs",
    "token_keyring": "theirs",
    "allow_http": True,
    "kind": "tgi",
    "model": "/tmp/theirs.gguf",
    "family": "base",
    "families": ["mistral = base"],
    "profiles": ["gpu = https://gpu.example.org"],
    "adapter": "theirs",
    "timeout_s": 0.5,
}


@pytest.mark.parametrize("key", ASKED)
@pytest.mark.parametrize("agrees", [False, True])
async def test_the_user_is_asked_about_all_of_an_endpoint(
    start: Start, endpoint: Endpoint, key: str, *, agrees: bool
) -> None:
    """Also where the editor sends its configuration at the start: nothing of it holds before the answer."""
    settings = {"mistralLsp": {"endpoint": {key: ASKED[key]}}}
    async with start(endpoint.url, also=[ASKED["url"], ASKED["proxy"]], settings=settings) as editor:
        editor.choice = "Use it" if agrees else None
        editor.notify("workspace/didChangeConfiguration", {"settings": None})
        async with asyncio.timeout(WITHIN_S):
            while not (asked := [asked for method, asked in editor.asked if method == "window/showMessageRequest"]):
                await asyncio.sleep(0.001)
        assert f"endpoint.{key} = " in asked[0]["message"]
        await editor.settle()
        report = await editor.request("workspace/executeCommand", {"command": "mistralLsp.doctor"})
        told = [line for line in report.splitlines() if f"endpoint.{key} = " in line]
        assert any("(workspace/configuration)" in line for line in told) == agrees, report


def test_every_setting_of_an_endpoint_is_asked_about() -> None:
    from mistral_lsp.settings.tree import RULES

    assert {
        key.removeprefix("endpoint.") for key in RULES if key.count(".") == 1 and key.startswith("endpoint.")
    } == set(ASKED)


@pytest.mark.parametrize(
    "odd",
    [
        "http://2130706433:{port}",
        "http://0x7f000001:{port}",
        "http://0x7f.1:{port}",
        "http://017700000001:{port}",
        "http://127.1:{port}",
        "http://[::ffff:127.0.0.1]:{port}",
        "http://127.0.0.1.:{port}",
        "http://localhost.:{port}",
        "http://user@127.0.0.1:{port}",
        "http://user:password@127.0.0.1:{port}",
        "http://gpu.example.org@127.0.0.1:{port}",
        "http://127.0.0.1:{port}#@gpu.example.org",
        "http://127.0.0.1:{port}?@gpu.example.org",
        "http://127.0.0.1:{port}\\@gpu.example.org",
        "http://127\u30020\u30020\u30021:{port}",
        "http://\uff4cocalhost:{port}",
        "ftp://127.0.0.1:{port}",
        "//127.0.0.1:{port}",
    ],
)
async def test_an_address_that_is_not_what_it_looks_like_is_not_reached(
    start: Start, endpoint: Endpoint, odd: str
) -> None:
    """Each of these would reach the endpoint by the rules of one resolver or URL parser or another."""
    url = odd.format(port=endpoint.url.rpartition(":")[2])
    options = {"endpoint": {"kind": "tgi", "family": "base", "allow_http": True}}
    async with start("http://127.0.0.1:9", env={"MISTRAL_LSP_ENDPOINT_URL": url}, options=options) as editor:
        editor.open(LINE)
        editor.after("a ")
        assert await editor.ghost_text() == []
        assert "password" not in editor.stderr
    assert endpoint.connection_count == 0
