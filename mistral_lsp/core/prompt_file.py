"""Prompt file: one Jinja template with the numbers that belong to it, in a sandbox.

What a file may use, and what it has to set, stands in prompts/README.md.
"""

from __future__ import annotations

import re
import traceback
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from mistral_lsp.core.context import Context, Snippet
from mistral_lsp.core.languages import language_of
from mistral_lsp.core.redact import redacted, redacted_to_cursor
from mistral_lsp.core.trigger import Shape

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jinja2 import Template
    from jinja2.environment import TemplateModule
    from jinja2.sandbox import ImmutableSandboxedEnvironment

MAX_STOPS = 4  # TGI's default limit, and vLLM's

_FENCE = re.compile("`{3,}")


class PromptFileError(ValueError):
    """A prompt file that can't be used: `str(error)` says what is wrong, `line` where, if that is known."""

    def __init__(self, what: str, line: int | None = None) -> None:
        """Lines count from 1."""
        super().__init__(what)
        self.line = line


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
        module = _rendered(self._template, _values(context, shape, prefix, self.control_tokens, prefills=prefills))
        return str(module) if prefills else "", _strings(module, "stop"), _user(module)


def parse(source: str) -> PromptFile:
    """Compile a file and render samples, so that what is wrong with it shows now: raises PromptFileError."""
    template = _compiled(source)
    for context, shape in _samples():
        module = _rendered(template, _values(context, shape, context.prefix, ()))
        _check_text(str(module), context.prefix)
        if (user := _user(module)) is not None:
            _check_user(user)
            asked = _rendered(template, _values(context, shape, context.prefix, (), prefills=False))
            if context.prefix not in (_user(asked) or ""):
                raise PromptFileError("without prefills, user must hold {{ prefix }} and {{ line }}")
        if len(_strings(module, "stop")) >= MAX_STOPS:
            raise PromptFileError(f"stop may have {MAX_STOPS - 1} strings: one more is kept for the line's end")
    return PromptFile(
        max_tokens=_number(module, "max_tokens"),
        context_tokens=_number(module, "context_tokens") if hasattr(module, "context_tokens") else None,
        control_tokens=_strings(module, "control_tokens"),
        uses_snippets="snippets" in _names(source),
        uses_below=not _names(source).isdisjoint({"below", "suffix"}),
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
        "fence": _fence([prefix, context.suffix, context.below, *(snippet.text for snippet in context.snippets)]),
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


def _fence(texts: list[str]) -> str:
    """Backticks that none of the texts closes."""
    runs = [len(run) for text in texts if "```" in text for run in _FENCE.findall(text)]
    return "`" * (max(runs, default=2) + 1)


@cache
def _environment() -> ImmutableSandboxedEnvironment:
    from jinja2 import StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    return ImmutableSandboxedEnvironment(
        undefined=StrictUndefined, autoescape=False, trim_blocks=True, lstrip_blocks=True
    )


def _compiled(source: str) -> Template:
    from jinja2 import TemplateSyntaxError

    try:
        return _environment().from_string(source)
    except TemplateSyntaxError as error:
        raise PromptFileError(error.message or "it isn't a template", error.lineno) from None


def _names(source: str) -> set[str]:
    """What a file asks for and doesn't set itself."""
    from jinja2 import meta

    return meta.find_undeclared_variables(_environment().parse(source))


def _rendered(template: Template, values: dict[str, bool | str | list[str] | list[list[str]]]) -> TemplateModule:
    try:
        return template.make_module(dict[str, object](values))
    except Exception as error:  # noqa: BLE001 - a file written by hand can fail in any way
        raise PromptFileError(str(error) or type(error).__name__, _line_of(error, template)) from None


def _line_of(error: Exception, template: Template) -> int | None:
    """The template's line, from that of the Python it was compiled to."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == "<template>"]
    return template.get_corresponding_lineno(frames[-1].lineno or 0) if frames else None


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


def _strings(module: TemplateModule, name: str) -> tuple[str, ...]:
    value = getattr(module, name, None)
    if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
        raise PromptFileError(f"{name} must be set to a list of strings")
    return tuple(value)


def _number(module: TemplateModule, name: str) -> int:
    value = getattr(module, name, None)
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise PromptFileError(f"{name} must be set to a whole number from 1")
    return value
