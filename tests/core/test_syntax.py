"""Questions to the tree, and how it is made: incrementally, in slices, in a window, and within bounds."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.cursor import at
from support.syntax import parsed
from tree_sitter import Parser

from mistral_lsp.core import grammar_input, parsing
from mistral_lsp.core.document import Cursor, Document
from mistral_lsp.core.grammar_input import Looks
from mistral_lsp.core.language_table import LANGUAGES
from mistral_lsp.core.languages import language_of, load
from mistral_lsp.core.syntax import MAX_TREES, RESTS, Syntax, SyntaxCache
from mistral_lsp.core.text import Text, encode
from mistral_lsp.core.trigger import shape_at

if TYPE_CHECKING:
    from tree_sitter import Tree

FUNCTION = "def f{0}(a, b):\n    # comment\n    return 'string' + a[{0}](b)\n\n\n"


@dataclass
class Clock:
    """A clock that moves on by a step each time it's read."""

    step_s: float = 0.0
    now_s: float = 0.0

    def __call__(self) -> float:
        self.now_s += self.step_s
        return self.now_s


def tree_of(syntax: Syntax) -> list[object]:
    assert syntax._parsed is not None
    nodes = [syntax._parsed.tree.root_node]
    found: list[object] = []
    for node in nodes:
        found.append((node.type, node.byte_range, node.start_point, node.end_point))
        nodes.extend(node.children)
    return found


def python(text: Text, version: int = 1) -> Document:
    return Document("file:///a.py", "python", version, text)


@pytest.mark.parametrize(
    ("language", "marked"),
    [
        ("python", "x = 'a█b'"),
        ("python", "x = 'a█"),
        ("python", 'def f():\n    """Doc.\n    █\n    """\n'),
        ("python", 'def f():\n    """Doc.\n    █'),
        ("python", "x = f'{a}█'"),
        ("javascript", "x = `a\n█`"),
        ("rust", 'let s = r#"a"█"#;'),
        ("zig", 'const a = "b█'),
    ],
)
def test_in_a_string(language: str, marked: str) -> None:
    cursor = at(marked, language)
    assert parsed(cursor).in_string(cursor)
    assert not parsed(cursor).in_comment(cursor)


@pytest.mark.parametrize(
    ("language", "marked"),
    [
        ("python", "x = █'ab'"),
        ("python", "x = 'ab'█"),
        ("python", "x = f'{a█}'"),
        ("javascript", "x = `${a█}`"),
        ("python", "x = 1█  # it's"),
        ("python", "# it's\n█"),
        ("rust", "fn f<'a>(x: &'a str) { █ }"),
    ],
)
def test_not_in_a_string(language: str, marked: str) -> None:
    cursor = at(marked, language)
    assert not parsed(cursor).in_string(cursor)
    assert not parsed(cursor).in_comment(cursor)


@pytest.mark.parametrize(
    ("language", "marked"),
    [
        ("python", "x = 1  # wh█y"),
        ("python", "x = 1  # why█\n"),
        ("python", "x = 1  # why  █\n"),
        ("python", "f(  # why█"),
        ("javascript", "/* a\n█\n*/"),
        ("javascript", "/** a █ */"),
        ("rust", "/// Doc█\nfn f() {}\n"),
        ("html", "<!-- a█ -->"),
        ("zig", "a(); // b█"),
    ],
)
def test_in_a_comment(language: str, marked: str) -> None:
    cursor = at(marked, language)
    assert parsed(cursor).in_comment(cursor)
    assert not parsed(cursor).in_string(cursor)


@pytest.mark.parametrize(
    ("language", "marked"),
    [
        ("javascript", "/* a */█"),
        ("javascript", "/*\n// a */█"),
        ("rust", "/// Doc\n█fn f() {}\n"),
        ("python", "x = '# a'█\n"),
        ("css", "a { b: #fff█ }"),
    ],
)
def test_not_in_a_comment(language: str, marked: str) -> None:
    cursor = at(marked, language)
    assert not parsed(cursor).in_comment(cursor)


