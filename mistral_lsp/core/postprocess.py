"""Postprocess: from what the model wrote to what may be shown.

STEPS is the whole of it, in order; each step is pure, takes the text so far and gives the text to go on with, or the
Reason why nothing is shown. Run on a stream's beginning, the steps give a beginning of what they give at its end:
they only ever cut, and a cut is made at a place that later text can't take back.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mistral_lsp.core.blocks import shape_end
from mistral_lsp.core.reason import Reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mistral_lsp.core.document import Cursor
    from mistral_lsp.core.trigger import Shape

    Step = Callable[[str, Cursor, Shape], str | Reason]

MAX_CHARS = 8_000  # far over what max_tokens allows; what is longer isn't code for a cursor
MAX_LINE_CHARS = 1_000

# Control characters but tab and newline (ANSI escapes begin with one), lone surrogates, and what can't be seen or
# reorders what is seen: soft hyphen, zero-width, bidi, variation selectors, the tag block.
# https://www.unicode.org/reports/tr36/
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff]"
)

_CLOSER_OF = {"(": ")", "[": "]", "{": "}"}
_CLOSERS = frozenset(_CLOSER_OF.values())
_QUOTES = frozenset("\"'`")


def tidy(raw: str, cursor: Cursor, shape: Shape) -> str | Reason:
    """What to show of the model's text; never empty."""
    text = raw
    for step in STEPS:
        result = step(text, cursor, shape)
        if isinstance(result, Reason):
            return result
        text = result
    return text or Reason.EMPTY


def is_enough(raw: str, cursor: Cursor, shape: Shape) -> bool:
    """Whether the shape is complete, so that the rest of the stream isn't worth waiting for."""
    last_line = len(raw) - raw.rfind("\n") - 1
    return (
        len(raw) > MAX_CHARS
        or last_line > MAX_LINE_CHARS
        or _UNSAFE.search(normalise_newlines(raw, cursor, shape)) is not None
        or shape_end(cursor, normalise_newlines(raw, cursor, shape), shape) is not None
    )


def normalise_newlines(text: str, _cursor: Cursor, _shape: Shape) -> str:
    """Editors take a newline for the document's own terminator; a carriage return would be drawn by some of them."""
    return text.removesuffix("\r").replace("\r\n", "\n")  # a stream is also cut between the two


def refuse_unsafe(text: str, _cursor: Cursor, _shape: Shape) -> str | Reason:
    """A character that can't be seen, or that acts on a terminal, is no part of a suggestion."""
    return Reason.UNSAFE if _UNSAFE.search(text) else text


def refuse_endless(text: str, _cursor: Cursor, _shape: Shape) -> str | Reason:
    """A line that goes on and on is a model gone astray."""
    if len(text) > MAX_CHARS or max(map(len, text.split("\n"))) > MAX_LINE_CHARS:
        return Reason.ENDLESS
    return text


def cut_at_shape(text: str, cursor: Cursor, shape: Shape) -> str:
    """End where the line or the block ends; no more text comes, so its last word is whole."""
    end = shape_end(cursor, text + "\n", shape)
    return text if end is None else text[:end]


def drop_what_the_line_has(text: str, cursor: Cursor, _shape: Shape) -> str | Reason:
    """End before the closers and other text that already stand right of the cursor."""
    right = cursor.line_suffix.strip()
    if not right or not text:
        return text
    quote = _open_quote(cursor.line_prefix)
    first_line, newline, rest = text.partition("\n")
    closer = _unmatched_closer(first_line, quote)
    if closer is not None and first_line[closer] == right[0]:
        return first_line[:closer] or Reason.REPEATS
    kept = _without_overlap(first_line, right, quote)
    if len(kept) < len(first_line):
        return kept or Reason.REPEATS
    return first_line + newline + rest


def drop_following_lines(text: str, cursor: Cursor, _shape: Shape) -> str | Reason:
    """End before lines that repeat, to the end of the text, what stands below the cursor."""
    lines = text.split("\n")
    below = [line for raw in cursor.lines_after(len(lines) + 8) if (line := raw.rstrip())]
    written = [(number, line.rstrip()) for number, line in enumerate(lines) if line.strip()]
    if not below or not written:
        return text
    # The text's first line goes on where the cursor's line stops.
    contents = [(cursor.line_prefix + line).rstrip() if number == 0 else line for number, line in written]
    for index, (number, _) in enumerate(written):
        *whole, last = contents[index:]
        there = below[: len(whole) + 1]
        # A stream's last line may be cut off, so its beginning is enough; but not on its own.
        if there[:-1] == whole and (there[-1] == last or (whole and there[-1].startswith(last))):
            return "\n".join(lines[:number]) if number else Reason.REPEATS
    return text


def trim_end(text: str, _cursor: Cursor, _shape: Shape) -> str | Reason:
    """Whitespace at the end shows nothing and is in the way of typing on."""
    return text.rstrip() or Reason.EMPTY


STEPS: tuple[Step, ...] = (
    normalise_newlines,
    refuse_unsafe,
    cut_at_shape,
    refuse_endless,
    drop_what_the_line_has,
    drop_following_lines,
    trim_end,
)


def _open_quote(line: str) -> str:
    """The quote whose string the line's end is in, or nothing."""
    quote = ""
    for _, quote in _scan(line, ""):  # noqa: B007 - the last one is the answer
        pass
    return quote


def _unmatched_closer(text: str, quote: str) -> int | None:
    """Where the first closer outside strings stands whose opener isn't in the text."""
    expected: list[str] = []
    for index, (character, inside) in enumerate(_scan(text, quote)):
        if inside:
            continue
        if character in _CLOSER_OF:
            expected.append(_CLOSER_OF[character])
        elif character in _CLOSERS and (not expected or expected.pop() != character):
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


def _without_overlap(text: str, right: str, quote: str) -> str:
    """The text without the longest end of it that `right` begins with, where its brackets allow that."""
    for length in range(min(len(text), len(right)), 0, -1):
        overlap = right[:length]
        if text.endswith(overlap) and (not _CLOSERS & set(overlap) or _unmatched_closer(text, quote) is not None):
            return text[:-length]
    return text
