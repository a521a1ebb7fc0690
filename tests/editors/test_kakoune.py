"""A real Kakoune with kakoune-lsp, the lines of editors/kakoune, and another server for pylsp: what a person sees."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support import programs
from support.debian import Missing

pytest.importorskip("pyte", reason="Kakoune isn't tested: pyte is missing, pip install -e '.[dev]' has it")

from support.terminal import ESCAPE, HELD, RETURN, TAB, Terminal

from mistral_lsp.bench.tgi_script import Script

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager

    from mistral_lsp.bench.endpoint import Endpoint

    Open = Callable[[str], AbstractAsyncContextManager[Terminal]]

ROOT = Path(__file__).parents[2]
OTHER_SERVER = ROOT / "tests" / "support" / "other_server.py"
ERASED = "\x7f"
BROKEN = "größe = '😀'\ndef total(prices):\n    return sum(prices\n"
FIXED = BROKEN.replace("(prices\n", "(prices)\n")
KAKRC = f"""
evaluate-commands %sh{{kak-lsp}}
source {ROOT / "editors" / "kakoune" / "kak-lsp.kak"}
lsp-enable
"""


def said(prompt: str) -> str:
    """What a model would say."""
    if "Mend the error" in prompt:
        return "Here it is:\n\n```python\ndef total(prices):\n    return sum(prices)\n```\n"
    return "It is never closed.\n"


@pytest.fixture
def open_(home: Path, endpoint: Endpoint) -> Open:
    """Open a.py with this text."""
    client = os.environ.get("KAK_LSP") or shutil.which("kak-lsp")
    if client is None:
        pytest.skip(
            "Kakoune isn't tried: there is no kak-lsp (KAK_LSP may name one; it comes by `cargo install kak-lsp`)"
        )
    try:
        binary, env = programs.kakoune()
    except Missing as missing:
        pytest.skip(f"Kakoune can't be run: {missing}")
    config = home / ".config" / "kak"
    config.mkdir(parents=True)
    (config / "kakrc").write_text(KAKRC)
    pylsp = home / "pylsp"
    pylsp.write_text(f"#!/bin/sh\nexec '{sys.executable}' '{OTHER_SERVER}'\n")
    pylsp.chmod(0o755)
    path = os.pathsep.join([str(home), str(Path(sys.executable).parent), str(Path(client).parent), "/usr/bin", "/bin"])
    own = {"HOME": str(home), "PATH": path, "LANG": "C.UTF-8", "TERM": "xterm-256color", **env}
    own |= {"MISTRAL_LSP_ENDPOINT_URL": endpoint.url, "MISTRAL_LSP_ENDPOINT_KIND": "tgi"}

    @contextlib.asynccontextmanager
    async def open_(text: str) -> AsyncIterator[Terminal]:
        (home / "a.py").write_text(text)
        async with Terminal.start((binary, "a.py"), cwd=home, env=own) as kakoune:
            await kakoune.shows("*", "client0")  # a server has told of an error
            try:
                yield kakoune
            finally:
                await kakoune.ends(f":quit!{RETURN}")  # killed it would leave kak-lsp behind, a daemon

    return open_


async def test_the_completion_menu_has_the_text(open_: Open, home: Path, endpoint: Endpoint) -> None:
    endpoint.script = Script(reply="+ b\n")
    async with open_("größe = '😀'; total = prise\n") as kakoune:
        kakoune.type(f"A{ERASED} ")
        await kakoune.shows("~", " + b")
        kakoune.type(HELD["n"])
        await kakoune.shows("total = pris + b")
        kakoune.type(ESCAPE)
        await kakoune.lacks("insert")
        kakoune.type(f":write{RETURN}")
        await kakoune.lacks("[+]")
    assert (home / "a.py").read_text() == "größe = '😀'; total = pris + b\n"


async def test_a_syntax_error_is_explained_and_mended(open_: Open, home: Path, endpoint: Endpoint) -> None:
    endpoint.script = Script(reply=said)
    async with open_(BROKEN) as kakoune:
        kakoune.type(f"/sum{RETURN}")
        kakoune.type(f":lsp-hover{RETURN}")
        await kakoune.shows("It is never closed.")
        kakoune.type(f":lsp-code-actions{RETURN}")
        await kakoune.shows("Fix this error")
        kakoune.type(f"{TAB}{RETURN}")
        await kakoune.shows("return sum(prices)")
        kakoune.type(f":write{RETURN}")
        await kakoune.lacks("[+]")
    assert (home / "a.py").read_text() == FIXED
