"""Guard: the guardrails that the settings ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mistral_lsp.core.guardrail_files import Category
from mistral_lsp.core.redact import redacted
from mistral_lsp.features.guarding import Guard

if TYPE_CHECKING:
    from mistral_lsp.core.guardrail_files import GuardrailFiles
    from mistral_lsp.settings.guardrails import Guardrails


def guard_of(settings: Guardrails, files: GuardrailFiles, control_tokens: tuple[str, ...]) -> Guard:
    """What stands before questions, and what is judged."""
    before = {"off": "", "mistral": files.before, "custom": settings.prompt}[settings.mode]
    return Guard(
        before=redacted(before, control_tokens),
        judges_questions=settings.moderation in {"prompt", "both"},
        judges_answers=settings.moderation in {"answer", "both"},
        categories=frozenset(map(Category, settings.categories)),
        files=files,
        control_tokens=control_tokens,
    )
