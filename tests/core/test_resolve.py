"""What a file sees of its workspace: small workspaces as text, and the names that come back, the best first."""

# ruff: noqa: E501  a workspace in one line each keeps the table readable

from __future__ import annotations

import time
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.cursor import at

from mistral_lsp.core.index import Index
from mistral_lsp.core.languages import language_of
from mistral_lsp.core.module_paths import places_of
from mistral_lsp.core.outline import OutlineParse
from mistral_lsp.core.outline_table import OUTLININGS
from mistral_lsp.core.own_outline import as_text, own_outline
from mistral_lsp.core.resolve import MAX_FOUND, MAX_MEMBERS, visible_definitions, words_near
from mistral_lsp.core.text import Text

if TYPE_CHECKING:
    from mistral_lsp.core.definition import Outline

ROOT = "file:///root"
LANGUAGES = {
    "py": "python",
    "ts": "typescript",
    "tsx": "typescriptreact",
    "js": "javascript",
    "go": "go",
    "rs": "rust",
    "java": "java",
    "kt": "kotlin",
    "scala": "scala",
    "cs": "csharp",
    "h": "c",
    "c": "c",
    "rb": "ruby",
    "php": "php",
    "lua": "lua",
    "sh": "shellscript",
    "swift": "swift",
}


def outlined(source: str, language: str) -> Outline:
    parse = OutlineParse(Text.of(source), language_of(language), clock=time.perf_counter)
    while not parse.step():
        pass
    return parse.outline


def seen(path: str, marked: str, **files: str) -> list[str]:
    """What the file at a path sees from its █; other files by path, with __ for / and the last _ for a dot."""
    index = Index()
    for name, source in files.items():
        stem, _, end = name.replace("__", "/").rpartition("_")
        index.put(ROOT, f"{stem}.{end}", outlined(dedent(source), LANGUAGES[end]))
    cursor = at(dedent(marked))
    own = outlined(str(cursor.document.text), LANGUAGES[path.rpartition(".")[2]])
    found = visible_definitions(index, ROOT, path, own, words_near(cursor))
    return [
        f"{one.path}:{one.definition.container and one.definition.container + '.'}{one.definition.name}"
        for one in found
    ]


def test_an_imported_function_that_is_said_comes_first() -> None:
    shown = seen("app.py", "from pkg.a import f, g\ng(█", pkg__a_py="def f(): ...\ndef g(): ...\ndef h(): ...\n")
    assert shown == ["pkg/a.py:g", "pkg/a.py:f"]


def test_the_nearest_word_comes_first() -> None:
    shown = seen("app.py", "from a import f, g\nf()\n\n\ng(█", a_py="def f(): ...\ndef g(): ...\n")
    assert shown == ["a.py:g", "a.py:f"]


def test_an_alias_stands_for_the_name_where_it_is_defined() -> None:
    assert seen("app.py", "from a import f as k\nk(█", a_py="def f(): ...\n") == ["a.py:f"]


def test_an_imported_class_brings_its_members_the_said_ones_first() -> None:
    source = "class A:\n    def _own(self): ...\n    def a(self): ...\n    def __init__(self, x): ...\n    def b(self): ...\n"
    assert seen("app.py", "from a import A\nA().b(█", a_py=source) == [
        "a.py:A",
        "a.py:A.b",
        "a.py:A.__init__",
        "a.py:A.a",
    ]


def test_a_class_that_is_not_said_brings_no_members() -> None:
    assert seen("app.py", "from a import A\n█", a_py="class A:\n    def b(self): ...\n") == ["a.py:A"]


def test_members_are_bounded() -> None:
    source = "class A:\n" + "".join(f"    def m{n}(self): ...\n" for n in range(100))
    assert len(seen("app.py", "from a import A\nA(█", a_py=source)) == 1 + MAX_MEMBERS


def test_a_module_shows_what_is_said_of_it() -> None:
    source = "def f(): ...\ndef g(): ...\n"
    assert seen("app.py", "import pkg.a\npkg.a.f(█", pkg__a_py=source) == ["pkg/a.py:f"]
    assert seen("app.py", "import pkg.a as p\np.g(█", pkg__a_py=source) == ["pkg/a.py:g"]
    assert seen("app.py", "from pkg import a\na.g(█", pkg__a_py=source) == ["pkg/a.py:g"]
    assert seen("app.py", "import pkg.a\nf(█", pkg__a_py=source) == []