SCOPES = [
    ("python", "x = 1\n«def f():\n    a = 1\n    █»\n\ny = 2\n"),
    ("python", "class A:\n    «def f(self):\n        return [█]»\n\n    def g(self): ...\n"),
    ("python", "«class A:\n    x = █1\n\n    def g(self): ...»\n"),
    ("python", "class A:\n    «def f(self):\n        x = g(a, █»\n\n    def g(self): ...\n"),
    ("javascript", "const a = 1;\n«function f() {\n  █\n}»\nconst b = 2;\n"),
    ("javascript", "«function f() {\n  foo(█\n}»\nconst b = 2;\n"),
    ("go", "package a\n\n«func (t T) f() {\n\tx := █\n}»\n\nfunc g() {\n}\n"),
    ("rust", "impl A {\n    «fn f(&self) -> é {\n        █\n    }»\n}\n"),
    ("c", "«int f(int a)\n{\n    return █a;\n}»\n"),
    ("zig", "const a = 1;\n«fn f() void {\n    █\n}»\nconst b = 2;\n"),
]


@pytest.mark.parametrize(("language", "marked"), SCOPES)
def test_the_scope_around_the_cursor(language: str, marked: str) -> None:
    cursor = at(marked.replace("«", "").replace("»", ""), language)
    scope = parsed(cursor).enclosing_scope(cursor)
    expected = marked[marked.index("«") + 1 : marked.index("»")].replace("█", "")
    assert scope is not None
    assert scope.text.rstrip() == expected.rstrip()


@pytest.mark.parametrize("marked", ["x = █1\n", "def f():\n    pass\n\n\n█\n", "import a\n█"])
def test_no_scope_at_the_left_margin(marked: str) -> None:
    cursor = at(marked)
    assert parsed(cursor).enclosing_scope(cursor) is None


@pytest.mark.parametrize("marked", ["x = f(█\n", "def f(█\n", "x = [1, 2█\n", "class █\n", 'x = """a█\n'])
def test_an_error_at_the_cursor_is_seen(marked: str) -> None:
    cursor = at(marked)
    assert parsed(cursor).is_broken_at(cursor)


def test_a_missing_bracket_at_the_cursor_is_seen() -> None:
    cursor = at("int f(void) {\n    █\n", "c")
    assert parsed(cursor).is_broken_at(cursor)


def test_whole_code_is_not_broken() -> None:
    cursor = at("def f():\n    x = 1\n    █\n\n\ny = 2\n")
    assert not parsed(cursor).is_broken_at(cursor)


def test_without_a_grammar_all_is_broken_and_answered_all_the_same() -> None:
    cursor = at("a = (█", "zig")
    syntax = parsed(cursor)
    assert not syntax.has_tree
    assert syntax.is_broken_at(cursor)
    assert syntax.innermost_bracket(cursor) == "a = ("


def test_a_cursor_of_another_text_is_answered_by_indentation() -> None:
    syntax = parsed(at("x = 1\n█"))
    other = at("def f():\n    # why█\n")
    assert syntax.is_broken_at(other)
    assert syntax.in_comment(other)


@pytest.mark.parametrize(("marked", "bracket"), [("f(a, [█])", "f(a, ["), ("f(\n  █\n)", "f("), ("f()█", None)])
def test_the_innermost_bracket(marked: str, bracket: str | None) -> None:
    cursor = at(marked)
    assert parsed(cursor).innermost_bracket(cursor) == bracket
    assert Syntax(cursor.document).innermost_bracket(cursor) == bracket


def test_random_edits_give_the_tree_of_a_fresh_parse() -> None:
    chance = random.Random(3)
    cache = SyntaxCache(clock=Clock())
    text = Text.of("".join(FUNCTION.format(n) for n in range(40)))
    for version in range(100):
        start = chance.randrange(len(text))
        end = min(len(text), start + chance.choice((0, 0, 0, 1, 30)))
        text = text.replace(start, end, chance.choice(("x", "(", "é\n", '"', "\n", "", "\U0001f40d", "\r\n", "    ")))
        cursor = Cursor(python(text, version), start)
        assert tree_of(parsed(cursor, cache)) == tree_of(parsed(cursor))


def typed(cache: SyntaxCache, marked: str, text: str, *, replaces: str = "", language: str = "python") -> Cursor:
    """Parse a marked text, then type at its mark, in place of what stands behind it."""
    cursor = at(marked, language=language)
    parsed(cursor, cache)
    changed = cursor.document.text.replace(cursor.offset, cursor.offset + len(replaces), text)
    return Cursor(cursor.document.changed(changed, 2), cursor.offset + len(text))


