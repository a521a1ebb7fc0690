"""Parsing: a tree for the text around a cursor, made in slices short enough for an event loop.

tree-sitter holds the interpreter's lock, so a thread would stall the loop as well; a parse is halted and resumed
instead. A text up to WHOLE_BYTES is parsed whole, a longer one in a window of whole lines. Either way the next parse
starts from the tree of the last one: texts are values, so what was edited is asked of them, and no edits are queued.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from mistral_lsp.core.grammar_input import advance, is_hazard, parsed_within, readable, reader
from mistral_lsp.core.indentation import is_definition
from mistral_lsp.core.languages import load
from mistral_lsp.core.text import byte_length, encode

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import tree_sitter

    from mistral_lsp.core.grammar_input import Looks
    from mistral_lsp.core.language import Language
    from mistral_lsp.core.text import Change, Text

SLICE_S = 0.002  # broken code is worked on for up to 5 ms more before tree-sitter asks whether to go on
GIVE_UP_S = 0.1  # hostile text can take tree-sitter seconds: html 2.6 s for 30,000 unclosed tags

# What sets these is broken code, which costs up to 1 ms a kilobyte; `python -m mistral_lsp.bench.syntax`.
WHOLE_BYTES = 10 * 1024
ABOVE_CHARS, BELOW_CHARS = 6 * 1024, 3 * 1024  # of a window: what a cursor is in begins above it
MARGIN_LINES = 20  # a window is used again while the cursor is this far from its ends
SNAP_LINES = 100  # how far a window's ends may move to a line that begins something


_CONTINUATION_BYTES = bytes(range(0x80, 0xC0))  # UTF-8's, all but a character's first


@dataclass(frozen=True, slots=True)
class Window:
    """Whole lines of a text, from `first` to before `stop`; tree-sitter counts from the window's start."""

    text: Text
    first: int
    stop: int
    start: int  # offsets of its ends, in code points and in UTF-8
    end: int
    start_byte: int
    end_byte: int

    @classmethod
    def of(cls, text: Text, first: int, stop: int) -> Self:
        """The window of these lines."""
        start, end = text.offset(first, 0), text.offset(stop, 0)
        return cls(text, first, stop, start, end, text.byte_offset(start), text.byte_offset(end))

    def has(self, offset: int) -> bool:
        """Whether an offset of the text is in it or at its ends."""
        return self.start <= offset <= self.end

    def byte_of(self, offset: int) -> int:
        """Where tree-sitter sees an offset of the text."""
        return self.text.byte_offset(offset) - self.start_byte

    def place_of(self, offset: int) -> tuple[int, tuple[int, int]]:
        """The same with its row and column; tree-sitter's columns are bytes."""
        line, column = self.text.position(offset)
        return self.byte_of(offset), (line - self.first, byte_length(self.text.line(line)[:column]))

    def offset_of(self, point: tuple[int, int]) -> int:
        """The offset of a row and column of tree-sitter's."""
        line = self.first + point[0]
        if line >= self.text.line_count:
            return len(self.text)
        before = encode(self.text.line(line))[: point[1]]  # error nodes may end inside a character
        return self.text.offset(line, 0) + len(before.translate(None, _CONTINUATION_BYTES))

    def content(self) -> str:
        """The window's text."""
        return self.text.slice(self.start, self.end)


@dataclass(frozen=True, slots=True)
class Parsed:
    """A finished tree and the window it is of. Neither ever changes."""

    language: Language
    window: Window
    tree: tree_sitter.Tree
    is_older: bool = False  # it is of an older text, and knows no more than where that was changed


class Parse:
    """One parse in the making: call `step` until it says that it's done, with anything else in between."""

    def __init__(
        self, language: Language, text: Text, line: int, *, last: Parsed | None, clock: Callable[[], float]
    ) -> None:
        """Parse around a line, from the document's last tree where there is one."""
        self.parsed: Parsed | None = None  # stays None where indentation has to answer
        self.is_costly = False  # it took so long that the next ones of this text had better not be tried
        self._language = language
        self._clock = clock
        self._held_s = 0.0
        self._parser: tree_sitter.Parser | None = None
        self._read: Callable[[int, object], bytearray] | None = None
        self._window, self._old = _planned(language, text, line, last)

    def step(self) -> bool:
        """Work for about SLICE_S; True when done."""
        if self._window is None:
            return True
        if not self._begin(self._window) or self._parser is None or self._read is None:
            return self._window is None
        started = self._clock()
        tree = advance(self._parser, self._read, self._old, deadline=started + SLICE_S, clock=self._clock)
        self._held_s += self._clock() - started
        self.is_costly = self._held_s >= GIVE_UP_S
        if tree is not None:
            self.parsed = Parsed(self._language, self._window, tree)
        elif not self.is_costly:
            return False
        self._window = self._old = self._parser = None
        return True

    def _begin(self, window: Window) -> bool:
        """Make the parser, once; False where there is none, or not yet: tree-sitter's import is a slice of its own."""
        if self._parser is not None:
            return True
        is_first = "tree_sitter" not in sys.modules
        from tree_sitter import Parser

        if is_first:
            return False
        grammar, content = load(self._language), window.content()
        if grammar is None or is_hazard(self._language, content):
            self._window = None
            return False
        self._parser, self._read = Parser(grammar), reader(readable(content))
        return True


