"""Records: what became of each completion request, so that a silence can be explained afterwards.

They tell reasons, sizes and times; never code, a path, a prompt or a token.
"""

from __future__ import annotations

import re
import time
from collections import deque
from dataclasses import dataclass
from enum import Enum
from itertools import islice
from typing import TYPE_CHECKING

from mistral_lsp.core.reason import Reason
from mistral_lsp.core.visible import shortened, visible

if TYPE_CHECKING:
    from collections.abc import Callable

    from mistral_lsp.core.risks import Risk
    from mistral_lsp.core.suggestion import Suggestion
    from mistral_lsp.features.request import CompletionRequest
    from mistral_lsp.model.base import ModelInfo

CAPACITY = 300

_LANGUAGE_ID = re.compile(r"[\w.+#-]{1,40}", re.ASCII)


class Method(Enum):
    """How the editor asked."""

    GHOST_TEXT = "ghost text"
    MENU = "menu"


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, as it came."""

    number: int  # from 1, in the order in which they came
    at: float  # seconds since 1970
    clock_s: float  # the same moment on a clock that only goes forward
    method: Method
    invoked: bool | None  # by hand, or automatic; None where the request could not be read
    language: str  # the editor's id; empty where the document isn't known
    lines: int  # of the document at most: a power of ten, 0 where it isn't known


@dataclass(frozen=True, slots=True)
class Record:
    """One request, and what became of it."""

    asked: Asked
    reason: Reason | None  # None where something was shown
    shown_chars: int
    is_from_memory: bool  # the model had no part in it this time
    total_ms: float
    first_text_ms: float | None  # until the model's first text; None where none came
    model: str  # its name without folders; empty where it isn't known
    family: str  # of the prompts; empty where it isn't known
    risks: tuple[Risk, ...] = ()  # of what was shown

    def __str__(self) -> str:
        """For the log: times and sizes."""
        if self.reason is not None:
            return f"nothing shown after {self.total_ms:.1f} ms: {self.reason}"
        source = "from memory " if self.is_from_memory else ""
        return f"shown {source}after {self.total_ms:.1f} ms: {self.shown_chars} characters"


class Open:
    """A request that isn't answered yet."""

    __slots__ = ("_clock", "asked", "first_text_s")

    def __init__(self, asked: Asked, clock: Callable[[], float]) -> None:
        """Hear of the first text by `on_first_text`."""
        self.asked = asked
        self.first_text_s: float | None = None
        self._clock = clock

    def on_first_text(self) -> None:
        """Note that the model has begun to answer."""
        self.first_text_s = self._clock()


class Records:
    """The last requests of one session, in memory only."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic, wall: Callable[[], float] = time.time) -> None:
        """Begin with none."""
        self._clock = clock
        self._wall = wall
        self._count = 0
        self._open: dict[int, Open] = {}
        self._done: deque[Record] = deque(maxlen=CAPACITY)

    def begin(self, method: Method, request: CompletionRequest | Reason) -> Open:
        """A request came."""
        self._count += 1
        invoked, language, lines = None, "", 0
        if not isinstance(request, Reason):
            document = request.cursor.document
            invoked, language, lines = request.invoked, document.language, _power_of_ten(document.text.line_count)
            language = language if _LANGUAGE_ID.fullmatch(language) else ""
        asked = Asked(self._count, self._wall(), self._clock(), method, invoked, language, lines)
        self._open[asked.number] = begun = Open(asked, self._clock)
        return begun

    def end(
        self, begun: Open, outcome: Suggestion | Reason, *, info: ModelInfo | None = None, family: str | None = None
    ) -> Record:
        """It has its answer."""
        del self._open[begun.asked.number]
        started_s, reason = begun.asked.clock_s, outcome if isinstance(outcome, Reason) else None
        record = Record(
            asked=begun.asked,
            reason=reason,
            shown_chars=0 if isinstance(outcome, Reason) else len(outcome.text),
            is_from_memory=not isinstance(outcome, Reason) and outcome.is_from_memory,
            total_ms=(self._clock() - started_s) * 1000,
            first_text_ms=None if begun.first_text_s is None else (begun.first_text_s - started_s) * 1000,
            model=_name(info),
            family=family or "",
            risks=() if isinstance(outcome, Reason) else outcome.risks,
        )
        self._done.append(record)
        return record

    @property
    def count(self) -> int:
        """All requests of the session, also those that are forgotten by now."""
        return self._count

    def newest(self, count: int) -> list[Record]:
        """The last to be answered, newest first."""
        return list(islice(reversed(self._done), count))

    def open_for_s(self) -> list[float]:
        """For how long each request waits that has no answer yet, the oldest first."""
        now = self._clock()
        return [now - begun.asked.clock_s for begun in self._open.values()]


def _power_of_ten(count: int) -> int:
    """The smallest that isn't below; 10 at least."""
    return int(10 ** len(str(count - 1)))


def _name(info: ModelInfo | None) -> str:
    """The model's name, or the file's where the endpoint names a path."""
    return shortened(visible(info.name.replace("\\", "/").rpartition("/")[2])) if info else ""
