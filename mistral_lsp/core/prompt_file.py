"""Prompt file: one Jinja template with the numbers that belong to it, in a sandbox.

What a file may use, and what it has to set, stands in prompts/README.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mistral_lsp.core.context import Context, Snippet
from mistral_lsp.core.languages import language_of
from mistral_lsp.core.redact import redacted, redacted_to_cursor
from mistral_lsp.core.template import PromptFileError, compiled, fence_for, number_of, rendered, strings_of, undeclared
from mistral_lsp.core.trigger import Shape

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jinja2 import Template
    from jinja2.environment import TemplateModule

__all__ = ["MAX_STOPS", "PromptFile", "PromptFileError", "parse"]

MAX_STOPS = 4  # TGI's default limit, and vLLM's


@dataclass(frozen=True, slots=True)
class PromptFile:
    """A file fit for use; make one with `parse`."""

    max_tokens: int
    context_tokens: int | None  # None: as much as the settings allow
    control_tokens: tuple[str, ...]
    uses_snippets: bool  # otherwise none need be gathered
    uses_below: bool  # whether it says anything of the code after the cursor: otherwise all room is for what is before
    is_chat: bool  # it sets `user`, a turn for the model's own chat template
    _template: Template

    def render(
        self, context: Context, shape: Shape, *, prefix: str, prefills: bool = True
    ) -> tuple[str, tuple[str, ...], str | None]:
        """The text, its stop strings, and the user's turn of a chat.

        `prefix` stands in for the context's: its end is held back. A chat that isn't begun for the model has no text.
        """
        module = rendered(self._template, _values(context, shape, prefix, self.control_tokens, prefills=prefills))
        return str(module) if prefills else "", strings_of(module, "stop"), _user(module)


def parse(source: str) -> PromptFile:
    """Compile a file and render samples, so that what is wrong with it shows now: raises PromptFileError."""
    template = compiled(source)
    for context, shape in _samples():
        module = rendered(template, _values(context, shape, context.prefix, ()))
        _check_text(str(module), context.prefix)
        if (user := _user(module)) is not None:
            _check_user(user)
            asked = rendered(template, _values(context, shape, context.prefix, (), prefills=False))
            if context.prefix not in (_user(asked) or ""):
                raise PromptFileError("without prefills, user must hold {{ prefix }} and {{ line }}")
        if len(strings_of(module, "stop")) >= MAX_STOPS:
            raise PromptFileError(f"stop may have {MAX_STOPS - 1} strings: one more is kept for the line's end")
    return PromptFile(
        max_tokens=number_of(module, "max_tokens"),
        context_tokens=number_of(module, "context_tokens") if hasattr(module, "context_tokens") else None,
        control_tokens=strings_of(module, "control_tokens"),
        uses_snippets="snippets" in undeclared(source),
        uses_below=not undeclared(source).isdisjoint({"below", "suffix"}),
        is_chat=hasattr(module, "user"),
        _template=template,
    )


def _samples() -> Iterator[tuple[Context, Shape]]:
    for shape in Shape:
        yield Context("", "", "", ""), shape
        yield Context("src/a.py", "python", "a =", "\nb = 1\n", (Snippet("src/b.py", "c = 1\n"),), "b = 1\n"), shape


def _values(
    context: Context, shape: Shape, prefix: str, control_tokens: tuple[str, ...], *, prefills: bool = True
) -> dict[str, bool | str | list[str] | list[list[str]]]:
    """Plain values alone: a prompt file can reach nothing through them."""
    return {
        "path": redacted(context.path, control_tokens),
        "language": context.language,
        "comment": list(language_of(context.language).comment_marks),
        "fence": fence_for([prefix, context.suffix, context.below, *(snippet.text for snippet in context.snippets)]),
        "shape": shape.value,
        "prefills": prefills,
        "line": redacted(context.prefix[context.prefix.rfind("\n") + 1 :], control_tokens),
        "prefix": redacted_to_cursor(prefix, control_tokens),
        "suffix": redacted(context.suffix, control_tokens),
        "below": redacted(context.below, control_tokens),
        "snippets": [
            [redacted(snippet.path, control_tokens), redacted(snippet.text, control_tokens)]
            for snippet in context.snippets
        ],
    }


def _check_text(text: str, prefix: str) -> None:
    if not text.endswith(prefix):
        raise PromptFileError("the text must end with {{ prefix }}: the model goes on from there")
    if text.startswith("<s>"):
        raise PromptFileError("the text must not begin with <s>: the endpoint adds it")


def _check_user(user: str) -> None:
    if not user.strip():
        raise PromptFileError("user must not be empty")


def _user(module: TemplateModule) -> str | None:
    user = getattr(module, "user", None)
    if user is not None and not isinstance(user, str):
        raise PromptFileError("user must be set to a text")
    return None if user is None else user.strip()
