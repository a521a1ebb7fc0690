"""What editors/README.md says of Neovim, done as it is written."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from support.checkout import publish
from support.neovim import PLUGIN, Neovim, until

from mistral_lsp.bench.tgi_script import Script

if TYPE_CHECKING:
    from pathlib import Path

    from support.neovim import Program

    from mistral_lsp.bench.endpoint import Endpoint

README = PLUGIN.parent / "README.md"
NEWEST = pytest.mark.parametrize("program", ["0.12"], indirect=True)


def snippets() -> list[str]:
    """The pieces of init.lua: the plugin's, vim.pack's, and the one without a plugin."""
    return re.findall("```lua\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)


async def test_the_plugin_is_set_up_as_the_readme_says(program: Program, home: Path, endpoint: Endpoint) -> None:
    endpoint.script = Script(reply="+ b\n", token="made-up")
    (home / "a.py").write_text("total = a \n")
    (home / "mistral-lsp").symlink_to(PLUGIN.parents[1])  # a checkout where the README has one
    init = snippets()[0].replace("http://127.0.0.1:8080", endpoint.url)
    env = {"MISTRAL_LSP_TOKEN": "made-up"}
    async with Neovim.start(program, home, "a.py", env=env, init=init, has_plugin=False) as neovim:
        await neovim.type("A")
        await neovim.is_shown("+ b")
        await neovim.type("<Tab>")
        await neovim.has_lines(["total = a + b"])
        assert not await neovim.messages()
    asked = next(request for request in endpoint.requests if request.path == "/generate_stream")
    assert asked.body["parameters"]["max_new_tokens"] == 48


@NEWEST
async def test_neovim_s_own_means_are_enough(program: Program, home: Path, endpoint: Endpoint) -> None:
    endpoint.script = Script(reply="+ b\n")
    (home / "a.py").write_text("total = a \n")
    env = {"MISTRAL_LSP_ENDPOINT_URL": endpoint.url}
    async with Neovim.start(program, home, "a.py", env=env, init=snippets()[2], has_plugin=False) as neovim:
        await neovim.type("A")
        await neovim.is_shown("+ b")
        assert "- 0 accepted" in await neovim.lua(run_command("mistralLsp.counts"))
        await neovim.type("<Tab>")
        await neovim.has_lines(["total = a + b"])

        async def is_counted() -> bool:
            return "- 1 accepted" in await neovim.lua(run_command("mistralLsp.counts"))

        await until(is_counted, "one suggestion is accepted")
        assert not await neovim.messages()


@pytest.mark.parametrize("program", ["0.12.4"], indirect=True)
async def test_vim_pack_gets_the_plugin_from_a_repository(
    program: Program, home: Path, tmp_path: Path, endpoint: Endpoint
) -> None:
    endpoint.script = Script(reply="+ b\n")
    publish(tmp_path / "mistral-lsp")
    (home / "a.py").write_text("total = a \n")
    init = snippets()[1].replace("URL-OF-THIS-REPOSITORY", str(tmp_path / "mistral-lsp"))
    env = {"MISTRAL_LSP_ENDPOINT_URL": endpoint.url}
    options: dict[str, Any] = {"env": env, "init": init, "has_plugin": False}
    async with Neovim.start(program, home, "a.py", is_attached=False, **options) as neovim:
        await neovim.type("y")  # it asks before it installs
        await neovim.is_attached()
        await neovim.type("A")
        await neovim.is_shown("+ b")
    async with Neovim.start(program, home, "a.py", **options) as neovim:  # once it is there
        await neovim.type("A")
        await neovim.is_shown("+ b")
        await neovim.type("<Tab>")
        await neovim.has_lines(["total = a + b"])
        assert not await neovim.messages()


async def test_lazy_nvim_loads_the_plugin(program: Program, home: Path, lazy_nvim: Path, endpoint: Endpoint) -> None:
    endpoint.script = Script(reply="+ b\n")
    (home / "a.py").write_text("total = a \n")
    (home / "mistral-lsp").symlink_to(PLUGIN.parents[1])
    [row] = re.findall(r"lazy\.nvim: `(\{.*?\})`", README.read_text(encoding="utf-8"))
    init = f"vim.opt.rtp:prepend('{lazy_nvim}')\nrequire('lazy').setup({{ {row} }})"
    env = {"MISTRAL_LSP_ENDPOINT_URL": endpoint.url}
    async with Neovim.start(program, home, "a.py", env=env, init=init, has_plugin=False) as neovim:
        await neovim.type("A")
        await neovim.is_shown("+ b")
        await neovim.type("<Tab>")
        await neovim.has_lines(["total = a + b"])
        assert not await neovim.messages()


def run_command(name: str) -> str:
    """What a person types after `:lua =` to see a command's answer, with `return` for the `=`."""
    [line] = re.findall(r"`:lua =(.*)`", README.read_text(encoding="utf-8"))
    other = str(line).replace("'mistralLsp.why', arguments = { 'quiet' }", repr(name))
    assert name in other
    return f"return {other}"
