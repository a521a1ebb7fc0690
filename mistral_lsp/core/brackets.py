"""Brackets: what an answer may close, counted from the document itself.

What was accepted before is part of the document, and so is what an editor closed by itself: a bracket that an accepted
suggestion has opened is open above the cursor until something below it closes it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from mistral_lsp.core.lexing import CLOSERS, OPENERS, Kind, indentation, open_brackets, text_before, tokens

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mistral_lsp.core.document import Cursor
    from mistral_lsp.core.language import Language

BELOW_CHARS = 4_000  # how far down to look for what closes a bracket

_CLOSER_OF = dict(zip(OPENERS, CLOSERS, strict=True))
_QUOTES = frozenset("\"'`")


class Bracket(NamedTuple):
    """A bracket that is open at the cursor."""

    closer: str
    indent: int  # of its line
    is_closed: bool  # by what stands right of the cursor or below


def brackets_at(cursor: Cursor, language: Language) -> list[Bracket]:
    """The brackets that the cursor is in, innermost last."""
    before = text_before(cursor)
    stack = [
        Bracket(_CLOSER_OF[before[at]], indentation(before[before.rfind("\n", 0, at) + 1 :]), is_closed=False)
        for at in open_brackets(language, before)
    ]
    closers = list(_unmatched_after(cursor, language))
    outer = list(zip(stack, reversed(closers), strict=False))
    # Where closers are missing they are most likely missing at the cursor; unless the outer ones don't fit so.
    if len(closers) < len(stack) and all(bracket.closer == closer for bracket, (closer, _) in outer):
        closed = set(range(len(closers)))
    else:
        closed = set(_closed_from_within(stack, closers))
    return [bracket._replace(is_closed=number in closed) for number, bracket in enumerate(stack)]


def too_many(text: str, language: Language, brackets: list[Bracket]) -> int | None:
    """Where the first closer stands that closes nothing, or what the document closes already; the text is code."""
    open_here: list[str] = []
    around = list(brackets)
    for kind, start, _ in tokens(language, text):
        if kind is Kind.OPEN:
            open_here.append(_CLOSER_OF[text[start]])
        elif kind is Kind.CLOSE:
            if open_here:
                if open_here.pop() != text[start]:
                    return start
            elif not around or around[-1].is_closed or around.pop().closer != text[start]:
                return start
    return None


def missing(text: str, language: Language) -> str:
    """The closers of what a text opens, in the order to write them."""
    return "".join(_CLOSER_OF[text[at]] for at in reversed(open_brackets(language, text)))


def open_quote(line: str) -> str:
    """The quote whose string the line's end is in, or nothing."""
    quote = ""
    for _, quote in _scan(line, ""):  # noqa: B007 - the last one is the answer
        pass
    return quote


def unmatched_closer(text: str, quote: str) -> int | None:
    """Where the first closer outside strings stands whose opener isn't in the text, which begins inside `quote`."""
    expected: list[str] = []
    for index, (character, inside) in enumerate(_scan(text, quote)):
        if inside:
            continue
        if character in _CLOSER_OF:
            expected.append(_CLOSER_OF[character])
        elif character in CLOSERS and (not expected or expected.pop() != character):
            return index
    return None


def _scan(text: str, quote: str) -> Iterator[tuple[str, str]]:
    """Each character with the quote whose string is open after it; `quote` is the one that the text begins in."""
    escaped = False
    for character in text:
        if escaped:
            escaped = False
        elif quote:
            escaped = character == "\\"
            quote = "" if character == quote else quote
        elif character in _QUOTES:
            quote = character
        yield character, quote


def _unmatched_after(cursor: Cursor, language: Language) -> Iterator[tuple[str, int | None]]:
    """The closers after the cursor whose openers stand before it, each with its line's indentation if it begins it."""
    after = cursor.line_suffix + "\n" + _below(cursor)
    depth = 0
    for kind, start, _ in tokens(language, after):
        if kind is Kind.OPEN:
            depth += 1
        elif kind is Kind.CLOSE and depth:
            depth -= 1
        elif kind is Kind.CLOSE:
            line = after[after.rfind("\n", 0, start) + 1 : start]
            is_first = not line.strip() and start > len(cursor.line_suffix)
            yield after[start], indentation(line) if is_first else None


def _below(cursor: Cursor) -> str:
    """The lines below down to where code begins that surely isn't in a bracket."""
    lines = cursor.lines_below(BELOW_CHARS)
    for number, line in enumerate(lines):
        if line[:1] not in " \t\r\n)]}":
            return "".join(lines[:number])
    return "".join(lines)


def _closed_from_within(stack: list[Bracket], closers: list[tuple[str, int | None]]) -> Iterator[int]:
    """Which brackets the closers fit, the innermost first.

    A closer of another kind, or one that stands further left than the bracket, belongs to an outer one.
    """
    number = len(stack)
    for closer, indent in closers:
        number -= 1
        while number >= 0 and (
            stack[number].closer != closer or (indent or 0) < stack[number].indent * (indent is not None)
        ):
            number -= 1
        if number < 0:
            return
        yield number
