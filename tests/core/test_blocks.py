"""What ends the text that is written at a cursor."""

from __future__ import annotations

import pytest
from support.cursor import at

from mistral_lsp.core.blocks import block_end, line_end

CUT = "┤"  # where the shown text ends, in what the model wrote

CASES = [
    # A body ends with the first line that stands further left.
    ("python", "def f(x):█\n", "\n    return x┤\n\n\ndef g():"),
    ("python", "def f(x):\n    █\n", "y = x\n    return y┤\nprint(f(1))"),
    ("python", "def f(x):\n█\n", "    return x┤\n\ndef g():"),
    ("python", "if x:█\n", " return 1┤\nelse:"),
    ("python", "if x:█\n", "  # why\n    return 1┤\nelse:"),
    ("python", "def f():\n    █\n", 'text = """\nfar left\n"""\n    return text┤\nx = 1'),
    ("python", "def f():\n    █\n", "return g(\na,\nb)┤\nx = 1"),
    ("python", "def f():\n    █\n", "if x:\n        y()\n    else:\n        z()┤\n\ndef g"),
    ("python", "class A:\n    def f(self):\n        █\n", "return 1┤\n\n    def g(self):"),
    # A hole in a body ends with its paragraph.
    ("python", "def f():\n    █\n    return a\n", "a = 1\n    b = 2┤\n\n    return a"),
    ("python", "def f():\n    █\n    return a\n", "if x:\n        a = 1\n\n        b = 2┤\n\n    return a"),
    # At the left margin one definition is enough, and so is one paragraph.
    ("python", "# Sum of two.\n█\n", "def f(a, b):\n    return a + b┤\n\n\ndef g"),
    ("python", "# Sum of two.\n█\n", "def f(a, b):\n    c = a\n\n    return c + b┤\nprint()"),
    ("python", "█", "import a\nimport b┤\n\nimport c"),
    ("python", "@cache\n█\n", "def f():\n    return 1┤\n@cache\ndef"),
    ("python", "# Try it.\n█\n", "try:\n    a()\nexcept E:\n    b()┤\nc()"),
    # The closing bracket is written where it's missing, and left out where it's there.
    ("javascript", "if (x) {█\n", "\n  foo();\n}┤\nbar();"),
    ("javascript", "if (x) {█\n", "\n  foo();\n}┤ else {\n  bar();\n}"),
    ("javascript", "function f() {\n  █\n}\n", "foo();\n  return 1;┤\n}\n\nfunction g() {"),
    ("javascript", "function f() {\n  if (x) {\n    █\n}\n", "foo();\n  }┤\n  bar();\n"),
    ("javascript", "on('x', () => {\n  █\n", "foo({a: 1});\n});┤\nbar();"),
    ("javascript", "on('x', () => {\n  █\n});\n", "foo();┤\n});\nbar();"),
    ("javascript", "function f() {\n  █\n  return a;\n}\n", "const a = '}';\n  foo(); // {┤\n\n  return a;\n}"),
    ("javascript", "// Sum.\n█\n", "function f(a, b) {\n  return a + b;\n}┤\n\nfunction g"),
    ("javascript", "function f() {\n  █\n}\n", "return `\n}\n`;┤\n}\n"),
    ("typescript", "class A {\n  f(): void {█\n}\n", "\n    this.g();\n  }┤\n\n  h() {"),
    ("go", "func f() error {\n\t█\n}\n", "if err != nil {\n\t\treturn err\n\t}\n\treturn nil┤\n}\n\nfunc g"),
    ("go", "func f() error {█\n", "\n\treturn nil\n}┤\n\nfunc g() {"),
    (
        "rust",
        "fn f<'a>(x: &'a str) -> char {\n    █\n}\n",
        "let c = '}';\n    let s: &'static str = \"}\";\n    c┤\n}\n",
    ),
    ("rust", "impl A {\n    fn f(&self) {█\n}\n", "\n        self.g()\n    }┤\n\n    fn h"),
    ("c", "int f(void)\n{\n    █\n}\n", "#ifdef A\n    a();\n#endif\n    return 0;┤\n}\nint g"),
    ("c", "int f(void) {█\n", "\n#ifdef A\n    a();\n#endif\n    return 0;\n}┤\nint g"),
    ("c", "int f(int x) {\n    if (x)\n        █\n    return 1;\n}\n", "return 0;┤\n    return 2;\n}"),
    ("css", "a {\n  █\n}\n", "color: red;┤\n}\nb {"),
    ("json", '{\n  "a": {█\n}\n', '\n    "b": 1\n  },┤\n  "c"'),
    # So are closing words and tags.
    ("ruby", "def f(x)\n  █\n", "x.each do |y|\n    puts y\n  end\nend┤\n\ndef g"),
    ("ruby", "def f(x)\n  █\nend\n", "x + 1┤\nend\n\ndef g"),
    ("ruby", "if x\n  █\n", "a\nelse\n  b\nend┤\nc"),
    ("lua", "function f(x)█\n", "\n  return x\nend┤\n\nlocal y"),
    ("lua", "function f(x)\n  █\nend\n", "if x then\n    return 1\n  end\n  return 2┤\nend\n"),
    ("lua", "local t = {\n  █\n}\n", "a = 1,┤\n}\nprint(t)"),
    ("shellscript", "if true; then█\n", "\n  echo ${#x}\nfi┤\necho"),
    ("shellscript", "for x in y; do\n  █\ndone\n", 'echo "$x"┤\ndone\n'),
    ("html", "<ul>\n  █\n</ul>\n", "<li>a {</li>\n  <li>b</li>┤\n</ul>\n<p>"),
    ("html", "<ul>█\n", "\n  <li>don't</li>\n</ul>┤\n<p>"),
    ("typescriptreact", "  <ul>\n    █\n", "<li>{a}</li>\n  </ul>┤\n  <p>"),
    ("yaml", "services:█\n", "\n  web:\n    image: a#b\n  db:\n    image: c┤\nvolumes:"),
    ("yaml", "services:\n  web:\n    █\n", "image: a┤\n  db:"),
    ("yaml", "on:█\n", " push┤\njobs:"),
    ("toml", "[a]\n█\n", "b = 1\nc = 2┤\n\n[d]"),
    ("markdown", "# A\n\n█\n", "One line\nand another.┤\n\nA second paragraph"),
    ("plaintext", "█", "Dear (all\n  goes┤\n\nhere it"),
    ("zig", "fn f() void {\n    █\n}\n", "return;┤\n}\nfn g"),
    ("elixir", "def f(x) do\n  █\nend\n", "x + 1┤\nend\n\ndef g"),
]


