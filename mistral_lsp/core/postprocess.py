"""Postprocess: from what the model wrote to what may be shown.

STEPS is the whole of it, in order; each step is pure, takes the text so far and gives the text to go on with, or the
Reason why nothing is shown. A line is whole where a newline ends it.

What the steps give for a stream's beginning may be taken back by what comes. `certain_part` holds that back: what it
gives is a beginning of what the whole gives, or the whole shows nothing (unsafe, endless, broken code).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mistral_lsp.core.blocks import shape_end
from mistral_lsp.core.brackets import missing, open_quote, too_many, unmatched_closer
from mistral_lsp.core.errors import adds_error
from mistral_lsp.core.lexing import CLOSERS, kind_at_end
from mistral_lsp.core.reason import Reason
from mistral_lsp.core.repeats import Written, may_run_in_circles, run_in_circles, run_into_below
from mistral_lsp.core.restyle import in_style
from mistral_lsp.core.trigger import Shape

if TYPE_CHECKING:
    from collections.abc import Callable

    from mistral_lsp.core.place import Place

    Step = Callable[[str, Place], str | Reason]

MAX_CHARS = 8_000  # far over what max_tokens allows; what is longer isn't code for a cursor
MAX_LINE_CHARS = 1_000
ECHO_CHARS = 8_000  # so far up, a file that is about prompts shows it

# Control characters but tab and newline (ANSI escapes begin with one), lone surrogates, and what can't be seen or
# reorders what is seen: soft hyphen, zero-width, bidi, variation selectors, the tag block.
# https://www.unicode.org/reports/tr36/
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff]"
)

_PLAIN = "x"  # without an end, so that it isn't judged
_OPERAND_ENDS = tuple("_)]}\"'`")  # after these, and after words, an expression may be complete
_CONTROL_TOKEN = re.compile(r"\[/?INST\]|\[(?:PREFIX|SUFFIX|MIDDLE)\]|<\|\w+\|>")


def tidy(raw: str, place: Place) -> str | Reason:
    """What to show of the model's text, of which no more comes; never empty."""
    return _run(STEPS, raw, place)


def certain_part(raw: str, place: Place) -> str | Reason:
    """What to show of a stream's beginning, in whole lines: nothing of it is taken back when more comes."""
    return _run(CERTAIN_STEPS, raw[: raw.rfind("\n") + 1], place)


def rehearse(place: Place) -> None:
    """Find out now what the steps ask of a place for any answer, by a plain one."""
    tidy(_PLAIN, place)
    if place.hole is not None:
        place.hole.rehearse()


def is_enough(raw: str, place: Place) -> bool:
    """Whether more of the stream can change nothing that is shown, so that it isn't worth waiting for."""
    if len(raw) > MAX_CHARS or len(raw) - raw.rfind("\n") - 1 > MAX_LINE_CHARS:
        return True
    text = normalise_newlines(raw, place)
    if _UNSAFE.search(text) or _has_prompts_mark(text, place) or ("\n" in text and _is_prompts_opening(text, place)):
        return True
    if "\n" not in text and (place.shape is Shape.LINE or not _has_closer(text)):
        return False  # nearly always: all that follows looks at whole lines, or at closers
    text = in_style(text, place)
    if shape_end(place.cursor, text, place.shape) is not None:
        return True
    written = Written(text[: text.rfind("\n") + 1], place)
    return run_in_circles(written, place) is not None or run_into_below(written, place, is_whole=False) is not None


def sure_part(raw: str, doubt: int) -> str:
    """What came before the model was unsure: whole lines where there are some, else whole words."""
    lines = raw[: raw.rfind("\n", 0, doubt) + 1]
    if lines.strip():
        return lines
    end = doubt
    while 0 < end < len(raw) and _is_word(raw[end]) and _is_word(raw[end - 1]):
        end -= 1
    return raw[:end]


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"


def _run(steps: tuple[Step, ...], raw: str, place: Place) -> str | Reason:
    text = raw[: MAX_CHARS + 1]
    for step in steps:
        result = step(text, place)
        if isinstance(result, Reason):
            return result
        text = result
    return text or Reason.EMPTY


def normalise_newlines(text: str, _place: Place) -> str:
    """Editors take a newline for the document's own terminator; a carriage return would be drawn by some of them."""
    return text.removesuffix("\r").replace("\r\n", "\n")  # a stream is also cut between the two


def refuse_unsafe(text: str, _place: Place) -> str | Reason:
    """A character that can't be seen, or that acts on a terminal, is no part of a suggestion."""
    return Reason.UNSAFE if _UNSAFE.search(text) else text


def refuse_echo(text: str, place: Place) -> str | Reason:
    """A prompt's own marks or first line, where the file has none, are a model that writes its prompt again."""
    return Reason.ECHO if _has_prompts_mark(text, place) or _is_prompts_opening(text, place) else text


def mend_indentation(text: str, place: Place) -> str:
    """Each line as deep as the file's own style has it, by the file's own characters."""
    return in_style(text, place)


def cut_at_shape(text: str, place: Place) -> str | Reason:
    """End where the line or the block ends; no more text comes, so its last word is whole."""
    end = shape_end(place.cursor, text + "\n", place.shape)
    if end is None or end >= len(text):
        return text
    if text[:end].strip() or not text.strip():
        return text[:end] + "\n"
    return Reason.UNBALANCED if text[end:].lstrip().startswith(tuple(CLOSERS)) else Reason.LEFT_BLOCK


