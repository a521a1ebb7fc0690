"""Snippets: which texts from elsewhere a prompt has, and in which order.

The order follows the server's prefix cache: what seldom changes stands first, and what stood there before stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from itertools import takewhile
from typing import TYPE_CHECKING

from mistral_lsp.core.context import FRAME_CHARS, Snippet
from mistral_lsp.core.similar import likeness, words_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# llama.vim's thresholds, for its ring of chunks (ggml-org/llama.vim, autoload/llama.vim).
MOST_LIKE_AROUND = 0.5  # what is more like the code around the cursor makes a model repeat that
MOST_LIKE_EACH_OTHER = 0.9

LEAST_LINES = 3  # of a text that was cut
KEPT_BONUS = 1.25  # what was there before stays until something is clearly better
_SIZE_BIAS_CHARS = 300  # otherwise one line would beat any function


class Kind(IntEnum):
    """What a text is, in the order in which a prompt has them: the last ones change most often."""

    OUTLINE = 0  # of the file itself
    DEFINITION = 1  # of names that the code around the cursor uses
    SIMILAR = 2
    EDIT = 3


@dataclass(frozen=True, slots=True)
class Candidate:
    """A text that may help at the cursor."""

    kind: Kind
    path: str
    text: str
    worth: float  # about 1 for what surely helps


def pack(
    candidates: Iterable[Candidate],
    *,
    budget_chars: int,
    around: str = "",
    shown: str = "",
    before: Sequence[Snippet] = (),
) -> tuple[Snippet, ...]:
    """The candidates that are worth most for their size, within a budget and cut to whole lines.

    `around` is the code next to the cursor, `shown` all of the file that the prompt has, and `before` what was packed
    for it last.
    """
    held = frozenset(line.strip() for line in shown.splitlines())
    trimmed = (_without(held, candidate) for candidate in candidates)
    chosen = _chosen([candidate for candidate in trimmed if candidate.text], budget_chars, words_of(around), before)
    return _ordered(chosen, before)


def _without(held: frozenset[str], candidate: Candidate) -> Candidate:
    """A list of signatures without the lines that the prompt has already; of a passage its ends alone lose them."""
    lines = candidate.text.splitlines()
    if candidate.kind in {Kind.OUTLINE, Kind.DEFINITION}:
        lines = [line for line in lines if line.strip() and line.strip() not in held]
    else:
        blank_or_held = held | {""}
        while lines and lines[-1].strip() in blank_or_held:
            lines.pop()
        head = len(list(takewhile(blank_or_held.__contains__, map(str.strip, lines))))
        lines = lines[head:]
    return Candidate(candidate.kind, candidate.path, "\n".join(lines), candidate.worth)


def _chosen(
    candidates: list[Candidate], budget_chars: int, around: int, before: Sequence[Snippet]
) -> list[tuple[Kind, Snippet]]:
    chosen: list[tuple[Kind, Snippet]] = []
    seen: list[int] = []
    for candidate in sorted(candidates, key=lambda one: _rank(one, before), reverse=True):
        words = words_of(candidate.text)
        if not words or likeness(words, around) > MOST_LIKE_AROUND:
            continue
        if any(likeness(words, other) > MOST_LIKE_EACH_OTHER for other in seen):
            continue
        room = budget_chars - len(candidate.path) - FRAME_CHARS
        text = _cut(candidate.text, room)
        if text:
            chosen.append((candidate.kind, Snippet(candidate.path, text)))
            seen.append(words)
            budget_chars = room - len(text)
    return chosen


def _rank(candidate: Candidate, before: Sequence[Snippet]) -> float:
    was_there = any(one.path == candidate.path and candidate.text.startswith(one.text) for one in before)
    return candidate.worth * (KEPT_BONUS if was_there else 1) / (len(candidate.text) + _SIZE_BIAS_CHARS)


def _cut(text: str, room: int) -> str:
    """The whole lines within some characters; nothing where they are too few to mean something."""
    if len(text) <= room:
        return text
    end = text.rfind("\n", 0, max(0, room) + 1)
    return text[:end].rstrip("\n") if end > 0 and text.count("\n", 0, end) + 1 >= LEAST_LINES else ""


def _ordered(chosen: list[tuple[Kind, Snippet]], before: Sequence[Snippet]) -> tuple[Snippet, ...]:
    """As before up to the first one that went, since that far the server has it; the rest by kind."""
    snippets = {snippet for _, snippet in chosen}
    kept = list(takewhile(snippets.__contains__, before))
    rest = [snippet for _, snippet in sorted(chosen, key=lambda one: one[0]) if snippet not in kept]
    return (*kept, *rest)
