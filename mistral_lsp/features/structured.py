"""Structured: ask a model for JSON or for one of several words, and be sure of what comes back."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mistral_lsp.core.structured import Constraint, Unfit, checked

if TYPE_CHECKING:
    from mistral_lsp.core.prompt import Prompt
    from mistral_lsp.model.base import Model

log = logging.getLogger(__name__)


async def ask(model: Model, prompt: Prompt, constraint: Constraint) -> Any:
    """The value that the model answers with; a prompt of a chat, whose turn says what is wanted.

    The engine holds the model to the constraint if it can; the answer is checked all the same. One that is unfit is
    asked for once more, with what is wrong with it. Raises Unfit where that is no better, and ModelError. Cancelling
    hangs up, and so does an answer that can't become right.
    """
    if prompt.user is None:
        raise ValueError("a raw prompt has no place for what is wanted")
    asked = f"{prompt.user}\n\n{constraint.in_words}"
    try:
        return await _once(model, replace(prompt, user=asked, constraint=constraint), constraint)
    except Unfit as error:
        log.info("an answer is unfit and asked for once more: %s", error)
        again = f"{asked}\n\nYour last answer could not be used: {error}. Mind that."
    return await _once(model, replace(prompt, user=again, constraint=constraint), constraint)


async def _once(model: Model, prompt: Prompt, constraint: Constraint) -> Any:
    text = ""
    async with contextlib.aclosing(model.stream(prompt)) as chunks:
        async for chunk in chunks:
            text += chunk
            if not constraint.may_become(text):
                break
    return await asyncio.to_thread(checked, text, constraint)
