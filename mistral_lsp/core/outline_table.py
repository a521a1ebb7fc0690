"""What defines and what imports, one row for each language whose files have an outline; node names of its grammar."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Outlining:
    """How a grammar's tree is read."""

    definitions: Mapping[str, str]  # node type -> kind; "impl" has members but isn't a definition
    imports: frozenset[str]  # may be one; what can't be read as an import is looked at further
    through: frozenset[str]  # what else to look into
    leads: frozenset[str] = frozenset()  # through, and their first words belong to the signature: export, decorators
    has_docstrings: bool = False
    bodies: frozenset[str] = frozenset()  # what a signature ends before where the grammar has no field for it


def node_types(names: str) -> frozenset[str]:
    """Names with spaces between."""
    return frozenset(names.split())


def _kinds(**names: str) -> dict[str, str]:
    return {node: kind.rstrip("_") for kind, nodes in names.items() for node in nodes.split()}


_SCRIPT = Outlining(
    definitions=_kinds(
        function="function_declaration generator_function_declaration function_signature method_definition"
        " method_signature abstract_method_signature",
        class_="class_declaration abstract_class_declaration",
        interface="interface_declaration",
        module="internal_module",
        enum="enum_declaration",
        type="type_alias_declaration",
        variable="variable_declarator assignment_expression field_definition public_field_definition"
        " property_signature",
    ),
    imports=node_types("import_statement export_statement lexical_declaration variable_declaration"),
    through=node_types("expression_statement statement_block class_body interface_body if_statement module"),
    leads=node_types("export_statement lexical_declaration variable_declaration ambient_declaration"),
)
_C_NODES = {
    "function": "function_definition",
    "variable": "declaration field_declaration",
    "type": "type_definition alias_declaration",
    "macro": "preproc_def preproc_function_def",
}
_C_THROUGH = node_types(
    "preproc_if preproc_ifdef preproc_else preproc_elif linkage_specification declaration_list field_declaration_list"
    " namespace_definition"
)

OUTLININGS: Mapping[str, Outlining] = {
    "python": Outlining(
        definitions=_kinds(
            function="function_definition",
            class_="class_definition",
            type="type_alias_statement",
            variable="assignment",
        ),
        imports=node_types("import_statement import_from_statement"),
        through=node_types(
            "expression_statement block if_statement else_clause elif_clause try_statement except_clause finally_clause"
            " with_statement"
        ),
        leads=node_types("decorated_definition"),
        has_docstrings=True,
    ),
    "javascript": _SCRIPT,
    "typescript": _SCRIPT,
    "typescriptreact": _SCRIPT,
    "go": Outlining(
        definitions=_kinds(
            function="function_declaration method_declaration",
            type="type_spec type_alias",
            variable="const_spec var_spec",
        ),
        imports=node_types("import_spec"),
        through=node_types("import_spec_list var_spec_list"),
        leads=node_types("import_declaration type_declaration const_declaration var_declaration"),
    ),
    "rust": Outlining(
        definitions=_kinds(
            function="function_item function_signature_item",
            struct="struct_item union_item",
            enum="enum_item",
            interface="trait_item",
            impl="impl_item",
            module="mod_item",
            type="type_item associated_type",
            constant="const_item static_item",
            macro="macro_definition",
        ),
        imports=node_types("use_declaration extern_crate_declaration mod_item"),
        through=node_types("declaration_list foreign_mod_item"),
    ),
    "java": Outlining(
        definitions=_kinds(
            function="method_declaration constructor_declaration compact_constructor_declaration"
            " annotation_type_element_declaration",
            class_="class_declaration record_declaration",
            interface="interface_declaration annotation_type_declaration",
            enum="enum_declaration",
            variable="field_declaration constant_declaration",
        ),
        imports=node_types("import_declaration"),
        through=node_types("class_body interface_body annotation_type_body"),
    ),
    "kotlin": Outlining(
        definitions=_kinds(
            function="function_declaration secondary_constructor",
            class_="class_declaration object_declaration",
            type="type_alias",
            variable="property_declaration enum_entry",
        ),
        imports=node_types("import"),
        through=node_types("class_body enum_class_body companion_object"),
        bodies=node_types("function_body class_body enum_class_body block getter setter property_delegate"),
    ),
    "c": Outlining(
        definitions=_kinds(**_C_NODES, struct="struct_specifier union_specifier", enum="enum_specifier"),
        imports=node_types("preproc_include"),
        through=_C_THROUGH,
    ),
    "cpp": Outlining(
        definitions=_kinds(
            **_C_NODES,
            class_="class_specifier struct_specifier",
            struct="union_specifier",
            enum="enum_specifier",
            constant="concept_definition",
        ),
        imports=node_types("preproc_include"),
        through=_C_THROUGH,
        leads=node_types("template_declaration"),
    ),
    "csharp": Outlining(
        definitions=_kinds(
            function="method_declaration constructor_declaration",
            class_="class_declaration struct_declaration record_declaration",
            interface="interface_declaration",
            enum="enum_declaration",
            type="delegate_declaration",
            variable="field_declaration property_declaration event_field_declaration",
        ),
        imports=node_types("using_directive"),
        through=node_types("declaration_list namespace_declaration file_scoped_namespace_declaration"),
    ),
    "ruby": Outlining(
        definitions=_kinds(
            function="method singleton_method",
            class_="class",
            module="module",
            variable="assignment",
        ),
        imports=node_types("call"),
        through=node_types("body_statement singleton_class argument_list"),
        leads=node_types("call"),
    ),
    "php": Outlining(
        definitions=_kinds(
            function="function_definition method_declaration",
            class_="class_declaration trait_declaration",
            interface="interface_declaration",
            enum="enum_declaration",
            constant="const_declaration",
            variable="property_declaration",
        ),
        imports=node_types("namespace_use_declaration expression_statement"),
        through=node_types("declaration_list namespace_definition compound_statement if_statement"),
    ),
    "shellscript": Outlining(
        definitions=_kinds(function="function_definition", variable="variable_assignment"),
        imports=node_types("command"),
        through=node_types("if_statement list"),
        leads=node_types("declaration_command"),
    ),
    "lua": Outlining(
        definitions=_kinds(function="function_declaration", variable="assignment_statement"),
        imports=node_types("variable_declaration"),
        through=frozenset(),
        leads=node_types("variable_declaration"),
    ),
    "swift": Outlining(
        definitions=_kinds(
            function="function_declaration init_declaration protocol_function_declaration",
            class_="class_declaration",
            interface="protocol_declaration",
            type="typealias_declaration",
            variable="property_declaration protocol_property_declaration enum_entry",
        ),
        imports=node_types("import_declaration"),
        through=node_types("class_body enum_class_body protocol_body"),
        bodies=node_types("computed_property"),
    ),
    "scala": Outlining(
        definitions=_kinds(
            function="function_definition function_declaration",
            class_="class_definition object_definition",
            interface="trait_definition",
            enum="enum_definition",
            type="type_definition",
            variable="val_definition var_definition val_declaration var_declaration given_definition",
        ),
        imports=node_types("import_declaration"),
        through=node_types("template_body extension_definition package_clause"),
    ),
}
