"""Mutants: functions of the standard library with one thing broken, as hurried people break it."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from mistral_lsp.bench.replay.tasks import library_root, pick, standard_library

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mistral_lsp.bench.replay.tasks import Task

FUNCTIONS = 160
MAX_FILE_BYTES = 20_000
CODES = ("F821", "F632", "F823", "F841", "F502", "F541")  # of what is broken here


@dataclass(frozen=True, slots=True)
class Mutant:
    """A file with a broken function, and without."""

    name: str
    bad: str
    good: str
    function: str
    first_line: int  # from 0
    last_line: int


def made(*, seed: int) -> list[Mutant]:
    """One for each function that one of the ways can break."""
    files = [path for path in standard_library() if path.stat().st_size <= MAX_FILE_BYTES]
    chance = Random(seed)
    found = []
    for task in pick(files, FUNCTIONS, seed=seed, language="python", root=library_root()):
        ways = chance.sample(_WAYS, len(_WAYS))
        wanted = next((text for way in ways if (text := _broken(task, way, chance)) is not None), None)
        if wanted is not None:
            first = task.text.count("\n", 0, task.start)
            last = first + wanted.count("\n") + 1
            text = task.text[: task.start] + wanted + task.text[task.end :]
            found.append(Mutant(task.name, text, task.text, task.name.rpartition(" ")[2], first, last))
    return found


def _broken(task: Task, way: Callable[[str, Random], str | None], chance: Random) -> str | None:
    lines = task.wanted.split("\n")
    indent = task.given
    text = way("\n".join(line.removeprefix(indent) for line in lines), chance)
    return None if text is None else "\n".join(indent + line if line.strip() else line for line in text.split("\n"))


def misspelt(code: str, chance: Random) -> str | None:
    """A use of a variable with two letters swapped."""
    tree = _parsed(code)
    if tree is None:
        return None
    local = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    local |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    uses = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in local and len(node.id) > 3
    ]
    for node in chance.sample(uses, len(uses)):
        other = node.id[:-2] + node.id[-1] + node.id[-2]
        if other != node.id and other not in local:
            return _put(code, node, other)
    return None


def without_self(code: str, chance: Random) -> str | None:
    """An attribute without its "self."."""
    tree = _parsed(code)
    uses = [
        node
        for node in ast.walk(tree or ast.Module([], []))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "self"
        and isinstance(node.ctx, ast.Load)
    ]
    node = chance.choice(uses) if uses else None
    return None if node is None else _put(code, node, node.attr)


def without_bracket(code: str, chance: Random) -> str | None:
    """A line that lacks its last bracket."""
    lines = code.split("\n")
    ends = [number for number, line in enumerate(lines) if number and line.rstrip().endswith((")", "]"))]
    if not ends:
        return None
    number = chance.choice(ends)
    lines[number] = lines[number].rstrip()[:-1]
    text = "\n".join(lines)
    return text if _parsed(text) is None else None


def by_identity(code: str, chance: Random) -> str | None:
    """A comparison with a literal by "is"."""
    tree = _parsed(code)
    uses = [
        node
        for node in ast.walk(tree or ast.Module([], []))
        if isinstance(node, ast.Compare)
        and len(node.ops) == 1
        and isinstance(node.ops[0], ast.Eq)
        and isinstance(node.comparators[0], ast.Constant)
        and node.lineno == node.end_lineno
    ]
    node = chance.choice(uses) if uses else None
    if node is None:
        return None
    return _put(code, node, f"{ast.unparse(node.left)} is {ast.unparse(node.comparators[0])}")


def _parsed(code: str) -> ast.Module | None:
    try:
        return ast.parse(code)
    except (SyntaxError, ValueError):
        return None


def _put(code: str, node: ast.expr, text: str) -> str | None:
    """The code with other text in a node's place; None where the node is of several lines or not of ASCII."""
    lines = code.split("\n")
    line = lines[node.lineno - 1]
    if node.lineno != node.end_lineno or not line.isascii():
        return None
    lines[node.lineno - 1] = line[: node.col_offset] + text + line[node.end_col_offset :]
    return "\n".join(lines)


_WAYS: list[Callable[[str, Random], str | None]] = [misspelt, without_self, without_bracket, by_identity]


def functions_of(text: str) -> Iterator[str]:
    """The names of the functions that a text defines."""
    tree = _parsed(text)
    if tree is not None:
        yield from (node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