@pytest.mark.parametrize(
    ("language", "marked", "text"),
    [
        ("python", "def f(a):\n    x = █\n    return x\n", "f(a) + "),
        ("python", "x = █", "1 + 2"),
        ("python", '"""Doc."""\n\nx█ = 1\n', "yz"),
        ("typescript", "const a = 1;\nconst b = █\n", "a + "),
        ("go", "func f() {\n\tx := █\n}\n", "g("),
    ],
)
def test_in_plain_code_the_last_tree_is_enough_while_one_line_is_typed(language: str, marked: str, text: str) -> None:
    cache = SyntaxCache(clock=Clock())
    cursor = typed(cache, marked, text, language=language)
    carried = cache.carried(cursor)
    assert carried is not None
    assert carried.kind_at(cursor) is parsed(cursor).kind_at(cursor) is None
    assert carried._parsed is not None
    tree = parsing.reparse(carried._parsed, cursor.document.text, looks=Looks(100))
    assert tree_of(Syntax(cursor.document, tree)) == tree_of(parsed(cursor))


@pytest.mark.parametrize(
    ("marked", "text", "replaces"),
    [
        ('def f():\n    """Doc.\n    █\n    """\n', "more", ""),  # the line begins in a string
        ('x = f"""{\n    a + █\n}"""\n', "b", ""),
        ("x = █\n", "'a", ""),  # it has a quote, which only a tree can tell from others
        ("x = 1  # █\n", "a", ""),
        ("def f(\n\nx = █\n", "a", ""),  # the lines above are broken, and so what is known of this one
        ("x = █\ny = 1\n", "1\nz = ", ""),  # more than a line was changed
        ("x = █1\ny = 2\n", "3", "1\ny = "),
    ],
)
def test_elsewhere_it_takes_a_parse(marked: str, text: str, replaces: str) -> None:
    cache = SyntaxCache(clock=Clock())
    assert cache.carried(typed(cache, marked, text, replaces=replaces)) is None


def test_without_a_tree_of_the_document_it_takes_a_parse() -> None:
    cache = SyntaxCache(clock=Clock())
    cursor = typed(cache, "x = █\n", "1")
    assert cache.carried(cursor) is not None
    assert SyntaxCache(clock=Clock()).carried(cursor) is None
    other = Document(cursor.document.uri, "ruby", 3, cursor.document.text)
    assert cache.carried(Cursor(other, cursor.offset)) is None
    elsewhere = cursor.document.text.replace(0, 0, "y = 1\n")
    assert cache.carried(Cursor(cursor.document.changed(elsewhere, 3), cursor.offset + 6)) is None


def test_what_the_last_tree_says_of_a_line_being_typed_is_what_a_parse_says() -> None:
    chance = random.Random(5)
    source = "".join(FUNCTION.format(n) for n in range(6)) + 'T = """\na b\n    c\n"""\n' + FUNCTION.format(9)
    asked = 0
    for _ in range(300):
        cache, offset = SyntaxCache(clock=Clock()), chance.randrange(len(source))
        cursor = Cursor(python(Text.of(source)), offset)
        parsed(cursor, cache)
        for version in range(2, 6):
            key = chance.choice(("x", "(", " ", ")", "=", "+", '"', "#", ".", ","))
            text = cursor.document.text.replace(cursor.offset, cursor.offset, key)
            cursor = Cursor(python(text, version), cursor.offset + 1)
            carried, fresh = cache.carried(cursor), parsed(cursor)
            if carried is not None and not fresh.is_broken_at(cursor):
                asked += 1
                assert carried.kind_at(cursor) is fresh.kind_at(cursor)
    assert asked > 20


def test_an_older_syntax_is_not_changed_by_a_later_parse() -> None:
    cache = SyntaxCache(clock=Clock())
    cursor = at("x = 1\ny = 'a█'\n")
    old = parsed(cursor, cache)
    before = tree_of(old)
    parsed(Cursor(cursor.document.changed(cursor.document.text.replace(0, 6, ""), 2), 3), cache)
    assert tree_of(old) == before
    assert old.in_string(cursor)


