"""Errors: whether an answer would break code that parses.

The window of the file is parsed with the answer in it. An error that wasn't there before speaks against the answer,
unless it is only unfinished: what an answer opens may be closed by whoever types on, and an operator at its end wants
an operand. So it is tried with these endings as well, and one that parses is enough. Where the file has errors that
the cursor's own line doesn't explain, nothing is said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from mistral_lsp.core.brackets import missing
from mistral_lsp.core.language import Blocks
from mistral_lsp.core.lexing import Kind, tokens
from mistral_lsp.core.parsing import reparse

if TYPE_CHECKING:
    from mistral_lsp.core.parsing import Parsed
    from mistral_lsp.core.place import Place

LOOKS = 40  # of tree-sitter's, for one parse; measured with `python -m mistral_lsp.bench.postprocess`
MAX_PREFIX_CHARS = 1_000  # of the cursor's line

# What an unfinished answer may go on with, before its brackets are closed.
_ENDINGS = ("", " x", " {}", ": pass", " x = x")


class _Error(NamedTuple):
    """An error of a tree, in bytes of its window."""

    start: int
    end: int
    is_missing: bool


def adds_error(text: str, place: Place) -> bool:
    """Whether the document has an error with the answer that it hasn't without it."""
    parsed = place.syntax.parsed if place.syntax is not None else None
    if parsed is None or place.kind is not None or parsed.window.text is not place.cursor.document.text:
        return False
    if place.language.blocks is Blocks.PROSE or len(place.cursor.line_prefix) > MAX_PREFIX_CHARS:
        return False
    hole = _Hole(parsed, place, text)
    if hole.parses(""):
        return False
    return hole.explain() and not any(hole.parses(ending + hole.closers) for ending in _ENDINGS)


class _Hole:
    """The place in the tree's window, and what is wrong there already."""

    def __init__(self, parsed: Parsed, place: Place, text: str) -> None:
        self._parsed = parsed
        self._before = place.cursor.document.text
        self._offset = place.cursor.offset
        self._cursor = place.cursor
        self._text = text
        self._known: set[_Error] = set()  # as the tree with nothing in the hole has them
        self.closers = _closers(text, place)

    def parses(self, ending: str) -> bool:
        """Whether there is no new error with the answer and this after it, as far as it can be told."""
        written = self._text + ending
        after = reparse(self._parsed, self._before.replace(self._offset, self._offset, written), looks=LOOKS)
        if after is None:
            return True
        start = after.window.byte_of(self._offset)
        visible = after.window.byte_of(self._offset + len(self._text.rstrip()))
        size = after.window.byte_of(self._offset + len(written)) - start
        known = {_moved(error, start, size) for error in self._known}
        return not any(
            error not in known and (not error.is_missing or error.start < visible) for error in _errors(after)
        )

    def explain(self) -> bool:
        """Whether nothing but the cursor's own line is wrong around here; what is wrong elsewhere is noted."""
        errors = _errors(self._parsed)
        if not errors:
            return True
        start = self._offset - len(self._cursor.line_prefix)
        end = self._offset + len(self._cursor.line_suffix)
        blank = reparse(self._parsed, self._before.replace(start, end, ""), looks=LOOKS)
        if blank is None:
            return False
        window, size = blank.window, self._parsed.window.byte_of(end) - self._parsed.window.byte_of(start)
        hole = window.byte_of(start)
        for error in _errors(blank):
            if error.start <= hole <= error.end:
                return False
            self._known.add(_moved(error, hole, size))
        return True


def _closers(text: str, place: Place) -> str:
    """What closes the brackets that the cursor's line and the answer open, but for those that close on the right."""
    line, right = place.cursor.line_prefix, place.cursor.line_suffix[:MAX_PREFIX_CHARS]
    wanted = missing(line + text, place.language)
    closed = sum((kind is Kind.CLOSE) - (kind is Kind.OPEN) for kind, _, _ in tokens(place.language, right))
    return wanted[: max(0, len(wanted) - max(0, closed))]


def _moved(error: _Error, at: int, size: int) -> _Error:
    """The error where so many bytes were put in at a place."""
    return error._replace(
        start=error.start + size * (error.start >= at),
        end=error.end + size * (error.end > at),
    )


def _errors(parsed: Parsed) -> list[_Error]:
    """The outermost errors of a tree."""
    found = []
    todo = [parsed.tree.root_node]
    while todo:
        node = todo.pop()
        if node.is_error or node.is_missing:
            found.append(_Error(node.start_byte, node.end_byte, node.is_missing))
        elif node.has_error:
            todo += node.children
    return found
