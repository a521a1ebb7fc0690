"""The file around the cursor, within a budget, and cut so that typing on changes nothing above."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from support.cursor import at

from mistral_lsp.core.context import Context, build_context
from mistral_lsp.core.document import Cursor, Document
from mistral_lsp.core.text import Text

FUNCTION = "def f{0}(x):\n    y = x + {0}\n    return y * y\n\n\n"
FILE = "".join(FUNCTION.format(number) for number in range(400))


def context(marked: str, *, tokens: int = 1000, language: str = "python", uri: str = "file:///p/a.py") -> Context:
    return build_context(at(marked, language, uri), budget_tokens=tokens)


def test_a_small_file_is_shown_whole() -> None:
    shown = context("import os\n\n\ndef f(x):\n    return █(x)\n\n\nf(1)\n")
    assert shown.prefix == "import os\n\n\ndef f(x):\n    return "
    assert shown.suffix == "(x)\n\n\nf(1)\n"


def test_blank_text_after_the_cursor_is_no_suffix() -> None:
    assert context("x = █  \n\n\n").suffix == ""


@pytest.mark.parametrize("place", [0, 1, 150, 1234, len(FILE) // 2, len(FILE) - 1, len(FILE)])
@pytest.mark.parametrize("tokens", [0, 1, 10, 200, 1024, 100_000])
def test_the_budget_is_kept_wherever_the_cursor_stands(place: int, tokens: int) -> None:
    shown = context(FILE[:place] + "█" + FILE[place:], tokens=tokens)
    assert len(shown.prefix) + len(shown.suffix) <= 3 * tokens
    assert FILE[:place].endswith(shown.prefix)
    assert FILE[place:].startswith(shown.suffix)


def test_the_window_has_whole_lines_and_at_least_half_of_the_budget() -> None:
    middle = FILE.index("    return y", len(FILE) // 2)
    shown = context(FILE[:middle] + "█" + FILE[middle:], tokens=1000)
    assert f"\n{shown.prefix}" in FILE
    assert len(shown.prefix) >= 1500 * 3 // 4
    assert shown.suffix.endswith("\n")
    assert 500 < len(shown.suffix) <= 750


def test_what_the_suffix_leaves_over_is_the_prefix_s() -> None:
    assert len(context(FILE + "█", tokens=1000).prefix) >= 1500


def test_typing_on_keeps_the_window_s_start() -> None:
    """Ten lines typed one character at a time: one prompt is nearly always the beginning of the next."""
    middle = FILE.index("\n\ndef", len(FILE) // 2)
    typed = "".join(f"\n    total_{number} = f(x) + {number}" for number in range(10))
    shown = [
        context(FILE[:middle] + typed[:end] + "█" + FILE[middle:], tokens=1024).prefix for end in range(len(typed) + 1)
    ]
    moves = [now for before, now in pairwise(shown) if not now.startswith(before)]
    assert len(moves) <= 1
    assert len({context(FILE[:middle] + typed[:end] + "█" + FILE[middle:]).suffix for end in range(len(typed))}) == 1


def test_over_a_long_session_the_window_moves_once_in_many_lines() -> None:
    document = Document("file:///p/a.py", "python", 1, Text.of(FILE))
    offsets = [document.text.offset(line, 0) for line in range(500, 1500)]
    starts = [at - len(build_context(Cursor(document, at), budget_tokens=1024).prefix) for at in offsets]
    moves = sum(before != now for before, now in pairwise(starts))
    assert starts == sorted(starts)
    assert moves <= 1000 // 20


def test_a_window_that_is_kept_begins_where_it_did_though_another_would_be_made() -> None:
    cursor = at(FILE + "value = a█")
    made = build_context(cursor, budget_tokens=1024).window
    assert made is not None
    assert made.first is not None
    first = made.first + 3  # where none would begin by itself
    shown = build_context(cursor, budget_tokens=1024, window=replace(made, first=first)).prefix
    assert shown == "".join(cursor.document.text.lines(first, cursor.line + 1))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("    total = █\n", "    total = f(█)\n"),
        ("    total = f(█)\n", "    total = f(x)█\n"),
        ("    name = █\n", '    name = "█"\n'),
        ("    data = {█}\n", "    data = {\n        █\n    }\n"),
        ("    total = f(█)\n", "    total = f(x)\n    return total█\n"),
    ],
)
def test_closers_that_editors_add_and_take_away_leave_what_stands_below_as_it_is(before: str, after: str) -> None:
    below = {context(f"def g(x):\n{marked}\n\ndef h(y):\n    return y\n").below for marked in (before, after)}
    assert len(below) == 1
    assert "def h(y):" in below.pop()


def test_a_minified_line_is_cut_by_characters_and_its_start_stays_too() -> None:
    minified = "var a=1;" * 5_000
    shown = [context(minified[: 20_000 + typed] + "█" + minified[20_000 + typed :]).prefix for typed in range(100)]
    assert all(1100 <= len(prefix) <= 3000 for prefix in shown)
    assert sum(not now.startswith(before) for before, now in pairwise(shown)) <= 1


def test_a_giant_line_above_ends_the_window() -> None:
    assert context("x" * 100_000 + "\na = 1\nb = █\n").prefix == "a = 1\nb = "


@pytest.mark.parametrize("ending", ["\r\n", "\r"])
def test_other_line_endings_are_shown_as_newlines(ending: str) -> None:
    shown = context(f"a = 1{ending}b = █{ending}c = 3{ending}")
    assert (shown.prefix, shown.suffix) == ("a = 1\nb = ", "\nc = 3\n")


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("file:///home/alice/shop/src/cart.py", "src/cart.py"),
        ("file:///home/alice/shop2/cart.py", "cart.py"),
        ("file:///home/alice/shop/with%20space/a.py", "with space/a.py"),
        ("untitled:Untitled-1", "Untitled-1"),
        ("vscode-notebook-cell:/home/alice/notes.ipynb#W0sZmlsZQ", "notes.ipynb"),
        ("file:///c%3A/Users/alice/a.py", "a.py"),
        ("file:///home/alice/shop/evil%0A%1B%5B31m.py", "evil[31m.py"),
        ("http://[bad/a.py?x=1", "a.py"),
        ("", ""),
    ],
)
def test_the_path_tells_no_home_folder_and_no_user(uri: str, path: str) -> None:
    shown = build_context(at("█", uri=uri), budget_tokens=10, root_uri="file:///home/alice/shop")
    assert shown.path == path


@pytest.mark.parametrize(
    ("language", "name"),
    [("python", "python"), ("typescriptreact", "tsx"), ("c++", "c++"), ("a b`\n", ""), ("plaintext", "")],
)
def test_the_language_is_named_as_on_a_code_fence(language: str, name: str) -> None:
    assert context("█", language=language).language == name


def test_lone_surrogates_are_no_fault() -> None:
    assert context("a = '\ud800' + █'\udfff'\n").prefix == "a = '\ud800' + "
