"""What files define and import: a sample in each language, broken code, and texts that are no code."""
# ruff: noqa: E101  Go's samples are indented as Go is

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mistral_lsp.core import outline as module
from mistral_lsp.core.imports import read_imports
from mistral_lsp.core.languages import language_of, load
from mistral_lsp.core.outline import MAX_BYTES, MAX_DEFINITIONS, MAX_LINE_CHARS, OutlineParse
from mistral_lsp.core.outline_table import OUTLININGS
from mistral_lsp.core.signatures import MAX_CHARS
from mistral_lsp.core.text import Text

if TYPE_CHECKING:
    from mistral_lsp.core.definition import Outline

# For each language: code, its imports as "module: name=original ...", and "line-last kind container/name | signature".
SAMPLES = {
    "python": (
        """
        import os, a.b as c
        from .x import (y as z,  # why
                        w)
        if TYPE_CHECKING:
            from q import *
        LIMIT: int = 3
        type Alias = dict[str, int]
        x.y = 4

        @deco(1)
        def f(a,
              b=1) -> int:
            \"\"\"Doc first.

            More.\"\"\"
            def inner(): pass
            return 1

        class A(B, metaclass=M):
            x: int = 1
            @property
            def m(self):
                return 1
        """,
        ["os: os=", "a.b: c=", ".x: z=y w=w", "q: *=*"],
        [
            "5-5 constant LIMIT | LIMIT: int = 3",
            "6-6 type Alias | type Alias = dict[str, int]",
            '9-16 function f | @deco(1)⏎def f(a,⏎      b=1) -> int:⏎    """Doc first."""',
            "18-22 class A | class A(B, metaclass=M):",
            "19-19 field A/x | x: int = 1",
            "20-22 method A/m | @property⏎def m(self):",
        ],
    ),
    "javascript": (
        """
        import d, {a as b, c} from "./m.js";
        import * as ns from 'n';
        const fs = require("fs");
        const { x, y: z } = require("./q");
        export { p } from "./p";
        export default class A extends B {
          #p = 2;
          constructor(a) { super(a); }
          get m() { return 1 }
        }
        export const f = async (a, b) => {
          return 1
        };
        const K = 3, o = { k() {} };
        function g(a) {}
        exports.q = function (a) {};
        A.prototype.n = function (x) {};
        """,
        ["./m.js: b=a c=c d=default", "n: ns=", "fs: fs=", "./q: x=x z=y", "./p: p=p"],
        [
            "5-9 class A | export default class A extends B",
            "6-6 field A/#p | #p = 2",
            "7-7 method A/constructor | constructor(a)",
            "8-8 method A/m | get m()",
            "10-12 function f | export const f = async (a, b) =>",
            "13-13 constant K | const K = 3",
            "13-13 variable o | const o = { k() {} }",
            "14-14 function g | function g(a)",
            "15-15 function q | exports.q = function (a)",
            "16-16 method A/n | A.prototype.n = function (x)",
        ],
    ),
    "typescript": (
        """
        import type { T } from "./t";
        import q = require("q");
        export interface I<T> extends J {
          a: number;
          m(x: string): void;
        }
        export type U = A | B;
        abstract class C<T> extends D implements I {
          private readonly x: number = 1;
          abstract z(): void;
          m<K>(a: K): K { return a }
        }
        namespace N { export function nf(): void {} }
        declare module "foo" { export function df(): void }
        """,
        ["./t: T=T", "q: q="],
        [
            "2-5 interface I | export interface I<T> extends J",
            "3-3 field I/a | a: number",
            "4-4 method I/m | m(x: string): void",
            "6-6 type U | export type U = A | B;",
            "7-11 class C | abstract class C<T> extends D implements I",
            "8-8 field C/x | private readonly x: number = 1",
            "9-9 method C/z | abstract z(): void",
            "10-10 method C/m | m<K>(a: K): K",
            "12-12 module N | namespace N",
            "12-12 function N/nf | export function nf(): void",
            "13-13 function df | export function df(): void",
        ],
    ),
    "typescriptreact": (
        """
        import React, { useState } from "react";
        export function App({ a }: Props): JSX.Element { return <div>{a}</div>; }
        """,
        ["react: useState=useState React=default"],
        ["1-1 function App | export function App({ a }: Props): JSX.Element"],
    ),
    "go": (
        """
        package main

        import "fmt"
        import (
        	m "math"
        	_ "z"
        	"github.com/a/b/pkg/v2"
        )
        const (
        	B = iota
        	C
        )
        type S struct {
        	a int
        }
        func F(a int) (int, error) { return 1, nil }
        func (s *S[T]) M(x int) error { return nil }
        """,
        ["fmt: fmt=", "math: m=", "z:", "github.com/a/b/pkg/v2: pkg="],
        [
            "9-9 constant B | const B = iota",
            "10-10 constant C | const C",
            "12-14 type S | type S struct {⏎\ta int⏎}",
            "15-15 function F | func F(a int) (int, error)",
            "16-16 method S/M | func (s *S[T]) M(x int) error",
        ],
    ),
    "rust": (
        """
        use std::collections::{HashMap, hash_map::Entry as E, self};
        pub use super::q::*;
        mod child;
        #[derive(Debug)]
        pub struct S<'a> { pub a: u32 }
        pub trait Tr: Clone { fn req(&self) -> u32; }
        impl<'a> Tr for S<'a> {
            fn req(&self) -> u32 { 1 }
        }
        pub async fn f<T>(a: T) -> u32 where T: Clone { 1 }
        mod inl { pub fn nf() {} }
        """,
        [
            "std::collections: HashMap=HashMap collections=",
            "std::collections::hash_map: E=Entry",
            "super::q: *=*",
            "self::child: child=",
        ],
        [
            "4-4 struct S | pub struct S<'a> { pub a: u32 }",
            "5-5 interface Tr | pub trait Tr: Clone",
            "5-5 method Tr/req | fn req(&self) -> u32;",
            "7-7 method S/req | fn req(&self) -> u32",
            "9-9 function f | pub async fn f<T>(a: T) -> u32 where T: Clone",
            "10-10 module inl | mod inl",
            "10-10 function inl/nf | pub fn nf()",
        ],
    ),
    "java": (
        """
        package a.b;
        import java.util.List;
        import static a.B.c;
        import a.b.*;
        public class A<T> extends B {
          private final int x = 1;
          public A(int x) { }
          @Override public <K> T m(K a) throws E { return null; }
        }
        enum E { P, Q }
        """,
        ["java.util: List=List", "a.B: c=c", "a.b: *=*"],
        [
            "4-8 class A | public class A<T> extends B",
            "5-5 field A/x | private final int x = 1;",
            "6-6 method A/A | public A(int x)",
            "7-7 method A/m | @Override public <K> T m(K a) throws E",
            "9-9 enum E | enum E { P, Q }",
        ],
    ),
    "kotlin": (
        """
        import x.y.Q as W
        import x.*
        const val A = 1
        fun f(a: Int): Int { return 1 }
        class B(val x: Int) : C() {
            val p = 1
            fun m(x: Int) = x
            companion object { fun make() {} }
        }
        """,
        ["x.y: W=Q", "x: *=*"],
        [
            "2-2 constant A | const val A = 1",
            "3-3 function f | fun f(a: Int): Int",
            "4-8 class B | class B(val x: Int) : C()",
            "5-5 field B/p | val p = 1",
            "6-6 method B/m | fun m(x: Int)",
            "7-7 method B/make | fun make()",
        ],
    ),
    "c": (
        """
        #include <stdio.h>
        #include "a/b.h"
        #ifndef GUARD
        #define GUARD
        #define MAX 10
        typedef struct point { int x; } point_t;
        struct forward;
        extern char *h(int a);
        static int f(int a)
        {
            return 1;
        }
        int table[3] = {1, 2, 3};
        #endif
        """,
        ["stdio.h: *=*", "a/b.h: *=*"],
        [
            "4-4 macro MAX | #define MAX 10",
            "5-5 type point_t | typedef struct point { int x; } point_t;",
            "7-7 function h | extern char *h(int a);",
            "8-11 function f | static int f(int a)",
            "12-12 variable table | int table[3] = {1, 2, 3};",
        ],
    ),
    "cpp": (
        """
        #include "x.hpp"
        namespace a::b {
        template <typename T> class V : public W<T> {
         public:
          V(int a) : x(a) {}
          ~V();
          int m(int a) const { return a; }
          T operator+(T o);
        };
        }
        int S::m(int x) { return x; }
        """,
        ["x.hpp: *=*"],
        [
            "2-8 class V | template <typename T> class V : public W<T>",
            "4-4 method V/V | V(int a) : x(a)",
            "5-5 method V/~V | ~V();",
            "6-6 method V/m | int m(int a) const",
            "7-7 method V/operator+ | T operator+(T o);",
            "10-10 method S/m | int S::m(int x)",
        ],
    ),
    "csharp": (
        """
        using System;
        using L = A.B.C;
        namespace N.M {
          public class A<T> : B where T : class {
            public int P { get; set; }
            public T M<K>(K a) => default;
          }
          interface I { void M(int x); }
        }
        """,
        ["System: *=*", "A.B: L=C"],
        [
            "3-6 class A | public class A<T> : B where T : class",
            "4-4 field A/P | public int P { get; set; }",
            "5-5 method A/M | public T M<K>(K a)",
            "7-7 interface I | interface I",
            "7-7 method I/M | void M(int x);",
        ],
    ),
    "ruby": (
        """
        require "json"
        require_relative "a/b"
        module M
          VERSION = "1"
          class A < B
            attr_reader :a
            def initialize(a, b = 1)
              @a = a
            end
            def self.s(x) = x
          end
        end
        def top(a)
        end
        """,
        ["json: *=*", "./a/b: *=*"],
        [
            "2-11 module M | module M",
            '3-3 constant M/VERSION | VERSION = "1"',
            "4-10 class M/A | class A < B",
            "6-8 method A/initialize | def initialize(a, b = 1)",
            "9-9 method A/s | def self.s(x)",
            "12-13 function top | def top(a)",
        ],
    ),
    "php": (
        """
        <?php
        namespace A;
        use X\\Y\\Z;
        use X\\{P, Q as R};
        require __DIR__ . '/c.php';
        class A extends B {
          const X = 1;
          public int $p = 1;
          public static function m(int $a): int { return 1; }
        }
        function f(int $a): int { return 1; }
        """,
        ["X\\Y: Z=Z", "X: P=P R=Q", "c.php: *=*"],
        [
            "5-9 class A | class A extends B",
            "6-6 constant A/X | const X = 1;",
            "7-7 field A/p | public int $p = 1;",
            "8-8 method A/m | public static function m(int $a): int",
            "10-10 function f | function f(int $a): int",
        ],
    ),
    "shellscript": (
        """
        source ./lib.sh
        export LIMIT=3
        f() {
          local x=1
        }
        """,
        ["./lib.sh: *=*"],
        ["1-1 constant LIMIT | export LIMIT=3", "2-4 function f | f()"],
    ),
    "lua": (
        """
        local json = require("x.json")
        local M = {}
        function M.f(a, b)
        end
        local function g(a) return a end
        M.h = function(x) end
        """,
        ["x.json: json="],
        [
            "1-1 constant M | local M = {}",
            "2-3 method M/f | function M.f(a, b)",
            "4-4 function g | local function g(a)",
            "5-5 method M/h | M.h = function(x)",
        ],
    ),
    "swift": (
        """
        import Foundation
        let k = 1
        struct A<T>: B {
            let x: Int
            init(x: Int) { self.x = x }
            func m(a: T) -> T { a }
        }
        """,
        ["Foundation: *=*"],
        [
            "1-1 variable k | let k = 1",
            "2-6 class A | struct A<T>: B",
            "3-3 field A/x | let x: Int",
            "4-4 method A/init | init(x: Int)",
            "5-5 method A/m | func m(a: T) -> T",
        ],
    ),
    "scala": (
        """
        import x.{A, B => C, _}
        import x.y.Z
        class A[T](val x: Int) extends B {
          val p = 1
          def m(a: T): T = a
        }
        object O { def n(x: Int): Int = { x } }
        """,
        ["x: A=A C=B *=*", "x.y: Z=Z"],
        [
            "2-5 class A | class A[T](val x: Int) extends B",
            "3-3 field A/p | val p = 1",
            "4-4 method A/m | def m(a: T): T",
            "6-6 class O | object O",
            "6-6 method O/n | def n(x: Int): Int",
        ],
    ),
}


