"""A real Neovim, used as a person uses it: keys go in, the buffer, the ghost text and the messages come out.

    async with Neovim.start(home, "a.py", env={"MISTRAL_LSP_ENDPOINT_URL": url}) as neovim:
        await neovim.type("oreturn ")
        await neovim.ghost_text()

Its home is empty but for an init.lua that has this repository's plugin. The environment variable NEOVIM names another
binary than those that the tests install.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import re
import sys
from asyncio.subprocess import DEVNULL, PIPE
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, cast

import msgpack
from support.screen import HEIGHT, WIDTH, Screen

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

PLUGIN = Path(__file__).parents[2] / "editors" / "neovim"
INIT = "require('mistral_lsp').setup()"
PATIENCE_S = 30.0  # the longest wait for anything but the embedded model, on a busy machine
LOOK_EVERY_S = 0.01

_KEY = re.compile(r"<[^>]+>|.", re.DOTALL)
_RESPONSE, _NOTIFICATION = 1, 2  # msgpack-rpc's kinds of message; 0 is a request
_IS_READY = """
local client = vim.lsp.get_clients({ bufnr = 0, name = 'mistral_lsp' })[1]
return client ~= nil and client.initialized and not client:is_stopped()
"""
_MARKS = """
local all = {}
for _, name in ipairs({ 'nvim.lsp.inline_completion', 'mistral_lsp.ghost' }) do
  local namespace = vim.api.nvim_get_namespaces()[name]
  vim.list_extend(all, namespace and vim.api.nvim_buf_get_extmarks(0, namespace, 0, -1, { details = true }) or {})
end
return all
"""
_WINDOWS = """
return vim.tbl_map(function(window)
  return table.concat(vim.api.nvim_buf_get_lines(vim.api.nvim_win_get_buf(window), 0, -1, false), '\\n')
end, vim.api.nvim_list_wins())
"""


@dataclass(frozen=True, slots=True)
class Program:
    """Which Neovim it is."""

    version: str
    binary: Path
    env: Mapping[str, str]


class Neovim:
    """One Neovim. `start` makes it, and leaves none behind."""

    def __init__(self, process: Process, log: Path) -> None:
        """Take a process that speaks msgpack-rpc, and the file where it logs what language servers do."""
        self.process = process
        self.screen = Screen()
        self._log = log
        self._stdin = cast("asyncio.StreamWriter", process.stdin)
        self._stdout = cast("asyncio.StreamReader", process.stdout)
        self._ids = itertools.count()
        self._unpacker = msgpack.Unpacker(strict_map_key=False, unicode_errors="surrogateescape")

    @classmethod
    @contextlib.asynccontextmanager
    async def start(
        cls,
        program: Program,
        home: Path,
        file: str,
        *,
        env: Mapping[str, str],
        init: str | None = INIT,
        is_attached: bool = True,
        has_plugin: bool = True,
    ) -> AsyncIterator[Self]:
        """Start it in `home` on a file there, with `init` in the user's init.lua, below the plugin's path.

        With None for `init` the one that is there stays. With `is_attached` it waits for the server.
        """
        if init is not None:
            _furnish(home, f"vim.opt.rtp:prepend('{PLUGIN}')\n{init}" if has_plugin else init)
        process = await asyncio.create_subprocess_exec(
            *(program.binary, "--embed", "--headless", file),
            cwd=home,
            env=_environment(home) | dict(program.env) | dict(env),
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
        )
        neovim = cls(process, home / ".local" / "state" / "nvim" / "lsp.log")
        try:
            if is_attached:
                await neovim.is_attached()
            yield neovim
        except AssertionError as failure:
            failure.add_note(neovim.told())
            raise
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.communicate()

    async def is_attached(self) -> None:
        """Wait until the server is attached to the buffer."""
        await until(lambda: self.lua(_IS_READY), "mistral-lsp is attached")

    async def edit(self, file: str) -> None:
        """Open another file, and wait until the server is attached there."""
        await self.call("nvim_command", f"edit! {file}")
        await self.is_attached()

    async def call(self, function: str, *arguments: Any) -> Any:
        """What a function of Neovim's API gives; TimeoutError where it waits for an answer to a question instead."""
        number = next(self._ids)
        self._stdin.write(msgpack.packb([0, number, function, arguments]))
        async with asyncio.timeout(PATIENCE_S):
            while True:
                for kind, *rest in self._unpacker:
                    if kind == _NOTIFICATION and rest[0] == "redraw":
                        self.screen.take(rest[1])
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
        """The ghost text on the screen now, without "(1/3)"."""
        for _, _, _, details in await self.lua(_MARKS):
            lines = [details.get("virt_text", []), *details.get("virt_lines", [])]
            return "\n".join("".join(text for text, style in line if style == "ComplHint") for line in lines)
        return None

    async def is_shown(self, ghost_text: str | None) -> None:
        """Wait until this is the ghost text."""

        async def is_it() -> bool:
            return await self.shown() == ghost_text

        await until(is_it, f"the ghost text is {ghost_text!r}")

    async def said(self, words: str) -> str:
        """Wait until something with these words was said to the user's face; all of it."""

        async def is_said() -> bool:
            return words in await self.messages()

        await until(is_said, f"{words!r} was said")
        return await self.messages()

    async def window(self, words: str) -> str:
        """Wait until some window has these words; its text."""
        found: list[str] = []

        async def is_there() -> bool:
            found[:] = [text for text in await self.lua(_WINDOWS) if words in text]
            return bool(found)

        await until(is_there, f"a window has {words!r}")
        return found[0]

    async def look(self) -> None:
        """Have a screen from now on."""
        await self.call("nvim_ui_attach", WIDTH, HEIGHT, {"ext_linegrid": True})
        await self.call("nvim_command", "redraw!")
        self.screen.moments.clear()

    async def has_drawn(self) -> None:
        """Wait until the screen shows what has been done so far."""
        count = len(self.screen.moments)
        await self.call("nvim_command", "redraw!")

        async def has() -> bool:
            await self.call("nvim_get_mode")
            return len(self.screen.moments) > count

        await until(has, "a redraw")

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

    def told(self) -> str:
        """What the language servers last told, for a test that fails."""
        return self._log.read_text(encoding="utf-8")[-2000:] if self._log.exists() else "nothing was logged"

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
    folder = home / ".config" / "nvim"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "init.lua").write_text(init, encoding="utf-8")


def _environment(home: Path) -> dict[str, str]:
    """Nothing of the user's own but where programs are found: this environment's `mistral-lsp` first."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    return {"HOME": str(home), "PATH": path, "LANG": "C.UTF-8", "TERM": "dumb"}
