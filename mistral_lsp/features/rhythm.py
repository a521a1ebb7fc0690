"""Rhythm: how the user types, and how long to wait for a pause before the model is asked.

A stream that agrees with what is typed is never thrown away, so a request costs only where the answer is another than
what is typed next. Until its first text comes, a stream agrees with everything: a slow endpoint sees few requests
anyhow, and a wait would only be added to its own. So the wait is what the endpoint's answer leaves of one interval
between two keys: min(interval, 150 ms) - latency. After an answer in this very word that turned out to be another than
what was typed, the next one is worth less, and the wait is the whole interval.
"""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from mistral_lsp.core.document import Cursor, Document

UNNOTICED_S = 0.1  # https://www.nngroup.com/articles/response-times-3-important-limits/
MAX_DELAY_S = 0.15  # what nobody notices: https://www.nngroup.com/articles/response-times-3-important-limits/
PAUSE_S = 1.0  # a longer interval is no typing
SAMPLES = 20
FEWEST_SAMPLES = 5
INTERVAL_S = 0.15  # between keys, before there are samples: about 60 words a minute
LATENCY_S = 0.15  # until the first text, before there are samples

_BEGINS = frozenset(" \t\n([{.=,:")  # after one of these a new word begins, and the model is asked at once


@dataclass(frozen=True, slots=True)
class _Asked:
    """The word in which the model was asked last, and how often."""

    place: tuple[str, int, int]  # the document, the line, and where in it the word begins
    count: int


class Rhythm:
    """One user's typing, over all documents."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Know nothing yet."""
        self._clock = clock
        self._intervals: deque[float] = deque(maxlen=SAMPLES)
        self._latencies: deque[float] = deque(maxlen=SAMPLES)
        self._typed_s: float | None = None
        self._documents: dict[str, Document] = {}
        self._deletions: dict[str, int] = {}  # where the last change of a document removed text and added none
        self._asked: _Asked | None = None

    def typed(self, document: Document) -> None:
        """A document was opened or changed."""
        before, self._documents[document.uri] = self._documents.get(document.uri), document
        self._deletions.pop(document.uri, None)
        if before is None:
            return
        now = self._clock()
        if self._typed_s is not None and now - self._typed_s < PAUSE_S:
            self._intervals.append(now - self._typed_s)
        self._typed_s = now
        change = document.text.change_from(before.text)
        if change is not None and change.new_end == change.start:
            self._deletions[document.uri] = change.start

    def forget(self, uri: str) -> None:
        """A document was closed."""
        self._documents.pop(uri, None)
        self._deletions.pop(uri, None)

    def answered(self, latency_s: float) -> None:
        """The model's first text came so long after it was asked."""
        self._latencies.append(latency_s)

    @property
    def is_slow(self) -> bool:
        """Whether the user would notice the wait for an answer."""
        return _typical(self._latencies, LATENCY_S) > UNNOTICED_S

    def has_deleted_at(self, cursor: Cursor) -> bool:
        """Whether what the user did last was to delete text here."""
        return self._deletions.get(cursor.document.uri) == cursor.offset

    def delay_s(self, cursor: Cursor) -> float:
        """How long to wait before the model is asked at a cursor; call it once for each time that it may be asked."""
        place = (cursor.document.uri, cursor.line, word_start(cursor))
        count = self._asked.count + 1 if self._asked is not None and self._asked.place == place else 1
        self._asked = _Asked(place, count)
        pause_s = min(_typical(self._intervals, INTERVAL_S), MAX_DELAY_S)
        if count > 1:
            return pause_s
        if cursor.line_prefix[-1:] in _BEGINS or not cursor.line_prefix:
            return 0.0
        return max(0.0, pause_s - _typical(self._latencies, LATENCY_S))


def word_start(cursor: Cursor) -> int:
    """Where in its line the word begins that the cursor is in or behind."""
    line = cursor.line_prefix
    start = len(line)
    while start and (line[start - 1].isalnum() or line[start - 1] == "_"):
        start -= 1
    return start


def _typical(samples: deque[float], otherwise: float) -> float:
    return median(samples) if len(samples) >= FEWEST_SAMPLES else otherwise
