"""Fates: what became of each token that the endpoint made, so that it is seen where its work goes.

Each token has one fate: they add up to the tokens made.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from mistral_lsp.core.common import common_start

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from mistral_lsp.bench.replay.endpoint import Stream
    from mistral_lsp.bench.replay.sitting import Record

HEAD_CHARS = 300  # before the function, in which a prompt may end
WARM_UP_TOKENS = 1  # a request for so few only fills the endpoint's cache


class Fate(Enum):
    """In the words of the report."""

    ACCEPTED = "accepted"
    AGAIN = "right, made once more"  # and accepted as another stream made it
    BY_HAND = "right, typed by hand"  # it was shown too late, or to nobody
    THERE = "there as it came"  # the word in which the model was asked, or typed meanwhile
    LINE_END = "a line's end"  # no text: it tells that the suggestion is whole
    REFUSED = "wrong, shown"
    CONTRADICTED = "wrong, typed otherwise first"
    CUT = "wrong, never shown"  # unsure, or cut by postprocessing
    BEYOND = "behind a wrong suggestion"  # fetched ahead, and never come to
    WARM_UP = "of a warm-up"


@dataclass(slots=True)
class _Made:
    """A token, when it came, and where in the text it would end."""

    at_s: float
    end: int
    fate: Fate


class _Sitting:
    """How the text came to be what it is in the end. Places count from a little before the function."""

    def __init__(self, record: Record) -> None:
        self.head = record.before[-HEAD_CHARS:]
        self._changes = record.changes
        self.text = self.head + (record.changes[-1].have if record.changes else "")
        self.there_s = [record.began_s] * len(self.text)  # for each character, when it was there for good
        self.is_taken = [False] * len(self.text)  # ... by accepting it
        self._follow()
        self._shown = [(shown.at_s, self.at(shown.at_s), shown.text) for shown in record.appeared]

    def at(self, at_s: float) -> str:
        """The text up to the caret at a time."""
        count = bisect_right(self._changes, at_s, key=lambda change: change.at_s)
        return self.head + (self._changes[count - 1].have if count else "")

    def place_of(self, stream: Stream) -> int | None:
        """Where the text goes on that a stream's prompt ends with; None where it never came to that."""
        have, end = self.at(stream.at_s), stream.prompt_end[-HEAD_CHARS:]
        for text in (have, self.text):
            if (found := text.rfind(end)) >= 0:
                return found + len(end)
        return None

    def was_shown(self, said: str, place: int, since_s: float) -> bool:
        """Whether a text that began at a place was on the screen up to its last character."""
        return any(
            at_s >= since_s and (_end_of(said, have + text, place) or 0) > len(have) for at_s, have, text in self._shown
        )

    def _follow(self) -> None:
        right = len(self.head)
        for change in self._changes:
            have = self.head + change.have
            now = common_start(have, self.text)
            for place in range(right, now):
                self.there_s[place] = change.at_s
                self.is_taken[place] = place >= len(have) - change.accepted
            right = now


def fates(record: Record, disagreed_s: Callable[[Stream], float | None]) -> Counter[Fate]:
    """How many tokens of a record's streams met which fate; `disagreed_s` says when typing contradicted a stream."""
    sitting = _Sitting(record)
    made = [one for stream in record.streams or () for one in _of_stream(stream, sitting, disagreed_s(stream))]
    _see_once(made)
    return Counter(one.fate for one in made)


def _of_stream(stream: Stream, sitting: _Sitting, disagreed_s: float | None) -> Iterator[_Made]:
    place, said = sitting.place_of(stream), ""
    is_warm_up = stream.most_tokens <= WARM_UP_TOKENS
    for at_s, token in stream.sent:
        said += token
        if is_warm_up or place is None:
            yield _Made(at_s, 0, Fate.WARM_UP if is_warm_up else Fate.BEYOND)
        elif token and (end := _end_of(said, sitting.text, place)) is not None:
            yield _Made(at_s, end, _of_right(sitting, at_s, end, token))
        elif not token.strip() and _end_of(said.rstrip(), sitting.text, place) is not None:
            yield _Made(at_s, 0, Fate.LINE_END)
        elif sitting.was_shown(said, place, stream.at_s):
            yield _Made(at_s, 0, Fate.REFUSED)
        else:
            yield _Made(at_s, 0, Fate.CUT if disagreed_s is None else Fate.CONTRADICTED)


def _of_right(sitting: _Sitting, at_s: float, end: int, token: str) -> Fate:
    if sitting.there_s[end - 1] < at_s:
        return Fate.THERE
    if sitting.is_taken[end - 1]:
        return Fate.ACCEPTED
    return Fate.BY_HAND if token.strip() else Fate.LINE_END


def _see_once(made: Sequence[_Made]) -> None:
    """What was accepted was made for that once: the last time."""
    seen = set[int]()
    for one in sorted(made, key=lambda one: -one.at_s):
        if one.fate is Fate.ACCEPTED and one.end in seen:
            one.fate = Fate.AGAIN
        elif one.fate is Fate.ACCEPTED:
            seen.add(one.end)


def _end_of(said: str, text: str, place: int) -> int | None:
    """Where in a text it ends what was said from a place on; None where the text goes on otherwise.

    Models may leave out the space that they begin with.
    """
    if text.startswith(said, place):
        return place + len(said)
    start = len(text) - len(text[place:].lstrip(" "))
    return start + len(said.lstrip(" ")) if text.startswith(said.lstrip(" "), start) else None
