"""Policy: what a person does about the ghost text that they see. A change of a rule is a new VERSION."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mistral_lsp.core.common import common_start

VERSION = 1
_WORD = re.compile(r"\s*\w+|\s*[^\w\s]+|\s+")  # what one press of "accept the next word" takes, and of "delete" removes


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Which ways of accepting a person uses, and from what saving on."""

    takes_whole: bool = True  # what they meant to write, up to a line's end
    takes_and_deletes: bool = False  # a correct beginning, and then deletes what is wrong
    takes_words: bool = False  # a correct beginning word by word
    least_saved_keys: int = 2
    least_beginning: int = 5  # characters of a correct beginning that are worth a look


POLICIES = {
    "person": Policy(takes_and_deletes=True, takes_words=True),
    "exact": Policy(),
    "deleting": Policy(takes_and_deletes=True),
    "never": Policy(takes_whole=False),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """To accept: the parts that one key each puts in, and what they save."""

    parts: tuple[str, ...]
    kept: int  # characters that needn't be deleted again
    saved_keys: int
    is_whole: bool  # by the key that takes all


def choose(policy: Policy, suggestion: str, wanted: str, *, right: str = "") -> Choice | None:
    """What to do about a suggestion, by what is meant to be written; None to type on.

    `right` is what stands right of the caret already: a suggestion may end before it as before a line's end.
    """
    agreed = common_start(suggestion, wanted)
    is_end = wanted[agreed : agreed + 1] in {"", "\n", right[:1]}
    choices = [choice for choice in _choices(policy, suggestion, agreed, is_end=is_end) if choice is not None]
    best = max(choices, key=lambda choice: choice.saved_keys, default=None)
    return best if best is not None and best.saved_keys >= policy.least_saved_keys else None


def words(text: str) -> list[str]:
    """The parts that a word-wise key takes."""
    return _WORD.findall(text)


def _choices(policy: Policy, suggestion: str, right: int, *, is_end: bool) -> list[Choice | None]:
    is_right = right == len(suggestion)
    if is_right and (is_end or right >= policy.least_beginning):
        return [Choice((suggestion,), right, right - 1, is_whole=True) if policy.takes_whole else None]
    if right < policy.least_beginning:
        return []
    return [
        _and_delete(suggestion, right) if policy.takes_and_deletes else None,
        _by_words(suggestion, right) if policy.takes_words else None,
    ]


def _and_delete(suggestion: str, right: int) -> Choice:
    presses = 1 + len(words(suggestion[right:]))
    return Choice((suggestion,), right, right - presses, is_whole=True)


def _by_words(suggestion: str, right: int) -> Choice:
    parts: list[str] = []
    kept = 0
    for part in words(suggestion):
        if kept + len(part) > right:
            break
        parts.append(part)
        kept += len(part)
    return Choice(tuple(parts), kept, kept - len(parts), is_whole=False)
