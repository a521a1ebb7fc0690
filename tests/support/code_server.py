"""code-server: VS Code for a browser, with our extension and somebody else's in it.

`tests/editors/vscode/install.sh` installs what it needs, into the user's cache; Missing says what it could not.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import socket
import subprocess
import sys
import zipfile
from asyncio.subprocess import DEVNULL
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from support.looking import until

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncIterator, Mapping

ROOT = Path(__file__).parents[2]
SCRIPTS = ROOT / "tests" / "editors" / "vscode"
EXTENSION = ROOT / "editors" / "vscode"
COMMAND = Path(sys.executable).parent / "mistral-lsp"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mistral-lsp-tests"

# What keeps the screen quiet, and the same on every run.
QUIET: dict[str, Any] = {
    "chat.disableAIFeatures": True,
    "editor.cursorBlinking": "solid",
    "editor.minimap.enabled": False,
    "editor.occurrencesHighlight": "off",
    "editor.stickyScroll.enabled": False,
    "extensions.autoUpdate": False,
    "security.workspace.trust.enabled": False,
    "security.workspace.trust.startupPrompt": "never",
    "telemetry.telemetryLevel": "off",
    "window.menuBarVisibility": "hidden",
    "workbench.enableExperiments": False,
    "workbench.layoutControl.enabled": False,
    "workbench.secondarySideBar.defaultVisibility": "hidden",
    "workbench.startupEditor": "none",
    "workbench.tips.enabled": False,
}
_GALLERY = json.dumps(dict.fromkeys(("serviceUrl", "itemUrl", "resourceUrlTemplate"), "http://127.0.0.1:9/"))


class Missing(Exception):  # noqa: N818 - read as "it is missing"
    """What VS Code needs can't be installed here."""


def install() -> None:
    """Have code-server and chromium. Raises Missing."""
    done = subprocess.run(["sh", SCRIPTS / "install.sh", CACHE], check=False, capture_output=True, text=True)
    if done.returncode:
        raise Missing((done.stderr.strip().splitlines() or ["install.sh failed"])[-1])


def pack() -> Path:
    """The extension, as `make vsix` packs it."""
    path = f"{CACHE / 'bin'}{os.pathsep}{os.environ['PATH']}"
    subprocess.run([sys.executable, EXTENSION / "pack.py"], check=True, env=os.environ | {"PATH": path})
    return EXTENSION / "mistral-lsp.vsix"


@dataclass(frozen=True, slots=True)
class CodeServer:
    """One code-server; `home` is its user's."""

    process: Process
    home: Path
    url: str

    @classmethod
    @contextlib.asynccontextmanager
    async def start(cls, home: Path, vsix: Path, settings: Mapping[str, Any]) -> AsyncIterator[Self]:
        """Start it with nothing in its home but these settings, and the command `mistral-lsp`, which logs there."""
        _write_command(home)
        _write_settings(home, settings)
        line = _line(home)
        env = _environment(home)
        await _run(*line, "--install-extension", str(vsix), "--install-extension", str(_linter(home)), env=env)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        quiet = ("--disable-telemetry", "--disable-update-check", "--disable-getting-started-override")
        with (home / "code-server.log").open("wb") as log:
            process = await asyncio.create_subprocess_exec(
                *line, *quiet, "--auth", "none", "--bind-addr", f"127.0.0.1:{port}", env=env, stdout=log, stderr=log
            )
        try:
            await until(lambda: _answers(port), "code-server answers")
            yield cls(process, home, f"http://127.0.0.1:{port}")
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            await process.wait()

    def configure(self, settings: Mapping[str, Any]) -> None:
        """The user's settings, from now on."""
        _write_settings(self.home, settings)

    def log(self) -> str:
        """What the servers have written to stderr."""
        path = self.home / "server.log"
        return path.read_text(encoding="utf-8") if path.exists() else ""


def _line(home: Path) -> list[str]:
    return [
        *(str(CACHE / "bin" / "node"), str(CACHE / "code-server" / "node_modules" / "code-server")),
        *("--config", str(home / "config.yaml"), "--user-data-dir", str(home / "data")),
        *("--extensions-dir", str(home / "extensions")),
    ]


def _write_command(home: Path) -> None:
    (home / "extensions").mkdir()
    (home / "config.yaml").touch()
    command = home / "bin" / "mistral-lsp"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{COMMAND}" "$@" 2>>"{home}/server.log"\n', encoding="utf-8")
    command.chmod(0o755)


def _write_settings(home: Path, settings: Mapping[str, Any]) -> None:
    """Those of the machine count where the form says "machine"."""
    for place in ("User", "Machine"):
        file = home / "data" / place / "settings.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(QUIET | dict(settings)), encoding="utf-8")


def _linter(home: Path) -> Path:
    """The other extension, packed."""
    path = home / "linter.vsix"
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted((SCRIPTS / "linter").iterdir()):
            archive.write(file, f"extension/{file.name}")
    return path


def _environment(home: Path) -> dict[str, str]:
    foreign = "MISTRAL_LSP_|XDG_|VSCODE_|PYTHON|VIRTUAL_ENV"
    kept = {name: value for name, value in os.environ.items() if not re.match(foreign, name)}
    own = {"HOME": str(home), "XDG_CACHE_HOME": str(home / "cache"), "EXTENSIONS_GALLERY": _GALLERY}
    return kept | own | {"PATH": f"{home / 'bin'}{os.pathsep}{kept['PATH']}"}


async def _run(*line: str, env: Mapping[str, str]) -> None:
    process = await asyncio.create_subprocess_exec(*line, env=env, stdout=DEVNULL, stderr=DEVNULL)
    assert await process.wait() == 0, line


async def _answers(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    await writer.wait_closed()
    return True
