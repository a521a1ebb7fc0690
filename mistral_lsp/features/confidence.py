"""Confidence: where an answer becomes too unlikely, by the odds of its tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mistral_lsp.core.healing import Healing


def doubt_in(raw: str, odds: Iterable[tuple[int, float]], healing: Healing, *, min_confidence: float) -> int | None:
    """Where the token begins by which all of an answer together is less likely than that; None where it isn't.

    Tokens that begin in what the user has typed already don't count: of that there is no doubt.
    """
    word, confidence = healing.held_back.lstrip(), 1.0
    for start, rate in odds:
        if word and not isinstance(healing.match(raw[:start]), str):
            continue
        confidence *= rate
        if confidence < min_confidence:
            return start
    return None
