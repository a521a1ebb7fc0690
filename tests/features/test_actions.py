"""The rows of the list: what is there at a place."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from support.assistant import turns
from support.cursor import at

from mistral_lsp.core.diagnostic import Diagnostic
from mistral_lsp.core.enclosing import scopes_at
from mistral_lsp.core.syntax import SyntaxCache
from mistral_lsp.features.actions import MAX_TITLE_CHARS, offers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mistral_lsp.features.actions import Offer


def listed(
    marked: str, language: str = "python", *, wrong: Sequence[str] = (), only: Sequence[str] = ()
) -> list[Offer]:
    """The rows at the cursor, with diagnostics of these messages there."""
    cursor = at(marked, language)
    parse = SyntaxCache(clock=time.perf_counter).parse(cursor)
    while not parse.step():
        pass
    found = [Diagnostic.of(cursor.offset, cursor.offset, message) for message in wrong]
    return offers(
        turns().actions,
        cursor.document,
        cursor.offset,
        cursor.offset,
        diagnostics=found,
        scopes=scopes_at(parse.syntax, cursor),
        only=only,
    )


def names(rows: Sequence[Offer]) -> list[str]:
    return [row.action.name for row in rows]


def test_in_a_function() -> None:
    found = names(listed("def f():\n    return █1\n"))
    assert found[:2] == ["hints", "optimise"]
    assert {"simplify", "document", "add-types", "summarise", "write-tests"} <= set(found)
    assert "fix" not in found


@pytest.mark.parametrize(
    "marked", ["█def f():\n    return 1\n", "def f█():\n    return 1\n", "class C:\n    █def f(self):\n        pass\n"]
)
def test_on_a_functions_own_line(marked: str) -> None:
    assert "optimise" in names(listed(marked))


def test_outside_of_functions_there_are_none_for_them() -> None:
    assert names(listed("x = █1\n")) == []


def test_in_a_class() -> None:
    found = names(listed("class C:\n    x = █1\n"))
    assert "document" in found
    assert "optimise" not in found


def test_on_a_comment() -> None:
    assert "implement-comment" in names(listed("def f():\n    # do █it\n    pass\n"))
    assert "implement-comment" not in names(listed("def f():\n    do█()\n"))


def test_each_diagnostic_has_its_own_rows_first() -> None:
    rows = listed("x = █y\n", wrong=["no y", "bad x"])
    assert names(rows) == ["fix", "fix", "explain", "explain", "classify", "classify"]
    assert rows[0].title == "Fix this error: no y"


def test_a_long_message_is_cut() -> None:
    [row, *_] = listed("x = █y\n", wrong=["y" * 5_000])
    assert len(row.title) == MAX_TITLE_CHARS


@pytest.mark.parametrize(
    ("only", "there"),
    [
        (["quickfix"], {"quickfix.mistral"}),
        (["refactor"], {"refactor.mistral", "refactor.rewrite.mistral"}),
        (["refactor.rewrite.mistral"], {"refactor.rewrite.mistral"}),
        (["source"], set()),
        ([""], {"quickfix.mistral", "refactor.mistral", "refactor.rewrite.mistral"}),
    ],
)
def test_only_the_kinds_that_are_wanted(only: list[str], there: set[str]) -> None:
    assert {row.kind for row in listed("def f():\n    return █y\n", wrong=["no y"], only=only)} == there


def test_a_languages_own_actions() -> None:
    assert "add-types" not in names(listed("func f() int {\n\treturn █1\n}\n", "go"))
    assert "optimise" in names(listed("func f() int {\n\treturn █1\n}\n", "go"))


def test_half_written_code_has_rows_by_indentation() -> None:
    assert "optimise" in names(listed("def f(:\n    x = (█\n    return 1\n"))
