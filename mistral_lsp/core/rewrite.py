"""Rewrite: what a model wrote in answer to "rewrite this", as a text for the very span; or why it can't be one.

Models answer in prose, in several blocks, with the rest left out ("... unchanged"), with the class around the method,
with imports on top, in another indentation, or for another function. What can be put right is, and nothing is guessed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mistral_lsp.core.document import Cursor
from mistral_lsp.core.fences import Block, split
from mistral_lsp.core.indentation import style_around
from mistral_lsp.core.languages import language_of
from mistral_lsp.core.lexing import Kind, tokens
from mistral_lsp.core.outline import OutlineParse
from mistral_lsp.core.place import Place
from mistral_lsp.core.restyle import in_style
from mistral_lsp.core.scope import CLASSES, FUNCTIONS
from mistral_lsp.core.text import Text
from mistral_lsp.core.trigger import Shape

if TYPE_CHECKING:
    from mistral_lsp.core.definition import Definition, Outline
    from mistral_lsp.core.document import Document, Span
    from mistral_lsp.core.language import Language

MAX_CHARS = 40_000  # of an answer
MAX_REMARK_CHARS = 200  # of a line that stands for others
_OMITTED = re.compile(
    r"^\s*(?:(?:#|//|/\*|--|;|<!--|\*|%)+\s*)(?:.*(?:\.\.\.|…).*\b(?:rest|existing|remaining|unchanged|previous|same|omitted|other|here)\b"
    r"|.*\b(?:rest|existing|remaining|unchanged|previous|same|omitted|other|here)\b.*(?:\.\.\.|…)"
    r"|\W*(?:the\s+)?(?:rest\s+of\s+(?:the|your)\b|(?:existing|remaining|other|previous)\s+code\b).*|\s*(?:\.\.\.|…)\W*$)"
    r"|^\s*(?:\.\.\.|…)\s*$",
    re.IGNORECASE,
)
_IMPORT = re.compile(r"(?:import\s|from\s+\S+\s+import\s)")


class Unusable(ValueError):  # noqa: N818 - read as "an unusable answer"
    """An answer can't become an edit: `str(error)` says why, to follow "no fix found: "."""


@dataclass(frozen=True, slots=True)
class Rewrite:
    """A text for a span, in the file's own style."""

    text: str
    imports: tuple[str, ...] = ()  # lines that it asks for beside; Python's alone
    said: str = ""  # in words, around the code


def rewrite(raw: str, span: Span) -> Rewrite:
    """What the answer makes of the span. Raises Unusable. Parses the code some times over: for a thread."""
    language = language_of(span.document.language)
    was = _normalised(span.text)
    wanted = _head(was, language)
    blocks, said = split(raw[:MAX_CHARS])
    block = _chosen(blocks, raw, was, wanted, language)
    text, imports = _without_imports(block, was, language)
    text = _only(text, wanted, language, was)
    checked_whole(text, was)
    text = in_place(text, span)
    if text.split() == was.split() and text.strip() == was.strip():
        raise Unusable("the model changed nothing")
    return Rewrite(with_terminators(text, span.document), imports, said)


def _chosen(blocks: list[Block], raw: str, was: str, wanted: Definition | None, language: Language) -> str:
    """The code of the answer."""
    if any(not block.is_closed for block in blocks):
        raise Unusable("the model's answer was cut off before its end")
    filled = [block for block in blocks if block.text.strip()]
    if not filled:
        if wanted is not None and _names(raw, language) >= {wanted.name} and not _outline(raw, language)[1]:
            return raw
        raise Unusable("the model answered in words, without code" if raw.strip() else "the model answered nothing")
    if wanted is not None:
        filled = [block for block in filled if wanted.name in _names(block.text, language)]
        if not filled:
            raise Unusable(f"the model rewrote something else than {wanted.name}")
    # Models like to show the code as it was first.
    filled = [block for block in filled if block.text.split() != was.split()] or filled
    if len(filled) > 1 and len({block.text.strip() for block in filled}) > 1:
        raise Unusable(f"the model answered with {len(filled)} versions of the code")
    return filled[0].text


def _without_imports(code: str, was: str, language: Language) -> tuple[str, tuple[str, ...]]:
    """Python's imports on top of a block, where the span itself has none there: they belong to the file's head."""
    lines = code.strip("\n").split("\n")
    if language.name != "python" or _IMPORT.match(was.lstrip()):
        return code, ()
    count = 0
    while count < len(lines) and (not lines[count].strip() or _IMPORT.match(lines[count])):
        count += 1
    found = tuple(
        line.strip() for line in lines[:count] if line.strip() and not line.rstrip().endswith(("(", "\\", ","))
    )
    return "\n".join(lines[count:]), found


