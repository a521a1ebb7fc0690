"""Syntax for tests that don't care how it is made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mistral_lsp.core.syntax import SyntaxCache
from mistral_lsp.features.parsing import Tree

if TYPE_CHECKING:
    from mistral_lsp.core.document import Cursor
    from mistral_lsp.core.syntax import Syntax


def parsed(cursor: Cursor, cache: SyntaxCache | None = None) -> Syntax:
    """The syntax at a cursor, parsed to the end."""
    parse = (cache or SyntaxCache(clock=lambda: 0.0)).parse(cursor)
    while not parse.step():
        pass
    return parse.syntax


def tree_at(cursor: Cursor) -> Tree:
    """The same, as features pass it on."""
    tree = Tree(SyntaxCache(clock=lambda: 0.0), cursor)
    tree.known = parsed(cursor)
    return tree
