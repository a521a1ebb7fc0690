"""Candidates: further suggestions for a place, where the user has asked for them by hand."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from mistral_lsp.core.suggestion import rest
from mistral_lsp.features.answer import Answer
from mistral_lsp.features.listener import Listener

if TYPE_CHECKING:
    from collections.abc import Callable

    from mistral_lsp.model.base import Model

COUNT = 2  # besides the greedy one; both at once, so that a client never has more than two streams
TEMPERATURE = 0.8
SEEDS = (11, 23)  # any will do, the same ones again give the same texts
LEAST_S = 0.5  # they may take so long, or as long again as the first one took
MOST_S = 2.0


async def other_texts(answer: Answer, model: Model, host: Callable[[list[Answer]], None]) -> tuple[str, ...]:
    """Texts for an answer's place, distinct from its own and from each other; those that come in good time.

    `host` is told of the streams. Asked again, they are the same. Cancelled, the streams end.
    """
    if answer.others is None:
        answer.others = await _sampled(answer, model, host)
    return answer.others


def others_left(answer: Answer, typed: str) -> tuple[str, ...]:
    """What is left of them where so much was typed."""
    return tuple(left for text in answer.others or () if (left := rest(text, typed)) is not None)


async def _sampled(answer: Answer, model: Model, host: Callable[[list[Answer]], None]) -> tuple[str, ...]:
    sampled = [Answer(answer.request, answer.shape, answer.healing, Listener()) for _ in range(COUNT)]
    for one, seed in zip(sampled, SEEDS, strict=True):
        one.begin(model, replace(answer.prompt, temperature=TEMPERATURE, seed=seed))
    host(sampled)
    try:
        patience_s = min(max(LEAST_S, answer.took_s), MOST_S)
        await asyncio.wait({asyncio.ensure_future(one.settled()) for one in sampled}, timeout=patience_s)
    finally:
        for one in sampled:
            one.end()
    texts = dict.fromkeys(text for one in sampled if (text := one.text) is not None and text != answer.text)
    return tuple(texts)
