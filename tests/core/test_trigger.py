"""Line or block, at cursors in many languages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.cursor import at
from support.syntax import parsed

from mistral_lsp.core.language_table import LANGUAGES
from mistral_lsp.core.languages import language_of
from mistral_lsp.core.reason import Reason
from mistral_lsp.core.trigger import Shape, plain_shape, shape_at

if TYPE_CHECKING:
    from mistral_lsp.core.language import Language

LINE, BLOCK, MID_WORD, MID_LINE = Shape.LINE, Shape.BLOCK, Reason.MID_WORD, Reason.MID_LINE

CASES = [
    # The end of a line that opens a block.
    ("python", "def f(x):█", BLOCK),
    ("python", "def f(x): █\n    pass\n", BLOCK),
    ("python", "class A:\n    async def f(self):█", BLOCK),
    ("python", "def f(\n    x,\n) -> int:█\n", BLOCK),
    ("python", "for x in y:  # each█", LINE),
    ("python", "x = {\n    'a':█\n}\n", LINE),
    ("python", "x = y[1:█", LINE),
    ("python", "f = lambda x:█", LINE),
    ("javascript", "if (x) {█", BLOCK),
    ("javascript", "function f() {█\n}\n", BLOCK),
    ("javascript", "on('x', () => {█\n});\n", BLOCK),
    ("javascript", "if (x) {█}", LINE),
    ("typescript", "  switch (x) {\n    case 1:█\n  }\n", BLOCK),
    ("go", "func f() error {█\n}\n", BLOCK),
    ("go", "package main\n\nimport (█\n)\n", BLOCK),
    ("rust", "    xs.iter().for_each(|x| {█\n", BLOCK),
    ("java", "class A {\n    void f() {█\n    }\n}\n", BLOCK),
    ("c", "int f(void) {█\n", BLOCK),
    ("cpp", "class A {\npublic:█\n};\n", BLOCK),
    ("ruby", "xs.each do |x|█", BLOCK),
    ("ruby", "def f(x)█", BLOCK),
    ("ruby", "if ready█", LINE),
    ("ruby", "else█", BLOCK),
    ("php", "<?php\nfunction f() {█\n", BLOCK),
    ("shellscript", "if true; then█", BLOCK),
    ("sh", "for x in a b; do█", BLOCK),
    ("lua", "function f(x)█", BLOCK),
    ("lua", "if x then█", BLOCK),
    ("kotlin", "xs.map { x ->█", BLOCK),
    ("swift", "xs.map { x in█", BLOCK),
    ("scala", "def f(x: Int) =█", BLOCK),
    ("html", "<ul>█", BLOCK),
    ("html", "<h1>█", LINE),
    ("html", "<br>█", LINE),
    ("css", "a {█\n}\n", BLOCK),
    ("json", '{\n  "a": [█\n', BLOCK),
    ("yaml", "services:█\n", BLOCK),
    ("yaml", "name: a█\n", LINE),
    ("yaml", "name: {a:█\n", LINE),
    # A blank line where a body begins.
    ("python", "def f():\n    █\n", BLOCK),
    ("python", "def f():\n█\n", BLOCK),
    ("python", 'def f():\n    """Doc."""\n    █\n', BLOCK),
    ("python", 'def f():\n    """Doc.\n\n    More.\n    """\n    █\n', BLOCK),
    ("python", "def f():  # why\n    █\n", BLOCK),
    ("javascript", "function f() {\n  █\n}\n", BLOCK),
    ("javascript", "/**\n * Doc.\n */\n█\n", BLOCK),
    ("go", "func f() {\n\t█\n}\n", BLOCK),
    ("go", "package main\n\nimport (\n\t█\n)\n", BLOCK),
    ("rust", "fn f() {\n    █\n}\n", BLOCK),
    ("rust", "#[test]\n█\n", BLOCK),
    ("c", "int f(void)\n{\n    █\n}\n", BLOCK),
    ("csharp", "class A {\n    void F()\n    {\n        █\n    }\n}\n", BLOCK),
    ("ruby", "def f\n  █\nend\n", BLOCK),
    ("lua", "function f()\n  █\nend\n", BLOCK),
    ("html", "<ul>\n  █\n</ul>\n", BLOCK),
    ("yaml", "services:\n  █\n", BLOCK),
    ("zig", "fn f() void {\n    █\n}\n", BLOCK),
    # A blank line where a paragraph begins.
    ("python", "# Sum of two.\n█\n", BLOCK),
    ("python", "@cache\n█\n", BLOCK),
    ("python", "import a\n\n\n█\n", BLOCK),
    ("python", "█", BLOCK),
    ("java", "class A {\n    @Override\n    █\n}\n", BLOCK),
    ("markdown", "# A\n\n█\n", BLOCK),
    # A blank line after a statement.
    ("python", "def f():\n    x = 1\n    █\n", LINE),
    ("javascript", "function f() {\n  foo();\n  █\n}\n", LINE),
    ("python", "import a\n█\n", LINE),
    # A blank line among arguments or in a literal.
    ("python", "x = f(\n    █\n)\n", LINE),
    ("python", "x = [\n    █\n]\n", LINE),
    ("python", "x = f(\n    █\n", LINE),
    ("javascript", "foo(\n  █\n);\n", LINE),
    ("javascript", "const a = {\n  █\n};\n", BLOCK),
    ("javascript", "foo(() => {\n  █\n});\n", BLOCK),
    # Code before the cursor.
    ("python", "x = █", LINE),
    ("python", "    return f(a, █)", LINE),
    ("go", "x := █\n", LINE),
    ("markdown", "Some █", LINE),
    # Comments and strings.
    ("python", "# def f():█", LINE),
    ("python", "x = 1  # if x:█", LINE),
    ("python", 'x = "if x:█', LINE),
    ("python", 'x = "if x:█"', LINE),
    ("python", 'def f():\n    """\n    █\n    """\n', LINE),
    ("python", 'def f():\n    """Doc.\n\n    █\n', LINE),
    ("javascript", "/*\n\n█\n*/\n", LINE),
    ("javascript", "const a = `\n\n█\n`\n", LINE),
    ("javascript", "// {█\n", LINE),
    ("shellscript", "cat <<EOF\na\n\n█\nb\nEOF\n", LINE),
    # What stands right of the cursor.
    ("python", "pri█nt(x)", MID_WORD),
    ("python", "█_x = 1", MID_WORD),
    ("python", "x = █é", MID_WORD),
    ("python", "x = █ + y", MID_LINE),
    ("python", "print(█, y)", MID_LINE),
    ("python", "print(█)", LINE),
    ("python", "x = ['█']", LINE),
    ("python", "if x█:", LINE),
    ("python", "x = █  # why", LINE),
    ("javascript", "foo(█);", LINE),
    ("html", "<p>█</p>", LINE),
    ("javascript", "const a = █// why", MID_LINE),
]


