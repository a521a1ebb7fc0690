"""Suggestion: ghost text, the place it belongs to, and what the user has typed of it since."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mistral_lsp.core.document import Cursor, Span
    from mistral_lsp.core.risk_table import Risk

MAX_TYPED_CHARS = 20_000  # more than any suggestion has, CRLFs counted


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Text that replaces a span of one line; an empty span is an insertion. The text is never empty."""

    text: str
    span: Span
    is_from_memory: bool = False  # the model had no part in it this time
    others: tuple[str, ...] = ()  # further texts for the same span, distinct, where it was asked for by hand
    risks: tuple[Risk, ...] = ()  # what one of the texts adds

    def with_text_before(self, text: str, span: Span) -> Suggestion:
        """The same with a text in front of it, to replace another span."""
        return replace(self, text=text + self.text, span=span, others=tuple(text + other for other in self.others))


def rest(text: str, typed: str) -> str | None:
    """What is left to show of a text whose beginning was typed; None where nothing is, or something else was typed."""
    return text[len(typed) :] or None if text.startswith(typed) else None


def agrees(text: str, typed: str) -> bool:
    """Whether a text that still grows may turn out to begin with what was typed."""
    return text.startswith(typed) or typed.startswith(text)


def typed_between(origin: Cursor, cursor: Cursor) -> str | None:
    r"""What stands between a cursor and a later one, with plain \n, where it may have been typed there.

    It was, where `is_unchanged_around` holds too: this is the cheap half of the question.
    """
    old, new = origin.document, cursor.document
    count = cursor.offset - origin.offset
    if len(new.text) - len(old.text) != count or not 0 <= count <= MAX_TYPED_CHARS:
        return None
    if (new.uri, new.language) != (old.uri, old.language):
        return None
    typed = new.text.slice(origin.offset, cursor.offset)
    return typed.replace("\r\n", "\n").replace("\r", "\n") if "\r" in typed else typed


def is_unchanged_around(origin: Cursor, cursor: Cursor) -> bool:
    """Whether the document differs from what it was at `origin` in nothing but what stands between the two."""
    old, new = origin.document.text, cursor.document.text
    change = new.change_from(old)
    if change is None:
        return origin.offset == cursor.offset
    if change.start < origin.offset or change.old_end != change.start:
        return False
    # The same insertion can be told in several ways, and the change is the last of them.
    count = cursor.offset - origin.offset
    return new.slice(cursor.offset, change.start + count) == old.slice(origin.offset, change.start)