def carried(last: Parsed, text: Text, line: int) -> Parsed | None:
    """The last tree for a text that differs from its own in this line alone; None where that's more, or elsewhere.

    Above the line it is the tree that a parse would give, as far as no error there is mended on the line.
    """
    change = text.change_from(last.window.text)
    if change is None:
        return last
    window = _moved(last.window, text, change)
    is_on_line = text.line_count == last.window.text.line_count and change.start >= text.offset(line, 0)
    if window is None or not _is_inside(window, line) or not is_on_line or change.new_end > text.offset(line + 1, 0):
        return None
    return Parsed(last.language, window, _edited(last, window, change), is_older=True)


def reparse(last: Parsed, text: Text, *, looks: Looks) -> Parsed | None:
    """A changed text's tree from the last one, at once; None where `looks` don't last."""
    from tree_sitter import Parser

    change = text.change_from(last.window.text)
    window = _moved(last.window, text, change)
    grammar = load(last.language)
    if window is None or grammar is None or is_hazard(last.language, content := window.content()):
        return None
    tree = parsed_within(looks, Parser(grammar), reader(readable(content)), _edited(last, window, change))
    return None if tree is None else Parsed(last.language, window, tree)


def _planned(
    language: Language, text: Text, line: int, last: Parsed | None
) -> tuple[Window | None, tree_sitter.Tree | None]:
    """What to parse, and the edited last tree to start from."""
    if last is not None and last.language is language:
        change = text.change_from(last.window.text)
        window = _moved(last.window, text, change)
        if window is not None and _is_inside(window, line):
            return window, _edited(last, window, change)
    return _window_around(text, line), None


def _moved(window: Window, text: Text, change: Change | None) -> Window | None:
    """The same window in a changed text; None where the change isn't wholly inside."""
    if change is None:
        return Window.of(text, window.first, window.stop)
    if not window.start <= change.start <= change.old_end <= window.end:
        return None
    stop = window.stop + text.line_count - window.text.line_count
    moved = Window.of(text, window.first, stop)
    too_long = moved.end - moved.start > WHOLE_BYTES
    return moved if stop > window.first and not too_long else None


def _is_inside(window: Window, line: int) -> bool:
    below_start = window.first == 0 or line >= window.first + MARGIN_LINES
    above_end = window.stop >= window.text.line_count or line < window.stop - MARGIN_LINES
    return below_start and above_end


def _edited(last: Parsed, window: Window, change: Change | None) -> tree_sitter.Tree:
    """A copy of the last tree that knows where the text changed."""
    tree = last.tree.copy()
    if change is not None:
        start = old_end = last.window.place_of(change.start)
        if change.old_end != change.start:
            old_end = last.window.place_of(change.old_end)
        new_end = start if change.new_end == change.start else window.place_of(change.new_end)
        tree.edit(start[0], old_end[0], new_end[0], start[1], old_end[1], new_end[1])
    return tree


def _window_around(text: Text, line: int) -> Window | None:
    """The whole of a short text; of a longer one, lines around this one; None where the line itself is huge."""
    if text.byte_count <= WHOLE_BYTES:
        return Window.of(text, 0, text.line_count)
    if len(text.line(line)) > ABOVE_CHARS:
        return None
    first, last = _reach(text, line)
    if first > 0:
        head = text.lines(first, min(first + SNAP_LINES, line))
        first += _beginning_in(head, range(1, len(head))) or 0
    stop = last + 1
    if stop < text.line_count:
        base = max(stop - SNAP_LINES, line + 1)
        tail = text.lines(base, stop + 1)
        found = _beginning_in(tail, range(len(tail) - 1, 0, -1))
        stop = base + found if found else stop
    return Window.of(text, first, stop)


def _reach(text: Text, line: int) -> tuple[int, int]:
    """The first and the last line that a window around a line may hold."""
    above = text.offset(line, 0) - ABOVE_CHARS
    below = text.offset(line + 1, 0) + BELOW_CHARS
    first = min(text.position(above)[0] + 1, line) if above > 0 else 0
    last = max(text.position(below)[0] - 1, line) if below < len(text) else text.line_count - 1
    return first, last


def _beginning_in(lines: Sequence[str], numbers: range) -> int | None:
    """The first of these numbers whose line begins a definition after a blank line, or else is on the left margin so.

    A window that begins and ends at such lines hardly ever cuts a string in two.
    """
    at_margin = None
    for number in numbers:
        content = lines[number]
        if content.isspace() or not lines[number - 1].isspace():
            continue
        if is_definition(content):
            return number
        if at_margin is None and not content[0].isspace() and content[0] not in ")]}'\"":
            at_margin = number
    return at_margin