@pytest.mark.parametrize(("language", "marked", "expected"), CASES)
def test_while_typing(language: str, marked: str, expected: Shape | Reason) -> None:
    cursor = at(marked, language)
    assert shape_at(cursor, parsed(cursor), invoked=False) is expected


@pytest.mark.parametrize(("language", "marked", "expected"), CASES)
def test_what_the_line_alone_tells_is_what_the_tree_tells(language: str, marked: str, expected: Shape | Reason) -> None:
    cursor = at(marked, language)
    assert plain_shape(cursor, language_of(language)) in (None, expected)


def test_behind_an_operator_the_line_alone_tells() -> None:
    assert plain_shape(at("x = a + █\n"), language_of("python")) is LINE


@pytest.mark.parametrize(("language", "marked", "expected"), CASES)
def test_by_hand_there_is_always_a_shape(language: str, marked: str, expected: Shape | Reason) -> None:
    cursor = at(marked, language)
    shape = shape_at(cursor, parsed(cursor), invoked=True)
    assert shape is LINE or shape is BLOCK
    assert shape is BLOCK or expected is not BLOCK


@pytest.mark.parametrize("marked", ["def f():\n    x = 1\n    █\n", "import a\n█\n"])
def test_by_hand_a_blank_line_after_a_statement_gets_a_block(marked: str) -> None:
    cursor = at(marked)
    assert shape_at(cursor, parsed(cursor), invoked=True) is BLOCK


@pytest.mark.parametrize(
    ("language", "marked", "expected"),
    [
        ("python", "def f():\n    █\n", BLOCK),
        ("python", "x = f(\n    █\n)\n", LINE),
        ("python", "def f():\n    x = 1\n    █\n", LINE),
        ("python", "x = 1  # if x:█", LINE),
        ("javascript", "function f() {\n  █\n}\n", BLOCK),
    ],
)
def test_without_a_tree_indentation_answers(language: str, marked: str, expected: Shape) -> None:
    assert shape_at(at(marked, language), None, invoked=False) is expected


def test_a_broken_file_above_does_not_change_the_answer_much() -> None:
    broken = "def g(a,\n\nx = [1, 2\n\n"
    for marked, expected in (("def f():\n    █\n", BLOCK), ("x = 1\ny = █\n", LINE)):
        cursor = at(broken + marked)
        assert shape_at(cursor, parsed(cursor), invoked=False) is expected


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.name)
def test_no_comment_begins_with_a_word(language: Language) -> None:
    """So that a rest of a line which does isn't closers alone."""
    marks = [*language.line_comments, *(begin for begin, _ in language.block_comments)]
    assert not any(mark.strip()[:1].isalnum() for mark in marks)
