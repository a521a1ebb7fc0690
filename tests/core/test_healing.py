"""What is held back at a prompt's end, and how an answer is matched with it."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mistral_lsp.core.healing import MAX_WORD_CHARS, hold_back, hold_back_line
from mistral_lsp.core.reason import Reason

BODY = "def f(x):\n    "


def held(prefix: str) -> str:
    kept, healing = hold_back(prefix)
    assert kept + healing.held_back == prefix
    return healing.held_back


def healed(prefix: str, raw: str) -> str | Reason | None:
    return hold_back(prefix)[1].match(raw)


@pytest.mark.parametrize(
    ("prefix", "expected"),
    [
        ("", ""),
        ("x = ", " "),
        ("x =", ""),
        ("x =  ", " "),
        (BODY, " "),
        ("def f(x):\n\t\t", "\t"),
        ("def f(x):\n", ""),  # a lone newline is a token of its own
        ("import os\n\n", "\n"),
        ("import os\n\n\n    ", " "),
        ("    ret", " ret"),
        ("imp", "imp"),
        ("import os\nimp", "imp"),
        ("import os\n\nimp", "\nimp"),
        ("\tret", "\tret"),
        ("os.path.jo", "jo"),
        ("f(self.na", "na"),
        ("f(", ""),
        ("os.", ""),
        ("x = 12", ""),
        ("x = 0x1f", ""),
        ("x1", "x1"),
        ("naïve_größe", "naïve_größe"),
        ("x = '\ud800", ""),
        ("x = " + "a" * MAX_WORD_CHARS, " " + "a" * MAX_WORD_CHARS),
        ("x = " + "a" * (MAX_WORD_CHARS + 1), ""),
    ],
)
def test_one_whitespace_character_and_a_begun_word_are_held_back(prefix: str, expected: str) -> None:
    assert held(prefix) == expected


@pytest.mark.parametrize(
    ("prefix", "raw", "text"),
    [
        ("x = ", " a + b", "a + b"),
        ("x = ", "a + b", "a + b"),  # the space was left out, and nothing runs together
        ("x = ", "\ta", "a"),
        ("foo() ", "\nbar()", "\nbar()"),  # the line was complete
        ("os.path.jo", "join(a)", "in(a)"),
        ("os.path.jo", " join(a)", "in(a)"),
        ("x = fo", " foo(1)", "o(1)"),
        ("x = fo", "foo(1)", "o(1)"),
        ("x = fo", " fo", ""),
        (BODY, " return x\n", "return x\n"),
        (BODY, "return x\n", "return x\n"),  # three spaces are meant to be four
        (BODY, "     return x\n", "    return x\n"),  # deeper than the cursor
        (BODY, "\n    return x\n", "return x\n"),  # a blank line first
        (BODY, "  \n\n    return x\n", "return x\n"),
        (BODY, "\r\n    return x\n", "return x\n"),
        (BODY, "\n\treturn x\n", "return x\n"),
        (BODY, "\n        return x\n", "    return x\n"),
        (BODY + "ret", " return x\n", "urn x\n"),
        (BODY + "ret", "\n    return x\n", "urn x\n"),
        (BODY + "ret", "     return x\n", "urn x\n"),
        ("def f(x):\n\t\t", "\treturn x", "return x"),
        ("import os\n\n", "\ndef f():", "def f():"),
        ("import os\n\n", "def f():", "def f():"),
        ("import os\n\n", "\n\n\ndef f():", "def f():"),
        ("def f():\n", "    return 1", "    return 1"),
        ("", "import os", "import os"),
        ("", "\nimport os", "import os"),
    ],
)
def test_what_was_held_back_is_taken_off(prefix: str, raw: str, text: str) -> None:
    assert healed(prefix, raw) == text


@pytest.mark.parametrize(
    ("prefix", "raw"),
    [
        ("os.path.jo", "exists(a)"),
        ("x = fo", " bar"),
        (BODY + "ret", " yield x"),
        ("x =" + " ", "= 3"),  # x == 3, and the user has typed the space
        ("data ", "base = 1"),
        ("foo ", "(x)"),
        ("return ", "```python\nreturn x"),  # a fence instead of code
        (BODY, "```python\n"),
        (BODY, "\nprint(f(1))"),  # the block is over
        (BODY, "\n  return x"),
        ("if x:\n\t\t", "\n\tpass"),
        ("imp", "def f():"),
    ],
)
def test_an_answer_that_begins_otherwise_is_not_healed(prefix: str, raw: str) -> None:
    assert healed(prefix, raw) is Reason.NOT_HEALED


@pytest.mark.parametrize(
    ("prefix", "raw"),
    [("os.path.join", "jo"), ("x = fo", " "), ("x = ", ""), (BODY, ""), (BODY, "\n"), (BODY, "  \n  "), (BODY, "\r")],
)
def test_too_short_an_answer_says_nothing_yet(prefix: str, raw: str) -> None:
    assert healed(prefix, raw) is None


CODE = st.text(st.sampled_from("ab1_ \t\n.(=+:é"), max_size=40)


@given(prefix=CODE, rest=st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
@example(prefix="x = ", rest="  y")
@example(prefix=BODY, rest="    deeper")
def test_the_very_continuation_is_always_given_back(prefix: str, rest: str) -> None:
    """But for blank lines at the beginning of a blank line, which are skipped."""
    kept, healing = hold_back(prefix)
    raw = healing.held_back + rest
    if healing.indent is not None and not prefix[len(kept) :].strip() and re.match(r"[ \t]*(\r?\n|\r?\Z)", rest):
        return
    assert healing.match(raw) == rest


@given(prefix=CODE, raw=CODE)
@example(prefix=BODY, raw="\r\n    return")
@example(prefix="x = ", raw=" a")
def test_a_growing_answer_only_adds_to_what_was_given(prefix: str, raw: str) -> None:
    healing = hold_back(prefix)[1]
    given_so_far: str | Reason | None = None
    for end in range(len(raw) + 1):
        now = healing.match(raw[:end])
        if isinstance(given_so_far, str):
            assert isinstance(now, str)
            assert now.startswith(given_so_far)
        elif given_so_far is Reason.NOT_HEALED:
            assert now is Reason.NOT_HEALED
        given_so_far = now


@pytest.mark.parametrize(
    ("prefix", "raw", "expected"),
    [
        ("x = ", "```python\nx = foo(1)\n```\n", "foo(1)\n"),
        ("x = ", "Here you are:\n\n```python\nx = foo(1)\n```\nThat calls foo.", "foo(1)\n"),
        (BODY, "```python\n    return x\n```", "return x\n"),
        (BODY, "```\nreturn x\n```", "return x\n"),  # without the indentation
        (BODY, "~~~~\n    y = x\n    return y\n~~~~", "y = x\n    return y\n"),
        (BODY + "ret", "```python\n    return x\n```", "urn x\n"),
        (BODY + "ret", "```python\n    raise\n```", Reason.NOT_HEALED),
        (BODY + "ret", "```python\n    re", None),
        ("x = ", "```python\nx = foo(1)\n``", "foo(1)\n"),  # which may close the fence
        ("x = ", "x = foo(1)\n", None),
        ("x = ", "```python", None),
        ("x = ", "", None),
    ],
)
def test_a_chat_model_writes_the_line_again_in_a_fence(prefix: str, raw: str, expected: str | Reason | None) -> None:
    kept, healing = hold_back_line(prefix)
    assert kept == prefix[: prefix.rfind("\n") + 1]
    assert healing.match(raw) == expected


def test_what_comes_behind_the_fence_is_not_waited_for() -> None:
    _, healing = hold_back_line("x = ")
    assert not healing.is_over("```\nx = 1\n")
    assert healing.is_over("```\nx = 1\n```")
    assert not hold_back("x = ")[1].is_over("1\n```\n")


@given(
    raw=st.text(alphabet="ab `~\n x=", max_size=60),
    prefix=st.sampled_from(["x = ", BODY, BODY + "ab", ""]),
    cut=st.integers(0, 60),
)
def test_in_a_fence_too_what_is_matched_only_grows(raw: str, prefix: str, cut: int) -> None:
    _, healing = hold_back_line(prefix)
    part, whole = healing.match("```\n" + raw[:cut]), healing.match("```\n" + raw)
    if isinstance(part, str):
        assert isinstance(whole, str)
        assert whole.startswith(part)
    elif part is Reason.NOT_HEALED:
        assert whole is Reason.NOT_HEALED