def refuse_endless(text: str, _place: Place) -> str | Reason:
    """A line that goes on and on is a model gone astray."""
    if len(text) > MAX_CHARS or max(map(len, text.split("\n"))) > MAX_LINE_CHARS:
        return Reason.ENDLESS
    return text


def drop_what_the_line_has(text: str, place: Place) -> str | Reason:
    """End before the closers and other text that already stand right of the cursor."""
    right = place.cursor.line_suffix[:MAX_LINE_CHARS].strip()
    if not right or not text:
        return text
    first_line, newline, rest = text.partition("\n")
    closer = _closer_too_many(first_line, place)
    if closer is not None and first_line[closer] == right[0]:
        return _ended(first_line[:closer], Reason.REPEATS)
    kept = _without_overlap(first_line, right, may_close=closer is None)
    if len(kept) < len(first_line):
        return _ended(kept, Reason.REPEATS)
    return first_line + newline + rest


def balance_brackets(text: str, place: Place) -> str | Reason:
    """End before a closer of what isn't open; close what the line would leave open before the closers on its right.

    Without closers there, an open bracket is legal in every language: the statement goes on below.
    """
    if place.shape is not Shape.LINE or place.kind is not None:
        return text  # a block's brackets have had their turn
    end = too_many(text, place.language, place.open_brackets) if _has_closer(text) else None
    if end is not None:
        return _ended(text[:end].rstrip(), Reason.UNBALANCED)
    is_closed_right = place.cursor.line_suffix[:MAX_LINE_CHARS].strip().startswith(tuple(CLOSERS))
    line = text.rstrip("\n")
    ends_whole = line.endswith(_OPERAND_ENDS) or line[-1:].isalnum()
    is_complete = ends_whole and kind_at_end(place.language, line) is None
    return line + missing(line, place.language) + text[len(line) :] if is_closed_right and is_complete else text


def drop_following_lines(text: str, place: Place) -> str | Reason:
    """End before lines that stand below the cursor."""
    written = Written(text, place)
    return _cut(text, written, run_into_below(written, place))


def drop_repetition(text: str, place: Place) -> str | Reason:
    """End before lines that are those above once more, or that run in circles."""
    written = Written(text, place)
    return _cut(text, written, run_in_circles(written, place))


def hold_back_repetition(text: str, place: Place) -> str | Reason:
    """End before lines of which the next ones tell whether they are a repetition."""
    written = Written(text, place)
    return _cut(text, written, may_run_in_circles(written, place))


def trim_end(text: str, _place: Place) -> str | Reason:
    """Whitespace at the end shows nothing and is in the way of typing on."""
    return text.rstrip() or Reason.EMPTY


def refuse_new_errors(text: str, place: Place) -> str | Reason:
    """Code that parses stays code that parses; a last line without an end may have been cut off, and isn't judged."""
    whole = text[: text.rfind("\n") + 1].rstrip()
    return Reason.BREAKS_SYNTAX if whole and adds_error(whole, place) else text


_CUTS: tuple[Step, ...] = (
    normalise_newlines,
    refuse_unsafe,
    refuse_echo,
    mend_indentation,
    cut_at_shape,
    refuse_endless,
    drop_what_the_line_has,
    balance_brackets,
    drop_following_lines,
    drop_repetition,
)
STEPS: tuple[Step, ...] = (*_CUTS, refuse_new_errors, trim_end)
CERTAIN_STEPS: tuple[Step, ...] = (*_CUTS, hold_back_repetition, refuse_new_errors, trim_end)


def _cut(text: str, written: Written, index: int | None) -> str | Reason:
    """The text before one of its lines."""
    if index is None:
        return text
    return _ended(written.before(index), Reason.REPEATS)


def _has_prompts_mark(text: str, place: Place) -> bool:
    token = _CONTROL_TOKEN.search(text)
    return token is not None and not any(token[0] in line for line in place.cursor.lines_above(ECHO_CHARS))


def _is_prompts_opening(text: str, place: Place) -> bool:
    if not place.opening or text.strip().partition("\n")[0].rstrip() != place.opening:
        return False
    return not any(line.strip() == place.opening for line in place.cursor.lines_above(ECHO_CHARS))


def _ended(text: str, reason: Reason) -> str | Reason:
    """A text whose last line is whole, or why there is none."""
    return text.rstrip("\n") + "\n" if text.strip() else reason


def _closer_too_many(line: str, place: Place) -> int | None:
    """Where a line begins to close what isn't open, or is closed on the right."""
    if not _has_closer(line):
        return None
    if place.kind is None:
        return too_many(line, place.language, place.open_brackets)
    return unmatched_closer(line, open_quote(place.cursor.line_prefix[-MAX_LINE_CHARS:]))


def _has_closer(text: str) -> bool:
    return any(closer in text for closer in CLOSERS)


def _without_overlap(text: str, right: str, *, may_close: bool) -> str:
    """The text without the longest end of it that `right` begins with; not its closers, where they may stand."""
    for length in range(min(len(text), len(right)), 0, -1):
        overlap = right[:length]
        if text.endswith(overlap) and not (may_close and any(closer in overlap for closer in CLOSERS)):
            return text[:-length]
    return text
