"""Blocks: where the line or the block that a model is writing is complete.

A block at the cursor ends, whichever comes first,
- at a bracket or word (end, </div>) that closes what was open at the cursor: before it where the document has that
  closer below already, after it where it's still missing;
- before a line that stands further left than the block;
- before a blank line, where the code that follows doesn't stand deeper and either the block is at the left margin or
  the document goes on with the same block below; in prose, before any blank line;
- at the left margin, before what follows a finished definition.

All of it only ever looks at what can't change any more: a line's first word counts once it is whole.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from mistral_lsp.core.language import Blocks, Language, pattern
from mistral_lsp.core.languages import language_of
from mistral_lsp.core.lexing import CLOSERS, OPENERS, Kind, code_of, indentation, open_brackets, text_before, tokens
from mistral_lsp.core.trigger import Shape

if TYPE_CHECKING:
    from mistral_lsp.core.document import Cursor

_LINES_BELOW = 200  # how far down to look for the closer that the document has already

_VISIBLE = re.compile(r"\S")
_WHOLE_LINE = re.compile(r"\S[^\n]*(?=\n)")
# A line's beginning that later text can't turn into another word or tag.
_FIRST_WORD = re.compile(r"[ \t]*(?:</[^\s<>]*>|[\w@]+(?=[^\w@])|[^\s\w@<]|<(?=[^/])|;;)")
# What goes on with a statement that seemed finished.
_CONTINUES = re.compile(
    r"(?:else|elif|elsif|elseif|except|catch|finally|rescue|ensure|when|in|case|default|then|while|until|where)\b|[.)\]}{]"
)
_LABEL = re.compile(r"#|(?:case\b.*|default\s*|public|private|protected)\s*:")  # stands left of its block, in C and kin
_CLOSER_RUN = re.compile(r"[ \t]*[;,]?")


def shape_end(cursor: Cursor, generated: str, shape: Shape) -> int | None:
    """Where the shape is complete in what was generated at the cursor; None while it may go on."""
    return line_end(generated) if shape is Shape.LINE else block_end(cursor, generated)


def line_end(generated: str) -> int | None:
    """The end of the first line that has something on it."""
    line = _WHOLE_LINE.search(generated)
    return line.end() if line else None


def block_end(cursor: Cursor, generated: str) -> int | None:
    """Where the block at the cursor is complete."""
    hole = _Hole(cursor, generated)
    if hole.is_one_line:
        return line_end(generated)
    depth, was_deeper = 0, False
    for kind, start, end in tokens(hole.language, generated):
        if kind is Kind.OPEN:
            depth += 1
        elif kind is Kind.CLOSE:
            depth -= 1
            was_deeper = was_deeper or generated[start] == "}"  # of a definition; a call is no block
            if depth < 0:
                return hole.bracket_end(generated, start)
        elif kind is Kind.NEWLINE and depth == 0 and hole.indent is not None and hole.has_begun(generated, start):
            line = _next_line(generated, end)
            if line is None:
                return None
            if (cut := hole.line_cut(line, was_deeper=was_deeper)) is not None:
                return cut
            was_deeper = was_deeper or line.indent > hole.indent
    return None


@dataclass(frozen=True, slots=True)
class _Line:
    """The line after a newline that ended a statement, blank lines left out."""

    text: str
    start: int  # of its first visible character
    indent: int
    after_blank: bool
    before: int  # the end of what stands before it


def _next_line(generated: str, start: int) -> _Line | None:
    """The next line with something on it, as soon as its first word is whole."""
    found = _VISIBLE.search(generated, start)
    if found is None or not _FIRST_WORD.match(generated, found.start()):
        return None
    first = found.start()
    line_start = max(start, generated.rfind("\n", start, first) + 1)
    line_end = generated.find("\n", first)
    before = start
    while before and generated[before - 1].isspace():
        before -= 1
    return _Line(
        text=generated[first : line_end if line_end >= 0 else None],
        start=first,
        indent=indentation(generated[line_start:first]),
        after_blank=line_start > start,
        before=before,
    )


class _Hole:
    """The place that is being filled, and what the document has around it."""

    def __init__(self, cursor: Cursor, generated: str) -> None:
        self.language: Language = language_of(cursor.document.language)
        self._cursor = cursor
        prefix = cursor.line_prefix
        self._opener = prefix if prefix.strip() else None
        first, _, rest = generated.partition("\n")
        self.indent: int | None = _indent_of_first(rest if self._opener else prefix + generated, self.language)
        # "if ready: return" is complete on its line.
        self.is_one_line = (
            self._opener is not None and self.language.blocks is Blocks.INDENT and bool(code_of(self.language, first))
        )
        if self.is_one_line:
            self.indent = self.indent or 0

    def has_begun(self, generated: str, end: int) -> bool:
        """Whether a line after this can be the end: a block on a blank line has something on it."""
        return self._opener is not None or _VISIBLE.search(generated, 0, end) is not None

    def line_cut(self, line: _Line, *, was_deeper: bool) -> int | None:
        """Where to end because of a line, if it doesn't belong to the block any more."""
        if line.text[0] in CLOSERS and self.language.blocks is not Blocks.PROSE:
            return None  # the bracket's own turn comes next
        if closer := self._closes(line):
            return self._word_end(line, closer)
        return line.before if self._ends_before(line, was_deeper=was_deeper) else None

    def _ends_before(self, line: _Line, *, was_deeper: bool) -> bool:
        indent = self.indent or 0
        if not line.before and self.language.blocks is Blocks.INDENT and indent <= (self._owner or 0):
            return True  # the body was left out
        if self._is_paragraph_end(line):
            return True
        if line.indent < indent:
            return not self._may_stand_left(line)
        is_at_margin = indent == 0 and line.indent == 0
        return is_at_margin and was_deeper and _CONTINUES.match(line.text) is None

    def _word_end(self, line: _Line, closer: int) -> int | None:
        """Where to end because of a closing word or tag; None where it closes what was opened in the block."""
        if line.indent >= (self.indent or 0) and (self._owner is None or line.indent > self._owner):
            return None
        return line.start + closer if line.indent == self._owner and not self._is_closed_below else line.before

    def bracket_end(self, generated: str, close: int) -> int | None:
        """Where to end because a bracket closes that isn't opened in what was generated."""
        before = len(generated[:close].rstrip())
        openers = self._open_brackets
        if not openers or self._is_closed_below or not _matches(openers[-1][0], generated[close]):
            return before
        end, line = close, openers[-1][1]
        while openers and openers[-1][1] == line and generated[end : end + 1] in CLOSERS and end < len(generated):
            if not _matches(openers.pop()[0], generated[end]):
                break
            end += 1
        if end == len(generated):
            return None  # another closer may follow, as in });
        run = _CLOSER_RUN.match(generated, end)
        return run.end() if run and run[0].strip() else end

    def _is_paragraph_end(self, line: _Line) -> bool:
        if not line.after_blank or not line.before:
            return False
        if self.language.blocks is Blocks.PROSE:
            return True
        return line.indent <= (self.indent or 0) and (self.indent == 0 or self._goes_on_below)

    def _closes(self, line: _Line) -> int:
        """How long the closing word or tag at a line's start is."""
        found = pattern(self.language.closes).match(line.text)
        return found.end() if found else 0

    def _may_stand_left(self, line: _Line) -> bool:
        """Labels and the middle of a statement that has its closing word still to come."""
        if self.language.blocks is Blocks.BRACES:
            return _LABEL.match(line.text) is not None
        is_middle = self.language.blocks is Blocks.WORDS and _CONTINUES.match(line.text) is not None
        return is_middle and line.indent == self._owner and not self._is_closed_below

    @cached_property
    def _owner(self) -> int | None:
        """The indentation of the line that opened the block; None at the left margin."""
        if self._opener is not None:
            return indentation(self._opener)
        indent = self.indent or 0
        for line in reversed(self._cursor.lines_before(_LINES_BELOW)):
            if line.strip() and indentation(line) < indent:
                return indentation(line)
        return None

    @cached_property
    def _line_below(self) -> str | None:
        """The first line below that stands as far left as the block's owner."""
        owner = self._owner
        for line in self._cursor.lines_after(_LINES_BELOW):
            if line.strip() and owner is not None and indentation(line) <= owner:
                return line
        return None

    @cached_property
    def _is_closed_below(self) -> bool:
        """Whether the document has the block's closing bracket or word already."""
        below = self._line_below
        if below is None or indentation(below) != self._owner:
            return False
        visible = below.strip()
        return visible.startswith(tuple(CLOSERS)) or pattern(self.language.closes).match(visible) is not None

    @cached_property
    def _goes_on_below(self) -> bool:
        """Whether the next line of code below belongs to the same block."""
        for line in self._cursor.lines_after(_LINES_BELOW):
            if line.strip():
                return indentation(line) >= (self.indent or 0) and not line.strip().startswith(tuple(CLOSERS))
        return False

    @cached_property
    def _open_brackets(self) -> list[tuple[str, int]]:
        """The brackets open at the cursor, innermost last, each with the place where its line begins."""
        before = text_before(self._cursor)
        return [(before[at], before.rfind("\n", 0, at)) for at in open_brackets(self.language, before)]


def _indent_of_first(text: str, language: Language) -> int | None:
    """The indentation of the first line that has something on it; C's directives may stand anywhere."""
    for line in text.split("\n"):
        if line.strip() and not (language.blocks is Blocks.BRACES and line.startswith("#")):
            return indentation(line)
    return None


def _matches(opener: str, closer: str) -> bool:
    return OPENERS.index(opener) == CLOSERS.index(closer)