class Clock:
    """A clock that moves on by a step each time it's read."""

    def __init__(self, step_s: float = 0.0) -> None:
        self.step_s = step_s
        self.now_s = 0.0

    def __call__(self) -> float:
        self.now_s += self.step_s
        return self.now_s


def outlined(source: str, language: str = "python", *, step_s: float = 0.0) -> Outline:
    parse = OutlineParse(Text.of(source), language_of(language), clock=Clock(step_s))
    while not parse.step():
        pass
    return parse.outline


def sample(language: str) -> str:
    return dedent(SAMPLES[language][0]).lstrip("\n")


def definitions(outline: Outline) -> list[str]:
    return [
        f"{one.line}-{one.end_line} {one.kind} {one.container and one.container + '/'}{one.name}"
        f" | {one.signature.replace(chr(10), '⏎')}"
        for one in outline.definitions
    ]


def imports(outline: Outline) -> list[str]:
    return [" ".join([f"{one.module}:", *(f"{n.name}={n.original}" for n in one.names)]) for one in outline.imports]


def names(outline: Outline) -> list[str]:
    return [one.name for one in outline.definitions]


def test_every_row_has_a_sample() -> None:
    assert set(SAMPLES) == set(OUTLININGS)


@pytest.mark.parametrize("language", OUTLININGS)
def test_node_names_are_the_grammars(language: str) -> None:
    row, grammar = OUTLININGS[language], load(language_of(language))
    assert grammar is not None
    if language.startswith(("java", "typescript")) and language != "java":
        grammars = [load(language_of(one)) for one in ("javascript", "typescript")]  # they share a row
    else:
        grammars = [load(language_of(one)) for one in ("c", "cpp")] if language in {"c", "cpp"} else [grammar]
    wanted = set(row.definitions) | row.imports | row.through | row.leads | row.bodies
    known = {name for name in wanted for one in grammars if one and one.id_for_node_kind(name, True) is not None}  # noqa: FBT003  positional
    assert wanted - known == set()


