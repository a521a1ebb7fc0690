"""A program in a terminal of the test's own: keys go in, what the screen shows comes out.

async with Terminal.start(["hx", "a.py"], cwd=home, env=env) as terminal:
    terminal.type(f"A{HELD['x']}")
    await terminal.shows("+ b")
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import pty
import shutil
import string
import termios
from asyncio.subprocess import DEVNULL
from typing import TYPE_CHECKING, Any, Self

import pyte
from support.neovim import are_gone, descendants, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence
    from pathlib import Path

WIDTH, HEIGHT = 100, 30
ESCAPE, RETURN, TAB = "\x1b", "\r", "\t"
HELD = {letter: chr(ord(letter) & 0x1F) for letter in string.ascii_lowercase}  # with Ctrl


class Terminal:
    """One terminal with its program. `start` makes them, and leaves none behind."""

    def __init__(self, end: int, pid: int) -> None:
        """Take the terminal's end that isn't the program's, and the program's process."""
        self.pid = pid
        self._end = end
        self._screen = _Screen(end)
        self._stream = pyte.ByteStream(self._screen)

    @classmethod
    @contextlib.asynccontextmanager
    async def start(
        cls, words: Sequence[str | Path], *, cwd: Path, env: Mapping[str, str], error: Path | None = None
    ) -> AsyncIterator[Self]:
        """Start a program; what it writes to stderr goes to the file `error`."""
        ours, its = pty.openpty()
        termios.tcsetwinsize(its, (HEIGHT, WIDTH))
        with contextlib.ExitStack() as stack:
            stderr = DEVNULL if error is None else stack.enter_context(error.open("wb"))
            process = await asyncio.create_subprocess_exec(
                *(_setsid(), "--ctty", *words), cwd=cwd, env=env, stdin=its, stdout=its, stderr=stderr
            )
        os.close(its)
        terminal = cls(ours, process.pid)
        asyncio.get_running_loop().add_reader(ours, terminal._draw)
        try:
            yield terminal
        except AssertionError as failure:
            failure.add_note(terminal.text())
            raise
        finally:
            asyncio.get_running_loop().remove_reader(ours)
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
            os.close(ours)

    def type(self, keys: str) -> None:
        """Press keys, as a terminal sends them."""
        os.write(self._end, keys.encode())

    def text(self) -> str:
        """What is on the screen."""
        return "\n".join(line.rstrip() for line in self._screen.display)

    async def shows(self, *words: str) -> None:
        """Wait until the screen has all of these words."""

        async def has() -> bool:
            return all(one in self.text() for one in words)

        await until(has, f"the screen shows {words}")

    async def lacks(self, words: str) -> None:
        """Wait until the screen doesn't have these words."""

        async def is_so() -> bool:
            return words not in self.text()

        await until(is_so, f"the screen is without {words!r}")

    async def ends(self, keys: str) -> None:
        """Press the keys that end the program, and wait until it and what it has started are gone."""
        started = {self.pid, *descendants(self.pid)}
        self.type(keys)
        await are_gone(started)

    def _draw(self) -> None:
        try:
            self._stream.feed(os.read(self._end, 2**16))
        except OSError:  # it has gone
            asyncio.get_running_loop().remove_reader(self._end)


def _setsid() -> str:
    """What makes the terminal the program's own, as Emacs wants it; `env` may have another PATH."""
    found = shutil.which("setsid")
    assert found, "there is no setsid: it comes with util-linux"
    return found


class _Screen(pyte.Screen):
    """One that answers what a program asks its terminal."""

    def __init__(self, end: int) -> None:
        super().__init__(WIDTH, HEIGHT)
        self._end = end

    def select_graphic_rendition(self, *attributes: int, private: bool = False) -> None:
        if not private:  # else it says how it wants its keys
            super().select_graphic_rendition(*attributes)

    def report_device_status(self, mode: int, **_: Any) -> None:
        super().report_device_status(mode)

    def write_process_input(self, data: Any) -> None:
        os.write(self._end, data.encode())
