"""Signatures: the text of a definition that a reader needs, cut short and moved to the left margin."""

from __future__ import annotations

import re

MAX_CHARS = 300
MAX_VALUE_CHARS = 120  # of a variable with its value
MAX_BYTES = 4 * MAX_CHARS  # as much of UTF-8 is looked at

VALUES = frozenset({"constant", "variable", "field", "property"})  # kinds of which the first line is enough

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_EMPTY_BODY = re.compile(r"[\n;][ \t]*end\Z|(?<=\))[ \t]*end\Z")  # Ruby's and Lua's have no node
_ENDS = " \t\n{"
_CUT = " …"


def signature_of(text: str, kind: str, column: int) -> str:
    """The signature in a definition's text, which begins at a column and ends before the body."""
    text = _CONTROL.sub(" ", text).strip()
    if kind in VALUES:
        return _cut(text.partition("\n")[0].rstrip(), MAX_VALUE_CHARS)
    if kind not in {"struct", "enum", "type", "macro"}:
        text = _EMPTY_BODY.sub("", text.rstrip(_ENDS))
        if text.endswith("=") and text[-2:-1] in {" ", ")"}:  # Scala's bodies come after one
            text = text[:-1].rstrip()
    return _cut(dedented(text, column), MAX_CHARS)


def statement_of(text: str, column: int) -> str:
    """A whole statement, such as an import."""
    return _cut(dedented(_CONTROL.sub(" ", text).strip(), column), MAX_CHARS)


def docstring_line(text: str) -> str:
    """The first line of a docstring in quotes of its own; nothing where it has no words."""
    words = _CONTROL.sub(" ", text).strip("rRuUbBfF").strip("\"'").strip().partition("\n")[0].rstrip()
    return f'    """{_cut(words, MAX_VALUE_CHARS)}"""' if words else ""


def dedented(text: str, column: int) -> str:
    """The text without what its later lines are indented by because it stood at a column."""
    first, *rest = text.split("\n")
    lines = [first.rstrip()]
    for line in rest:
        indentation = len(line) - len(line.lstrip())
        if indentation < len(line):
            lines.append(line[min(indentation, column) :].rstrip())
    return "\n".join(lines)


def _cut(text: str, chars: int) -> str:
    """The text, or its whole lines that fit, or the start of its only line."""
    if len(text) <= chars:
        return text
    newline = text.rfind("\n", chars // 2, chars)
    return text[: newline if newline > 0 else chars - len(_CUT)].rstrip() + _CUT
