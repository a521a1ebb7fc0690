"""Trigger: should anything be suggested here, and how much?

The first row that fits decides. "Closers" are brackets, quotes, closing tags, ; , . : and a comment.

    right of the cursor is...     and                                                automatic     invoked
    the rest of a word                                                               MID_WORD      LINE
    code other than closers                                                          MID_LINE      LINE
    closers, or nothing           the cursor is in a comment or a string             LINE          LINE
    closers                                                                          LINE          LINE
    nothing                       the line so far opens a block                      BLOCK         BLOCK
    nothing                       there is other code before the cursor              LINE          LINE
    nothing, the line is blank    it stands among arguments or in a literal          LINE          LINE
    nothing, the line is blank    a paragraph begins: the line above is blank, a
                                  comment, docstring or decorator, opens a block,
                                  or there is none                                   BLOCK         BLOCK
    nothing, the line is blank    the line above is a statement                      LINE          BLOCK
"""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING

from mistral_lsp.core.language import Blocks, Language, pattern
from mistral_lsp.core.lexing import code_of
from mistral_lsp.core.reason import Reason
from mistral_lsp.core.syntax import Syntax
from mistral_lsp.core.text import without_terminator

if TYPE_CHECKING:
    from mistral_lsp.core.document import Cursor


class Shape(Enum):
    """How much may be suggested: up to the end of the line, or up to the end of the block."""

    LINE = "line"
    BLOCK = "block"


MAX_CLOSERS_CHARS = 1_000  # with a comment; a longer line is data, and slow to read

_CLOSERS = re.compile(r"(?:[\s)\]}>;,.:'\"`]|</[\w:.-]*>|/>)*")

# A line that ends in one of these words opens its block there; after any other word the line goes on
# ("if ready" in Ruby may become "if ready?").
_LAST_WORD = re.compile(r"(?:\b(?:begin|do|else|ensure|in|repeat|then|try)|\W)$")

_DECORATES = re.compile(r"\s*(?:@\w|#!?\[|\[\[?\w)")  # a decorator or an attribute, alone on its line
_DOCSTRING_END = ('"""', "'''")


def shape_at(cursor: Cursor, syntax: Syntax | None, *, invoked: bool) -> Shape | Reason:
    """How much to suggest, or why nothing; asked for by hand, there is always something to suggest."""
    syntax = syntax or Syntax(cursor.document)
    right = cursor.line_suffix
    if not invoked and (reason := _unwelcome(syntax.language, right)):
        return reason
    if right.strip() or syntax.kind_at(cursor) is not None:
        return Shape.LINE
    is_block = _begins_block(cursor, syntax, invoked=invoked) if _is_blank(cursor) else _opens_block(cursor, syntax)
    return Shape.BLOCK if is_block else Shape.LINE


def plain_shape(cursor: Cursor, language: Language) -> Shape | Reason | None:
    """What `shape_at` says of an automatic request, where the cursor's line alone tells it; None where it doesn't."""
    right = cursor.line_suffix
    if reason := _unwelcome(language, right):
        return reason
    return Shape.LINE if right.strip() or not (_is_blank(cursor) or _may_open_block(cursor, language)) else None


def is_closing(language: Language, right: str) -> bool:
    """Whether a line's rest is closers alone: what editors add while one types, and what may stay as it is."""
    if len(right) > MAX_CLOSERS_CHARS or right.lstrip()[:1].isalnum():  # no comment begins with a word
        return False
    code = code_of(language, right) if right[:1].isspace() else right
    return _CLOSERS.fullmatch(code) is not None


def _unwelcome(language: Language, right: str) -> Reason | None:
    """Why an automatic suggestion would be in the way."""
    if right[:1].isalnum() or right.startswith("_"):
        return Reason.MID_WORD
    return None if is_closing(language, right) else Reason.MID_LINE


def _is_blank(cursor: Cursor) -> bool:
    return not cursor.line_prefix.strip()


def _opens_block(cursor: Cursor, syntax: Syntax) -> bool:
    """Whether the line up to the cursor opens a block, and not just a pair of a literal."""
    if not _may_open_block(cursor, syntax.language):
        return False
    if syntax.language.blocks is not Blocks.INDENT or not code_of(syntax.language, cursor.line_prefix).endswith(":"):
        return True
    return syntax.innermost_bracket(cursor) is None  # in a dictionary a : asks for a value


def _may_open_block(cursor: Cursor, language: Language) -> bool:
    line = code_of(language, cursor.line_prefix)
    return _LAST_WORD.search(line) is not None and pattern(language.opens).search(line) is not None


def _begins_block(cursor: Cursor, syntax: Syntax, *, invoked: bool) -> bool:
    """Whether statements are expected on this blank line, and more than one of them is welcome."""
    bracket = syntax.innermost_bracket(cursor)
    if bracket is not None and not pattern(syntax.language.opens).search(bracket):
        return False
    return invoked or _begins_paragraph(cursor, syntax.language)


def _begins_paragraph(cursor: Cursor, language: Language) -> bool:
    if cursor.line == 0:
        return True
    above = without_terminator(cursor.document.text.line(cursor.line - 1))
    code = code_of(language, above)
    return (
        not code.strip()  # blank, or a comment
        or above.rstrip().endswith(tuple(closer for _, closer in language.block_comments))
        or above.rstrip().endswith(_DOCSTRING_END)
        or _DECORATES.match(above) is not None
        or pattern(language.opens).search(code) is not None
    )
