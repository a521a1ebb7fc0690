"""Sitting: one person types one function into its file, key by key, and what happens is written down."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mistral_lsp.bench.replay.policy import choose
from mistral_lsp.bench.replay.typist import CLOSER_OF, Press, indent_of, is_closed_twice, next_press, straight

if TYPE_CHECKING:
    from mistral_lsp.bench.replay.endpoint import Stream
    from mistral_lsp.bench.replay.ghost import Counts, Ghost, GhostEditor, Shown
    from mistral_lsp.bench.replay.policy import Choice, Policy
    from mistral_lsp.bench.replay.tasks import Task
    from mistral_lsp.bench.replay.typist import Typist

WORD_KEY_S = 0.2  # between two presses of "accept the next word"


@dataclass(frozen=True, slots=True)
class Change:
    """The function's text up to the caret, after a key."""

    at_s: float
    have: str
    accepted: int = 0  # characters that this key took from a suggestion


@dataclass(slots=True)
class Record:
    """What happened. Times are of the event loop's clock."""

    task: str
    before: str  # the file up to the function
    characters: int  # keys that the function takes without any help
    began_s: float = 0.0
    ended_s: float = 0.0
    keys: int = 0
    slips: int = 0
    erasing_keys: int = 0
    accepted_texts: list[str] = field(default_factory=list)  # what was taken and kept
    changes: list[Change] = field(default_factory=list)
    appeared: list[Shown] = field(default_factory=list)
    counts: Counts | None = None
    streams: list[Stream] | None = None  # None where the endpoint is the user's own


class Sitting:
    """The person at the editor."""

    def __init__(
        self, editor: GhostEditor, task: Task, typist: Typist, policy: Policy, *, closes_brackets: bool = False
    ) -> None:
        """The editor opens the file and closes it."""
        self._closes_brackets = closes_brackets
        self._editor = editor
        self._task = task
        self._typist = typist
        self._policy = policy
        self._wanted = task.wanted
        self._indent = indent_of(self._wanted)
        self._slipped: set[int] = set()
        self._have = task.given
        self._behind = ""  # closers that the editor has put right of the caret
        self._last_s = 0.0
        self.record = Record(
            task.name, task.text[: task.start], straight(self._wanted, given=task.given, indent=self._indent)
        )

    async def run(self) -> Record:
        """Type until the function is there."""
        editor, task, record = self._editor, self._task, self.record
        editor.begin()
        editor.open(task.opened, task.language, uri=task.uri)
        editor.caret = task.start + len(task.given)
        await editor.settle()
        record.began_s = self._last_s = self._now()
        while await self._one_step():
            pass
        record.ended_s = self._now()
        await editor.rest()
        if str(editor.text) != task.text:
            raise RuntimeError(f"{task.name} isn't what it was")  # a fault of the bench
        record.appeared, record.counts = editor.appeared, editor.counts
        editor.close()
        return record

    async def _one_step(self) -> bool:
        """Press a key, accept, or see that there is something new to look at; False when all is written."""
        press = next_press(self._have, self._wanted, indent=self._indent)
        if press is None and not self._behind:
            return False
        ghost = self._editor.ghost
        choice = self._choice(ghost)
        if ghost is not None and choice is not None:
            if await self._wait_until(ghost.shown.at_s + self._typist.reading_s(ghost.text)):
                await self._take(ghost, choice)
            return True
        if not await self._wait_until(self._last_s + self._typist.before_s(self._wanted, len(self._have))):
            return True
        if press is None or is_closed_twice(self._have, self._behind):
            self._press(Press(0, ""), over=1)
        else:
            slip = self._slip() if len(press.typed) == 1 and not press.erased else None
            self._press(Press(0, slip) if slip else press, over=press.typed == self._behind[:1] != "")
        return True

    def _choice(self, ghost: Ghost | None) -> Choice | None:
        if ghost is None or not self._wanted.startswith(self._have):
            return None
        return choose(self._policy, ghost.text, self._wanted[len(self._have) :], right=self._behind)

    def _slip(self) -> str | None:
        at = len(self._have)
        if at in self._slipped:
            return None
        self._slipped.add(at)
        letter = self._typist.slip(self._wanted, at)
        self.record.slips += letter is not None
        return letter

    def _press(self, press: Press, *, over: int = 0) -> None:
        closer = CLOSER_OF.get(press.typed, "") if self._closes_brackets else ""
        self._behind = closer + self._behind[over:]
        self._editor.change(press.erased, press.typed, over=over, behind=closer)
        self._note(self._have[: len(self._have) - press.erased] + press.typed)
        self.record.keys += 1
        self.record.erasing_keys += not press.typed

    async def _take(self, ghost: Ghost, choice: Choice) -> None:
        """Accept; what is wrong at its end is deleted by the keys that follow."""
        ghost.shown.accepted, ghost.shown.is_whole = choice.kept, choice.is_whole
        self.record.accepted_texts.append("".join(choice.parts)[: choice.kept])
        for number, part in enumerate(choice.parts):
            if number:
                await asyncio.sleep(WORD_KEY_S)
            if choice.is_whole:
                self._editor.take(ghost)
            else:
                self._editor.change(0, part)
            self._note(self._have + part, accepted=len(part))
            self.record.keys += 1

    def _note(self, have: str, *, accepted: int = 0) -> None:
        self._have, self._last_s = have, self._now()
        self.record.changes.append(Change(self._last_s, have, accepted))

    async def _wait_until(self, at_s: float) -> bool:
        """Wait, but look up when what is shown changes: False then."""
        self._editor.news.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(at_s):
                await self._editor.news.wait()
                return False
        return True

    def _now(self) -> float:
        return asyncio.get_running_loop().time()
