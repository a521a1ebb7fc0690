"""Enclosing: the functions, classes and statements around a place, as the tree has them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from mistral_lsp.core.document import Cursor

if TYPE_CHECKING:
    from mistral_lsp.core.syntax import Syntax

_CLASS = re.compile(r"class|struct|impl|interface|trait|enum|module|object|type_declaration|namespace")
_LEAD = re.compile(r"decorated|export|declarat|assignment|expression_statement|template|attribute")
_HOLDER = re.compile(r"block|body|list")


class Scopes(NamedTuple):
    """What a place stands in."""

    is_in_function: bool
    is_in_class: bool


def scopes_at(syntax: Syntax, cursor: Cursor) -> Scopes:
    """What the cursor stands in; on a definition's own line it may stand before it."""
    at = Cursor(cursor.document, _first_visible(cursor))
    return Scopes(has_function(syntax, at), has_class(syntax, at))


def _first_visible(cursor: Cursor) -> int:
    line = cursor.line_prefix + cursor.line_suffix
    indent = len(line) - len(line.lstrip())
    return max(cursor.offset, cursor.offset - cursor.column + min(indent + 1, len(line)))


def has_function(syntax: Syntax, cursor: Cursor) -> bool:
    """Whether the cursor is in a function; by indentation where no tree tells."""
    if syntax.is_broken_at(cursor):
        return syntax.enclosing_scope(cursor) is not None
    return any(not _CLASS.search(kind) for kind in _scopes(syntax, cursor))


def has_class(syntax: Syntax, cursor: Cursor) -> bool:
    """Whether it is in a class or a type."""
    return any(_CLASS.search(kind) for kind in _scopes(syntax, cursor))


def function_lines(syntax: Syntax, cursor: Cursor) -> tuple[int, int] | None:
    """The first and last line of the outermost function around the cursor, with its decorators.

    None where there is none, or the tree's window may have cut it off.
    """
    parsed = syntax.parsed
    if parsed is None or syntax.is_broken_at(cursor):
        return None
    window, path = parsed.window, syntax.scope_path(cursor)
    for index, node in enumerate(path):
        if node.type in syntax.language.scopes and not _CLASS.search(node.type):
            lead = node
            for parent in reversed(path[1:index]):
                if not _LEAD.search(parent.type) or _CLASS.search(parent.type) or _HOLDER.search(parent.type):
                    break
                lead = parent
            first, last = window.first + lead.start_point.row, window.first + lead.end_point.row
            is_whole = last < window.stop - 1 or window.stop >= window.text.line_count
            return (first, last) if is_whole and (first > window.first or not window.first) else None
    return None


def lines_around(syntax: Syntax, cursor: Cursor) -> list[tuple[int, int]]:
    """The first and last line of each node around the cursor, the outermost first; not the file itself."""
    if syntax.parsed is None:
        return []
    first = syntax.parsed.window.first
    nodes = syntax.nodes_around(cursor)[1:]
    return [(first + node.start_point.row, first + node.end_point.row) for node in nodes if not node.is_error]


def _scopes(syntax: Syntax, cursor: Cursor) -> list[str]:
    """The grammar's names of the functions and classes around the cursor, the outermost first."""
    if syntax.is_broken_at(cursor):
        return []
    return [node.type for node in syntax.scope_path(cursor) if node.type in syntax.language.scopes]
