"""What the model wrote, and what is shown of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.cursor import at

from mistral_lsp.core.place import Place
from mistral_lsp.core.postprocess import certain_part, is_enough, tidy
from mistral_lsp.core.reason import Reason
from mistral_lsp.core.syntax import SyntaxCache
from mistral_lsp.core.trigger import Shape


def place(marked: str, language: str = "python", shape: Shape = Shape.LINE) -> Place:
    """Where the answer goes, in a document that was parsed."""
    cursor = at(marked, language)
    parse = SyntaxCache(clock=lambda: 0.0).parse(cursor)
    while not parse.step():
        pass
    return Place(cursor, shape, parse.syntax)


def shown(marked: str, *, raw: str, shape: Shape = Shape.LINE, language: str = "python") -> str | Reason:
    return tidy(raw, place(marked, language, shape))


@pytest.mark.parametrize(
    ("marked", "raw", "expected"),
    [
        ("x = █", "1\ny = 2", "1"),
        ("print(█)", "a + b)\nx", "a + b"),
        ("print(█)", "a + b)  # done", "a + b"),
        ("print(█)", "f(x)", "f(x)"),
        ("print(█)", "f(x))", "f(x)"),
        ("print(f(█))", "x, g(y)))", "x, g(y)"),
        ("print([█])", "1, 2])", "1, 2"),
        ("if ready█:", " and able:", " and able"),
        ('greet("█")', 'hello")', "hello"),
        ("call(a, █);", "b);", "b"),
        ('x = ")█', '"  # quoted', '"  # quoted'),
        ("total = █", "a + b   ", "a + b"),
        ("s = █", '"(" + ")"', '"(" + ")"'),
    ],
)
def test_a_line_ends_where_the_line_needs_no_more(marked: str, raw: str, expected: str) -> None:
    assert shown(marked, raw=raw) == expected


def test_a_suggestion_that_only_repeats_what_is_right_of_the_cursor_is_not_shown() -> None:
    assert shown("print(a█)", raw=")\n") is Reason.REPEATS


def test_a_suggestion_that_is_the_next_line_over_again_is_not_shown() -> None:
    assert shown("def f(a):\n    █\n    return a\n", raw="return a") is Reason.REPEATS


def test_lines_that_stand_below_the_cursor_are_not_suggested_again() -> None:
    marked = "def f(a):\n    █\n    total = a\n    return total\n"
    raw = "log(a)\n    total = a\n    return total\n"
    assert shown(marked, raw=raw, shape=Shape.BLOCK) == "log(a)"


def test_a_closing_brace_that_is_already_there_is_not_suggested_again() -> None:
    marked = "function f() {\n  █\n}\n"
    assert shown(marked, raw="return 1;\n}\n", shape=Shape.BLOCK, language="javascript") == "return 1;"


def test_a_last_line_that_was_cut_off_still_counts_as_a_repetition() -> None:
    marked = "def f(a):\n    █\n    total = a\n    return total\n"
    assert shown(marked, raw="log(a)\n    total = a\n    retu", shape=Shape.BLOCK) == "log(a)"


def test_a_word_that_begins_after_the_block_is_cut_off_though_nothing_follows_it() -> None:
    assert shown("def f():\n    █\n", raw="return 1\n\nx", shape=Shape.BLOCK) == "return 1"


@pytest.mark.parametrize("raw", ["", "   ", "\n\n", "\r\n"])
def test_blank_answers_show_nothing(raw: str) -> None:
    assert shown("x = █", raw=raw) is Reason.EMPTY


@pytest.mark.parametrize(
    "character",
    ["\x00", "\x1b", "\x7f", "\x9b", "\r", "\ud800", "\u200b", "\u202e", "\u2066", "\ufeff", "\U000e0041", "\ufe0f"],
    ids=ascii,
)
def test_characters_that_act_or_hide_drop_the_suggestion(character: str) -> None:
    assert shown("x = █", raw=f"a{character}b") is Reason.UNSAFE
    assert is_enough(f"a{character}b", place("x = █"))


def test_ordinary_letters_of_every_script_are_shown() -> None:
    text = "'é ü ß 中文 عربي русский 😀'"
    assert shown("x = █", raw=text) == text


def test_tabs_are_shown() -> None:
    assert shown("x = █", raw="a,\tb") == "a,\tb"


def test_a_line_without_end_is_dropped_and_ends_the_stream() -> None:
    raw = "a" * 5_000
    assert is_enough(raw, place("x = █"))
    assert shown("x = █", raw=raw) is Reason.ENDLESS


def test_windows_newlines_become_plain_ones() -> None:
    assert shown("def f():\n    █\n", raw="a = 1\r\n    b = 2\r\n", shape=Shape.BLOCK) == "a = 1\n    b = 2"


def test_a_stream_cut_within_a_windows_line_end_goes_on() -> None:
    there = place("def f():\n    █\n", shape=Shape.BLOCK)
    assert not is_enough("a = 1\r", there)
    assert tidy("a = 1\r", there) == "a = 1"


@given(
    raw=st.text(alphabet="ab(){}[]\"': \n\t", max_size=60),
    marked=st.sampled_from(["x = f(█)", "def f():\n    █\n    return a\n", "if (a) {█}\n", "█", "  █)\n}\n"]),
    shape=st.sampled_from(Shape),
)
def test_what_is_shown_never_ends_in_whitespace_and_only_cuts(raw: str, marked: str, shape: Shape) -> None:
    text = tidy(raw, place(marked, shape=shape))
    if not isinstance(text, Reason):
        assert text
        assert text == text.rstrip()
        assert raw.startswith(text)
