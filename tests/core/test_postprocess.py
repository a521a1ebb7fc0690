"""What the model wrote, and what is shown of it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from support.cursor import at

from mistral_lsp.core.document import Cursor
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


@example(raw="\n :", marked="def f():\n    █\n    return a\n", shape=Shape.LINE)
@given(
    raw=st.text(alphabet="ab(){}[]\"': \n\t", max_size=60),
    marked=st.sampled_from(["x = f(█)", "def f():\n    █\n    return a\n", "if (a) {█}\n", "█", "  █)\n}\n"]),
    shape=st.sampled_from(Shape),
)
def test_what_is_shown_never_ends_in_whitespace_and_is_what_was_written(raw: str, marked: str, shape: Shape) -> None:
    text = tidy(raw, place(marked, shape=shape))
    if not isinstance(text, Reason):
        assert text
        assert text == text.rstrip()
        bare = "".join(text.split())  # its lines may be indented otherwise
        assert "".join(raw.split()).startswith((bare, bare.rstrip(")]}")))  # closers may be added to a line


# A document, what the model writes at its cursor, and what is shown of that.
CASES = [
    # Where the suffix begins, also when something else follows, or it is spaced otherwise.
    (
        "def f(a):\n    █\n    total = sum(a)\n    return total\n",
        "log(a)\n    total = sum(a)\n    print(total)\n",
        "log(a)",
    ),
    (
        "def f(a):\n    █\n    total = sum(a, 0)\n    return total\n",
        "log(a)\n    total=sum( a,0 )\n    print(total)\n",
        "log(a)",
    ),
    (
        "class A:\n    def f(self):\n        pass\n\n    █\n\n    def load(self):\n        pass\n",
        "x = 1\n    y = 2\n    def load(self):\n        return 1\n",
        "x = 1\n    y = 2",
    ),
    # The same line in another block, and short lines, are no repetition.
    (
        "def f(a):\n    █\n    return a\n",
        "if not a:\n        return a\n    b = a\n",
        "if not a:\n        return a\n    b = a",
    ),
    (
        "class A:\n    def f(self):\n        █\n\nclass B:\n    def f(self):\n        self.open_connection_now(1)\n",
        "self.open_connection_now(1)\n        self.go()\n",
        "self.open_connection_now(1)\n        self.go()",
    ),
    # What stands above, once more.
    ("def f(a):\n    log(a)\n    █\n", "log(a)\n", Reason.REPEATS),
    ("def f(a):\n    a = 1\n    b = 2\n    █\n", "a = 1\n    b = 2\n    c = 3\n", Reason.REPEATS),
    ("def f(a):\n    a = 1\n    b = 2\n    █\n", "a = 1\n    c = 3\n", "a = 1\n    c = 3"),
    # A line or a cycle of lines again and again.
    ("def f():\n    █\n", "go()\n    go()\n    go()\n    go()\n", "go()"),
    ("def f():\n    █\n", "go()\n    go()\n    stop()\n", "go()\n    go()\n    stop()"),
    ("def f():\n    █\n", "a()\n    b()\n    c()\n    b()\n    c()\n    b()\n", "a()\n    b()\n    c()"),
    ("def f():\n    █\n", "x(\n        1,\n        1,\n    )\n", "x(\n        1,\n        1,\n    )"),
    # The file's own indentation.
    ("def f():\n\tif a:\n\t\tb()\n\t█\n", "if c:\n        d()\n    e()\n", "if c:\n\t\td()\n\te()"),
    ("def f():\n    if a:\n        b()\n    █\n", "if c:\n\t\td()\n\te()\n", "if c:\n        d()\n    e()"),
    ("if a:\n    b()\n█\n", "if c:\n  d()\n  if e:\n    f()\n", "if c:\n    d()\n    if e:\n        f()"),
    ("def f():\n    a()\n    █\n", "b()\n   c()\n   d()\n", "b()\n    c()\n    d()"),
    (
        "def f():\n    a()\n    █\n",
        'b = """\n   as it\n\tis\n"""\n    c(1,\n      2)\n',
        'b = """\n   as it\n\tis\n"""\n    c(1,\n      2)',
    ),
    # Nothing is said of the block.
    ("def f():█\n", "\ndef g():\n    pass\n", Reason.LEFT_BLOCK),
    ("def f():\n    return [█]\n", "[INST] go on [/INST]\n", Reason.ECHO),
    ("# [INST] is a token.\nTOKEN = █\n", '"[INST]"\n', '"[INST]"'),
]


@pytest.mark.parametrize(("marked", "raw", "expected"), CASES)
def test_a_block(marked: str, raw: str, expected: str | Reason) -> None:
    assert shown(marked, raw=raw, shape=Shape.BLOCK) == expected


@pytest.mark.parametrize(
    ("marked", "raw", "is_echo"),
    [
        ("x = █\n", "# a.py\n", True),
        ("█\n", "\n  # a.py  \nimport os\n", True),
        ("x = █\n", "# a.py", True),
        ("█\n", "# a.py is a test\n", False),
        ("█\n", "x = 1\n# a.py\n", False),
        ("# a.py\nx = 1\n█\n", "# a.py\n", False),  # the file's own line
    ],
)
def test_a_prompt_s_first_line_is_the_prompt_over_again(marked: str, raw: str, is_echo: bool) -> None:  # noqa: FBT001 - a row
    there = replace(place(marked, shape=Shape.BLOCK), opening="# a.py")
    assert (tidy(raw, there) is Reason.ECHO) is is_echo
    assert not is_enough("# a.py", there)  # it may go on
    if is_echo and raw.endswith("\n"):
        assert is_enough(raw, there)


@pytest.mark.parametrize(
    ("language", "marked", "raw", "expected"),
    [
        # A closer of nothing.
        ("python", "x = f█\n", "(a))\n", "(a)"),
        ("python", "x = a█\n", ")\n", Reason.UNBALANCED),
        ("javascript", "foo();\n█\n", "});\n", Reason.UNBALANCED),
        ("javascript", "function f() {\n  foo();\n█\n}\n", "}\n", Reason.UNBALANCED),
        ("javascript", "function f() {\n  if (a) {\n    foo();\n  █\n}\n", "}\n", "}"),
        ("javascript", "function f() {\n  if (a) {\n    foo();\n  █\n", "}\n", "}"),
        ("python", "x = f(\n    a,\n    █\n)\n", "b)\n", "b"),
        ("python", "x = f(\n    a,\n    █\n", "b)\n", "b)"),
        # An accept left its bracket open; the next answer closes it, and no more.
        ("python", "x = f(g(a, █\n", "b))\n", "b))"),
        ("python", "x = f(g(a, █)\n", "b))\n", "b)"),
        # Before the editor's own closers a line is complete; without them it may go on below.
        ("python", "print(█)\n", "f(x\n", "f(x)"),
        ("python", "x = █\n", "f(\n", "f("),
        ("python", "print(█)\n", "f(\n", "f("),
        ("python", 's = "█\n', "a)\n", "a)"),
    ],
)
def test_a_line_closes_what_is_open(language: str, marked: str, raw: str, expected: str | Reason) -> None:
    assert shown(marked, raw=raw, language=language) == expected


@pytest.mark.parametrize(
    ("marked", "raw", "expected"),
    [
        ("x = █\ny = 2\n", "1 +* 2\n", Reason.BREAKS_SYNTAX),
        ("x = █\ny = 2\n", "1 +* 2", "1 +* 2"),  # cut off, it may go on
        ("x = █\ny = 2\n", "1 +\n", "1 +"),
        ("x = █\ny = 2\n", "f(a,\n", "f(a,"),
        ("x = █\ny = 2\n", "1\n", "1"),
        ("if (:\n    pass\n\nx = █\n", "1 +* 2\n", "1 +* 2"),  # the file has errors of its own
        ("█\nx = 1\n", "@cache\n", "@cache"),
    ],
)
def test_a_file_that_parses_still_does(marked: str, raw: str, expected: str | Reason) -> None:
    assert shown(marked, raw=raw) == expected


@pytest.mark.parametrize(
    ("before", "marked", "raw", "expected"),
    [
        ("", "x = █\ny = 2\n", "1 +* 2\n", Reason.BREAKS_SYNTAX),
        ("", "x = █\ny = 2\n", "1 +\n", "1 +"),
        ("", "x = a +█\ny = 2\n", "b\n", "b"),
        ("", "x = a ) +█\ny = 2\n", "b\n", Reason.BREAKS_SYNTAX),
        ("", "if (:\n    pass\n\nx = █\n", "1 +* 2\n", "1 +* 2"),
        ("    x = )", "if y:\n    x = 1 █\ny = 2\n", "+* 2\n", Reason.BREAKS_SYNTAX),
    ],
)
def test_that_is_known_from_the_tree_of_an_older_line_as_well(
    before: str, marked: str, raw: str, expected: str | Reason
) -> None:
    cursor, cache = at(marked), SyntaxCache(clock=lambda: 0.0)
    start = cursor.offset - cursor.column
    older = cursor.document.changed(cursor.document.text.replace(start, cursor.offset, before), 0)
    parse = cache.parse(Cursor(older, start))
    while not parse.step():
        pass
    syntax = cache.carried(cursor)
    assert syntax is not None
    assert tidy(raw, Place(cursor, Shape.LINE, syntax)) == tidy(raw, place(marked)) == expected


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("b = 1 +* 2\n    c = 3\n", Reason.BREAKS_SYNTAX),
        ("b = 1\n    c = (2,\n    3", "b = 1\n    c = (2,"),
        ("if a:\n", "if a:"),
        ('s = """\n    text\n', 's = """\n    text'),
        ("try:\n        b()\n", "try:\n        b()"),
    ],
)
def test_what_is_shown_before_it_is_whole_breaks_no_code_either(raw: str, expected: str | Reason) -> None:
    assert certain_part(raw, place("def f(a):\n    █\n\nx = 1\n", shape=Shape.BLOCK)) == expected


def test_a_makefile_keeps_its_tabs() -> None:
    raw = "one\n\ttwo\n    three\n\tfour\n"
    text = shown("a:\n\t█\n\nb:\n    x = 1\n", raw=raw, shape=Shape.BLOCK, language="makefile")
    assert isinstance(text, str)
    assert "\n\ttwo" in text


@pytest.mark.parametrize(
    ("marked", "raw"),
    [
        ("def f():\n    █\n", "go()\n    go()\n    go()\n"),
        ("def f():\n    █\n", "a()\n    b()\n    a()\n    b()\n"),
        ("def f():\n    a()\n    b()\n    █\n", "a()\n    b()\n"),
        ("def f():\n    █\n    total = sum(x)\n", "a()\n    total = sum(x)\n"),
        ("x = █\n", "[INST]"),
    ],
)
def test_a_stream_that_repeats_itself_or_the_file_is_ended(marked: str, raw: str) -> None:
    assert is_enough(raw, place(marked, shape=Shape.BLOCK))


LINES = st.sampled_from(
    ["a = 1", "    a = 1", "    total = sum(a)", "    return total", "", "    if a:", "        b(", "    )", "}", "x"]
)


@given(
    lines=st.lists(LINES, min_size=1, max_size=12),
    marked=st.sampled_from(
        [
            "def f(a):\n    █\n    total = sum(a)\n    return total\n",
            "def f(a):\n    a = 1\n    if a:\n    █\n",
            "def f(a):█\n",
            "█\n\ndef f():\n\tpass\n",
        ]
    ),
    language=st.sampled_from(["python", "javascript", "ruby", "plaintext"]),
    shape=st.sampled_from(Shape),
)
def test_what_is_shown_of_a_stream_is_not_taken_back(
    lines: list[str], marked: str, language: str, shape: Shape
) -> None:
    raw = "\n".join(lines) + "\n"
    there = place(marked, language, shape)
    outcome = tidy(raw, there)
    for size in range(len(raw) + 1):
        part = certain_part(raw[:size], there)
        if isinstance(part, str) and outcome is not Reason.BREAKS_SYNTAX:
            assert isinstance(outcome, str)
            assert outcome.startswith(part)
