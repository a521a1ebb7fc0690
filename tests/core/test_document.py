"""Document, Cursor and Span: what a place in a snapshot knows."""

from __future__ import annotations

import dataclasses

import pytest
from support.cursor import at, span

from mistral_lsp.core.document import Cursor, Document
from mistral_lsp.core.text import Text


def test_a_cursor_knows_its_line_and_both_sides_of_it() -> None:
    cursor = at("def f():\n    retu█rn 1\nf()\n")

    assert (cursor.line, cursor.column) == (1, 8)
    assert (cursor.line_prefix, cursor.line_suffix) == ("    retu", "rn 1")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", ""])
def test_neither_side_has_the_terminator(end: str) -> None:
    cursor = at(f"a = 1█{end}")

    assert (cursor.line_prefix, cursor.line_suffix) == ("a = 1", "")


def test_a_cursor_inside_a_terminator_sees_none_of_it() -> None:
    cursor = Cursor(Document("file:///a.py", "python", 1, Text.of("ab\r\nc")), 3)

    assert (cursor.line, cursor.line_prefix, cursor.line_suffix) == (0, "ab", "")


def test_a_cursor_gives_the_whole_lines_around_it() -> None:
    cursor = at("1\n2\n3\n4█\n5\n6")

    assert (cursor.lines_before(2), cursor.lines_after(9)) == (["2\n", "3\n"], ["5\n", "6"])
    assert cursor.lines_before(0) == cursor.lines_after(0) == []


def test_a_cursor_at_the_end_is_on_the_last_empty_line() -> None:
    cursor = at("1\n2\n█")

    assert (cursor.line, cursor.column, cursor.line_prefix, cursor.lines_after(3)) == (2, 0, "", [])


def test_a_changed_document_is_another_value() -> None:
    before = at("a█", language="lua").document
    after = before.changed(Text.of("b"), version=2)

    assert (str(before.text), before.version) == ("a", 1)
    assert (after.uri, after.language, str(after.text), after.version) == (before.uri, "lua", "b", 2)
    with pytest.raises(dataclasses.FrozenInstanceError):
        before.version = 3  # type: ignore[misc]  # that it can't be done is the point


def test_a_span_has_its_text() -> None:
    assert span("a = «1 +\n2»\n").text == "1 +\n2"
    assert span("a«»b").text == ""


@pytest.mark.parametrize("line", range(6))
def test_the_text_below_is_whole_lines(line: int) -> None:
    text = Text.of("a\nbb\r\nccc\n\ndddd")
    cursor = Cursor(Document("file:///a.py", "python", 1, text), text.offset(line, 0))
    for chars in range(16):
        below = cursor.text_below(chars)
        assert below == "".join(cursor.lines_below(chars))
        assert str(text).endswith(below) or below.endswith("\n")
        assert len(below) <= chars
