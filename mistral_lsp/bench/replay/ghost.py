"""Ghost: when an editor asks for ghost text, what it shows, and for how long; as the editors of today do it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mistral_lsp.bench.client import Refusal
from mistral_lsp.bench.editor import Editor, items_of

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import Mapping

    from mistral_lsp.bench.client import Pending


@dataclass(frozen=True, slots=True)
class Manners:
    """How an editor asks."""

    name: str  # as it calls itself to the server
    wait_s: float  # after each change; a newer change begins anew
    cancels: bool  # at a change, the request that isn't answered yet


@dataclass(slots=True)
class Shown:
    """One suggestion that appeared on the screen."""

    text: str  # as it appeared
    key_s: float  # when the last key before the request was pressed
    asked_s: float
    at_s: float
    accepted: int = 0  # characters of it that were taken and kept
    is_whole: bool = False  # taken by the one key


@dataclass(slots=True)
class Ghost:
    """What is on the screen behind the caret."""

    text: str
    command: Any
    shown: Shown


@dataclass(slots=True)
class Counts:
    """What went over the wire to the server."""

    asked: int = 0
    cancelled: int = 0
    answered: list[float] = field(default_factory=list)  # seconds until each answer with text
    typed_through: int = 0  # keys that were the next character of what was shown


class GhostEditor(Editor):
    """An editor with ghost text. Every change goes through `change`."""

    manners: Manners

    def __init__(self, process: Process, settings: Mapping[str, Any]) -> None:
        """Nothing is shown."""
        super().__init__(process, settings)
        self.name = self.manners.name
        self.ghost: Ghost | None = None
        self.news = asyncio.Event()  # what is shown has changed
        self._timer: asyncio.TimerHandle | None = None
        self._open: Pending | None = None
        self._key_s = 0.0
        self._asking: set[asyncio.Task[None]] = set()
        self.begin()

    def begin(self) -> None:
        """Count anew."""
        self.counts = Counts()
        self.appeared: list[Shown] = []

    def change(self, erased: int, typed: str, *, over: int = 0, behind: str = "") -> None:
        """A key: erase before the caret, insert there; what is shown stays where that is its beginning.

        `over` characters after the caret go too; `behind` is put there: brackets that are closed automatically.
        """
        self._key_s = asyncio.get_running_loop().time()
        self.replace(self.caret - erased, self.caret + over, typed + behind)
        self.caret -= len(behind)
        if self.ghost is not None and not erased and self.ghost.text.startswith(typed) and self.ghost.text != typed:
            self.ghost.text = self.ghost.text[len(typed) :]
            self.counts.typed_through += 1
        else:
            self._show(None)
        self._ask_later()

    def take(self, ghost: Ghost) -> None:
        """Accept the whole of what is shown."""
        here = self.position()
        item = {"insertText": ghost.text, "range": {"start": here, "end": here}, "command": ghost.command}
        self._show(None)
        self._key_s = asyncio.get_running_loop().time()
        self.accept(item)
        self._ask_later()

    async def rest(self) -> None:
        """Show nothing, ask no more, and wait for what was asked."""
        self._show(None)
        if self._timer is not None:
            self._timer.cancel()
        self._cancel()
        if self._asking:
            await asyncio.wait(self._asking)

    def _ask_later(self) -> None:
        if self.manners.cancels:
            self._cancel()
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(self.manners.wait_s, self._ask)

    def _cancel(self) -> None:
        if self._open is not None and not self._open.answer.done():
            self.cancel(self._open.id)
            self.counts.cancelled += 1
        self._open = None

    def _ask(self) -> None:
        self.counts.asked += 1
        self._open = self.ask_ghost_text()
        task = asyncio.ensure_future(self._receive(self._open))
        self._asking.add(task)
        task.add_done_callback(self._asking.discard)

    async def _receive(self, pending: Pending) -> None:
        asked_s, key_s, version = asyncio.get_running_loop().time(), self._key_s, self.files[self.uri].version
        try:
            items = items_of(await pending.answer) or []
        except (Refusal, ConnectionError):  # a cancelled request may be answered by an error
            return
        if pending is not self._open or version != self.files[self.uri].version:
            return
        item = items[0] if items else None
        text = item["insertText"] if item else ""
        if item and (span := item.get("range")):
            text = text[self.caret - self.offset(span["start"]) :]
        if not item or not text:
            self._show(None)
            return
        now = asyncio.get_running_loop().time()
        self.counts.answered.append(now - asked_s)
        if self.ghost is not None and self.ghost.text == text:
            self.ghost.command = item.get("command")
            return
        shown = Shown(text, key_s, asked_s, now)
        self.appeared.append(shown)
        self._show(Ghost(text, item.get("command"), shown))

    def _show(self, ghost: Ghost | None) -> None:
        if ghost is not None or self.ghost is not None:
            self.ghost = ghost
            self.news.set()


class VsCode(GhostEditor):
    """It cancels at each change and asks 50 ms later."""

    manners = Manners("Visual Studio Code", 0.05, cancels=True)


class Neovim(GhostEditor):
    """It waits for a pause of 200 ms, and leaves older requests to the server."""

    manners = Manners("Neovim", 0.2, cancels=False)


class Eager(GhostEditor):
    """It asks at each change at once."""

    manners = Manners("mistral-lsp bench", 0.0, cancels=True)


EDITORS: dict[str, type[GhostEditor]] = {"vscode": VsCode, "neovim": Neovim, "eager": Eager}
