"""Similar: the passages of other documents that resemble the code around a cursor.

What a passage resembles is told by its identifiers, whole: split at humps and underscores they found no more of the
code to come (of its unseen names 23 % in the three best passages, both ways; 15 % in three at random). They are kept
as bits of one number each, so that a thousand passages are compared in half a millisecond.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise
from operator import or_
from typing import TYPE_CHECKING
from zlib import crc32

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Sequence

    from mistral_lsp.core.document import Document

STEP_LINES = 20  # a passage has two steps, and shares each with a neighbour
MAX_STEPS = 60  # of one document; that takes two milliseconds
MAX_STEP_CHARS = 80 * STEP_LINES  # longer ones are data
LEAST_LIKENESS = 0.15  # of two passages of unrelated modules of Python's library: 0.09 (p50), 0.13 (p90), 0.17 (p99)

_SLICE_STEPS = 10
_BITS = 2048  # a passage has some 100 words, so few share a bit
_WORD = re.compile(r"[^\W\d]\w+")

_Step = tuple[int, int | None]  # its number and its words


@dataclass(frozen=True, slots=True)
class Passage:
    """Some lines of a document, and their words."""

    lines: range
    words: int


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What there is to compare of one document. It serves as long as the text is the same."""

    document: Document
    passages: tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class Match:
    """A passage that resembles what it was compared with."""

    document: Document
    lines: range
    likeness: float  # 0 to 1

    @property
    def text(self) -> str:
        """The passage, from the first beginning in it that stands after a blank line, if one comes soon."""
        lines = self.document.text.lines(self.lines.start, self.lines.stop)
        head = next((n for n, line in enumerate(lines[: STEP_LINES // 2]) if not line.strip()), 0)
        return "".join(lines[head if self.lines.start else 0 :]).strip("\r\n")


def fingerprint(document: Document, *, near: Sequence[int] = ()) -> Fingerprint:
    """The passages of a document; of a long one those around the lines `near`, and its head."""
    work = fingerprinting(document, near=near)
    while True:
        try:
            next(work)
        except StopIteration as done:
            found: Fingerprint = done.value
            return found


def fingerprinting(document: Document, *, near: Sequence[int] = ()) -> Generator[None, None, Fingerprint]:
    """The same in slices of less than a millisecond, about two in all: it may be left at each yield."""
    bits: dict[str, int] = {}
    steps: list[_Step] = []
    for number, step in enumerate(_steps(document.text.line_count, near), 1):
        steps.append((step, _step_words(document, step, bits)))
        if number % _SLICE_STEPS == 0:
            yield
    passages = (
        Passage(range(one * STEP_LINES, (other + 1) * STEP_LINES), words | more)
        for (one, words), (other, more) in _neighbours(steps)
        if words is not None and more is not None and words | more
    )
    return Fingerprint(document, tuple(passages))


def most_similar(
    around: str,
    candidates: Iterable[Fingerprint],
    *,
    limit: int,
    unless: Callable[[Document, range], bool] = lambda _document, _lines: False,
) -> list[Match]:
    """The passages that resemble a text most, best first; none of them overlap, and none is what `unless` says."""
    words = words_of(around)
    likely = [
        (score, candidate.document, passage.lines)
        for candidate in candidates
        for passage in candidate.passages
        if (score := likeness(words, passage.words)) >= LEAST_LIKENESS
    ]
    best: list[Match] = []
    for score, document, lines in sorted(likely, key=lambda found: found[0], reverse=True):
        match = Match(document, lines, score)
        if not unless(document, lines) and not any(_overlap(match, other) for other in best):
            best.append(match)
            if len(best) == limit:
                break
    return best


def similarity(left: str, right: str) -> float:
    """How alike two texts are by their words: 1 where they have the same ones."""
    return likeness(words_of(left), words_of(right))


def likeness(left: int, right: int) -> float:
    """The share of the words of both that each has (Jaccard)."""
    either = (left | right).bit_count()
    return (left & right).bit_count() / either if either else 0.0


def words_of(text: str) -> int:
    """The words of a text, as bits."""
    return _words(text, {})


def _words(text: str, bits: dict[str, int]) -> int:
    words = set(_WORD.findall(text))
    for word in words:
        if word not in bits:  # Python's own hash is another in each process
            bits[word] = 1 << crc32(word.encode("utf-8", "surrogatepass")) % _BITS
    return reduce(or_, map(bits.__getitem__, words), 0)


def _steps(line_count: int, near: Sequence[int]) -> list[int]:
    """The numbers of the steps to look at, MAX_STEPS at most."""
    count = -(-line_count // STEP_LINES)
    if count <= MAX_STEPS:
        return list(range(count))
    reach = MAX_STEPS // (len(near) + 1) // 2
    chosen = set(range(2 * reach))
    for line in near:
        here = line // STEP_LINES
        chosen.update(range(max(0, here - reach), min(count, here + reach)))
    return sorted(chosen)


def _step_words(document: Document, step: int, bits: dict[str, int]) -> int | None:
    """The words of a step; None where it is data. Its length is asked first, since one line can be megabytes."""
    text, first = document.text, step * STEP_LINES
    start, end = text.offset(first, 0), text.offset(first + STEP_LINES, 0)
    return _words(text.slice(start, end), bits) if end - start <= MAX_STEP_CHARS else None


def _neighbours(steps: list[_Step]) -> Iterator[tuple[_Step, _Step]]:
    """Steps that follow on each other; the only one of a short document stands alone."""
    if len(steps) == 1:
        yield steps[0], steps[0]
    for one, other in pairwise(steps):
        if other[0] == one[0] + 1:
            yield one, other


def _overlap(left: Match, right: Match) -> bool:
    is_same = left.document.uri == right.document.uri
    return is_same and left.lines.start < right.lines.stop and right.lines.start < left.lines.stop
