"""A real Helix in a terminal of the test's own: keys go in, what the screen shows comes out.

    async with Helix.start(binary, home, "a.py", env={"MISTRAL_LSP_ENDPOINT_URL": url}) as helix:
        helix.type(" k")
        await helix.shows("an explanation")

Its home is empty but for the languages.toml that people are told to use.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import pty
import shutil
import sys
import termios
from asyncio.subprocess import DEVNULL
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import pyte
from support.neovim import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

CONFIGURATION = Path(__file__).parents[2] / "editors" / "helix" / "languages.toml"
WIDTH, HEIGHT = 100, 30
ESCAPE, RETURN = "\x1b", "\r"
HELD = {letter: chr(ord(letter) & 0x1F) for letter in "nx"}  # with Ctrl


class Helix:
    """One Helix. `start` makes it, and leaves none behind."""

    def __init__(self, terminal: int, log: Path) -> None:
        """Take the terminal's end that isn't Helix's, and the file where it logs what language servers do."""
        self._terminal = terminal
        self._log = log
        self._screen = _Screen(terminal)
        self._stream = pyte.ByteStream(self._screen)

    @classmethod
    @contextlib.asynccontextmanager
    async def start(cls, binary: Path, home: Path, file: str, *, env: Mapping[str, str]) -> AsyncIterator[Self]:
        """Start it in `home` on a file there, and wait until the server has begun."""
        (home / "config" / "helix").mkdir(parents=True)
        shutil.copy2(CONFIGURATION, home / "config" / "helix")
        ours, its = pty.openpty()
        termios.tcsetwinsize(its, (HEIGHT, WIDTH))
        log = home / "helix.log"
        process = await asyncio.create_subprocess_exec(
            *(binary, "-v", "--log", log, file),
            cwd=home,
            env=_environment(home) | dict(env),
            stdin=its,
            stdout=its,
            stderr=DEVNULL,
            start_new_session=True,
        )
        os.close(its)
        helix = cls(ours, log)
        asyncio.get_running_loop().add_reader(ours, helix._draw)
        try:
            await helix.is_begun()
            yield helix
        except AssertionError as failure:
            failure.add_note(helix.told())
            raise
        finally:
            asyncio.get_running_loop().remove_reader(ours)
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
            os.close(ours)

    def type(self, keys: str) -> None:
        """Press keys, as a terminal sends them."""
        os.write(self._terminal, keys.encode())

    def text(self) -> str:
        """What is on the screen."""
        return "\n".join(line.rstrip() for line in self._screen.display)

    async def shows(self, *words: str) -> None:
        """Wait until the screen has all of these words."""

        async def has() -> bool:
            return all(one in self.text() for one in words)

        await until(has, f"the screen shows {words}")

    async def is_begun(self) -> None:
        """Wait until the server has answered `initialize` and was told of the file."""

        async def is_it() -> bool:
            return "textDocument/didOpen" in self._told()

        await until(is_it, "the server has begun")

    def told(self) -> str:
        """The screen, and what the language servers last told, for a test that fails."""
        return f"{self.text()}\n{self._told()[-2000:]}"

    def _told(self) -> str:
        return self._log.read_text(encoding="utf-8") if self._log.exists() else ""

    def _draw(self) -> None:
        try:
            self._stream.feed(os.read(self._terminal, 2**16))
        except OSError:  # it has gone
            asyncio.get_running_loop().remove_reader(self._terminal)


class _Screen(pyte.Screen):
    """One that answers what a program asks its terminal."""

    def __init__(self, terminal: int) -> None:
        super().__init__(WIDTH, HEIGHT)
        self._terminal = terminal

    def report_device_status(self, mode: int, **_: Any) -> None:
        super().report_device_status(mode)

    def write_process_input(self, data: Any) -> None:
        os.write(self._terminal, data.encode())


def _environment(home: Path) -> dict[str, str]:
    """Nothing of the user's own, and no program but this environment's."""
    folders = {f"XDG_{name}_HOME": str(home / name.lower()) for name in ("CONFIG", "DATA", "STATE", "CACHE")}
    path = str(Path(sys.executable).parent)
    return {"HOME": str(home), "PATH": path, "LANG": "C.UTF-8", "TERM": "xterm-256color", **folders}
