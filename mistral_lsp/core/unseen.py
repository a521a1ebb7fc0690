"""Unseen: characters that hide text, or show it in another order than it has, spelled out for a prompt.

A file can hold words that nobody sees in an editor and every model reads (Trojan Source, CVE-2021-42574; the tag block;
variation selectors), so what the model reads is made what a person sees.
"""

from __future__ import annotations

import re

# Soft hyphen, zero-width, bidi, variation selectors but the two of emoji and text, the tag block.
# https://www.unicode.org/reports/tr36/
_UNSEEN = (
    "\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0d\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff"
)
_ANY = re.compile(f"[{_UNSEEN}\u200c\u200d]")
# A joiner stays where emoji and scripts need one: between two characters beyond Latin.
_RUN = re.compile(f"[{_UNSEEN}]+|(?<![\u0300-\U0010ffff])[\u200c\u200d]+|[\u200c\u200d]+(?![\u0300-\U0010ffff])")
_MAX_RUN = 64  # more of a run are only counted
_MAX_RUNS = 10_000  # in one text: what follows is made of nothing else, and is left out


def show_unseen(text: str) -> str:
    r"""The text with each such character as its code point, such as <U+202E>; of a long run, the first ones."""
    if text.isascii() or _ANY.search(text) is None:  # one class of characters: many times as quick as the runs
        return text
    shown = _RUN.sub(_spelled, text, count=_MAX_RUNS)
    return shown if _ANY.search(shown) is None else _without_rest(shown)


def _without_rest(text: str) -> str:
    """Without what comes after so many runs; joiners that scripts need are no run, and stay."""
    rest = _RUN.search(text)
    return text if rest is None else text[: rest.start()] + _ANY.sub("", text[rest.start() :])


def _spelled(found: re.Match[str]) -> str:
    run = found[0]
    more = f"<{len(run) - _MAX_RUN} more>" if len(run) > _MAX_RUN else ""
    return "".join(f"<U+{ord(character):04X}>" for character in run[:_MAX_RUN]) + more