@pytest.mark.parametrize(("language", "document", "written"), CASES)
def test_a_block_ends(language: str, document: str, written: str) -> None:
    shown, rest = written.split(CUT)
    end = block_end(at(document, language), shown + rest)
    assert (shown + rest)[:end] == shown
    assert end is not None


@pytest.mark.parametrize(("language", "document", "written"), CASES)
def test_no_cut_is_taken_back_by_what_streams_in_later(language: str, document: str, written: str) -> None:
    shown, rest = written.split(CUT)
    cursor = at(document, language)
    for size in range(len(shown) + len(rest) + 1):
        part = (shown + rest)[:size]
        end = block_end(cursor, part)
        assert end is None or part[:end] in {shown, shown.rstrip(";,")}


@pytest.mark.parametrize(
    ("language", "document", "written"),
    [
        ("python", "def f():\n    █\n", "x = 1\n    y = 2\n"),
        ("python", "def f():\n    █\n", "x = 1\n\n    y = 2\n"),
        ("python", "def f():\n    █\n", "x = '''\nnot\nindented"),
        ("python", "# Try it.\n█\n", "try:\n    a()\nexcep"),
        ("javascript", "if (x) {█\n", "\n  foo({\n  });\n"),
        ("ruby", "if x\n  █\n", "a\nels"),
        ("html", "<ul>\n  █\n", "<li>a</li>\n</u"),
        ("python", "def f():█\n", ""),
        ("python", "def f():█\n", "\n   \n"),
    ],
)
def test_a_block_may_go_on(language: str, document: str, written: str) -> None:
    assert block_end(at(document, language), written) is None


def test_a_body_that_the_model_left_out_is_nothing() -> None:
    assert block_end(at("def f():█\n"), "\ndef g():\n") == 0


@pytest.mark.parametrize(
    ("written", "shown"),
    [("a\nb", "a"), ("\n  a\nb", "\n  a"), ("a", None), ("\n \n", None), ("", None), ("  a  \n", "  a  ")],
)
def test_a_line_ends_with_the_first_newline_after_some_text(written: str, shown: str | None) -> None:
    assert (None if (end := line_end(written)) is None else written[:end]) == shown
