"""A real Emacs with its own Eglot, set up by editors/emacs: its completion menu has the text, and no server is left."""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import PIPE
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support import programs
from support.debian import Missing

from mistral_lsp.bench.tgi_script import Script

if TYPE_CHECKING:
    from mistral_lsp.bench.endpoint import Endpoint

HERE = Path(__file__).parent
CONFIGURATION = HERE.parents[1] / "editors" / "emacs" / "mistral-lsp.el"
PATIENCE_S = 120


async def test_emacs_has_the_text_in_its_completion_menu(home: Path, endpoint: Endpoint) -> None:
    try:
        binary, env = programs.emacs()
    except Missing as missing:
        pytest.skip(f"Emacs can't be run: {missing}")
    endpoint.script = Script(reply="+ b\n")
    (home / "menu.py").write_text("total = a \n")
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    own = {"HOME": str(home), "PATH": path, "LANG": "C.UTF-8", "MISTRAL_LSP_ENDPOINT_URL": endpoint.url}
    process = await asyncio.create_subprocess_exec(
        *(binary, "-Q", "--batch", "-l", CONFIGURATION, "-l", HERE / "eglot.el"),
        cwd=home,
        env=own | dict(env),
        stdout=PIPE,
        stderr=PIPE,
    )
    try:
        stdout, stderr = await asyncio.wait_for(process.communicate(), PATIENCE_S)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, stderr.decode()[-2000:]
    told = dict(line.split("\t", 1) for line in stdout.decode().splitlines() if "\t" in line)
    assert told["line"] == '"total = a + b"'
    assert told["running"] == "nil"
