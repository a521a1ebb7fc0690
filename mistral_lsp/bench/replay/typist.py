"""Typist: which key comes next, and when. Nothing here depends on what happened before but the text that is there.

So the same key takes the same time in every run of a seed, whatever was suggested before it.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from itertools import pairwise
from random import Random

from mistral_lsp.bench.replay.policy import words
from mistral_lsp.core.common import common_start

CLOSER_OF = {"(": ")", "[": "]", "{": "}"}
_OPENERS = (":", "(", "[", "{")
_LEAVES = re.compile(r"\s+(?:return|raise|pass|break|continue)\b")  # editors take Python's next line back after these
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hands:
    """How fast somebody types and reads, and how well."""

    key_s: float = 0.150  # median between two keys
    key_sigma: float = 0.45  # of the logarithm
    think_s: float = 0.6  # median at a line's start, on top
    think_sigma: float = 0.8
    typo_share: float = 0.02  # of the letters
    notice_s: float = 0.35  # until a suggestion is seen
    read_s: float = 0.015  # for each character


@dataclass(frozen=True, slots=True)
class Press:
    """One key: so many characters before the caret go, and these come."""

    erased: int
    typed: str

    @property
    def writes(self) -> bool:
        """Whether it brings a character of the text, not only corrects."""
        return bool(self.typed)


class Typist:
    """The times and the slips of one person at one text."""

    def __init__(self, name: str, *, seed: int, hands: Hands | None = None) -> None:
        """The name and the seed decide everything."""
        self._name = f"{seed}:{name}"
        self.hands = hands or Hands()

    def before_s(self, wanted: str, at: int) -> float:
        """How long the key at a place comes after the one before it."""
        hands, chance = self.hands, self._chance("key", at)
        interval_s = chance.lognormvariate(math.log(hands.key_s), hands.key_sigma)
        if wanted[:at].endswith("\n"):
            return interval_s + chance.lognormvariate(math.log(hands.think_s), hands.think_sigma)
        return interval_s

    def slip(self, wanted: str, at: int) -> str | None:
        """The wrong letter that comes out at a place the first time; mostly None."""
        letter, chance = wanted[at : at + 1], self._chance("typo", at)
        row = next((row for row in _ROWS if letter.lower() in row), "")
        if not letter or not row or chance.random() >= self.hands.typo_share:
            return None
        index = row.index(letter.lower())
        return row[index - 1] if index else row[1]

    def reading_s(self, text: str) -> float:
        """From a suggestion's appearance to the key that takes it."""
        return self.hands.notice_s + self.hands.read_s * len(text)

    def _chance(self, what: str, at: int) -> Random:
        return Random(f"{self._name}:{what}:{at}")


def next_press(have: str, wanted: str, *, indent: str) -> Press | None:
    """The key that brings what is there nearer to what is wanted; None when it is that."""
    agreed = common_start(have, wanted)
    extra, rest = have[agreed:], wanted[agreed:]
    line = have[have.rfind("\n") + 1 :]
    if extra:
        return _correction(extra, rest, line, indent)
    if rest.startswith("\n"):
        return Press(0, "\n" + _next_indent(line, indent))
    if rest.startswith(" ") and not line.strip():
        spaces = len(rest) - len(rest.lstrip(" "))
        return Press(0, " " * min(spaces, len(indent)))
    return Press(0, rest[0]) if rest else None


def straight(wanted: str, *, given: str, indent: str) -> int:
    """The keys that write a text behind its beginning, without any help but the editor's own indentation."""
    have, count = given, 0
    while press := next_press(have, wanted, indent=indent):
        have = have[: len(have) - press.erased] + press.typed
        count += press.writes
    return count


def indent_of(text: str) -> str:
    """One step of a text's indentation."""
    leads = [line[: len(line) - len(line.lstrip())] for line in text.split("\n") if line.strip()]
    if any(lead.startswith("\t") for lead in leads):
        return "\t"
    steps = [abs(len(b) - len(a)) for a, b in pairwise(leads)]
    return " " * min((step for step in steps if step > 1), default=4)


def is_closed_twice(have: str, behind: str) -> bool:
    """Whether a closer right of the caret has lost its opener: what was accepted had one of its own."""
    closer = behind[:1]
    opener = next((opener for opener, one in CLOSER_OF.items() if one == closer), None)
    return opener is not None and have.count(opener) - have.count(closer) < behind.count(closer)


def _correction(extra: str, rest: str, line: str, indent: str) -> Press:
    if not extra.isspace():
        return Press(len(words(extra)[-1]), "")
    if rest.startswith("\n") and not line.strip():  # editors clear a blank line when it is left
        return Press(len(extra), "\n" + line)
    return Press(min(len(extra), len(indent)), "")


def _next_indent(line: str, indent: str) -> str:
    lead = line[: len(line) - len(line.lstrip())]
    if line.rstrip().endswith(_OPENERS):
        return lead + indent
    return lead[: -len(indent)] if _LEAVES.match(line) else lead
