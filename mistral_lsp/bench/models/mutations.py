"""Mutations: one small fault put into a function, such as people make: a bound off by one, the wrong comparison."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_SWAPS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.FloorDiv: ast.Mod,
    ast.Mod: ast.FloorDiv,
    ast.And: ast.Or,
    ast.Or: ast.And,
}


def mutants(source: str) -> Iterator[str]:
    """The function with each fault that there is a place for, one at a time."""
    count = sum(1 for _ in _places(ast.parse(source)))
    for number in range(count):
        tree = ast.parse(source)
        place = next(one for at, one in enumerate(_places(tree)) if at == number)
        _break(place)
        text = ast.unparse(ast.fix_missing_locations(tree))
        if text != source:
            yield text


def _places(tree: ast.Module) -> Iterator[ast.AST]:
    """The nodes in which something can be wrong, in the order of the walk."""
    for node in ast.walk(tree):
        is_swap = isinstance(node, ast.BinOp | ast.BoolOp) and type(node.op) in _SWAPS
        is_comparison = isinstance(node, ast.Compare) and type(node.ops[0]) in _SWAPS
        is_number = isinstance(node, ast.Constant) and type(node.value) is int
        is_not = isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)
        if is_swap or is_comparison or is_number or is_not:
            yield node


def _break(node: ast.AST) -> None:
    match node:
        case ast.Compare():
            node.ops[0] = _SWAPS[type(node.ops[0])]()  # type: ignore[call-overload]
        case ast.BinOp() | ast.BoolOp():
            node.op = _SWAPS[type(node.op)]()  # type: ignore[assignment]
        case ast.Constant():
            node.value = int(str(node.value)) + 1
        case ast.UnaryOp():
            node.op = ast.UAdd()
            node.operand = ast.Call(ast.Name("bool", ast.Load()), [node.operand], [])
