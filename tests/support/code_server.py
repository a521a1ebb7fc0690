"""code-server: VS Code for a browser, with our extension and somebody else's in it.

`tests/editors/vscode/install.sh` installs what it needs, into the user's cache; Missing says what it could not.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shlex
import socket
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from support import checkout
from support.checkout import ROOT, run_lines
from support.looking import until
from support.neovim import descendants

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncIterator, Mapping

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
# Commands that have no key of VS Code's own, and are wanted often.
KEYS = {
    "ctrl+alt+l": "editor.action.inlineSuggest.acceptNextLine",
    "ctrl+alt+i": "editor.action.inlineSuggest.trigger",
    "ctrl+alt+c": "notifications.clearAll",
    "ctrl+alt+u": "workbench.action.files.newUntitledFile",
    "ctrl+alt+o": "workbench.action.closeEditorsInOtherGroups",
}
# What the word before it becomes, when it is picked from the menu: its placeholder is selected then.
SNIPPETS = {"python": {"sum": {"prefix": "sumof", "body": "sum(${1:prices})"}}}
_GALLERY = json.dumps(dict.fromkeys(("serviceUrl", "itemUrl", "resourceUrlTemplate"), "http://127.0.0.1:9/"))


class Missing(Exception):  # noqa: N818 - read as "it is missing"
    """What VS Code needs can't be installed here."""


def install() -> None:
    """Have code-server and chromium. Raises Missing."""
    done = subprocess.run(["sh", SCRIPTS / "install.sh", CACHE], check=False, capture_output=True, text=True)
    if done.returncode:
        raise Missing((done.stderr.strip().splitlines() or ["install.sh failed"])[-1])


def furnish(home: Path) -> None:
    """Put into an empty home what a person has: the editor's command, Node, and somebody else's extension."""
    (home / "extensions").mkdir()
    (home / "config.yaml").touch()
    (home / "bin").mkdir()
    _write_program(home / "bin" / "code", shlex.join(_line(home)))
    for name in ("node", "npm"):
        (home / "bin" / name).symlink_to(CACHE / "bin" / name)
    _write_program(
        home / "mistral-lsp", f"exec {shlex.quote(str(COMMAND))}", f"2>>{shlex.quote(str(home / 'server.log'))}"
    )
    keys = home / "data" / "User" / "keybindings.json"
    keys.parent.mkdir(parents=True)
    keys.write_text(json.dumps([{"key": key, "command": command} for key, command in KEYS.items()]), encoding="utf-8")
    for language, snippets in SNIPPETS.items():
        file = keys.parent / "snippets" / f"{language}.json"
        file.parent.mkdir(exist_ok=True)
        file.write_text(json.dumps(snippets), encoding="utf-8")
    linter = home / "linter.vsix"
    with zipfile.ZipFile(linter, "w") as archive:
        for file in sorted((SCRIPTS / "linter").iterdir()):
            archive.write(file, f"extension/{file.name}")
    run_lines(environment(home), home, f"code --install-extension {linter}")


def environment(home: Path) -> dict[str, str]:
    """Of whoever has that home, with its editor on the PATH, no server on it and no gallery to go to."""
    env = checkout.environment(home, first=home / "bin") | {"EXTENSIONS_GALLERY": _GALLERY}
    folders = [folder for folder in env["PATH"].split(os.pathsep) if not (Path(folder) / COMMAND.name).exists()]
    return env | {"PATH": os.pathsep.join(folders)}


@dataclass(frozen=True, slots=True)
class CodeServer:
    """One code-server; `home` is its user's."""

    process: Process
    home: Path
    url: str

    @classmethod
    @contextlib.asynccontextmanager
    async def start(cls, home: Path, settings: Mapping[str, Any]) -> AsyncIterator[Self]:
        """Start it in a home that is furnished."""
        _write_settings(home, settings)
        line, env = _line(home), environment(home)
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

    def servers(self) -> list[int]:
        """The processes of ours that run."""
        found = []
        for pid in descendants(self.process.pid):
            with contextlib.suppress(OSError):
                words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
                if len(words) > 1 and words[1].endswith(b"/mistral-lsp"):
                    found.append(pid)
        return found

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


def _write_program(path: Path, line: str, after: str = "") -> None:
    path.write_text(f'#!/bin/sh\n{line} "$@" {after}\n', encoding="utf-8")
    path.chmod(0o755)


def _write_settings(home: Path, settings: Mapping[str, Any]) -> None:
    """Those of the machine count where the form says "machine"."""
    for place in ("User", "Machine"):
        file = home / "data" / place / "settings.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(QUIET | dict(settings)), encoding="utf-8")


async def _answers(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    await writer.wait_closed()
    return True
