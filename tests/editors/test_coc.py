"""A real Vim with coc.nvim and its settings of editors/coc.nvim: what a person sees in its terminal."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("pyte", reason="coc.nvim isn't tested: pyte is missing, pip install -e '.[dev]' has it")

from support.terminal import ESCAPE, HELD, RETURN, Terminal

from mistral_lsp.bench.tgi_script import Script

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager

    from mistral_lsp.bench.endpoint import Endpoint

    Open = Callable[[str], AbstractAsyncContextManager[Terminal]]

SETTINGS = Path(__file__).parents[2] / "editors" / "coc.nvim" / "coc-settings.json"
LINE = "größe = '😀'; total = a\n\n\ndef broken(:\n    pass\n"
BROKEN = "größe = '😀'\ndef total(prices):\n    return sum(prices\n"
FIXED = BROKEN.replace("(prices\n", "(prices)\n")
HOVER = f":call CocActionAsync('doHover'){RETURN}"
FIX = f":call CocActionAsync('doQuickfix'){RETURN}"


def said(prompt: str) -> str:
    """What a model would say."""
    if "Mend the error" in prompt:
        return "Here it is:\n\n```python\ndef total(prices):\n    return sum(prices)\n```\n"
    return "It is never closed.\n" if "what is wrong" in prompt else "+ b\n"


@pytest.fixture
def open_(home: Path, endpoint: Endpoint) -> Open:
    """Open a.py with this text."""
    plugin, vim = os.environ.get("COC_NVIM"), shutil.which("vim")
    if plugin is None or vim is None:
        pytest.skip("coc.nvim isn't tried: that needs Vim 9 and, in COC_NVIM, a folder of it with its build/index.js")
    node = os.environ.get("COC_NODE") or shutil.which("node")
    endpoint.script = Script(reply=said)
    (home / "coc").mkdir()
    (home / "data").mkdir()
    shutil.copy2(SETTINGS, home / "coc")
    (home / "vimrc").write_text(
        f"set nocompatible updatetime=100 shortmess+=F\nfiletype plugin on\nset runtimepath^={plugin}\n"
        f"let g:coc_config_home = '{home}/coc'\nlet g:coc_data_home = '{home}/data'\nlet g:coc_node_path = '{node}'\n"
    )
    path = os.pathsep.join([str(Path(sys.executable).parent), "/usr/bin", "/bin"])
    env = {"HOME": str(home), "PATH": path, "LANG": "C.UTF-8", "TERM": "xterm-256color"}
    env |= {"MISTRAL_LSP_ENDPOINT_URL": endpoint.url, "MISTRAL_LSP_ENDPOINT_KIND": "tgi"}

    @contextlib.asynccontextmanager
    async def open_(text: str) -> AsyncIterator[Terminal]:
        (home / "a.py").write_text(text)
        async with Terminal.start((vim, "-u", home / "vimrc", "a.py"), cwd=home, env=env) as vim_:
            try:
                yield vim_
            finally:
                vim_.type(ESCAPE)
                await vim_.lacks("INSERT")
                await vim_.ends(f":quitall!{RETURN}")  # killed it would leave its Node behind

    return open_


async def test_ghost_text_appears_while_typing_and_is_accepted(open_: Open, home: Path) -> None:
    async with open_(LINE) as vim:
        await vim.shows(">>")  # the server has told of the error further down
        vim.type("A ")
        await vim.shows("total = a + b")
        vim.type(HELD["y"])
        vim.type(ESCAPE)
        await vim.lacks("INSERT")
        vim.type(f":write{RETURN}")
        await vim.shows("written")
    assert (home / "a.py").read_text() == LINE.replace("= a\n", "= a + b\n")


async def test_a_syntax_error_is_explained_and_mended(open_: Open, home: Path) -> None:
    async with open_(BROKEN) as vim:
        await vim.shows(">>")
        vim.type(f"/sum{RETURN}")
        vim.type(HOVER)
        await vim.shows("It is never closed.")
        vim.type(FIX)
        await vim.shows("return sum(prices)")
        vim.type(f":write{RETURN}")
        await vim.shows("written")
    assert (home / "a.py").read_text() == FIXED
