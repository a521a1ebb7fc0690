"""Acceptance: which suggestions were taken, and whether they were kept. In memory only, nothing leaves.

Editors run an item's command after they have inserted the item. They tell nothing of a partial accept, by word or by
line.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from mistral_lsp.core.document import Document
    from mistral_lsp.core.suggestion import Suggestion

KEPT_AFTER_S = 30.0
REMEMBERED = 64  # suggestions that can still be accepted: an editor shows one or two
_LINE_CHARS = 80  # of the line before the suggestion, which tell its place from others
_MOVED_CHARS = 20_000  # how far edits above may move it meanwhile


class Timer(Protocol):
    """What can be called off."""

    def cancel(self) -> None:
        """Don't call."""
        ...


@dataclass(slots=True)
class Counts:
    """The numbers of one session."""

    shown: int = 0  # answers with text; the same text after one more keystroke is one more
    accepted: int = 0
    kept: int = 0  # of the accepted, those that stand in the document after KEPT_AFTER_S
    characters_saved: int = 0  # what accepting inserted, less what it replaced


@dataclass(frozen=True, slots=True)
class _Shown:
    """What is remembered of a suggestion: no document, which would be kept in memory with it."""

    uri: str
    start: int
    text: str  # with what stands on its line before it
    saved: int


class Acceptance:
    """Follows the suggestions of one session."""

    def __init__(
        self,
        document: Callable[[str], Document | None],
        call_later: Callable[[float, Callable[[], None]], Timer] | None = None,
    ) -> None:
        """`document` gives an open document as it is now; `call_later` is the event loop's."""
        self.counts = Counts()
        self._document = document
        self._call_later = call_later or _in_the_loop
        self._shown: dict[int, tuple[_Shown, ...]] = {}
        self._timers: dict[int, tuple[str, Timer]] = {}

    def shown(self, number: int, suggestion: Suggestion) -> None:
        """A suggestion went to the editor."""
        self.counts.shown += 1
        document, start, end = suggestion.span.document, suggestion.span.start, suggestion.span.end
        before = document.text.slice(max(0, start - _LINE_CHARS), start)
        line = before[before.rfind("\n") + 1 :]
        self._shown[number] = tuple(
            _Shown(document.uri, start, line + text, len(text) - (end - start))
            for text in (suggestion.text, *suggestion.others)
        )
        if len(self._shown) > REMEMBERED:
            del self._shown[next(iter(self._shown))]

    def accepted(self, number: object, index: object = 0) -> bool:
        """The editor says that it was taken, which of several; false where no such suggestion waits for that."""
        offered = self._shown.get(number, ()) if type(number) is int else ()
        if type(number) is not int or type(index) is not int or not 0 <= index < len(offered):
            return False
        shown = self._shown.pop(number)[index]
        self.counts.accepted += 1
        self.counts.characters_saved += shown.saved
        self._timers[number] = shown.uri, self._call_later(KEPT_AFTER_S, lambda: self._look_again(number, shown))
        return True

    def forget(self, uri: str) -> None:
        """A document was closed: whether its suggestions were kept stays unknown."""
        for number in [number for number, (of, _) in self._timers.items() if of == uri]:
            self._timers.pop(number)[1].cancel()
        for number in [number for number, offered in self._shown.items() if offered[0].uri == uri]:
            del self._shown[number]

    def close(self) -> None:
        """The session is over."""
        for _, timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        self._shown.clear()

    def _look_again(self, number: int, shown: _Shown) -> None:
        del self._timers[number]
        document = self._document(shown.uri)
        if document is not None and _stands_in(document, shown):
            self.counts.kept += 1


def _stands_in(document: Document, shown: _Shown) -> bool:
    """Whether it is still there: edits above may have moved it, and a formatter may have changed its spaces."""
    start = max(0, shown.start - _LINE_CHARS - _MOVED_CHARS)
    around = document.text.slice(start, min(len(document.text), shown.start + len(shown.text) + _MOVED_CHARS))
    return _without_spaces(shown.text) in _without_spaces(around)


def _without_spaces(text: str) -> str:
    return "".join(text.split())


def _in_the_loop(delay_s: float, callback: Callable[[], None]) -> Timer:
    return asyncio.get_running_loop().call_later(delay_s, callback)
