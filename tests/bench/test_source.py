from __future__ import annotations

import ast

import pytest

from mistral_lsp.bench.source import CALL, calls, python_source


@pytest.mark.parametrize("line_count", [20, 300, 5_000])
def test_a_source_has_exactly_the_lines_asked_for(line_count: int) -> None:
    assert python_source(line_count, seed=1).count("\n") == line_count


def test_a_source_is_python_and_not_one_piece_repeated() -> None:
    functions = [node for node in ast.walk(ast.parse(python_source(302, seed=1))) if isinstance(node, ast.FunctionDef)]
    assert len({ast.dump(function) for function in functions}) == len(functions) > 20


def test_the_same_seed_gives_the_same_source() -> None:
    assert python_source(300, seed=1) == python_source(300, seed=1) != python_source(300, seed=2)


def test_calls_are_places_behind_an_argument() -> None:
    source = python_source(300, seed=1)
    assert calls(source)
    for line, column in calls(source):
        content = source.splitlines()[line]
        assert content[:column].endswith(CALL)
        assert content[column:] == ")"
