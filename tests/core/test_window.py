"""The code above the cursor: its scopes whole or by their heads, a notebook's cells, and a start that stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.cursor import at
from support.syntax import parsed

from mistral_lsp.core.document import Cursor, Document
from mistral_lsp.core.text import Text
from mistral_lsp.core.window import Window, roundest, window_above

FILLER = "".join(f"value_{number} = {number}\n" for number in range(200))
LONG_BODY = "".join(f"        step_{number}()\n" for number in range(100))


def window(marked: str, budget: int, *, language: str = "python", cells: tuple[Document, ...] = ()) -> Window:
    cursor = at(marked, language)
    return window_above(cursor, budget, syntax=parsed(cursor), cells_above=cells)


def cell(text: str, language: str = "python") -> Document:
    return Document("vscode-notebook-cell:/a.ipynb#1", language, 1, Text.of(text))


def test_it_begins_where_the_function_around_the_cursor_does() -> None:
    shown = window(FILLER + "@cached\ndef area(a, b):\n    c = a * b\n    █", 300)
    assert "\n@cached\ndef area(a, b):\n" in "\n" + shown.text


def test_of_a_function_that_does_not_fit_the_head_stands_above() -> None:
    shown = window(f"import os\n\n\nclass Job:\n    def run(self, now):\n{LONG_BODY}        █", 600)
    assert shown.heads == "class Job:\n    # ...\n    def run(self, now):\n        # ...\n"
    assert shown.text.startswith(shown.heads)
    assert shown.text.endswith("step_99()\n        ")
    assert len(shown.text) <= 600


def test_a_head_in_a_language_with_braces_is_elided_by_its_own_comment() -> None:
    body = "".join(f"  step{number}();\n" for number in range(100))
    shown = window(f"function run(now) {{\n{body}  █\n}}\n", 600, language="javascript")
    assert shown.heads == "function run(now) {\n  // ...\n"


def test_a_notebook_s_cells_stand_above_and_its_prose_becomes_comments() -> None:
    cells = (cell("# Sales\nBy month", "markdown"), cell("import pandas"), cell("SELECT 1", "sql"))
    assert window("df = █", 1000, cells=cells).text == "# # Sales\n# By month\n\nimport pandas\n\ndf = "


def test_cells_are_cut_to_the_budget_from_above() -> None:
    shown = window("df = █", 100, cells=(cell(FILLER.rstrip()), cell("last = 1")))
    assert shown.text.endswith("value_199 = 199\n\nlast = 1\n\ndf = ")
    assert len(shown.text) <= 100
    assert shown.first is None


def test_a_kept_window_shows_the_same_beginning_up_to_another_cursor() -> None:
    shown = window(FILLER + "total = █", 300)
    later = shown.kept(at(FILLER + "total = value_1 +\\\n  █"), 300)
    assert later is not None
    assert later.text == shown.text + "value_1 +\\\n  "
    assert (later.first, later.heads) == (shown.first, shown.heads)


def test_it_is_kept_while_half_written_code_hides_the_scope() -> None:
    start = f"class Job:\n    def run(self, now):\n{LONG_BODY}        "
    shown = window(start + "█", 600)
    later = shown.kept(at(start + "if (now[0█"), 600)
    assert later is not None
    assert later.text.startswith(shown.heads)


@pytest.mark.parametrize(
    ("marked", "budget"),
    [
        pytest.param(FILLER + "total = value█", 60, id="no room"),
        pytest.param("value = █" + FILLER, 300, id="above it"),
        pytest.param(FILLER.replace("value_190", "█value_190", 1), 300, id="less than half"),
    ],
)
def test_it_is_not_kept_where_another_is_needed(marked: str, budget: int) -> None:
    assert window(FILLER + "total = █", 300).kept(at(marked), budget) is None


def test_a_window_that_begins_in_a_line_or_in_a_cell_is_not_kept() -> None:
    minified = "var a=1;" * 100
    assert window(f"{minified}█", 100).kept(at(f"{minified}v█"), 100) is None
    assert window("df = █", 1000, cells=(cell("import pandas\n"),)).kept(at("df = p█"), 1000) is None


@given(
    lines=st.lists(st.sampled_from(["", "x = 1", "def f(a):", "    return a", "class A:", "  é = '😀'"]), max_size=40)
)
def test_within_any_text_it_ends_at_the_cursor_and_keeps_to_its_budget(lines: list[str]) -> None:
    text = "\n".join(lines)
    cursor = Cursor(Document("file:///a.py", "python", 1, Text.of(text)), len(text))
    shown = window_above(cursor, 80, syntax=parsed(cursor))
    assert len(shown.text) <= 80
    assert text.endswith(shown.text.removeprefix(shown.heads))


@given(low=st.integers(0, 10_000), length=st.integers(0, 1_000))
def test_the_anchor_lies_in_its_range_and_is_the_roundest_there(low: int, length: int) -> None:
    found = roundest(low, low + length)
    assert low <= found <= low + length
    if found:
        step = (found & -found) * 2
        assert not any(number % step == 0 for number in range(low, low + length + 1) if number)