@pytest.mark.parametrize("language", SAMPLES)
def test_a_sample_of_each_language(language: str) -> None:
    outline = outlined(sample(language), language)
    assert definitions(outline) == SAMPLES[language][2]
    assert imports(outline) == SAMPLES[language][1]
    assert outline.language == language


def test_an_import_has_its_text_and_line() -> None:
    outline = outlined("\nfrom a import (\n    b,\n    c,\n)\n")
    assert [(one.text, one.line) for one in outline.imports] == [("from a import (\n    b,\n    c,\n)", 1)]


def test_a_group_of_imports_has_a_text_each() -> None:
    outline = outlined('package a\nimport (\n\t"x"\n\ty "z"\n)\n', "go")
    assert [one.text for one in outline.imports] == ['import "x"', 'import y "z"']


def test_a_long_signature_is_cut_at_a_line() -> None:
    source = "def f(\n" + "".join(f"    argument_{number}: int,\n" for number in range(100)) + "):\n    pass\n"
    [one] = outlined(source).definitions
    assert len(one.signature) <= MAX_CHARS + 2
    assert one.signature.endswith(": int, …")


def test_members_of_a_class_in_a_class_stand_on_the_left_margin() -> None:
    outline = outlined("class A:\n    class B:\n        def f(\n            self,\n        ): ...\n")
    assert definitions(outline)[2] == "2-4 method B/f | def f(⏎    self,⏎):"


