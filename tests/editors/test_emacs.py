"""A real Emacs set up by editors/emacs: with its own Eglot, driven by a script, and with lsp-mode, in a terminal."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from asyncio.subprocess import PIPE
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support import programs
from support.debian import Missing

pytest.importorskip("pyte", reason="Emacs isn't tested: pyte is missing, pip install -e '.[dev]' has it")

from support.terminal import ESCAPE, HELD, RETURN, TAB, Terminal

from mistral_lsp.bench.tgi_script import Script

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager

    from mistral_lsp.bench.endpoint import Endpoint

    Open = Callable[[str], AbstractAsyncContextManager[Terminal]]

HERE = Path(__file__).parent
OTHER_SERVER = HERE.parent / "support" / "other_server.py"
CONFIGURATION = HERE.parents[1] / "editors" / "emacs" / "mistral-lsp.el"
BROKEN = "def total(prices):\n    return sum(prices\n"
FIXED = "def total(prices):\n    return sum(prices)\n"
WRONG = "def total(prices):\n    result = 0\n    for price in prices:\n        result += prise\n    return result\n"
RIGHT = WRONG.replace("prise", "price")
PATIENCE_S = 120
COUNTS = f'{ESCAPE}:(message (lsp-send-execute-command "mistralLsp.counts" [])){RETURN}'


def reply(prompt: str) -> str:
    """What a model would say."""
    if "Mend the error" in prompt:
        return f"Here it is:\n\n```python\n{FIXED}```\n"
    return "It is never closed.\n" if "what is wrong" in prompt else "+ b\n"


async def test_emacs_completes_explains_and_mends(home: Path, endpoint: Endpoint) -> None:
    binary, env = emacs()
    endpoint.script = Script(reply=reply)
    (home / "menu.py").write_text("total = a \n")
    (home / "broken.py").write_text(BROKEN)
    process = await asyncio.create_subprocess_exec(
        *(binary, "-Q", "--batch", "-l", CONFIGURATION, "-l", HERE / "eglot.el"),
        cwd=home,
        env=environment(home, endpoint) | env,
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
    assert first_asked(endpoint)["max_new_tokens"] == 7


@pytest.fixture
def open_(home: Path, endpoint: Endpoint) -> Open:
    """Open a.py with this text, with lsp-mode and somebody else's server in it."""
    binary, env = emacs()
    try:
        load_path = programs.lsp_mode()
    except Missing as missing:
        pytest.skip(f"lsp-mode can't be run: {missing}")
    folders = " ".join(f'"{folder}"' for folder in load_path)
    other = f'"{sys.executable}" "{OTHER_SERVER}"'

    @contextlib.asynccontextmanager
    async def open_(text: str) -> AsyncIterator[Terminal]:
        (home / "a.py").write_text(text)
        found = f"(setq found '({folders}) other '({other}) configuration \"{CONFIGURATION}\")"
        words = (binary, "-nw", "-Q", "--eval", found, "-l", HERE / "lsp_mode.el", "a.py")
        async with Terminal.start(words, cwd=home, env=environment(home, endpoint) | env) as emacs:
            await emacs.shows("[Python 0]")
            emacs.type(run("lsp"))
            await emacs.shows("[Python 2]")
            yield emacs

    return open_


async def accept_and_save(emacs: Terminal, endpoint: Endpoint) -> None:
    await emacs.shows("total = a + b", "Accept: [TAB")
    endpoint.script = Script(reply="")
    emacs.type(TAB)
    await emacs.lacks("Accept: [TAB")
    emacs.type(f"{HELD['x']}{HELD['s']}")
    await emacs.shows("Wrote ")


async def test_lsp_mode_shows_ghost_text_and_tab_accepts_it(open_: Open, home: Path, endpoint: Endpoint) -> None:
    endpoint.script = Script(reply="+ b\n")
    async with open_("total = a\n") as emacs:
        emacs.type(f"{HELD['e']} ")
        await accept_and_save(emacs, endpoint)
        assert (home / "a.py").read_text(encoding="utf-8") == "total = a + b\n"
        emacs.type(COUNTS)
        await emacs.shows("- 1 accepted")
    assert first_asked(endpoint)["max_new_tokens"] == 7


async def test_lsp_mode_s_ghost_text_fits_what_stands_before_it_and_windows_line_ends_stay(
    open_: Open, home: Path, endpoint: Endpoint
) -> None:
    endpoint.script = Script(reply="+ b\n")
    async with open_("größe = '😀'\r\nname = 'naïve 😀'; total = a\r\nother = 1\r\n") as emacs:
        emacs.type(f"{HELD['n']}{HELD['e']} ")
        await accept_and_save(emacs, endpoint)
    expected = "größe = '😀'\r\nname = 'naïve 😀'; total = a + b\r\nother = 1\r\n"
    assert (home / "a.py").read_bytes().decode() == expected


async def test_lsp_mode_explains_and_mends_what_another_server_found(
    open_: Open, home: Path, endpoint: Endpoint
) -> None:
    endpoint.script = Script(
        reply=lambda prompt: (
            f"Here it is:\n\n```python\n{RIGHT}```\n" if "Mend the error" in prompt else "Nothing is called so.\n"
        )
    )
    async with open_(WRONG) as emacs:
        await emacs.shows("!!")
        emacs.type(f"{HELD['s']}prise{RETURN}{HELD['b']}")
        await emacs.shows("Fix this error: Undefined")  # the mode line tells what can be done there
        emacs.type(run("lsp-describe-thing-at-point"))
        await emacs.shows("Nothing is called so.")
        assert "Undefined name prise (Ruff F821)" in emacs.text()
        emacs.type(run("lsp-execute-code-action"))
        await emacs.shows("Select code action:")
        emacs.type(f"Fix{TAB}")
        await emacs.shows("Fix this error: Undefined name `prise` (Ruff F821)")
        emacs.type(RETURN)
        await emacs.shows("result += price")
        emacs.type(f"{HELD['x']}{HELD['s']}")
        await emacs.shows("Wrote ")
    assert (home / "a.py").read_text() == RIGHT


def emacs() -> tuple[Path, dict[str, str]]:
    """The binary and its environment, or the test is skipped."""
    try:
        binary, env = programs.emacs()
    except Missing as missing:
        pytest.skip(f"Emacs can't be run: {missing}")
    return binary, dict(env)


def environment(home: Path, endpoint: Endpoint) -> dict[str, str]:
    """Nothing of the user's own but where programs are found."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    own = {"HOME": str(home), "PATH": path, "LANG": "C.UTF-8", "TERM": "xterm-256color"}
    return own | {"MISTRAL_LSP_ENDPOINT_URL": endpoint.url}


def first_asked(endpoint: Endpoint) -> dict[str, Any]:
    """The parameters of the first request for a text."""
    asked = next(request for request in endpoint.requests if request.path == "/generate_stream")
    parameters: dict[str, Any] = asked.body["parameters"]
    return parameters


def run(command: str) -> str:
    """The keys that run a command."""
    return f"{ESCAPE}x{command}{RETURN}"
