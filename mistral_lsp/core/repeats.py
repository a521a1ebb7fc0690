"""Repeats: where an answer goes over to lines that are there already, or runs in circles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mistral_lsp.core.indentation import is_definition
from mistral_lsp.core.lexing import OPENERS
from mistral_lsp.core.place import MAX_LINE_CHARS, Line, line_of

if TYPE_CHECKING:
    from mistral_lsp.core.place import Place

MAX_CYCLE_LINES = 4  # of a repetition inside an answer
DISTINCTIVE_CHARS = 10  # of the line right below, to be known again in whatever stands before and after it
UNIQUE_CHARS = 25  # the same of a line further below
NEAR_LINES = 20  # how far below such lines are


class Written:
    """The lines of an answer that have something on them; the first goes on where the cursor's line stops."""

    def __init__(self, text: str, place: Place) -> None:
        """Take an answer as far as it has come."""
        self.texts = text.split("\n")
        self.numbers = [number for number, line in enumerate(self.texts) if line.strip()]
        prefix = place.cursor.line_prefix[-MAX_LINE_CHARS:]
        self.lines = [line_of((prefix if number == 0 else "") + self.texts[number]) for number in self.numbers]

    def before(self, index: int) -> str:
        """The text before a line."""
        return "\n".join(self.texts[: self.numbers[index]])


def run_into_below(written: Written, place: Place, *, is_whole: bool = True) -> int | None:
    """Which line begins what stands below the cursor.

    Either the line is one that isn't written twice by chance, or, of a whole answer, all from there on stands below.
    """
    lines = written.lines
    if not any(line.content in place.squeezed_below for line in lines) or not (below := place.below):
        return None
    for index, line in enumerate(lines):
        if _is_known_below(line, written.texts[written.numbers[index]], below) or (
            is_whole and _is_start_of(lines[index:], below)
        ):
            return index
    return None


def run_in_circles(written: Written, place: Place) -> int | None:
    """Which line begins to repeat the lines just above it: those above the cursor, or a short cycle of its own."""
    lines = written.lines
    if lines and lines[0].content in place.squeezed_above and (copied := _copied(lines, place.above)) is not None:
        return copied
    ends = [_cycle(lines, period) for period in range(1, MAX_CYCLE_LINES + 1)]
    return min((end for end in ends if end is not None), default=None)


def may_run_in_circles(written: Written, place: Place) -> int | None:
    """Which line begins what may turn out to be a repetition when more lines come."""
    lines, above = written.lines, place.above
    if not lines:
        return None
    if any(lines == above[-period:][: len(lines)] for period in range(len(lines), len(above) + 1)):
        return 0
    starts = [_tail_run(lines, period) for period in range(1, MAX_CYCLE_LINES + 1)]
    return min((start for start in starts if start < len(lines)), default=None)


def _is_known_below(line: Line, text: str, below: list[Line]) -> bool:
    """Whether this very line stands below in the same block, and isn't one that is written twice by chance."""
    if line == below[0] and _is_worded(line, DISTINCTIVE_CHARS):
        return True
    if line not in below or not _is_worded(line, DISTINCTIVE_CHARS):
        return False
    nearer = below[: below.index(line)]
    if any(there.indent < line.indent for there in nearer):
        return False
    is_unique = len(line.content) >= UNIQUE_CHARS and line.content[-1] not in OPENERS
    return is_definition(text) or (is_unique and len(nearer) < NEAR_LINES)


def _is_start_of(rest: list[Line], below: list[Line]) -> bool:
    """Whether the rest stands below; its last line may be cut off, unless it is all there is."""
    *whole, last = rest
    if len(rest) > len(below) or below[: len(whole)] != whole:
        return False
    there = below[len(whole)]
    is_begun = bool(whole) and there.indent == last.indent and there.content.startswith(last.content)
    return there == last or is_begun


def _copied(lines: list[Line], above: list[Line]) -> int | None:
    """0 where the lines are those right above the cursor once more."""
    for period in range(1, len(above) + 1):
        size = min(period, len(lines))
        is_enough = size == period or size >= MAX_CYCLE_LINES
        if is_enough and lines[:size] == above[-period:][:size] and any(_is_worded(line, 1) for line in lines[:size]):
            return 0
    return None


def _cycle(lines: list[Line], period: int) -> int | None:
    """Where the first cycle of so many lines is written a second time, or one line a third time."""
    run = 0
    for index in range(period, len(lines)):
        run = run + 1 if lines[index] == lines[index - period] else 0
        start = index - run + 1
        if run >= max(period, 2) and any(_is_worded(line, 1) for line in lines[start : index + 1]):
            return start
    return None


def _tail_run(lines: list[Line], period: int) -> int:
    """Where the run begins, up to the last line, of lines that equal the one so many above them."""
    start = len(lines)
    while start > period and lines[start - 1] == lines[start - 1 - period]:
        start -= 1
    return start


def _is_worded(line: Line, chars: int) -> bool:
    """Whether a line has so many characters, and a letter: brackets and numbers stand anywhere."""
    return len(line.content) >= chars and any(map(str.isalpha, line.content))
