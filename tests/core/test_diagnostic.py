"""Diagnostics: bounded, harmless to a terminal, and where they belong after an edit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mistral_lsp.core.diagnostic import MAX_MESSAGE_CHARS, Diagnostic, Severity, moved, worst_first
from mistral_lsp.core.text import Text


def marked(text: str) -> tuple[Text, Diagnostic]:
    """The text, and a diagnostic between its « and »."""
    before, rest = text.split("«")
    inside, after = rest.split("»")
    return Text.of(before + inside + after), Diagnostic.of(len(before), len(before) + len(inside), "wrong")


@pytest.mark.parametrize(
    ("before", "edit", "after"),
    [
        ("a = «b»\n", (0, 1, "aa"), "aa = «b»\n"),
        ("a = «b»\n", (0, 0, "x\n"), "x\na = «b»\n"),
        ("a = «b»\nc\n", (6, 7, "d"), "a = «b»\nd\n"),
        ("a = «bc»\n", (5, 5, "x"), None),
        ("a = «bc»\n", (3, 5, ""), None),
        ("a = «bc»\n", (0, 7, ""), None),
    ],
)
def test_it_moves_with_edits_and_goes_with_those_inside(
    before: str, edit: tuple[int, int, str], after: str | None
) -> None:
    text, diagnostic = marked(before)
    changed = text.replace(*edit)
    change = changed.change_from(text)
    assert change is not None
    found = moved([diagnostic], change)
    if after is None:
        assert found == ()
    else:
        expected, place = marked(after)
        assert str(changed) == str(expected)
        assert [(one.start, one.end) for one in found] == [(place.start, place.end)]


@given(st.text("ab\n", max_size=30), st.data())
def test_what_is_kept_stands_on_the_same_text(content: str, data: st.DataObject) -> None:
    text = Text.of(content)
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(content))] * 2)))
    place, stop = sorted(data.draw(st.tuples(*[st.integers(0, len(content))] * 2)))
    changed = text.replace(place, stop, data.draw(st.text("ab\n", max_size=5)))
    change = changed.change_from(text)
    for one in moved([Diagnostic.of(start, end, "x")], change) if change else ():
        assert changed.slice(one.start, one.end) == content[start:end]


def test_a_message_is_bounded_and_cannot_act() -> None:
    one = Diagnostic.of(5, 3, "red \x1b[31m" + "x" * 100_000, severity=77, source="Ru\nff", code="E1")
    assert len(one.message) < MAX_MESSAGE_CHARS + 20
    assert "\x1b" not in one.message
    assert (one.start, one.end, one.severity) == (5, 5, Severity.ERROR)
    assert one.headline.endswith(r"(Ru\nff E1)")


def test_the_worst_comes_first() -> None:
    hint = Diagnostic.of(0, 1, "hint", severity=4)
    error = Diagnostic.of(9, 9, "error", severity=1)
    assert worst_first([hint, error]) == [error, hint]