def test_the_file_that_the_module_names_wins_over_others() -> None:
    files = {"x__a_py": "def f(x): ...\n", "y__a_py": "def f(y): ...\n"}
    assert seen("app.py", "from y.a import f\nf(█", **files) == ["y/a.py:f"]
    assert seen("x/app.py", "from .a import f\nf(█", **files) == ["x/a.py:f"]
    assert seen("y/app.py", "from a import f\nf(█", **files) == ["y/a.py:f"]


def test_a_name_that_one_file_defines_is_found_without_its_module() -> None:
    assert seen("app.py", "from elsewhere import unique\nunique(█", b_py="def unique(): ...\n") == ["b.py:unique"]
    both = {"b_py": "def f(): ...\n", "c_py": "def f(): ...\n"}
    assert seen("app.py", "from elsewhere import f\nf(█", **both) == []
    assert seen("app.py", "from elsewhere import f\nf(█", b_rb="def f\nend\n") == []


def test_relative_imports_keep_inside_the_root() -> None:
    assert seen("a/b.py", "from ..c import f\nf(█", c_py="def f(): ...\n") == ["c.py:f"]
    assert seen("b.py", "from ....c import g\ng(█", d__c_py="x = 1\n") == []


@pytest.mark.parametrize(
    ("path", "marked", "files", "wanted"),
    [
        ("src/a.ts", 'import { f as g } from "./lib/b";\ng(█', {"src__lib__b_ts": "export function f() {}"}, "src/lib/b.ts:f"),
        ("src/a.ts", 'import { f } from "../b";\nf(█', {"b__index_ts": "export const f = () => 1"}, "b/index.ts:f"),
        ("src/a.ts", 'import { f } from "./b.js";\nf(█', {"src__b_ts": "export function f() {}"}, "src/b.ts:f"),
        ("src/a.tsx", 'import { f } from "@/b/c";\nf(█', {"src__b__c_ts": "export function f() {}"}, "src/b/c.ts:f"),
        ("src/a.ts", 'import F from "./F";\nF(█', {"src__F_ts": "export default class F {}"}, "src/F.ts:F"),
        ("src/a.ts", 'import * as b from "./b";\nb.f(█', {"src__b_ts": "export function f() {}"}, "src/b.ts:f"),
        ("a.js", 'const { f } = require("./b");\nf(█', {"b_js": "function f() {}"}, "b.js:f"),
        ("a.js", 'const b = require("./b");\nb.f(█', {"b_js": "exports.f = function () {}"}, "b.js:f"),
        ("m/a.go", 'package m\nimport "x.io/y/pkg"\nfunc a() { pkg.F(█', {"pkg__b_go": "package pkg\nfunc F() {}"}, "pkg/b.go:F"),
        ("m/a.go", "package m\nfunc a() { help(█", {"m__b_go": "package m\nfunc help() {}"}, "m/b.go:help"),
        ("src/main.rs", "use crate::a::f;\nfn main() { f(█", {"src__a_rs": "pub fn f() {}"}, "src/a.rs:f"),
        ("src/main.rs", "mod a;\nfn main() { a::f(█", {"src__a__mod_rs": "pub fn f() {}"}, "src/a/mod.rs:f"),
        ("src/b/c.rs", "use super::d::F;\nfn main() { F█", {"src__b__d_rs": "pub struct F;"}, "src/b/d.rs:F"),
        ("a/x/A.java", "import b.y.B;\nclass A { B █", {"j__b__y__B_java": "class B {}"}, "j/b/y/B.java:B"),
        ("a/x/A.java", "import static b.B.f;\nclass A { f(█", {"b__B_java": "class B { static void f() {} }"}, "b/B.java:B.f"),
        ("a/x/A.java", "class A { Near █", {"a__x__Near_java": "class Near {}"}, "a/x/Near.java:Near"),
        ("a/A.kt", "import b.f\nfun a() = f(█", {"b__Functions_kt": "package b\nfun f() = 1"}, "b/Functions.kt:f"),
        ("a/A.scala", "import b.B\nval x = B█", {"b__B_scala": "class B"}, "b/B.scala:B"),
        ("a/A.cs", "using N.M;\nclass A { Thing █", {"N__M__Thing_cs": "namespace N.M { class Thing {} }"}, "N/M/Thing.cs:Thing"),
        ("src/a.c", '#include "b.h"\nint a() { f(█', {"src__b_h": "int f(int x);"}, "src/b.h:f"),
        ("src/a.c", '#include "x/b.h"\nint a() { f(█', {"include__x__b_h": "int f(int x);"}, "include/x/b.h:f"),
        ("lib/a.rb", 'require_relative "b"\nf(█', {"lib__b_rb": "def f\nend"}, "lib/b.rb:f"),
        ("a.php", "<?php\nuse X\\Y\\Z;\nnew Z(█", {"src__Y__Z_php": "<?php\nclass Z {}"}, "src/Y/Z.php:Z"),
        ("a.lua", 'local b = require("x.b")\nb.f(█', {"x__b_lua": "local M = {}\nfunction M.f() end"}, "x/b.lua:M.f"),
        ("bin/a.sh", "source ./lib.sh\nf █", {"bin__lib_sh": "f() { :; }"}, "bin/lib.sh:f"),
        ("S/a.swift", "let x = Thing█", {"S__Thing_swift": "class Thing {}"}, "S/Thing.swift:Thing"),
    ],
)  # fmt: skip
def test_the_habits_of_each_language(path: str, marked: str, files: dict[str, str], wanted: str) -> None:
    files["decoy__zzz_py"] = "def f(): ...\n"
    assert wanted in seen(path, marked, **files)


