"""Asked: one request to a model with its times."""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from mistral_lsp.core.prompt import Prompt

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from mistral_lsp.model.base import Model, ModelInfo, Usage

LIMIT_S = 300.0  # of one answer; whoever is slower has failed


@dataclass(frozen=True, slots=True)
class Said:
    """An answer, and what it took."""

    text: str
    first_s: float
    total_s: float
    tokens: int  # of the answer
    prompt_tokens: int | None
    cached_tokens: int | None
    tokens_per_s: float | None  # while it wrote; None where it wrote too little to tell

    @property
    def times(self) -> dict[str, Any]:
        """For a result that is kept."""
        rate = None if self.tokens_per_s is None else round(self.tokens_per_s, 2)
        return {
            "first_s": round(self.first_s, 4),
            "total_s": round(self.total_s, 4),
            "tokens": self.tokens,
            "tokens_per_s": rate,
        }


def turn_of(info: ModelInfo, text: str, *, max_tokens: int) -> Prompt:
    """A question as the model takes it: in its own chat template, or as it stands where it has none."""
    if info.has_chat is False:
        return Prompt(f"{text}\n\n", max_tokens)
    return Prompt("", max_tokens, user=text)


async def said(model: Model, prompt: Prompt, *, is_enough: bool = False) -> Said:
    """Ask; with `is_enough` the first line ends it, as an editor hangs up. Raises ModelError and TimeoutError."""
    clock, text = Clock(model), ""
    async with asyncio.timeout(LIMIT_S), contextlib.aclosing(clock.stream(prompt)) as stream:
        async for chunk in stream:
            text += chunk
            if is_enough and "\n" in text.lstrip("\n"):
                break
    return clock.answers[-1]


class Clock:
    """A model whose answers are timed, also those that whoever asks ends early."""

    def __init__(self, model: Model) -> None:
        """Nothing has been said."""
        self.answers: list[Said] = []
        self._model = model

    async def stream(
        self, prompt: Prompt, on_usage: Callable[[Usage], None] | None = None
    ) -> AsyncGenerator[str, None]:
        """As the model's own."""
        usages: list[Usage] = []
        text, chunks, first_s, total_s, began_s = "", 0, 0.0, 0.0, time.perf_counter()
        try:
            async with contextlib.aclosing(self._model.stream(prompt, usages.append)) as stream:
                async for chunk in stream:
                    total_s = time.perf_counter() - began_s
                    first_s = first_s or total_s
                    text, chunks = text + chunk, chunks + 1
                    yield chunk
                total_s = time.perf_counter() - began_s
        finally:
            usage = usages[-1] if usages else None
            if usage and on_usage:
                on_usage(usage)
            self.answers.append(_said(text, chunks, first_s, total_s, usage))

    async def warm_up(self) -> None:
        """As the model's own."""
        await self._model.warm_up()

    def connect(self) -> None:
        """As the model's own."""
        self._model.connect()

    async def describe(self) -> ModelInfo:
        """As the model's own."""
        return await self._model.describe()

    async def close(self) -> None:
        """Whoever opened the model closes it."""


def _said(text: str, chunks: int, first_s: float, total_s: float, usage: Usage | None) -> Said:
    counted = usage.answer_tokens if usage else None
    tokens = chunks if counted is None else counted
    rate = (usage.tokens_per_s if usage else None) or _rate(tokens, total_s - first_s)
    prompt_tokens, cached = (usage.prompt_tokens, usage.cached_tokens) if usage else (None, None)
    return Said(text, first_s or total_s, total_s, tokens, prompt_tokens, cached, rate)


def greedy(prompt: Prompt, *, seed: int) -> Prompt:
    """The prompt without chance, and the seed said all the same: some engines ask for both."""
    return replace(prompt, temperature=0.0, seed=seed)


def _rate(tokens: int, writing_s: float) -> float | None:
    return (tokens - 1) / writing_s if tokens >= 8 and writing_s > 0 else None
