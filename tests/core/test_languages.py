"""Every row of the table against its real grammar."""
# ruff: noqa: E501  a sample in one line each keeps the table readable

from __future__ import annotations

import importlib
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.cursor import at
from support.syntax import parsed as parsed_at
from tree_sitter import Parser

from mistral_lsp.core.language_table import LANGUAGES
from mistral_lsp.core.languages import PROSE, UNKNOWN, grammars, language_of, load

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node, Tree

    from mistral_lsp.core.document import Cursor
    from mistral_lsp.core.language import Language

# For each row: code with a comment that says "comment", a string that says "string" and a scope around "inner".
SAMPLES = {
    "python": 'def f(a):\n    """string"""\n    return inner  # comment\n',
    "javascript": "class A {\n  f(a) {\n    // comment\n    return inner + 'string' + `${a}` + /re/\n  }\n}\n",
    "typescript": 'interface A { b: number }\nfunction f(a: number): string {\n  // comment\n  return "string" + inner;\n}\n',
    "typescriptreact": 'function F(): Element {\n  // comment\n  return <p a="x">{inner("string")}</p>;\n}\n',
    "go": "package main\n\nfunc f(a int) int {\n\t// comment\n\treturn \"string\" + inner(`raw`, 'x')\n}\n",
    "rust": "impl A {\n    fn f<'a>(x: &'a str) -> char {\n        // comment\n        inner(\"string\", r#\"raw\"#);\n        'x'\n    }\n}\n",
    "java": "class A {\n    int f() {\n        // comment\n        return inner(\"string\", 'x');\n    }\n}\n",
    "c": "#include <a.h>\nint f(int x) {\n    /* comment */\n    return inner(\"string\", 'x');\n}\n",
    "cpp": '#include <a>\nnamespace n { class A { int f() {\n    // comment\n    return inner("string", R"(raw)");\n} }; }\n',
    "csharp": 'class A {\n    int f() {\n        // comment\n        return inner("string", @"raw", $"{x}", \'x\');\n    }\n}\n',
    "ruby": "class A\n  def f(x)\n    # comment\n    inner('string', \"a#{x}\", %w(a b), /re/)\n  end\nend\n",
    "php": "<?php\nclass A {\n  function f($x) {\n    // comment\n    return inner('string', \"a$x\");\n  }\n}\n",
    "shellscript": "f() {\n  # comment\n  inner \"string\" 'raw' $'ansi'\n}\n",
    "lua": "local function f(x)\n  -- comment\n  return inner('string', [[long]])\nend\n",
    "kotlin": "class A {\n    fun f(x: Int): Int {\n        // comment\n        return inner(\"string\", 'x')\n    }\n}\n",
    "swift": 'class A {\n    func f(x: Int) -> Int {\n        // comment\n        return inner("string")\n    }\n}\n',
    "scala": 'class A {\n  def f(x: Int): Int = {\n    // comment\n    inner("string", s"a$x", \'x\')\n  }\n}\n',
    "html": '<!DOCTYPE html>\n<!-- comment -->\n<div class="string"><p>inner</p></div>\n',
    "css": '/* comment */\na::after {\n  content: "string";\n  inner: 1px;\n}\n',
    "json": '{\n  // comment\n  "a": ["string", {"inner": 1}]\n}\n',
    "yaml": "# comment\na:\n  b: \"string\"\n  c: 'd'\n  inner: |\n    text\n",
    "toml": '# comment\n[a]\nb = "string"\ninner = 1\n',
    "markdown": "# Title\n\n<!-- comment -->\n\nSome inner text.\n",
}
WITHOUT_STRINGS = {"markdown"}
ONLY_STRINGS = {"json", "yaml"}  # a key is one, too

IDS_OF_EDITORS = (
    "python javascript javascriptreact typescript typescriptreact typescript.tsx javascript.jsx go rust java c cpp csharp"
    " cs ruby php shellscript sh bash zsh lua kotlin swift scala html css json jsonc yaml yaml.docker-compose toml markdown"
)

