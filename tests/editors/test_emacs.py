"""A real Emacs with its own Eglot, set up by editors/emacs: the completion menu, a hover and a code action."""

from __future__ import annotations

import asyncio
import json
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
BROKEN = "def total(prices):\n    return sum(prices\n"
FIXED = "def total(prices):\n    return sum(prices)\n"
PATIENCE_S = 120


def reply(prompt: str) -> str:
    """What a model would say."""
    if "Mend the error" in prompt:
        return f"Here it is:\n\n```python\n{FIXED}```\n"
    return "It is never closed.\n" if "what is wrong" in prompt else "+ b\n"


async def test_emacs_completes_explains_and_mends(home: Path, endpoint: Endpoint) -> None:
    try:
        binary, env = programs.emacs()
    except Missing as missing:
        pytest.skip(f"Emacs can't be run: {missing}")
    endpoint.script = Script(reply=reply)
    (home / "menu.py").write_text("total = a \n")
    (home / "broken.py").write_text(BROKEN)
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
    told = {
        name: json.loads(value)
        for name, tab, value in (line.partition("\t") for line in stdout.decode().splitlines())
        if tab
    }
    assert told["line"] == "total = a + b"
    assert told["hover"].endswith("It is never closed.")
    assert told["mended"] == FIXED
    assert not told["running"]
