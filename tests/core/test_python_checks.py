"""What the compiler's own parser and pyflakes tell of an edit of Python."""

from __future__ import annotations

import ast

import pytest

from mistral_lsp.core import python_additions, python_checks
from mistral_lsp.core.diagnostic import Diagnostic

BEFORE = "import os\n\n\n@cached\ndef f(a, b=1, *, c=None):\n    return a + b\n"


def changes(after: str, before: str = BEFORE, name: str = "f") -> list[str]:
    return list(python_checks.changed_promises(ast.parse(before), ast.parse(after), name, 4))


@pytest.mark.parametrize(
    ("old", "new", "failure"),
    [
        ("return a + b", "return a - b", ""),
        ("(a, b=1, *, c=None)", "(a: int, b: int = 1, *, c: str | None = None) -> int", ""),
        ("b=1", "b=2", "changes how f is called"),
        ("a, b=1", "a, b=1, d=2", "changes how f is called"),
        ("*, c=None", "c=None", "changes how f is called"),
        ("def f", "def g", "f is gone"),
        ("def f", "async def f", "another kind"),
        ("return a + b", "yield a + b", "another kind"),
        ("return a + b", "print(a + b)", "no longer returns"),
        ("@cached\n", "", "decorated"),
        ("return a + b", "try:\n        return a + b\n    except Exception:\n        pass", "hides errors"),
    ],
)
def test_what_callers_rely_on(old: str, new: str, failure: str) -> None:
    found = changes(BEFORE.replace(old, new))
    assert (not found) if not failure else any(failure in one for one in found)


@pytest.mark.parametrize(
    ("before", "after", "new"),
    [
        ("x = 1\n", "x = 2\n", []),
        ("x = 1\n", "x = y\n", ["it brings a new problem: undefined name 'y'"]),
        ("x = y\n", "z = y\n", []),
        ("x = y\n", "x = y + y\n", ["it brings a new problem: undefined name 'y'"]),
        ("import os\nos.sep\n", "import os\n", ["it brings a new problem: 'os' imported but unused"]),
    ],
)
def test_new_problems(before: str, after: str, new: list[str]) -> None:
    assert python_checks.new_problems(ast.parse(before), ast.parse(after)) == new


def test_code_that_is_begun_may_set_what_nobody_uses_yet() -> None:
    before, after = ast.parse("def f(a):\n    return a\n"), ast.parse("def f(a):\n    b = a\n    return a + c\n")
    assert len(python_checks.new_problems(before, after)) == 2
    assert python_checks.new_problems(before, after, is_begun=True) == ["it brings a new problem: undefined name 'c'"]


@pytest.mark.parametrize(
    ("message", "after", "gone"),
    [
        ("Undefined name `prise`", "def f(price):\n    return price\n", True),
        ('"prise" is not defined', "def f(price):\n    return price\n", True),
        ("Undefined name `prise`", "def f(price):\n    return 1 + prise\n", False),
        ("Line too long (99 > 88)", "def f(price):\n    return price\n", None),
        ("`prise` should be a constant", "def f(price):\n    return price\n", None),
    ],
)
def test_whether_it_is_gone(message: str, after: str, gone: bool | None) -> None:  # noqa: FBT001 - a row of the table
    before = "def f(price):\n    return prise\n"
    assert python_checks.is_gone(Diagnostic.of(0, 0, message), ast.parse(before), ast.parse(after)) is gone


@pytest.mark.parametrize(
    ("after", "same"),
    [
        ('def f(a):\n    """Say."""\n    return a\n', True),
        ('"""Module."""\ndef f(a):\n    return (a)  # all\n', True),
        ("def f(a):\n    return -a\n", False),
        ('def f(a):\n    """Say."""\n', False),
    ],
)
def test_documentation_changes_no_code(after: str, same: bool) -> None:  # noqa: FBT001 - a row of the table
    assert python_checks.same_but_docstrings(ast.parse("def f(a):\n    return a\n"), ast.parse(after)) is same


@pytest.mark.parametrize(
    ("after", "same"),
    [
        ("from typing import Any\ndef f(a: Any) -> int:\n    x: int = 1\n    return a + x\n", True),
        ("def f(a):\n    x = 2\n    return a + x\n", False),
        ("def f(a=None):\n    x = 1\n    return a + x\n", False),
    ],
)
def test_types_change_no_code(after: str, same: bool) -> None:  # noqa: FBT001 - a row of the table
    assert python_checks.same_but_types(ast.parse("def f(a):\n    x = 1\n    return a + x\n"), ast.parse(after)) is same


def test_modules_that_reach_out_are_told() -> None:
    before, after = ast.parse("import os\n"), ast.parse("import os, subprocess\nimport json\n")
    assert python_additions.new_modules(before, after, "import os\n") == ["it brings in subprocess"]
    assert python_additions.new_modules(before, after, "# subprocess\nimport os\n") == []


@pytest.mark.parametrize("text", ["(" * 10_000, "def f(:\n", "x = 1\0", "x" * 2_000_000])
def test_what_cannot_be_read_is_no_tree(text: str) -> None:
    assert python_checks.tree_of(text) is None
