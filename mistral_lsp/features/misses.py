"""Misses: how often the model was wrong in the line that is being typed.

Where the user has just typed something else than what was suggested, what comes next in that line is right less often
than elsewhere: it has to be surer, and after two misses nothing is asked for by itself until the next line. What
follows the line, a block that it opens, isn't meant by that. Who goes elsewhere, or deletes the line up to before the
misses, begins anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mistral_lsp.core.document import Cursor
from mistral_lsp.core.reason import Reason
from mistral_lsp.core.suggestion import Suggestion, agrees, is_unchanged_around, typed_between
from mistral_lsp.core.trigger import Shape
from mistral_lsp.features.rhythm import word_start

if TYPE_CHECKING:
    from mistral_lsp.core.document import Document
    from mistral_lsp.features.request import CompletionRequest

MOST_MISSES = 2  # in one line; then the model is left alone there


class Misses:
    """One user's, in the line that was typed in last."""

    def __init__(self, *, count: bool = True) -> None:
        """None so far; without `count` none ever."""
        self._counts = count
        self._line: tuple[str, int] | None = None  # the document and the number
        self._places: set[int] = set()  # columns at which the model was wrong
        self._shown: tuple[Cursor, str] | None = None  # the last suggestion, until it is typed, taken or contradicted

    def noted(self, request: CompletionRequest, outcome: Suggestion | Reason) -> Suggestion | Reason:
        """The outcome of a request, as it was; what goes on from a menu's text stands nowhere yet."""
        cursor = request.cursor
        if not self._counts:
            return outcome
        if self._line != _line_of(cursor):
            self._line = None
        if outcome is Reason.NOT_HEALED:
            self._missed(cursor, word_start(cursor))
        elif isinstance(outcome, Suggestion) and request.popup is None:
            self._shown = cursor, outcome.text
        return outcome

    def follow(self, document: Document) -> None:
        """A document was changed: see whether that is what was shown."""
        if self._shown is None:
            return
        origin, text = self._shown
        if document.uri != origin.document.uri:
            self._shown = None
            return
        cursor = Cursor(document, origin.offset + len(document.text) - len(origin.document.text))
        typed = typed_between(origin, cursor)
        if typed is None:
            return
        if not agrees(text, typed):
            self._shown = None
            if is_unchanged_around(origin, cursor):
                self._missed(origin, origin.column)
        elif len(typed) >= len(text):
            self._shown = None

    def forget(self, uri: str) -> None:
        """A document was closed."""
        if self._shown is not None and self._shown[0].document.uri == uri:
            self._shown = None
        if self._line is not None and self._line[0] == uri:
            self._line = None

    def refusal(self, cursor: Cursor, shape: Shape) -> Reason | None:
        """Why the model is to be left alone at a cursor."""
        return Reason.MISSED if shape is Shape.LINE and self._count(cursor) >= MOST_MISSES else None

    def are_near(self, cursor: Cursor, shape: Shape) -> bool:
        """Whether the model was wrong in a cursor's line."""
        return shape is Shape.LINE and self._count(cursor) > 0

    def _count(self, cursor: Cursor) -> int:
        is_here = self._line == _line_of(cursor)
        return sum(place <= cursor.column for place in self._places) if is_here else 0

    def _missed(self, cursor: Cursor, column: int) -> None:
        if self._line != _line_of(cursor):
            self._line = _line_of(cursor)
            self._places = set()
        self._places.add(column)


def _line_of(cursor: Cursor) -> tuple[str, int]:
    return cursor.document.uri, cursor.line
