"""Nodes: questions to single nodes of tree-sitter's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mistral_lsp.core.lexing import OPENERS

if TYPE_CHECKING:
    import tree_sitter

_OPENER_CHILDREN = 4  # an opening bracket is among a node's first children: for (..., array[...]


def errors(tree: tree_sitter.Tree) -> list[tree_sitter.Node]:
    """The outermost errors of a tree, and what it lacks."""
    found = []
    todo = [tree.root_node]
    while todo:
        node = todo.pop()
        if node.is_error or node.is_missing:
            found.append(node)
        elif node.has_error:
            todo += node.children
    return found


def has_error(root: tree_sitter.Node, start: int, end: int) -> bool:
    """Whether an error or a missing token is, or is around, one of these bytes."""
    todo = [root]
    while todo:
        node = todo.pop()
        if node.is_error or node.is_missing:
            return True
        walk = node.walk()
        going = node.has_error and walk.goto_first_child_for_byte(max(0, start - 1)) is not None
        while going and walk.node is not None and walk.node.start_byte <= end:
            todo.append(walk.node)
            going = walk.goto_next_sibling()
    return False


def bracket_of(node: tree_sitter.Node, byte: int) -> tree_sitter.Node | None:
    """The node's own opening bracket, where the byte stands between it and its closing one."""
    for index in range(min(node.child_count, _OPENER_CHILDREN)):
        child = node.child(index)
        if child.end_byte > byte:
            return None
        if child.type in OPENERS:
            return child
    return None
