"""The whole lines that a question is about."""

from __future__ import annotations

import time

import pytest
from support.cursor import at

from mistral_lsp.core.document import Span
from mistral_lsp.core.languages import language_of
from mistral_lsp.core.outline import OutlineParse
from mistral_lsp.core.scope import around, class_at, comment_at, function_at
from mistral_lsp.core.syntax import SyntaxCache


def scopes(marked: str, language: str = "python") -> tuple[str | None, str | None, str]:
    """The function, the class and the statement around the cursor."""
    cursor = at(marked, language)
    outline = OutlineParse(cursor.document.text, language_of(language), clock=time.perf_counter)
    syntax = SyntaxCache(clock=time.perf_counter).parse(cursor)
    while not (outline.step() and syntax.step()):
        pass
    function = function_at(outline.outline, syntax.syntax, cursor)
    holder = class_at(outline.outline, cursor)
    place = Span(cursor.document, cursor.offset, cursor.offset)
    return function.text if function else None, holder.text if holder else None, around(place, syntax.syntax).text


CODE = """\
import os


class C:
    @cached
    def f(self):
        def g():
            return █1
        return g


x = 1
"""


def test_a_method_with_its_decorators_and_what_is_nested_in_it() -> None:
    function, holder, _ = scopes(CODE)
    assert function == "    @cached\n    def f(self):\n        def g():\n            return 1\n        return g"
    assert holder is not None
    assert holder.startswith("class C:")


def test_outside_of_functions_it_is_the_statement() -> None:
    function, holder, statement = scopes("import os\n\nx = [\n    1,\n    █2,\n]\ny = 1\n")
    assert (function, holder) == (None, None)
    assert statement == "x = [\n    1,\n    2,\n]"


def test_a_script_function() -> None:
    function, _, _ = scopes("const f = (a) => {\n  return █a;\n};\n", "javascript")
    assert function == "const f = (a) => {\n  return a;\n};"


@pytest.mark.parametrize(
    ("marked", "comment"),
    [
        ("x = 1\n# one\n# t█wo\ny = 2\n", "# one\n# two"),
        ("def f():\n    # do█ it\n    return 1\n", "    # do it"),
        ("x█ = 1\n# no\n", "x = 1"),
    ],
)
def test_the_comment_around_the_cursor(marked: str, comment: str) -> None:
    assert comment_at(at(marked)).text == comment
