"""Lexing: brackets, strings and comments of a stretch of code, told by patterns alone.

Exact enough for text that no tree covers: what a model is writing, and lines under a syntax error.
"""

from __future__ import annotations

import re
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mistral_lsp.core.document import Cursor
    from mistral_lsp.core.language import Language

MAX_CHARS = 8_000  # how far up to look for the brackets around a cursor

OPENERS = "([{"
CLOSERS = ")]}"

_NOT_IN_WORD = r"(?<![\w$&{])"  # $# and ${#x} of shells, a#b of YAML aren't comments
TAB_COLUMNS = 4  # only ever compared with other indentation of the same file


class Kind(Enum):
    """What a stretch of text is. Plain code yields no token."""

    COMMENT = "comment"
    STRING = "string"
    OPEN = "open"
    CLOSE = "close"
    NEWLINE = "newline"  # outside strings and comments


_KIND_OF: dict[str | None, Kind] = {kind.value: kind for kind in Kind}


def tokens(language: Language, text: str) -> Iterator[tuple[Kind, int, int]]:
    """What matters in a text that begins as code: kind, start, end."""
    for match in _lexer(language).finditer(text):
        yield _KIND_OF[match.lastgroup], match.start(), match.end()


def kind_at_end(language: Language, text: str) -> Kind | None:
    """STRING or COMMENT where a further character would belong to one; the text begins as code."""
    last = None
    for last in _lexer(language, only_inside=True).finditer(text + "x"):  # noqa: B007 - the last one is the answer
        pass
    return _KIND_OF[last.lastgroup] if last is not None and last.end() > len(text) else None


def is_plain(language: Language, text: str) -> bool:
    """Whether nothing in a text that begins as code may be a string or a comment."""
    has_comment = any(map(text.__contains__, language.line_comments))
    return not has_comment and _lexer(language, only_inside=True).search(text) is None


def code_of(language: Language, line: str) -> str:
    """A line without its comments at the end and without whitespace there."""
    end = len(line)
    for kind, start, stop in tokens(language, line):
        if kind is Kind.COMMENT and not line[stop:].strip():
            end = start
    return line[:end].rstrip()


def open_brackets(language: Language, text: str) -> list[int]:
    """Where the brackets stand that a text opens and doesn't close, outermost first."""
    stack: list[int] = []
    for kind, start, _ in tokens(language, text):
        if kind is Kind.OPEN:
            stack.append(start)
        elif kind is Kind.CLOSE and stack:
            stack.pop()
    return stack


def text_before(cursor: Cursor) -> str:
    """The lines above the cursor from where code surely begins, and its own up to the cursor.

    A line without indentation is hardly ever inside a string or a bracket that began above it.
    """
    lines = cursor.lines_above(MAX_CHARS)
    size = len(cursor.line_prefix)
    first = len(lines)
    while first and size < MAX_CHARS:
        first -= 1
        size += len(lines[first])
        if lines[first][:1] not in " \t\r\n)]}":
            break
    return "".join(lines[first:]) + cursor.line_prefix[-MAX_CHARS:]


def indentation(line: str) -> int:
    """Columns of whitespace before a line's first character."""
    count = len(line) - len(line.lstrip(" \t"))
    return count if line.find("\t", 0, count) < 0 else len(line[:count].expandtabs(TAB_COLUMNS))


@cache
def _lexer(language: Language, *, only_inside: bool = False) -> re.Pattern[str]:
    """`only_inside` leaves out all but strings and comments: what is outside of them is one character each."""
    groups = [("comment", "|".join(_comment_patterns(language))), ("string", "|".join(language.strings))]
    if not only_inside:
        brackets = [("open", r"[(\[{]"), ("close", r"[)\]}]")] if _has_brackets(language) else []
        groups += [*brackets, ("newline", r"\n")]
    sources = [f"(?P<{name}>{source})" for name, source in groups if source]
    return re.compile("|".join(sources) or r"(?!)", re.DOTALL)


def _comment_patterns(language: Language) -> Iterator[str]:
    for opener, closer in language.block_comments:
        yield f"{re.escape(opener)}.*?(?:{re.escape(closer)}|\\Z)"
    for marker in language.line_comments:
        yield (_NOT_IN_WORD if marker == "#" else "") + re.escape(marker) + r"[^\n]*"


def _has_brackets(language: Language) -> bool:
    """Brackets in prose and markup are punctuation."""
    return bool(language.line_comments or language.strings)
