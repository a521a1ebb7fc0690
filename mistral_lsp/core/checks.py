"""Checks: what can be told of an edit by its text alone, before it is offered. Each failure is a phrase for people.

They follow how models go wrong: code that doesn't parse, a signature that callers rely on changed, other definitions
lost, a warning silenced instead of mended, and what somebody who steers the model would like to have in the code.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mistral_lsp.core.document import Cursor
from mistral_lsp.core.languages import language_of
from mistral_lsp.core.lexing import Kind, tokens
from mistral_lsp.core.risks import risks_in
from mistral_lsp.core.scope import CLASSES, FUNCTIONS
from mistral_lsp.core.unseen import show_unseen

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mistral_lsp.core.definition import Definition, Outline
    from mistral_lsp.core.document import Document, Span
    from mistral_lsp.core.hunks import Replacement
    from mistral_lsp.core.language import Language

# Comments that switch a tool's message off. What they switch off isn't mended.
_SILENCERS = re.compile(
    r"#\s*(?:noqa|type:\s*ignore|pyright:\s*ignore|pylint:\s*disable|nosec|pragma:\s*no\s*cover)|eslint-disable|"
    r"@ts-(?:ignore|nocheck|expect-error)|//\s*nolint|NOLINT|@SuppressWarnings|#!?\[allow\(|rubocop:disable|phpcs:ignore",
    re.IGNORECASE,
)
_CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\ud800-\udfff]")  # and lone surrogates
_ADDRESS = re.compile(r"\b(?:https?|ftp|wss?)://[^\s\"'<>)\]]{3,80}", re.IGNORECASE)
_MOST_TAKEN_OUT = 0.5  # of a function's lines, by a fix
_FEW_LINES = 6  # of which half may well go
_SPACE = re.compile(r"\s+")


def harm(changes: Sequence[Replacement], before: Document) -> Iterator[str]:
    """What nobody who asked for an edit wants to get with it."""
    for one in changes:
        old = before.text.slice(one.start, one.end)
        without = before.changed(before.text.replace(one.start, one.end, ""), before.version)
        cursor = Cursor(without, one.start)
        known = set(risks_in(old, cursor))
        yield from (f"it adds {risk}" for risk in risks_in(one.text, cursor) if risk not in known)
        if _CONTROL.search(one.text) and not _CONTROL.search(old):
            yield "it adds control characters"
        if show_unseen(one.text) != one.text and show_unseen(old) == old:
            yield "it adds characters that can't be seen"
        if _ADDRESS.search(one.text):
            there = set(_ADDRESS.findall(str(before.text)))
            if set(_ADDRESS.findall(one.text)) - there:
                yield "it adds an address"


def silenced(changes: Sequence[Replacement], before: Document) -> Iterator[str]:
    """Whether a message is switched off where it should be mended."""
    for one in changes:
        old = before.text.slice(one.start, one.end)
        if len(_SILENCERS.findall(one.text)) > len(_SILENCERS.findall(old)):
            yield "it only switches the message off"


def gutted(span: Span, after: str, language: Language) -> Iterator[str]:
    """Whether a fix takes most of the code out: then the error is gone, and so is what the code was for."""
    was, now = len(_code_lines(span.text, language)), len(_code_lines(after, language))
    if was > _FEW_LINES and now < was * _MOST_TAKEN_OUT:
        yield "it takes most of the code out"
    elif was and not now:
        yield "it takes the code out"


def lost(before: Outline, after: Outline, first: int, last: int, *, was_broken: bool = False) -> Iterator[str]:
    """Definitions outside of the edited lines that are gone or changed; `last` is a line of the text before.

    Of code that did not parse the names alone are known for sure.
    """
    kept = {_essence(one) for one in after.definitions}
    there = {one.name for one in after.definitions}
    for one in before.definitions:
        if was_broken and (one.name in there or one.kind not in FUNCTIONS | CLASSES):
            continue
        holds = one.line < first and last <= one.end_line  # what the edited lines are a part of
        if not first <= one.line <= last and _essence(one) not in kept and not (holds and _name(one) in _names(after)):
            yield f"it changes {one.name}, which it was not asked to"
            return


def added(before: Outline, after: Outline, text: str) -> Iterator[str]:
    """Definitions that nobody asked for; `text` is the one before."""
    there = {one.name for one in before.definitions}
    for one in after.definitions:
        if (
            one.kind in FUNCTIONS | CLASSES
            and one.name not in there
            and not re.search(rf"\b{re.escape(one.name)}\b", text)
        ):
            yield f"it adds {one.name}, which it was not asked to"
            return


def only_comments(was: str, now: str, language: Language) -> bool:
    """Whether nothing but comments differs."""
    return _SPACE.sub("", was) != _SPACE.sub("", now) and same_code(was, now, language)


def renamed(before: Outline, after: Outline, first: int, last: int, *, was_broken: bool = False) -> Iterator[str]:
    """Whether what begins on the edited lines keeps its name and what it is called with, as far as that was known."""
    tops = [one for one in before.definitions if first <= one.line <= last]
    if not tops:
        return
    wanted = min(tops, key=lambda one: one.line)
    alike = [one for one in after.definitions if _name(one) == _name(wanted) and one.kind == wanted.kind]
    if was_broken:
        alike = [one for one in after.definitions if one.name == wanted.name]
    if not alike:
        yield f"{wanted.name} is gone"
    elif not was_broken and _head(wanted) not in {_head(one) for one in alike}:
        yield f"it changes how {wanted.name} is called"


def same_code(before: str, after: str, language: Language) -> bool:
    """Whether two texts are the same but for comments and space."""
    return _without_comments(before, language) == _without_comments(after, language)


def _code_lines(text: str, language: Language) -> list[str]:
    return [line for line in _without_comments(text, language, keeps_lines=True).split("\n") if line.strip()]


def _without_comments(text: str, language: Language, *, keeps_lines: bool = False) -> str:
    parts, at = [], 0
    for kind, start, end in tokens(language, text):
        if kind is Kind.COMMENT:
            parts.append(text[at:start])
            at = end
    code = "".join([*parts, text[at:]])
    return code if keeps_lines else _SPACE.sub("", code)


def _essence(one: Definition) -> tuple[str, str, str]:
    return one.container, one.name, _head(one)


def _name(one: Definition) -> tuple[str, str]:
    return one.container, one.name


def _names(outline: Outline) -> set[tuple[str, str]]:
    return {_name(one) for one in outline.definitions}


def _head(one: Definition) -> str:
    """A signature without its docstring's line and without the values' spacing."""
    first = one.signature.partition('\n"')[0].partition("\n'")[0]
    return _SPACE.sub("", first)


def language_name(document: Document) -> str:
    """The name of a document's language."""
    return language_of(document.language).name
