"""Confidence: where an answer becomes too unlikely, by the odds of its tokens.

The measure is how likely one token must be. A less likely one ends the answer, and so do many that together are less
likely than three of those; two, where the user has just typed something else than what was suggested in this line.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mistral_lsp.core.healing import Healing

UNLIKELY_TOKENS = 3  # together, the least likely answer
DOUBTED_TOKENS = 2  # ... in a line in which the model was wrong


def doubt_in(
    raw: str, odds: Iterable[tuple[int, float]], healing: Healing, *, min_confidence: float, is_doubted: bool = False
) -> int | None:
    """Where the token begins by which an answer is too unlikely; None where it isn't.

    Tokens that begin in what the user has typed already don't count: of that there is no doubt.
    """
    word, together = healing.held_back.lstrip(), 1.0
    least = min_confidence ** (DOUBTED_TOKENS if is_doubted else UNLIKELY_TOKENS)
    for start, rate in odds:
        if word and not isinstance(healing.match(raw[:start]), str):
            continue
        together *= rate
        if rate < min_confidence or together < least:
            return start
    return None


def sureness(odds: Iterable[tuple[int, float]]) -> float:
    """How likely a model holds all of an answer together; 1 where it doesn't tell."""
    return math.prod(rate for _, rate in odds)
