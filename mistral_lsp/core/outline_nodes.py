"""Outline nodes: what a definition's node says of itself, the same for all grammars as far as their fields agree."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from mistral_lsp.core.outline_table import node_types

if TYPE_CHECKING:
    from collections.abc import Callable

    import tree_sitter

_NAME_FIELDS = ("name", "declarator", "left", "pattern")
_NAMED_BY_TYPE = frozenset({"impl_item", "type_alias"})
_NAMELESS = {"init_declaration": "init", "secondary_constructor": "constructor"}
# Where a name stands that no field leads to, before whatever else comes first.
_TOWARDS_NAME = frozenset(
    {"variable_declarator", "variable_declaration", "const_element", "property_element", "variable_list"}
)
_NOT_NAMES = frozenset(
    {"modifiers", "modifier", "value_binding_pattern", "attribute_list", "visibility_modifier", "comment"}
)
# Names of several parts, which are read as text.
_WHOLE_NAMES = node_types(
    "qualified_identifier scope_resolution dot_index_expression method_index_expression member_expression"
    " nested_identifier qualified_name user_type generic_type scoped_type_identifier destructor_name operator_name"
    " attribute subscript computed_property_name string"
)
_FUNCTIONS = node_types(
    "arrow_function function_expression generator_function function_definition lambda anonymous_function"
)
_MAX_NAME = 120
_MAX_STEPS = 12  # down to a name: int (*(*f)(void))[3]
_MAX_CHILDREN = 24
_NAME = re.compile(r"(?:(?P<scope>.*)(?:::|\.|:|\\))?(?P<name>~?[\w$@#]+[?!=]?|operator.{1,20})", re.DOTALL)
_RECEIVER = re.compile(r"(\w+)\s*(?:\[[^\[\]]*\])?\s*\)$")
_NO_SCOPE = frozenset({"prototype", "exports", "module", "window", "self", "this"})


class Named(NamedTuple):
    """What a definition is called."""

    name: str
    scope: str  # the type that it says it belongs to, or ""
    is_function: bool  # whatever the node's type says


def named(node: tree_sitter.Node, read: Callable[[int, int], str]) -> Named | None:
    """The name of a definition; None where it has none, or defines nothing."""
    if node.type in _NAMELESS:
        return Named(_NAMELESS[node.type], "", is_function=True)
    place, is_declared = _name_node(node)
    if place is None or place.is_missing:
        return None
    text = read(place.start_byte, min(place.end_byte, place.start_byte + _MAX_NAME))
    found = _NAME.fullmatch(text.partition("<")[0] if "operator" not in text else text)
    if found is None:
        return None
    receiver = node.child_by_field_name("receiver")
    scope = _receiver(read(receiver.start_byte, receiver.end_byte)) if receiver else _last_word(found["scope"] or "")
    return Named(found["name"], scope, is_declared or function_value(node) is not None)


def body_of(node: tree_sitter.Node, types: frozenset[str]) -> tree_sitter.Node | None:
    """What a signature ends before: the body, or the body of the function that is the value."""
    body = node.child_by_field_name("body")
    if body is None and (value := function_value(node)):
        body = value.child_by_field_name("body")
    if body is None and types:
        children = (node.child(index) for index in range(min(node.child_count, _MAX_CHILDREN)))
        body = next((child for child in children if child.type in types), None)
    return body


def function_value(node: tree_sitter.Node) -> tree_sitter.Node | None:
    """The function that a variable is bound to where it's defined."""
    value = node.child_by_field_name("value") or node.child_by_field_name("right")
    if value is None and node.type == "assignment_statement":  # Lua's have lists on both sides
        values = node.named_child(node.named_child_count - 1) if node.named_child_count else None
        value = first_child(values) if values and values.type == "expression_list" else None
    return value if value and value.type in _FUNCTIONS else None


def first_child(node: tree_sitter.Node) -> tree_sitter.Node | None:
    """The first child with a name; `Node.named_child` raises where there is none."""
    return node.named_child(0) if node.named_child_count else None


def _name_node(node: tree_sitter.Node) -> tuple[tree_sitter.Node | None, bool]:
    """The node of the name, and whether the way there shows that it's a function's."""
    is_function = False
    current: tree_sitter.Node | None = node
    for _ in range(_MAX_STEPS):
        if current is None or current.named_child_count == 0 or current.type in _WHOLE_NAMES:
            break
        is_function = is_function or current.type == "function_declarator"
        current = _towards_name(current)
    return (None if current is node else current), is_function


def _towards_name(node: tree_sitter.Node) -> tree_sitter.Node | None:
    for field in _NAME_FIELDS:
        if child := node.child_by_field_name(field):
            return child
    if node.type in _NAMED_BY_TYPE:
        return node.child_by_field_name("type")
    children = [node.named_child(index) for index in range(min(node.named_child_count, _MAX_CHILDREN))]
    for child in children:
        if child.type in _TOWARDS_NAME:
            return child
    return next((child for child in children if child.type not in _NOT_NAMES), None)


def _receiver(text: str) -> str:
    found = _RECEIVER.search(text[-_MAX_NAME:])
    return found[1] if found else ""


def _last_word(scope: str) -> str:
    words = [word for word in re.findall(r"[\w$]+", scope) if word not in _NO_SCOPE]
    return words[-1] if words else ""