def test_other_roots_are_not_seen() -> None:
    index = Index()
    index.put("file:///other", "a.py", outlined("def f(): ...\n", "python"))
    own = outlined("from a import f\n", "python")
    assert visible_definitions(index, ROOT, "b.py", own, ("f",)) == ()


def test_the_files_own_definitions_are_left_to_its_outline() -> None:
    source = "def f(): ...\nf()\n"
    assert seen("a.py", "from a import f\nf(█", a_py=source) == []
    assert seen("a.ts", 'import { f } from "./a";\nf(█', a_ts="export function f() {}") == []


def test_the_whole_is_bounded() -> None:
    source = "".join(f"def f{n}(): ...\n" for n in range(100))
    names = ", ".join(f"f{n}" for n in range(90))
    assert len(seen("app.py", f"from a import {names}\n█", a_py=source)) == MAX_FOUND


def test_words_near_have_chains_and_the_nearest_first() -> None:
    words = words_near(at("far()\nnear.by = a::b(█x->y)\nbelow()\n"))
    assert words.index("near.by") < words.index("far")
    assert {"a.b", "a", "b", "x.y", "below"} <= set(words)


def test_words_of_imports_are_not_said() -> None:
    source = "import one\nfrom two import (\n    three,\n)\nfour()\n█five\nimport { six } from 'x'\nseven\n"
    assert set(words_near(at(source))) == {"four", "five", "seven"}


OWN = """\
import os
from a import b

LIMIT = 3

def above(): ...

class A:
    x: int = 1
    def first(self): ...
    def second(self):
        pass
    def third(self): ...

class B:
    def other(self): ...

def below(): ...
"""


def own(cursor_line: int, first: int = 99, last: int = 99) -> list[str]:
    outline = own_outline(outlined(OWN, "python"), first, last, cursor_line)
    return [one.text for one in outline.imports] + [one.name for one in outline.definitions]


def test_a_method_sees_its_class_and_the_module() -> None:
    assert own(11) == ["import os", "from a import b", "LIMIT", "above", "A", "x", "first", "third", "B", "below"]


def test_a_function_sees_the_module() -> None:
    assert own(17) == ["import os", "from a import b", "LIMIT", "above", "A", "B"]


def test_what_is_shown_is_left_out() -> None:
    assert own(11, 1, 12) == ["import os", "B", "below"]


def test_a_method_outside_its_class_sees_the_others() -> None:
    source = "package a\ntype S struct{}\nfunc (s S) A() {}\nfunc (s S) B() {\n}\nfunc (t T) C() {}\n"
    outline = own_outline(outlined(source, "go"), 99, 99, 4)
    assert [one.name for one in outline.definitions] == ["S", "A"]


def test_an_outline_as_text() -> None:
    outline = own_outline(outlined(OWN, "python"), 3, 5, 11)
    assert as_text(outline.definitions, outline.imports) == dedent(
        """\
        import os
        from a import b
        class A:
            x: int = 1
            def first(self):
            def third(self):
        class B:
        def below():
        """
    )


@given(
    st.sampled_from(sorted(OUTLININGS)), st.text("ab/.:@~{}$\\-*", max_size=30), st.sampled_from(["", "*", "f", "a/b"])
)
def test_any_module_name_is_fine(language: str, module: str, name: str) -> None:
    for path in ("a.py", "src/a/b.rs", ""):
        places = places_of(language, path, module, name)
        assert len(places.paths) + len(places.suffixes) + len(places.folders) < 200
        assert not any(one.startswith("..") for one in places.paths)
