"""The place of an answer, parsed with one text after the other in it."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from support.cursor import at
from support.syntax import parsed

from mistral_lsp.bench.source import python_source
from mistral_lsp.core.document import Cursor, Document
from mistral_lsp.core.errors import adds_error
from mistral_lsp.core.grammar_input import MAX_OPEN_BRACKETS, Looks
from mistral_lsp.core.hole import LOOKS, Hole
from mistral_lsp.core.parsing import WHOLE_BYTES
from mistral_lsp.core.place import Place
from mistral_lsp.core.postprocess import rehearse, tidy
from mistral_lsp.core.syntax import SyntaxCache
from mistral_lsp.core.text import Text
from mistral_lsp.core.trigger import Shape

if TYPE_CHECKING:
    import tree_sitter

PLACES = [
    ("python", "x = █\ny = 2\n"),
    ("python", "def f(é):\r\n    return é + █\r\n\r\n\r\nclass Ж:\r\n    pass\r\n"),
    ("python", "def f(a):\n    █\n\nx = 1\n"),
    ("python", "x = f(a, █)\ny = {\n    1: 2,\n}\n"),
    ("python", "x = [█, 2, (3, 4), f(5)]\ny = 2\n"),
    ("python", "if (:\n    pass\n\nx = █\n"),
    ("python", "x = ) █\ny = 2\n"),
    ("typescript", "const a = { b: █ };\nfunction f(): void {}\n"),
    ("c", "int f(void) {\n\tint y = █\n\treturn y;\n}\n"),
    ("rust", 'fn f() {\n    let s = "é";\n    █\n}\n'),
    ("html", "<p>\n  █\n</p>\n"),
    ("ruby", "def f\n  x = █\nend\n"),
]
WORDS = (*"abx1+*=.,:;()[]{}<>\"'é\n", "  ", " in ", "def f():", "return ", "\n    ", "\U0001f40d")
ANSWERS = st.lists(st.sampled_from(WORDS), max_size=12).map("".join)


def place(marked: str, language: str = "python", shape: Shape = Shape.LINE) -> Place:
    cursor = at(marked, language)
    return Place(cursor, shape, parsed(cursor))


def hole(marked: str, language: str = "python") -> Hole:
    found = place(marked, language).hole
    assert found is not None
    return found


@given(st.sampled_from(PLACES), st.lists(ANSWERS, min_size=1, max_size=3))
@example(("python", "x = █\ny = 2\n"), ["1 +* 2\n", "1\n", "f(a,\n"])
@example(("python", "if (:\n    pass\n\nx = █\n"), ["1 +* 2\n"])
def test_what_is_said_of_an_answer_is_the_same_whatever_was_parsed_before(
    there: tuple[str, str], answers: list[str]
) -> None:
    language, marked = there
    prepared = place(marked, language)
    rehearse(prepared)
    for raw in answers:
        assert tidy(raw + "\n", prepared) == tidy(raw + "\n", place(marked, language))


def test_so_it_is_in_a_window_of_a_large_file_and_from_the_tree_of_an_older_line() -> None:
    chance, text = random.Random(1), Text.of(python_source(3_000, seed=1).replace("value", "é"))
    for number in range(40):
        line = chance.randrange(text.line_count)
        cache, older = SyntaxCache(clock=lambda: 0.0), Document("file:///a.py", "python", 1, text)
        offset = text.offset(line, 10_000)
        parsed(Cursor(older, offset), cache)
        typed = chance.choice((" +", "  ", ".x", " ="))
        cursor = Cursor(older.changed(text.replace(offset, offset, typed), 2), offset + len(typed))
        places = [Place(cursor, Shape.LINE, cache.carried(cursor) or parsed(cursor)) for _ in range(2)]
        rehearse(places[0])
        for raw in ("é\n", "1 +* 2\n", "f(é,\n", "x\n    y = (1,\n"):
            assert tidy(raw, places[0]) == tidy(raw, places[1]), (number, typed, raw)


@pytest.mark.parametrize(
    ("language", "marked", "answer"),
    [
        ("python", "x = █\ny = 2\n", "1 + f(2)"),
        ("python", "def f(a):\r\n    é = █\r\n", "a\nreturn é".replace("\n", "\n    ")),
        ("typescript", "const a = █;\n", "[1, 2]"),
        ("c", "int f(void) {\n\tint y = █\n}\n", "1;"),  # without the ; one is missing, which is the user's to write
    ],
)
def test_once_a_plain_text_was_parsed_a_glance_is_enough_for_an_answer_that_fits(
    language: str, marked: str, answer: str
) -> None:
    there = hole(marked, language)
    assert not there.fits(answer)
    there.rehearse()
    assert there.fits(answer)
    assert there.fits("x" + answer) == there.takes("x" + answer, "", Looks(LOOKS))


def test_no_answer_is_seen_to_fit_that_does_not() -> None:
    there = hole("x = █\ny = 2\n")
    there.rehearse()
    assert not there.fits("1 +* 2")
    assert there.fits("1 + 2")
    assert not there.fits("1 +* 2")  # nor from what did


def test_a_rehearsal_finds_out_whether_anything_is_to_be_judged() -> None:
    broken = hole("if (:\n    pass\n\nx = █\n")
    broken.rehearse()
    assert "is_sound" in vars(broken)
    assert not broken.is_sound
    assert hole("x = ) █\ny = 2\n").is_sound  # the error is on the cursor's own line


def test_a_parse_that_was_halted_leaves_nothing_behind() -> None:
    there = hole("█\n" + python_source(150, seed=1))
    assert there.takes("@x\n" * 300 + "if = =", "", Looks(5))  # it can't be told
    assert there.takes("a = 1", "", Looks(LOOKS))
    assert not there.takes("a = = 1", "", Looks(LOOKS))


def test_what_would_keep_tree_sitter_busy_is_not_given_to_it() -> None:
    half = "(" * (MAX_OPEN_BRACKETS // 2)
    looks = Looks(LOOKS)
    assert hole(f"x = {half}█\n").takes(half + "(", "", looks)
    assert hole("x = █\n").takes("a" * WHOLE_BYTES, "", looks)
    assert hole("class A {\n  █\n}\n", "java").takes("<a " * 250, "", looks)
    assert looks.left == LOOKS


@pytest.mark.parametrize(
    ("language", "marked"),
    [("python", '"""Doc.\n█\n"""\n'), ("markdown", "one █\n"), ("python", "x = " + "1 + " * 300 + "█\n")],
)
def test_where_the_answer_is_no_code_or_the_line_is_data_nothing_is_parsed(language: str, marked: str) -> None:
    assert place(marked, language).hole is None
    assert not adds_error("1 +* 2", place(marked, language))


def test_nor_is_it_in_another_document_than_the_tree_s() -> None:
    cursor, other = at("x = █\n"), at("x = 1; y = █\n")
    assert Place(other, Shape.LINE, parsed(cursor)).hole is None


@given(st.sampled_from(PLACES), ANSWERS)
@example(("python", "x = [█, 2, (3, 4), f(5)]\ny = 2\n"), "é1")
@example(("python", "x = [█, 2, (3, 4), f(5)]\ny = 2\n"), "1 +\n 2")
def test_the_tree_with_an_answer_is_that_of_the_whole_text(there: tuple[str, str], answer: str) -> None:
    """As far as there is no error: of those a tree tells by how it was come by."""
    language, marked = there
    found = place(marked, language).hole
    if found is None:
        return
    found.rehearse()
    if not found.fits(answer) or found._fitting is None:
        return
    whole = at(marked.replace("█", answer + "█"), language)
    tree = parsed(whole).parsed
    assert tree is not None
    assert nodes_of(found._fitting.tree) == nodes_of(tree.tree)


def nodes_of(tree: tree_sitter.Tree) -> list[tuple[object, ...]]:
    nodes = [tree.root_node]
    for node in nodes:
        nodes += node.children
    return [(node.type, node.byte_range, node.start_point, node.end_point) for node in nodes]
