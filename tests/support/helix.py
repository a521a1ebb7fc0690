"""A real Helix in a terminal of the test's own: keys go in, what the screen shows comes out.

    async with Helix.start(binary, home, "a.py", env={"MISTRAL_LSP_ENDPOINT_URL": url}) as helix:
        helix.type(" k")
        await helix.shows("an explanation")

Its home is empty but for the languages.toml that people are told to use.
"""

from __future__ import annotations

import contextlib
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Self

from support.neovim import until
from support.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

CONFIGURATION = Path(__file__).parents[2] / "editors" / "helix" / "languages.toml"


class Helix:
    """One Helix. `start` makes it, and leaves none behind."""

    def __init__(self, terminal: Terminal, log: Path) -> None:
        """Take its terminal, and the file where it logs what language servers do."""
        self.type = terminal.type
        self.shows = terminal.shows
        self._log = log

    @classmethod
    @contextlib.asynccontextmanager
    async def start(cls, binary: Path, home: Path, file: str, *, env: Mapping[str, str]) -> AsyncIterator[Self]:
        """Start it in `home` on a file there, and wait until the server has begun."""
        (home / "config" / "helix").mkdir(parents=True)
        shutil.copy2(CONFIGURATION, home / "config" / "helix")
        log = home / "helix.log"
        words = (binary, "-v", "--log", log, file)
        async with Terminal.start(words, cwd=home, env=_environment(home) | dict(env)) as terminal:
            helix = cls(terminal, log)
            try:
                await helix.is_begun()
                yield helix
            except AssertionError as failure:
                failure.add_note(helix.told()[-2000:])
                raise

    async def is_begun(self) -> None:
        """Wait until the server has answered `initialize` and was told of the file."""

        async def is_it() -> bool:
            return "textDocument/didOpen" in self.told()

        await until(is_it, "the server has begun")

    def told(self) -> str:
        """What the language servers told so far."""
        return self._log.read_text(encoding="utf-8") if self._log.exists() else ""


def _environment(home: Path) -> dict[str, str]:
    """Nothing of the user's own, and no program but this environment's."""
    folders = {f"XDG_{name}_HOME": str(home / name.lower()) for name in ("CONFIG", "DATA", "STATE", "CACHE")}
    path = str(Path(sys.executable).parent)
    return {"HOME": str(home), "PATH": path, "LANG": "C.UTF-8", "TERM": "xterm-256color", **folders}
