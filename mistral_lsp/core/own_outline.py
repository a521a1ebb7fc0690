"""Own outline: what a place in a file sees of the file beyond what is shown of it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from mistral_lsp.core.definition import HOLDERS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mistral_lsp.core.definition import Definition, Import, Outline

MAX_OWN_IMPORTS, MAX_OWN_DEFINITIONS = 40, 80


def own_outline(outline: Outline, first_line: int, last_line: int, cursor_line: int) -> Outline:
    """What a file's own code at a line sees beyond the shown lines: imports, and definitions in the file's order.

    Those of the module, and the members of the class that the line is in, the nearest where there are too many.
    """
    container = _container_at(outline, cursor_line)
    seen = [
        one
        for one in outline.definitions
        if one.container in {"", container} or (one.name == container and one.kind in HOLDERS)
    ]
    hidden = [
        one for one in seen if not first_line <= one.line <= last_line and not _holds(one, cursor_line, container)
    ]
    nearest = sorted(hidden, key=lambda one: abs(one.line - cursor_line))[:MAX_OWN_DEFINITIONS]
    imports = [one for one in outline.imports if not first_line <= one.line <= last_line]
    return replace(
        outline,
        imports=tuple(imports[:MAX_OWN_IMPORTS]),
        definitions=tuple(sorted(nearest, key=lambda one: one.line)),
    )


def as_text(definitions: Iterable[Definition], imports: Iterable[Import] = ()) -> str:
    """Imports and signatures as code, members indented under what they belong to."""
    lines = list(dict.fromkeys(one.text for one in imports))
    container = ""
    for one in definitions:
        if one.container and one.container != container:
            container = one.container
            if not (lines and _opens(lines[-1], container)):
                lines.append(f"{container}:")
        elif not one.container:
            container = one.name if one.kind in HOLDERS else ""
        indent = "    " if one.container else ""
        lines += [indent + line for line in one.signature.split("\n")]
    return "".join(f"{line}\n" for line in lines)


def _opens(line: str, name: str) -> bool:
    return re.search(rf"\b{re.escape(name)}\b", line) is not None


def _container_at(outline: Outline, line: int) -> str:
    """The class or module that a line is in, or that the method at the line says it belongs to."""
    around = [one for one in outline.definitions if one.line <= line <= one.end_line]
    if not around:
        return ""
    innermost = max(around, key=lambda one: (one.line, -one.end_line, one.kind not in HOLDERS))
    return innermost.name if innermost.kind in HOLDERS else innermost.container


def _holds(one: Definition, line: int, container: str) -> bool:
    """Whether it's the very function that the line is in; the class around it is worth showing."""
    return one.line <= line <= one.end_line and one.name != container
