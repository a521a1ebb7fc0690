"""Guardrails: the settings of what holds the model to good behaviour."""

from __future__ import annotations

from dataclasses import dataclass

from mistral_lsp.settings import rule
from mistral_lsp.settings.rule import setting


@dataclass(frozen=True, slots=True)
class Guardrails:
    """What holds the model to good behaviour in questions and edits, never in ghost text. The user's alone."""

    mode: str = setting(
        "off",
        "What stands before every question and edit: mistral is Mistral's published four sentences, custom is "
        "guardrails.prompt. Off, since it costs Mistral 7B some quality (MT-Bench 6.84 to 6.58, by its makers) and "
        "who hosts a model for their own code seldom needs it.",
        choices=("off", "mistral", "custom"),
    )
    prompt: str = setting(
        "",
        "For custom: your own sentences.",
        form=rule.sentences,
        allowed_form="a text of at most 4000 characters",
    )
    moderation: str = setting(
        "off",
        "Have the model itself judge what is asked, what it answers, or both, for hovers and other prose; an answer is "
        "held back until then, and what can't be judged isn't shown. One more question to the model for each.",
        choices=("off", "prompt", "answer", "both"),
    )
    categories: tuple[str, ...] = setting(
        ("illegal", "hateful", "unqualified"),
        "What is withheld: illegal activities; hateful, harassing or violent texts; unqualified advice.",
        choices=("illegal", "hateful", "unqualified"),
    )
