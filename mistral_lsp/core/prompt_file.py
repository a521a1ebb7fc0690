"""Prompt file: one Jinja template with the numbers that belong to it, in a sandbox.

What a file may use, and what it has to set, stands in prompts/README.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from mistral_lsp.core.context import Context, Snippet
from mistral_lsp.core.languages import language_of
from mistral_lsp.core.redact import redacted, redacted_to_cursor
from mistral_lsp.core.template import (
    PromptFileError,
    compiled,
    ends_with,
    fence_for,
    number_of,
    rendered,
    strings_of,
    undeclared,
)
from mistral_lsp.core.trigger import Shape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from jinja2 import Template
    from jinja2.environment import TemplateModule

__all__ = ["MAX_STOPS", "PromptFile", "PromptFileError", "parse"]

_Value = bool | str | tuple[str, ...] | tuple[tuple[str, str], ...]

MAX_STOPS = 4  # TGI's default limit, and vLLM's


@dataclass(frozen=True, slots=True)
class PromptFile:
    """A file fit for use; make one with `parse`."""

    max_tokens: int
    context_tokens: int | None  # None: as much as the settings allow
    control_tokens: tuple[str, ...]
    uses: frozenset[str]  # of the values that a file may use; others needn't be gathered
    is_chat: bool  # it sets `user`, a turn for the model's own chat template
    _template: Template
    _has_steady_head: bool  # all that stands before the prefix stays as it is while that grows

    @property
    def uses_snippets(self) -> bool:
        """Otherwise none need be gathered."""
        return "snippets" in self.uses

    @property
    def uses_below(self) -> bool:
        """Whether it says anything of the code after the cursor: otherwise all room is for what is before."""
        return not self.uses.isdisjoint({"below", "suffix"})

    def render(
        self, context: Context, shape: Shape, *, prefix: str, prefills: bool = True
    ) -> tuple[str, tuple[str, ...], str | None]:
        """The text, its stop strings, and the user's turn of a chat.

        `prefix` stands in for the context's: its end is held back. A chat that isn't begun for the model has no text.
        """
        values = _values(context, shape, prefix, self.control_tokens, self.uses, prefills=prefills)
        if self._has_steady_head:
            head, stop, user = _head(self._template, tuple((values | {"prefix": ""}).items()))
            return head + str(values["prefix"]), stop, user
        module = rendered(self._template, _plain(values.items()))
        return str(module) if prefills else "", strings_of(module, "stop"), _user(module)


def parse(source: str) -> PromptFile:
    """Compile a file and render samples, so that what is wrong with it shows now: raises PromptFileError."""
    template, uses = compiled(source), undeclared(source)
    for context, shape in _samples():
        values = _values(context, shape, context.prefix, (), uses)
        module = rendered(template, _plain(values.items()))
        _check_text(str(module), context.prefix)
        if (user := _user(module)) is not None:
            _check_user(user)
            asked = rendered(template, _plain((values | {"prefills": False}).items()))
            if context.prefix not in (_user(asked) or ""):
                raise PromptFileError("without prefills, user must hold {{ prefix }} and {{ line }}")
        if len(strings_of(module, "stop")) >= MAX_STOPS:
            raise PromptFileError(f"stop may have {MAX_STOPS - 1} strings: one more is kept for the line's end")
    return PromptFile(
        max_tokens=number_of(module, "max_tokens"),
        context_tokens=number_of(module, "context_tokens") if hasattr(module, "context_tokens") else None,
        control_tokens=strings_of(module, "control_tokens"),
        uses=frozenset(uses),
        is_chat=hasattr(module, "user"),
        _template=template,
        _has_steady_head=ends_with(source, "prefix") and not hasattr(module, "user"),
    )


def _samples() -> Iterator[tuple[Context, Shape]]:
    for shape in Shape:
        yield Context("", "", "", ""), shape
        yield Context("src/a.py", "python", "a =", "\nb = 1\n", (Snippet("src/b.py", "c = 1\n"),), "b = 1\n"), shape


def _values(
    context: Context,
    shape: Shape,
    prefix: str,
    control_tokens: tuple[str, ...],
    uses: set[str] | frozenset[str],
    *,
    prefills: bool = True,
) -> dict[str, _Value]:
    """What a file uses of the values that it may use: plain ones alone, so that it can reach nothing through them."""
    snippets = context.snippets
    makers: Mapping[str, Callable[[], _Value]] = {
        "path": lambda: redacted(context.path, control_tokens),
        "language": lambda: context.language,
        "comment": lambda: language_of(context.language).comment_marks,
        "fence": lambda: fence_for([prefix, context.suffix, context.below, *(snippet.text for snippet in snippets)]),
        "shape": lambda: shape.value,
        "prefills": lambda: prefills,
        "line": lambda: redacted(context.prefix[context.prefix.rfind("\n") + 1 :], control_tokens),
        "prefix": lambda: redacted_to_cursor(prefix, control_tokens),
        "suffix": lambda: redacted(context.suffix, control_tokens),
        "below": lambda: redacted(context.below, control_tokens),
        "snippets": lambda: tuple(
            (redacted(snippet.path, control_tokens), redacted(snippet.text, control_tokens)) for snippet in snippets
        ),
    }
    return {name: make() for name, make in makers.items() if name in uses}


def _plain(values: Iterable[tuple[str, _Value]]) -> dict[str, Any]:
    """As a file's author knows them: with lists, and none that another rendering has."""
    return {name: _listed(value) for name, value in values}


def _listed(value: Any) -> Any:
    return [_listed(item) for item in value] if isinstance(value, tuple) else value


@lru_cache(maxsize=4)
def _head(template: Template, values: tuple[tuple[str, _Value], ...]) -> tuple[str, tuple[str, ...], str | None]:
    """What a file says before the prefix, and sets: from one key to the next that is nearly always the same."""
    module = rendered(template, _plain(values))
    return str(module), strings_of(module, "stop"), _user(module)


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
