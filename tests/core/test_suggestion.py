"""What is left of a suggestion, read as text with a cursor."""

from __future__ import annotations

import pytest
from support.cursor import at

from mistral_lsp.core.suggestion import agrees, is_unchanged_around, rest, typed_between


def typed(origin: str, now: str, language: str = "python") -> str | None:
    """What was typed between two states of a document; None where something else changed."""
    first, second = at(origin), at(now, language)
    return typed_between(first, second) if is_unchanged_around(first, second) else None


@pytest.mark.parametrize(
    ("origin", "now", "expected"),
    [
        ("total = a █\nx\n", "total = a █\nx\n", ""),
        ("total = a █\nx\n", "total = a +█\nx\n", "+"),
        ("total = a █\nx\n", "total = a + b█\nx\n", "+ b"),
        ("f(█)\n", "f(a,\n  b█)\n", "a,\n  b"),
        ("f(█)\r\n", "f(a,\r\n  b█)\r\n", "a,\n  b"),  # an answer has plain newlines
        ("█", "é😀█", "é😀"),
        ("aa█aa\n", "aaa█aa\n", "a"),  # the same insertion, told by the text alone, could be anywhere
        ("ab█ab\n", "abab█ab\n", "ab"),
    ],
)
def test_what_was_typed_at_the_cursor_is_found(origin: str, now: str, expected: str) -> None:
    assert typed(origin, now) == expected


@pytest.mark.parametrize(
    ("origin", "now"),
    [
        ("x = █\ny = 1\n", "x = a█\ny = 2\n"),  # another line
        ("x = █\ny = 1\n", "y = a█\ny = 1\n"),  # before
        ("x = █)\n", "x = (█))\n"),  # a bracket that the editor closed
        ("x = a█\n", "x = █\n"),  # deleted
        ("x = a█\n", "x = █a\n"),  # the cursor moved
        ("abc█d\n", "aXb█cd\n"),  # typed elsewhere, the cursor as far along
        ("a█bcd\n", "ab█cXd\n"),  # the same, further on
        ("x█\n" + "y\n" * 5000 + "z\n", "xa█\n" + "y\n" * 5000 + "w\n"),
    ],
)
def test_any_other_change_is_none_of_it(origin: str, now: str) -> None:
    assert typed(origin, now) is None


def test_another_document_or_language_is_another_text() -> None:
    assert typed_between(at("x█"), at("x█", uri="file:///project/b.py")) is None
    assert typed("x█", "x█", "ruby") is None


def test_what_is_left_is_the_text_without_what_was_typed() -> None:
    assert rest("+ b", "") == "+ b"
    assert rest("+ b", "+ ") == "b"


@pytest.mark.parametrize("typed_text", ["+ b", "+ b + c", "-", "+ a"])
def test_nothing_is_left_where_all_was_typed_or_something_else(typed_text: str) -> None:
    assert rest("+ b", typed_text) is None


def test_a_text_that_grows_agrees_until_a_character_differs() -> None:
    assert agrees("", "ab")
    assert agrees("a", "ab")
    assert agrees("abc", "ab")
    assert not agrees("ac", "ab")
