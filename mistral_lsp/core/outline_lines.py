"""Outline lines: what a file's lines tell of its outline where there is no tree."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mistral_lsp.core.definition import HOLDERS, Definition, Import
from mistral_lsp.core.imports import read_imports
from mistral_lsp.core.lexing import indentation
from mistral_lsp.core.signatures import signature_of, statement_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mistral_lsp.core.text import Text

MAX_LINES = 5000
_MAX_LINE_CHARS = 300

_DEFINES = re.compile(
    r"\s*(?:(?:pub(?:\([^()]*\))?|export|default|public|private|protected|internal|static|final|abstract|async|local"
    r"|data|sealed|open|override|inline|virtual|unsafe|partial)\s+){0,6}"
    r"(?P<word>def|class|function|func|fn|fun|sub|proc|struct|trait|interface|enum|module|object|protocol|record|type)"
    r"\s+(?P<name>[\w$]+)"
)
_KINDS = {
    "class": "class",
    "object": "class",
    "record": "class",
    "struct": "class",
    "trait": "interface",
    "interface": "interface",
    "protocol": "interface",
    "module": "module",
    "enum": "enum",
    "type": "type",
}


def outline_by_lines(language: str, text: Text) -> Iterator[Definition | Import | None]:
    """What the first MAX_LINES define and import, with None now and then; their ends aren't known."""
    holder = ""
    last = min(text.line_count, MAX_LINES)
    for number in range(last):
        yield None
        if text.offset(number + 1, 0) - text.offset(number, 0) > _MAX_LINE_CHARS:
            continue
        line = text.line(number)
        if modules := read_imports(language, line.strip()):
            yield from (Import(module, names, statement_of(line, 0), number) for module, names in modules)
        elif (found := _DEFINES.match(line)) is not None:
            column = indentation(line)
            inside = holder if column else ""
            if column and not inside:
                continue
            definition = _definition(found, line, number, inside)
            yield definition
            if not column:
                holder = definition.name if definition.kind in HOLDERS else ""


def _definition(found: re.Match[str], line: str, number: int, inside: str) -> Definition:
    kind = _KINDS.get(found["word"], "method" if inside else "function")
    return Definition(found["name"], kind, signature_of(line, "function", 0), number, number, inside)