def _only(code: str, wanted: Definition | None, language: Language, was: str) -> str:
    """The definition that was asked for, out of what stands around it in the block.

    Code with a syntax error may seem to be one definition where it is several: these stay.
    """
    if wanted is None:
        return code
    outline, _ = _outline(code, language)
    alike = [one for one in outline.definitions if one.name == wanted.name and _is_kin(one, wanted)]
    if len(alike) > 1 and wanted.kind in CLASSES:
        alike = [one for one in alike if one.kind in CLASSES]
    if len(alike) != 1:
        return code  # overloads, a property's setter: they belong together, and checks look at the rest
    around = [one for one in outline.definitions if not alike[0].line <= one.line <= alike[0].end_line]
    if any(re.search(rf"\b{re.escape(one.name)}\b", was) for one in around):
        return code
    lines = code.split("\n")
    first = alike[0].line
    while first and lines[first - 1].strip().startswith(("#", "//", "/*", "*", "@")):
        first -= 1
    return "\n".join(lines[first : alike[0].end_line + 1])


def _is_kin(one: Definition, wanted: Definition) -> bool:
    return (one.kind in FUNCTIONS) == (wanted.kind in FUNCTIONS)


def checked_whole(code: str, was: str) -> None:
    """Raise Unusable where lines stand for code that was left out, and the code before had none such."""
    known = {line.strip() for line in was.split("\n")}
    for line in code.split("\n"):
        if len(line) <= MAX_REMARK_CHARS and _OMITTED.match(line) and line.strip() not in known:
            raise Unusable("the model left a part of the code out (“...”)")


def in_place(code: str, span: Span) -> str:
    """The code indented as the span is, each level as the file has it."""
    was, language = _normalised(span.text), language_of(span.document.language)
    lines = code.strip("\n").split("\n")
    while lines and not lines[-1].strip():
        lines.pop()
    base, own = _indent(was.split("\n")), _indent(lines)
    inside = _inside_strings("\n".join(lines), language)
    known = set(was.split("\n"))
    shifted = [
        line if number in inside and line in known else _shifted(line, own, base) for number, line in enumerate(lines)
    ]
    text = "\n".join(shifted)
    place = Place(Cursor(span.document, span.start), Shape.BLOCK)
    return in_style(text, place) if style_around(place.cursor, language) is not None else text


def _shifted(line: str, own: str, base: str) -> str:
    if not line.strip():
        return ""
    return base + line[len(own) :] if line.startswith(own) else base + line.lstrip(" \t")


def _indent(lines: list[str]) -> str:
    first = next((line for line in lines if line.strip()), "")
    return first[: len(first) - len(first.lstrip(" \t"))]


def _inside_strings(code: str, language: Language) -> set[int]:
    """The lines that begin inside a string."""
    found: set[int] = set()
    for kind, start, end in tokens(language, code):
        if kind is Kind.STRING and (count := code.count("\n", start, end)):
            first = code.count("\n", 0, start)
            found.update(range(first + 1, first + count + 1))
    return found


def _head(code: str, language: Language) -> Definition | None:
    """What the span itself defines, where it is one definition."""
    outline, _ = _outline(code, language)
    tops = [one for one in outline.definitions if one.kind in FUNCTIONS | CLASSES]
    if not tops:
        return None
    first = min(tops, key=lambda one: one.line)
    last_line = len(code.rstrip().split("\n")) - 1
    return first if first.end_line >= last_line and not code[: _start(code, first.line)].strip() else None


def _start(code: str, line: int) -> int:
    return sum(len(one) + 1 for one in code.split("\n")[:line])


def _names(code: str, language: Language) -> set[str]:
    return {one.name for one in _outline(code, language)[0].definitions}


def _outline(code: str, language: Language) -> tuple[Outline, bool]:
    """What a piece of code defines, taken off its margin, and whether nothing could be told."""
    lines = code.split("\n")
    own = _indent(lines)
    text = Text.of("\n".join(line.removeprefix(own) for line in lines))
    parse = OutlineParse(text, language, clock=_no_clock)
    while not parse.step():
        pass
    return parse.outline, not parse.outline.definitions


def _no_clock() -> float:
    return 0.0  # the answer is bounded, and so is the time


def _normalised(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def with_terminators(text: str, document: Document) -> str:
    """The text with the line ends of the file."""
    end = terminator_of(document)
    return text if end == "\n" else text.replace("\n", end)


def terminator_of(document: Document) -> str:
    """What ends the file's first line."""
    first = document.text.line(0)
    return "\r\n" if first.endswith("\r\n") else "\r" if first.endswith("\r") else "\n"
