"""Edits: where the user changed something lately, in lines of the documents as they are now.

A key after the other makes one hunk: a change near an older one joins it, and lines that come or go above move it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mistral_lsp.core.document import Document
    from mistral_lsp.core.text import Text

MAX_HUNKS = 8
MAX_LINES = 24  # of a hunk
NEAR_LINES = 2  # between a change and the hunk that it joins
BULK_LINES = 200  # a change of more lines is a formatter's, or of another branch, and no sign of what the user is at
MARGIN_LINES = 3  # to each side of a hunk that is shown
MAX_CHARS = 4000  # of a hunk that is shown; lines that make more are data


@dataclass(frozen=True, slots=True)
class Hunk:
    """Lines that were changed, the last one included."""

    uri: str
    first: int
    last: int

    def shown(self, text: Text) -> range:
        """The lines to show of a text: the hunk and some around it."""
        return range(max(0, self.first - MARGIN_LINES), min(text.line_count, self.last + 1 + MARGIN_LINES))


def edited(hunks: Iterable[Hunk], before: Document, after: Document) -> tuple[Hunk, ...]:
    """The hunks once a document was changed, the newest last; at most MAX_HUNKS, the oldest go."""
    change = after.text.change_from(before.text)
    if change is None:
        return tuple(hunks)
    first, _ = before.text.position(change.start)
    old_last, _ = before.text.position(change.old_end)
    new_last, _ = after.text.position(change.new_end)
    is_bulk = max(old_last, new_last) - first > BULK_LINES
    reach = range(first, old_last + 1) if is_bulk else range(first - NEAR_LINES, old_last + NEAR_LINES + 1)
    joined, kept = [], []
    for hunk in hunks:
        if hunk.uri != after.uri or hunk.last < reach.start:
            kept.append(hunk)
        elif hunk.first >= reach.stop:
            kept.append(_moved(hunk, new_last - old_last))
        else:
            joined.append(hunk)
    if not is_bulk:
        kept.append(_joined(joined, Hunk(after.uri, first, new_last), old_last))
    return tuple(kept[-MAX_HUNKS:])


def text_of(lines: range, text: Text) -> str | None:
    """What stands in these lines; None where that is blank, or too long to be code."""
    start, end = text.offset(lines.start, 0), text.offset(lines.stop, 0)
    shown = text.slice(start, end).strip("\r\n") if end - start <= MAX_CHARS else ""
    return shown if shown.strip() else None


def _moved(hunk: Hunk, lines: int) -> Hunk:
    return Hunk(hunk.uri, hunk.first + lines, hunk.last + lines) if lines else hunk


def _joined(hunks: Iterable[Hunk], new: Hunk, old_last: int) -> Hunk:
    """One hunk in place of some and a change; it is cut to MAX_LINES that end at the change, or go on below it."""
    first, last = new.first, new.last
    for hunk in hunks:
        first = min(first, hunk.first)
        last = max(last, hunk.last + new.last - old_last)
    first = max(first, new.last + 1 - MAX_LINES)
    return Hunk(new.uri, first, min(last, first + MAX_LINES - 1))
