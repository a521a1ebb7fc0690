"""Prompt: what is sent to a model."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Prompt:
    """A raw prompt, sent as it is: no endpoint wraps it in a template of its own.

    The endpoint adds the begin-of-sequence token, so the text never has it.
    """

    text: str
    max_tokens: int
    stop: tuple[str, ...] = ()  # at most 4: TGI's default limit, and vLLM's
    temperature: float = 0.0  # 0 is greedy