def test_a_parse_is_made_in_slices_and_is_the_same_as_one_made_at_once() -> None:
    text = Text.of("".join(FUNCTION.format(n) for n in range(300)))
    cursor = Cursor(python(text), len(text) // 2)
    parse = SyntaxCache(clock=Clock(parsing.SLICE_S / 10)).parse(cursor)
    steps = 1
    while not parse.step():
        steps += 1
    assert steps > 5
    assert tree_of(parse.syntax) == tree_of(parsed(cursor))


def test_two_parses_may_take_turns() -> None:
    cache = SyntaxCache(clock=Clock(parsing.SLICE_S / 10))
    cursors = [at(FUNCTION.format(1) * 80 + f"x = {n}█\n", uri=f"file:///{n}.py") for n in range(2)]
    parses = [cache.parse(cursor) for cursor in cursors]
    done = [False, False]
    while not all(done):
        done = [parse.step() for parse in parses]
    assert [tree_of(parse.syntax) for parse in parses] == [tree_of(parsed(cursor)) for cursor in cursors]


def test_a_parse_that_takes_too_long_is_given_up() -> None:
    cursor = at(FUNCTION.format(1) * 100 + "# why█")
    parse = SyntaxCache(clock=Clock(parsing.GIVE_UP_S)).parse(cursor)
    while not parse.step():
        pass
    assert not parse.syntax.has_tree
    assert parse.syntax.in_comment(cursor)


def test_after_a_parse_that_took_too_long_the_next_ones_are_left_out() -> None:
    clock = Clock(parsing.GIVE_UP_S)
    cache = SyntaxCache(clock=clock)
    cursor = at(FUNCTION.format(1) * 100 + "# why█")
    assert not parsed(cursor, cache).has_tree
    clock.step_s = 0
    answers = [parsed(cursor, cache).has_tree for _ in range(RESTS + 1)]
    assert answers == [False] * RESTS + [True]


@pytest.mark.parametrize("unit", ["(*a", "%w(\r\n", "f({x: [", "}"])
def test_garbage_that_would_keep_the_parser_busy_for_seconds_is_not_parsed(unit: str) -> None:
    cursor = at(unit * 5_000 + "█", "typescriptreact")
    assert not parsed(cursor).has_tree


def test_a_run_of_one_odd_character_in_scala_is_not_parsed() -> None:
    assert not parsed(at("`" * 1_000 + "█", "scala")).has_tree
    cursor = at("// " + "=" * 1_000 + "\nval x = █1\n", "scala")
    assert parsed(cursor).has_tree


def test_lone_surrogates_do_not_make_the_parser_read_everything_again() -> None:
    text = Text.of("\ud800" * 200)
    read = grammar_input.reader(grammar_input.readable(str(text)))
    reads = 0

    def counted(byte: int, point: object) -> bytearray:
        nonlocal reads
        reads += 1
        return read(byte, point)

    grammar = load(language_of("scala"))
    assert grammar is not None
    Parser(grammar).parse(counted)
    assert reads < 200  # 1,000 where each is a fault of its own


def test_lone_surrogates_stand_in_strings() -> None:
    cursor = at("x = '" + "\ud800" * 300 + "'\ny = '█'\n")
    assert parsed(cursor).in_string(cursor)


def large(functions: int = 5_000) -> tuple[Text, str]:
    source = "".join(FUNCTION.format(n) for n in range(functions))
    return Text.of(source), source


def test_a_large_file_is_parsed_around_the_cursor() -> None:
    text, source = large()
    for word in ("comment", "string"):
        cursor = Cursor(python(text), source.index(word, len(source) // 2) + 3)
        syntax = parsed(cursor)
        assert syntax._parsed is not None
        assert syntax._parsed.window.end - syntax._parsed.window.start < parsing.WHOLE_BYTES
        assert (syntax.in_comment(cursor), syntax.in_string(cursor)) == (word == "comment", word == "string")


def test_scopes_in_a_large_file_have_the_files_own_offsets() -> None:
    text, source = large()
    name = "def f3333("
    cursor = Cursor(python(text), source.index(name) + 40)
    scope = parsed(cursor).enclosing_scope(cursor)
    assert scope is not None
    assert scope.text.startswith(name)
    assert scope.start == source.index(name)


def test_typing_in_a_large_file_uses_the_same_window_again() -> None:
    text, source = large()
    cache = SyntaxCache(clock=Clock())
    offset = source.index("return", len(source) // 2)
    first = parsed(Cursor(python(text), offset), cache)
    changed = text.replace(offset, offset, "é = f(\n")
    second = parsed(Cursor(python(changed, 2), offset + 7), cache)
    assert first._parsed is not None
    assert second._parsed is not None
    assert second._parsed.window.first == first._parsed.window.first
    assert second._parsed.window.stop == first._parsed.window.stop + 1


def test_near_a_windows_end_another_one_is_taken() -> None:
    text, _ = large()
    cache = SyntaxCache(clock=Clock())
    first = parsed(Cursor(python(text), len(text) // 2), cache)._parsed
    assert first is not None
    for line in (first.window.first + 3, first.window.stop - 3, first.window.stop + 3):
        parsed(Cursor(python(text), len(text) // 2), cache)
        second = parsed(Cursor(python(text), text.offset(line, 0)), cache)._parsed
        assert second is not None
        assert second.window.first + 40 < line < second.window.stop - 40


def test_a_large_file_is_followed_wherever_the_cursor_and_the_edits_go() -> None:
    chance = random.Random(5)
    cache = SyntaxCache(clock=Clock())
    text, _ = large(2_000)
    for version in range(20):
        offset = chance.randrange(len(text))
        for step in range(3):
            text = text.replace(offset, offset + step, chance.choice(("a", "\n", "(")))
            cursor = Cursor(python(text, version), offset)
            syntax = parsed(cursor, cache)
            assert syntax._covers(cursor)
            fresh = parsing.Parsed(syntax.language, syntax._parsed.window, _fresh(syntax)) if syntax._parsed else None
            assert tree_of(syntax) == tree_of(Syntax(cursor.document, fresh))


def _fresh(syntax: Syntax) -> Tree:
    grammar = load(syntax.language)
    assert grammar is not None
    assert syntax._parsed is not None
    return Parser(grammar).parse(encode(syntax._parsed.window.content()))


def test_a_huge_line_is_answered_without_a_tree() -> None:
    cursor = at("x = [" + "1, " * 40_000 + "█")
    syntax = parsed(cursor)
    assert not syntax.has_tree
    assert not syntax.in_string(cursor)


def test_trees_are_bounded_in_number_and_freed_on_close() -> None:
    cache = SyntaxCache(clock=Clock())
    for number in range(MAX_TREES + 5):
        parsed(at("x = 1█", uri=f"file:///{number}.py"), cache)
    assert len(cache._parsed) == MAX_TREES
    cache.forget(f"file:///{MAX_TREES}.py")
    cache.forget("file:///never-seen.py")
    assert len(cache._parsed) == MAX_TREES - 1


def test_a_document_that_changes_its_language_is_parsed_anew() -> None:
    cache = SyntaxCache(clock=Clock())
    parsed(at("x = 1  // a█", "python"), cache)
    cursor = at("x = 1  // a█", "javascript")
    assert parsed(cursor, cache).in_comment(cursor)


def test_yaml_nested_deeper_than_its_grammar_can_bear_is_not_parsed() -> None:
    for text in ("- " * 5_000, "? " * 300, "".join(" " * n + "a:\n" for n in range(400))):
        cursor = at(text + "█", "yaml")
        assert not parsed(cursor).has_tree


ODD = st.text(
    alphabet=st.sampled_from(list("ab \n\r\t(){}[]'\"`#/*<>-=:;\\$%é🐍\0\f\u2028\ud800\udfff\ufeff")), max_size=60
)


@settings(deadline=None)
@given(st.sampled_from([row.name for row in LANGUAGES] + ["zig"]), ODD, ODD, ODD)
def test_any_text_gets_an_answer(language: str, before: str, after: str, typed: str) -> None:
    cache = SyntaxCache(clock=Clock())
    text = Text.of(before + after)
    for version in range(2):
        cursor = Cursor(Document("file:///a", language, version, text), min(len(before), len(text)))
        syntax = parsed(cursor, cache)
        shape_at(cursor, syntax, invoked=bool(version))
        scope = syntax.enclosing_scope(cursor)
        assert scope is None or 0 <= scope.start <= scope.end <= len(text)
        text = text.replace(len(before), len(before), typed)


def test_parsing_keeps_nothing_of_what_it_has_read() -> None:
    """py-tree-sitter 0.26.1 never frees what a reader returned: each parse would keep a copy of its text."""
    first, second = (grammar_input.reader(data)(0, None) for data in (b"a = 1\n", b"b = 2\n"))
    assert first is second


def test_open_angle_brackets_that_would_take_seconds_are_not_parsed() -> None:
    for language in ("java", "csharp"):
        assert not parsed(at("a<b<" * 500 + "█", language)).has_tree
        assert parsed(at("class A { int b = c < d ? e : f; }\n" * 250 + "█", language)).has_tree
