"""Asking: a question to a model in its own chat template, and the answer as it comes."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from mistral_lsp.core.circles import end_before_circles
from mistral_lsp.core.prompt import Prompt

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from mistral_lsp.model.base import Model

DEFAULT_CONTEXT_TOKENS = 4096  # of a model that doesn't say
CHARS_PER_TOKEN = 3.0  # Mistral's tokenizers on Python source: 3.07


async def room_chars(model: Model, *, max_tokens: int) -> int:
    """How long a turn may be beside an answer of so many tokens. Raises ModelError."""
    info = await model.describe()
    tokens = (info.context_tokens or DEFAULT_CONTEXT_TOKENS) - max_tokens
    return max(0, int(tokens * CHARS_PER_TOKEN * _SHARE))


async def prose(
    model: Model, turn: str, *, max_tokens: int, temperature: float = 0.0, seed: int | None = None
) -> AsyncGenerator[str, None]:
    """What the answer is so far, each time that more of it has come. Raises ModelError.

    An answer that says the same over and over ends where it begins to. Closing the iterator hangs up.
    """
    async with contextlib.aclosing(
        _texts(model, turn, max_tokens=max_tokens, temperature=temperature, seed=seed)
    ) as texts:
        async for text in texts:
            if (end := end_before_circles(text)) is not None:
                yield text[:end]
                return
            yield text


async def answer(model: Model, turn: str, *, max_tokens: int, temperature: float = 0.0, seed: int | None = None) -> str:
    """The whole answer. Raises ModelError."""
    texts = _texts(model, turn, max_tokens=max_tokens, temperature=temperature, seed=seed)
    last = ""
    async with contextlib.aclosing(texts):
        async for text in texts:
            last = text
    return last


async def _texts(
    model: Model, turn: str, *, max_tokens: int, temperature: float, seed: int | None
) -> AsyncGenerator[str, None]:
    """The answer so far; a model without a chat template goes on from the turn as it stands."""
    info = await model.describe()
    if info.has_chat is False:
        prompt = Prompt(f"{turn}\n\n", max_tokens, temperature=temperature, seed=seed)
    else:
        prompt = Prompt("", max_tokens, temperature=temperature, seed=seed, user=turn)
    text = ""
    async with contextlib.aclosing(model.stream(prompt)) as chunks:
        async for chunk in chunks:
            text += chunk
            yield text


_SHARE = 0.9  # of the room: the estimate of tokens is one, and the chat template has some of its own
