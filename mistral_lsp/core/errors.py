"""Errors: whether an answer would break code that parses.

The window of the file is parsed with the answer in it. An error that wasn't there before speaks against the answer,
unless it is only unfinished: what an answer opens may be closed by whoever types on, and an operator at its end wants
an operand. So it is tried with these endings as well, and one that parses is enough. Where the file around has errors
that the cursor's own line doesn't explain, nothing is said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mistral_lsp.core.brackets import missing
from mistral_lsp.core.grammar_input import Looks
from mistral_lsp.core.hole import LOOKS
from mistral_lsp.core.lexing import Kind, kind_at_end, tokens
from mistral_lsp.core.place import MAX_LINE_CHARS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mistral_lsp.core.place import Place

# What an unfinished answer may go on with, before its brackets are closed.
_ENDINGS = ("", " x", " {}", ": pass", "\ndef x(): pass")


def adds_error(text: str, place: Place) -> bool:
    """Whether the document has an error with the answer that it hasn't without it."""
    hole = place.hole
    if hole is None:
        return False
    if kind_at_end(place.language, place.cursor.line_prefix + text) is Kind.STRING:
        return False  # it is closed in many ways
    if hole.fits(text) or not hole.is_sound:
        return False
    looks = Looks(LOOKS)
    return not (hole.takes(text, "", looks) or any(hole.takes(text, ending, looks) for ending in _endings(text, place)))


def _endings(text: str, place: Place) -> Iterator[str]:
    """What an unfinished answer may go on with."""
    closers = _closers(text, place)
    last = text[text.rfind("\n") + 1 :]
    indent = (place.cursor.line_prefix if last == text else last)[: len(last) - len(last.lstrip())]
    for ending in _ENDINGS:
        yield ending.replace("\n", "\n" + indent) + closers


def _closers(text: str, place: Place) -> str:
    """What closes the brackets that the cursor's line and the answer open, but for those that close on the right."""
    line, right = place.cursor.line_prefix, place.cursor.line_suffix[:MAX_LINE_CHARS]
    wanted = missing(line + text, place.language)
    closed = sum((kind is Kind.CLOSE) - (kind is Kind.OPEN) for kind, _, _ in tokens(place.language, right))
    return wanted[: max(0, len(wanted) - max(0, closed))]
