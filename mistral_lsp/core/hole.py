"""Hole: where an answer goes in the tree's window, parsed with one text after the other in it.

What a parse has to take anew around the hole, the next one takes over from it. So a plain text is parsed before there
is an answer, and most answers are seen to fit in a fraction of the time. Those that aren't are judged from the
document's own tree: what is said of them doesn't depend on what was parsed before.
"""

from __future__ import annotations

from functools import cached_property
from operator import add
from typing import TYPE_CHECKING, NamedTuple

from mistral_lsp.core.grammar_input import (
    Looks,
    has_hazard,
    is_too_deep,
    left_open,
    parsed_within,
    readable,
    reader,
)
from mistral_lsp.core.languages import load
from mistral_lsp.core.nodes import errors
from mistral_lsp.core.parsing import WHOLE_BYTES, reparse

if TYPE_CHECKING:
    import tree_sitter

    from mistral_lsp.core.document import Cursor
    from mistral_lsp.core.parsing import Parsed

LOOKS = 120  # of tree-sitter's, for all parses of an answer; measured with `python -m mistral_lsp.bench.postprocess`
GLANCE = 8  # a text that fits takes 1 to 3 of them
_PLAIN = "x"  # fits nearly everywhere


class _Filled(NamedTuple):
    """A tree, and what is in the hole there."""

    tree: tree_sitter.Tree
    filling: bytes


class Hole:
    """A place in a parsed text, and what is known around it whatever is put there."""

    def __init__(self, parsed: Parsed, cursor: Cursor) -> None:
        """The cursor's document is the parsed one, and the cursor in its window."""
        from tree_sitter import Parser

        self._parsed = parsed
        self._cursor = cursor
        content, column = parsed.window.content(), cursor.offset - parsed.window.start
        self._content = content[:column], content[column:]
        self._before, self._after = map(readable, self._content)
        self._open = [*map(add, left_open(self._before), left_open(self._after))]
        self._byte, self._point = parsed.window.place_of(cursor.offset)
        self._parser = Parser(load(parsed.language))
        self._empty = _Filled(parsed.tree, b"")
        self._fitting: _Filled | None = None  # the last that had no error

    def rehearse(self) -> None:
        """Parse a plain text, before there is an answer; where it doesn't fit, find out whether any is to be judged."""
        if not self._takes(_PLAIN, "", Looks(GLANCE), self._empty):
            self.is_sound  # noqa: B018 - it is known from now on

    def fits(self, text: str) -> bool:
        """Whether a text is seen at a glance to bring no error; where it isn't, `takes` tells."""
        return self._fitting is not None and self._takes(text, "", Looks(GLANCE), self._fitting) is True

    @cached_property
    def is_sound(self) -> bool:
        """Whether there is no error now but what the cursor's own line may explain."""
        if not errors(self._parsed.tree):
            return True
        cursor = self._cursor
        start = cursor.offset - cursor.column
        blank = cursor.document.text.replace(start, cursor.offset + len(cursor.line_suffix), "")
        parsed = reparse(self._parsed, blank, looks=Looks(LOOKS))
        return parsed is not None and not errors(parsed.tree)

    def takes(self, text: str, ending: str, looks: Looks) -> bool:
        """Whether there is no error with a text and an ending in the hole, as far as `looks` can tell.

        What is missing after the text is for the user to write.
        """
        return self._takes(text, ending, looks, self._empty) is not False

    def _takes(self, text: str, ending: str, looks: Looks, last: _Filled) -> bool | None:
        """`takes`, from a tree that was parsed before; None where it can't be told."""
        filling = readable(text + ending)
        tree = None if self._is_hazard(text + ending, filling) else self._with(filling, last, looks)
        if tree is None:
            return None
        if found := errors(tree):
            visible = self._byte + len(readable(text))
            if any(not node.is_missing or node.start_byte < visible for node in found):
                return False
        self._fitting = _Filled(tree, filling)
        return True

    def _with(self, filling: bytes, last: _Filled, looks: Looks) -> tree_sitter.Tree | None:
        start, point = self._byte, self._point
        old_end, new_end = (start + len(text) for text in (last.filling, filling))
        tree = last.tree.copy()
        tree.edit(start, old_end, new_end, point, _behind(last.filling, point), _behind(filling, point))
        return parsed_within(looks, self._parser, reader(b"".join((self._before, filling, self._after))), tree)

    def _is_hazard(self, text: str, filling: bytes) -> bool:
        """Whether tree-sitter isn't to be given the window with a text in it."""
        before, after = self._content
        if len(before) + len(text) + len(after) > WHOLE_BYTES:
            return True
        if is_too_deep(map(add, self._open, left_open(filling))):
            return True
        return has_hazard(self._parsed.language, before + text + after)


def _behind(text: bytes, point: tuple[int, int]) -> tuple[int, int]:
    """The row and column behind a text that begins at a point."""
    row, column = point
    newlines = text.count(b"\n")
    return (row + newlines, len(text) - text.rfind(b"\n") - 1) if newlines else (row, column + len(text))
