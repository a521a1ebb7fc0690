"""Errors: whether an answer would break code that parses.

The window of the file is parsed with the answer in it. An error that wasn't there before speaks against the answer,
unless it is only unfinished: what an answer opens may be closed by whoever types on, and an operator at its end wants
an operand. So it is tried with these endings as well, and one that parses is enough. Where the file around has errors
that the cursor's own line doesn't explain, nothing is said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mistral_lsp.core.brackets import missing
from mistral_lsp.core.language import Blocks
from mistral_lsp.core.lexing import Kind, kind_at_end, tokens
from mistral_lsp.core.parsing import reparse

if TYPE_CHECKING:
    from collections.abc import Iterator

    import tree_sitter

    from mistral_lsp.core.parsing import Parsed
    from mistral_lsp.core.place import Place

LOOKS = 120  # of tree-sitter's, for all parses of an answer; measured with `python -m mistral_lsp.bench.postprocess`
MAX_PREFIX_CHARS = 1_000  # of the cursor's line

# What an unfinished answer may go on with, before its brackets are closed.
_ENDINGS = ("", " x", " {}", ": pass", "\ndef x(): pass")


def adds_error(text: str, place: Place) -> bool:
    """Whether the document has an error with the answer that it hasn't without it."""
    parsed = place.syntax.parsed if place.syntax is not None else None
    if parsed is None or place.kind is not None or parsed.window.text is not place.cursor.document.text:
        return False
    if kind_at_end(place.language, place.cursor.line_prefix + text) is Kind.STRING:
        return False  # it is closed in many ways
    if place.language.blocks is Blocks.PROSE or len(place.cursor.line_prefix) > MAX_PREFIX_CHARS:
        return False
    hole = _Hole(parsed, place, text)
    if hole.parses("") or not hole.is_sound():
        return False
    return not any(hole.parses(ending) for ending in _endings(text, place))


class _Hole:
    """The place in the tree's window, parsed with one thing after the other in it, all within a budget."""

    def __init__(self, parsed: Parsed, place: Place, text: str) -> None:
        self._parsed = parsed
        self._cursor = place.cursor
        self._text = text
        self._looks = LOOKS

    def parses(self, ending: str) -> bool:
        """Whether there is no error with the answer and this after it, as far as it can be told.

        What is missing after the answer is for the user to write.
        """
        after = self._with(self._cursor.offset, self._cursor.offset, self._text + ending)
        if after is None:
            return True
        visible = after.window.byte_of(self._cursor.offset + len(self._text))
        return not any(not node.is_missing or node.start_byte < visible for node in errors(after.tree))

    def is_sound(self) -> bool:
        """Whether there is no error now but what the cursor's own line may explain."""
        if not errors(self._parsed.tree):
            return True
        start = self._cursor.offset - len(self._cursor.line_prefix)
        blank = self._with(start, self._cursor.offset + len(self._cursor.line_suffix), "")
        return blank is not None and not errors(blank.tree)

    def _with(self, start: int, end: int, text: str) -> Parsed | None:
        changed = self._cursor.document.text.replace(start, end, text)
        found, self._looks = reparse(self._parsed, changed, looks=self._looks)
        return found


def errors(tree: tree_sitter.Tree) -> list[tree_sitter.Node]:
    """The outermost errors of a tree, and what it lacks."""
    found = []
    todo = [tree.root_node]
    while todo:
        node = todo.pop()
        if node.is_error or node.is_missing:
            found.append(node)
        elif node.has_error:
            todo += node.children
    return found


def _endings(text: str, place: Place) -> Iterator[str]:
    """What an unfinished answer may go on with."""
    closers = _closers(text, place)
    last = text[text.rfind("\n") + 1 :]
    indent = (place.cursor.line_prefix if last == text else last)[: len(last) - len(last.lstrip())]
    for ending in _ENDINGS:
        yield ending.replace("\n", "\n" + indent) + closers


def _closers(text: str, place: Place) -> str:
    """What closes the brackets that the cursor's line and the answer open, but for those that close on the right."""
    line, right = place.cursor.line_prefix, place.cursor.line_suffix[:MAX_PREFIX_CHARS]
    wanted = missing(line + text, place.language)
    closed = sum((kind is Kind.CLOSE) - (kind is Kind.OPEN) for kind, _, _ in tokens(place.language, right))
    return wanted[: max(0, len(wanted) - max(0, closed))]