def test_broken_code_keeps_what_is_whole() -> None:
    outline = outlined(
        "import os\n\ndef a():\n    return [1, (2\n\n\ndef b(x):\n    pass\n\nclass C:\n    def m(self): pass\n"
    )
    assert [one.module for one in outline.imports] == ["os"]
    assert {"b", "m"} <= set(names(outline))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_are_the_documents(end: str) -> None:
    outline = outlined(f"x = 1{end}{end}def f():{end}    pass{end}")
    assert [(one.line, one.end_line) for one in outline.definitions] == [(0, 0), (2, 3)]


def test_work_comes_in_slices() -> None:
    parse = OutlineParse(Text.of("def f(): pass\n" * 50), language_of("python"), clock=Clock(step_s=0.001))
    steps = 1
    while not parse.step():
        assert parse.outline.definitions == ()
        steps += 1
    assert steps > 10
    assert len(parse.outline.definitions) == 50
    assert parse.step()


@pytest.mark.parametrize(
    "source",
    [
        "import os\n" + "#" * (MAX_LINE_CHARS + 1) + "\nclass A(B):\n    def m(self, x):\n        def inner(): pass\n",
        "import os\n"
        + "# x\n" * (MAX_BYTES // 400)
        + "class A(B):\n    def m(self, x):\n"
        + "# x\n" * (MAX_BYTES // 4),
        "import os\nclass A(B):\n    def m(self, x):\n        y = " + "(" * 100,
    ],
    ids=["long line", "long text", "open brackets"],
)
def test_lines_tell_where_there_is_no_tree(source: str) -> None:
    outline = outlined(source)
    assert [one.module for one in outline.imports] == ["os"]
    assert names(outline)[:2] == ["A", "m"]
    assert [(one.container, one.signature) for one in outline.definitions][:2] == [
        ("", "class A(B):"),
        ("A", "def m(self, x):"),
    ]
    assert all(one.line == one.end_line for one in outline.definitions)  # a tree knows where they end


def test_a_language_without_a_grammar() -> None:
    assert names(outlined("pub fn main() void {\n    const x = 1;\n}\n", "zig")) == ["main"]


def test_work_that_takes_too_long_is_given_up() -> None:
    source = "@decorated\ndef f(): pass\n" * 400
    assert outlined(source).definitions[0].line == 0
    outline = outlined(source, step_s=module.GIVE_UP_S / 4)
    assert len(outline.definitions) == 400
    assert outline.definitions[0].line == 1  # as the lines tell


@pytest.mark.parametrize(
    "source",
    [
        "var a=1;" * 130_000,
        "[" * 50_000 + "]" * 50_000,
        "class A { " * 3000 + "}" * 3000,
        "a<b<" * 20_000,
        "\0" * 1000 + "def f(): pass\n",
        "def f\ud800(): pass\nclass \udfff: pass\n",
        "import " + "/*" * 5000,
        "import {" + " " * 5000,
        "from " + "a." * 5000 + " import " + "b, " * 5000,
        "use " + "a::{" * 3000,
        "",
    ],
    ids=lambda source: source[:12].encode("unicode_escape").decode(),
)
@pytest.mark.parametrize("language", ["python", "typescript", "rust", "java", "cpp", "php", "ruby"])
def test_bad_input(source: str, language: str) -> None:
    outline = outlined(source, language)
    assert len(outline.definitions) <= MAX_DEFINITIONS


@settings(deadline=None)
@given(st.sampled_from(sorted(SAMPLES)), st.data())
def test_mutilated_code_never_raises_and_stays_inside_the_text(language: str, data: st.DataObject) -> None:
    source = sample(language)
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(source)))
        end = data.draw(st.integers(start, min(len(source), start + 40)))
        source = (
            source[:start] + data.draw(st.text("(){}[]<>'\"`;:,.=\n\r\t \0\ud800é😀#/*@ab1", max_size=6)) + source[end:]
        )
    text = Text.of(source)
    outline = outlined(source, language)
    for one in outline.definitions:
        assert one.name
        assert 0 <= one.line <= one.end_line < text.line_count
        assert len(one.signature) <= 2 * MAX_CHARS
        one.signature.encode()
    for line in (one.line for one in outline.imports):
        assert 0 <= line < text.line_count


@given(st.sampled_from(sorted(SAMPLES)), st.text("importfusequ {}()*'\"\\.:;,as=\n@<>/", max_size=80))
def test_any_text_can_be_read_for_imports(language: str, text: str) -> None:
    for start in ("", "import ", "from ", "use ", "using ", "require '", "const a = "):
        for name, _ in read_imports(language, start + text):
            assert isinstance(name, str)
