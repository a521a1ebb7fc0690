"""From `git clone` to ghost text in Neovim, in an empty home, by the lines of README.md and editors/README.md alone.

test_vscode_install.py does the same for VS Code, with the embedded model.
"""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.checkout import ROOT, environment, lines_to_type, publish, run_lines
from support.neovim import Neovim

from mistral_lsp.bench.tgi_script import Script

if TYPE_CHECKING:
    from support.neovim import Program

    from mistral_lsp.bench.endpoint import Endpoint

REPOSITORY = "URL-OF-THIS-REPOSITORY"
EXAMPLE = "http://127.0.0.1:8080"
USE_IT = (ROOT / "README.md").read_text(encoding="utf-8").partition("\n## Use it\n")[2].partition("\n## ")[0]


# Nearly all of its time is pip's, which fetches what no cache has: about a minute on a busy machine with two cores.
@pytest.mark.parametrize("program", ["0.12"], indirect=True)
async def test_a_clone_becomes_ghost_text_in_neovim(program: Program, tmp_path: Path, endpoint: Endpoint) -> None:
    endpoint.script = Script(reply="+ b\n")
    published, home = tmp_path / "published", tmp_path / "home"
    publish(published)
    home.mkdir()
    install, [doctor, *_], *_ = lines_to_type(USE_IT)
    env = environment(home, first=Path(sys.executable).parent)  # whose python3 is new enough
    run_lines(env, home, *(line.replace(REPOSITORY, str(published)) for line in install))

    [(name, config)] = re.findall(r"in `~/(.*?)`.*?\n\n```toml\n(.*?)```", USE_IT, re.DOTALL)
    in_place(home, name, config, endpoint)
    env = environment(home, first=home / ".local" / "bin")
    await asyncio.to_thread(run_lines, env, home, doctor)  # the endpoint is here

    page = (home / "mistral-lsp" / "editors" / "README.md").read_text(encoding="utf-8")
    name, init = re.findall(r"`~/(\S*init\.lua)`:\n\n```lua\n(.*?)```", page, re.DOTALL)[0]
    in_place(home, name, init, endpoint)
    (home / "a.py").write_text("total = a \n")
    async with Neovim.start(program, home, "a.py", env={"PATH": env["PATH"]}, init=None) as neovim:
        await neovim.type("A")
        await neovim.is_shown("+ b")
        await neovim.type("<Tab>")
        await neovim.has_lines(["total = a + b"])
        [cmd] = await neovim.lua(
            "return vim.tbl_map(function(one) return one.config.cmd[1] end, vim.lsp.get_clients())"
        )
        assert cmd == str(home / ".local" / "bin" / "mistral-lsp")
        assert not await neovim.messages()


def in_place(home: Path, name: str, text: str, endpoint: Endpoint) -> None:
    """Write a file as a page has it, but for where the model is."""
    assert EXAMPLE in text
    (home / name).parent.mkdir(parents=True, exist_ok=True)
    (home / name).write_text(text.replace(EXAMPLE, endpoint.url), encoding="utf-8")