rows = pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.name)


def nodes_of(tree: Tree) -> Iterator[Node]:
    todo = [tree.root_node]
    while todo:
        node = todo.pop()
        yield node
        todo.extend(node.children)


def parsed(language: Language, source: str) -> Tree:
    grammar = load(language)
    assert grammar is not None
    return Parser(grammar).parse(source.encode())


def inside(language: Language, word: str) -> Cursor:
    before, after = SAMPLES[language.name].split(word, 1)
    half = len(word) // 2
    return at(before + word[:half] + "█" + word[half:] + after, language.name)


@rows
def test_a_sample_parses_without_error(language: Language) -> None:
    assert not parsed(language, SAMPLES[language.name]).root_node.has_error


@rows
def test_the_sample_has_comments_strings_and_scopes(language: Language) -> None:
    types = {node.type for node in nodes_of(parsed(language, SAMPLES[language.name]))}
    assert types & language.comment_nodes
    assert types & language.scopes
    assert bool(types & language.string_nodes) == (language.name not in WITHOUT_STRINGS)


@rows
def test_every_node_name_is_one_of_the_grammar(language: Language) -> None:
    grammar = load(language)
    assert grammar is not None
    names = language.scopes | language.string_nodes | language.comment_nodes
    assert {name for name in names if grammar.id_for_node_kind(name, True) is None} == set()  # noqa: FBT003  positional


@rows
def test_the_cursor_is_seen_in_the_comment_the_string_and_the_scope(language: Language) -> None:
    comment = inside(language, "comment")
    assert parsed_at(comment).in_comment(comment)
    code = inside(language, "inner")
    scope = parsed_at(code).enclosing_scope(code)
    assert scope is not None
    assert "inner" in scope.text
    assert not parsed_at(code).in_comment(code)
    assert not parsed_at(code).in_string(code) or language.name in ONLY_STRINGS
    if language.name not in WITHOUT_STRINGS:
        string = inside(language, "string")
        assert parsed_at(string).in_string(string)


@pytest.mark.parametrize("language_id", IDS_OF_EDITORS.split())
def test_editors_ids_are_known(language_id: str) -> None:
    assert language_of(language_id) in LANGUAGES


def test_no_id_stands_for_two_languages() -> None:
    ids = [language_id for row in (*LANGUAGES, PROSE) for language_id in (row.name, *row.ids)]
    assert len(ids) == len(set(ids))


def test_ids_are_found_in_any_case_and_by_their_first_part() -> None:
    assert language_of("Python").name == "python"
    assert language_of("yaml.ansible").name == "yaml"


def test_an_unknown_language_is_code_and_has_no_grammar() -> None:
    assert language_of("zig") is UNKNOWN
    assert load(UNKNOWN) is None


def test_a_missing_wheel_is_no_grammar() -> None:
    assert load(replace(UNKNOWN, grammar="tree_sitter_klingon")) is None


def test_a_broken_wheel_is_no_grammar() -> None:
    assert load(replace(UNKNOWN, grammar="json:loads")) is None


def test_the_doctor_sees_every_language_with_its_grammar() -> None:
    found = grammars()
    assert [grammar.language for grammar in found] == [row.name for row in LANGUAGES]
    assert all(grammar.ok for grammar in found), found


def test_every_grammar_is_a_dependency() -> None:
    project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))
    wheels = {name.partition(">")[0].replace("-", "_") for name in project["project"]["dependencies"]}
    assert {row.grammar.partition(":")[0] for row in LANGUAGES} <= wheels


def test_grammars_are_not_imported_with_the_table() -> None:
    source = importlib.import_module("mistral_lsp.core.languages").__file__
    assert source is not None
    assert "\nimport tree_sitter" not in Path(source).read_text(encoding="utf-8")
