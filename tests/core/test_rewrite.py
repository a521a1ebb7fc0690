"""What a model wrote for a span: put into the file's style, or refused with the reason."""

from __future__ import annotations

import pytest
from support.cursor import span

from mistral_lsp.core.rewrite import Unusable, rewrite

METHOD = "class C:\n«    def f(self, a):\n        return a»\n\n    def g(self):\n        return 1\n"


def fenced(code: str, info: str = "python") -> str:
    return f"```{info}\n{code}\n```"


def made(marked: str, raw: str, language: str = "python") -> str:
    """The document with the span rewritten."""
    place = span(marked, language)
    text = place.document.text.replace(place.start, place.end, rewrite(raw, place).text)
    return str(text)


def expected(code: str) -> str:
    return METHOD.replace("«    def f(self, a):\n        return a»", code)


@pytest.mark.parametrize(
    "code",
    [
        "def f(self, a):\n    return a + 1",  # off its margin
        "    def f(self, a):\n        return a + 1",  # as it stands
        "class C:\n    def f(self, a):\n        return a + 1",  # with the class around it
        "class C:\n    def f(self, a):\n        return a + 1\n\n    def g(self):\n        return 2",  # and more of it
        "def f(self, a):\n  return a + 1",  # by its own width
        "def f(self, a):\n\treturn a + 1\n\n",
    ],
)
def test_a_method_comes_back_in_the_indentation_of_the_file(code: str) -> None:
    assert made(METHOD, fenced(code)) == expected("    def f(self, a):\n        return a + 1")


def test_line_ends_are_the_files() -> None:
    assert made("«def f():\r\n    return 1»\r\n", fenced("def f():\n    return 2")) == "def f():\r\n    return 2\r\n"


def test_tabs_are_the_files() -> None:
    code = "package main\n\n«func f() int {\n\tif true {\n\t\treturn 1\n\t}\n\treturn 2\n}»\n"
    raw = fenced("func f() int {\n    if true {\n        return 3\n    }\n    return 2\n}", "go")
    assert made(code, raw, "go") == code.replace("«", "").replace("»", "").replace("return 1", "return 3")


def test_what_stands_in_a_string_keeps_its_place() -> None:
    was = 'class C:\n«    def f(self):\n        return """\nleft\n"""»\n'
    raw = fenced('def f(self):\n    text = """\nleft\n"""\n    return text')
    assert made(was, raw) == 'class C:\n    def f(self):\n        text = """\nleft\n"""\n        return text\n'


def test_imports_on_top_are_taken_apart() -> None:
    place = span("«def f():\n    return 1»\n")
    found = rewrite(fenced("import math\nfrom os import sep\n\ndef f():\n    return math.pi"), place)
    assert found.text == "def f():\n    return math.pi"
    assert found.imports == ("import math", "from os import sep")


def test_the_words_around_the_code_are_kept_apart() -> None:
    place = span("«def f():\n    return 1»\n")
    assert rewrite("It was O(n).\n" + fenced("def f():\n    return 2"), place).said == "It was O(n)."


def test_lines_of_no_function_are_rewritten_as_they_are() -> None:
    assert made("a = 1\n«b = c»\nd = 2\n", fenced("b = a")) == "a = 1\nb = a\nd = 2\n"


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        ("", "answered nothing"),
        ("I'd rather not.", "in words"),
        ("```python\ndef f(self, a):\n    return", "cut off"),
        (fenced(""), "in words"),
        (fenced("def h(self):\n    return 1"), "something else than f"),
        (fenced("def f(self, a):\n    return 1") + "\nor\n" + fenced("def f(self, a):\n    return 2"), "2 versions"),
        (fenced("def f(self, a):\n    # ... rest unchanged\n    return 1"), "left a part"),
        (fenced("def f(self, a):\n    ..."), "left a part"),
        (fenced("def f(self, a):\n    # the rest of the code\n    return 1"), "left a part"),
        (fenced("def f(self, a):\n    return a"), "changed nothing"),
    ],
)
def test_what_cannot_be_used_is_refused(raw: str, why: str) -> None:
    with pytest.raises(Unusable, match=why):
        rewrite(raw, span(METHOD))


def test_the_same_block_twice_is_one() -> None:
    block = fenced("def f(self, a):\n    return 0")
    assert rewrite(f"{block}\nAgain:\n{block}", span(METHOD)).text.endswith("return 0")


def test_the_code_as_it_was_is_no_version_of_its_own() -> None:
    was, new = "def f(self, a):\n    return a", "def f(self, a):\n    return 0"
    assert rewrite(f"Before:\n{fenced(was)}\nAfter:\n{fenced(new)}", span(METHOD)).text.endswith("return 0")


def test_dots_that_were_there_may_stay() -> None:
    assert made("«def f() -> int:\n    ...»\n", fenced("def f() -> str:\n    ...")) == "def f() -> str:\n    ...\n"


def test_code_without_a_fence_is_taken_for_code() -> None:
    assert made("«def f():\n    return 1»\n", "def f():\n    return 2") == "def f():\n    return 2\n"
