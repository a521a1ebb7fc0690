"""Guardrail files: what stands before every question, and what a model is asked to judge a text."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from mistral_lsp.core.redact import redacted
from mistral_lsp.core.structured import one_of
from mistral_lsp.core.template import PromptFileError, compiled, fence_for, number_of, rendered

if TYPE_CHECKING:
    from jinja2 import Template

MAX_BEFORE_CHARS = 4_000  # of what stands before a question: it is read with each


class Category(Enum):
    """What a text may be; the words of the prompt and of the setting."""

    ACCEPTABLE = "acceptable"
    ILLEGAL = "illegal"
    HATEFUL = "hateful"
    UNQUALIFIED = "unqualified"

    @property
    def in_words(self) -> str:
        """For people."""
        return _WORDS[self]


_WORDS = {
    Category.ACCEPTABLE: "acceptable",
    Category.ILLEGAL: "illegal activities",
    Category.HATEFUL: "hateful, harassing or violent",
    Category.UNQUALIFIED: "unqualified advice",
}
VERDICTS = one_of([category.value for category in Category])


@dataclass(frozen=True, slots=True)
class GuardrailFiles:
    """Both files, fit for use; make them with `parse_guardrails`."""

    before: str  # Mistral's own sentences, or the user's in their place
    max_tokens: int  # of a verdict
    _moderation: Template

    def moderation(self, text: str, what: str, control_tokens: tuple[str, ...]) -> str:
        """The turn that asks for a verdict on a text; `what` says what it is."""
        return _turn(self._moderation, text, what, control_tokens)


def parse_before(source: str) -> str:
    """What stands before every question. Raises PromptFileError."""
    text = str(rendered(compiled(source), {})).strip()
    if not text or len(text) > MAX_BEFORE_CHARS:
        raise PromptFileError(f"the text must have 1 to {MAX_BEFORE_CHARS:,} characters")
    return text


def parse_moderation(source: str) -> tuple[Template, int]:
    """What asks for a verdict, and how long that may be. Raises PromptFileError."""
    template = compiled(source)
    sample = "a text to judge"
    if sample not in _turn(template, sample, "a question", ()):
        raise PromptFileError("the text must hold {{ text }}: it is what is judged")
    return template, number_of(rendered(template, _values(sample, "", ())), "max_tokens")


def _turn(template: Template, text: str, what: str, control_tokens: tuple[str, ...]) -> str:
    return str(rendered(template, _values(text, what, control_tokens))).strip()


def _values(text: str, what: str, control_tokens: tuple[str, ...]) -> dict[str, object]:
    """Plain values alone; the fence is one that nothing in the text closes."""
    return {"text": redacted(text, control_tokens), "what": what, "fence": fence_for([text])}
