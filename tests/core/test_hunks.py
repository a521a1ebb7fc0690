"""The smallest edits between two texts."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from support.cursor import span

from mistral_lsp.core.document import Document, Span
from mistral_lsp.core.hunks import MAX_LINES, replacements
from mistral_lsp.core.text import Text

LINES = st.text("ab \r\n\x0c", max_size=60)


@given(LINES, LINES, LINES, LINES)
def test_applied_they_give_the_text(before: str, old: str, new: str, after: str) -> None:
    text = Text.of(before + old + after)
    place = Span(Document("file:///a", "python", 1, text), len(before), len(before) + len(old))
    found = replacements(place, new)
    for one in reversed(found):
        text = text.replace(one.start, one.end, one.text)
    assert str(text) == before + new + after
    assert all(left.end <= right.start for left, right in pairwise(found))


def test_what_stays_is_not_touched() -> None:
    place = span("x\n«a\nb\nc»\ny\n")
    [one] = replacements(place, "a\nB\nc")
    assert (place.document.text.slice(one.start, one.end), one.text) == ("b\n", "B\n")


def test_nothing_is_no_edit() -> None:
    assert replacements(span("«a\nb»"), "a\nb") == ()


def test_a_huge_rewrite_is_one_edit() -> None:
    place = span("«" + "a\n" * MAX_LINES + "»")
    assert len(replacements(place, "b\n" * MAX_LINES)) == 1
