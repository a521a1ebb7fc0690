"""Hunks: the smallest edits of whole lines that make one text of another."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from mistral_lsp.core.text import split_lines

if TYPE_CHECKING:
    from mistral_lsp.core.document import Span

MAX_LINES = 3_000  # on both sides together; more is replaced as one


@dataclass(frozen=True, slots=True)
class Replacement:
    """One edit of a document, in code points."""

    start: int
    end: int
    text: str


def replacements(span: Span, text: str) -> tuple[Replacement, ...]:
    """The edits that put the text in the span's place, in the order of the document; none where they are equal."""
    old, new = split_lines(span.text), split_lines(text)
    if span.text == text:
        return ()
    if len(old) + len(new) > MAX_LINES:
        return (Replacement(span.start, span.end, text),)
    starts = [span.start]
    for line in old:
        starts.append(starts[-1] + len(line))
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    return tuple(
        Replacement(starts[i], starts[j], "".join(new[k:m]))
        for tag, i, j, k, m in matcher.get_opcodes()
        if tag != "equal"
    )
