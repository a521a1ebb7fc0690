"""Template: one Jinja text in a sandbox, and the values that it sets, for everything that a model reads.

What a file may use, and what it has to set, stands in prompts/README.md.
"""

from __future__ import annotations

import re
import traceback
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jinja2 import Template
    from jinja2.environment import TemplateModule
    from jinja2.sandbox import ImmutableSandboxedEnvironment

_FENCE = re.compile("`{3,}")


class PromptFileError(ValueError):
    """A prompt file that can't be used: `str(error)` says what is wrong, `line` where, if that is known."""

    def __init__(self, what: str, line: int | None = None) -> None:
        """Lines count from 1."""
        super().__init__(what)
        self.line = line


def compiled(source: str, parts: tuple[tuple[str, str], ...] = ()) -> Template:
    """The template; `parts` are texts by name that it may include. Raises PromptFileError."""
    from jinja2 import TemplateSyntaxError

    try:
        return _environment(parts).from_string(source)
    except TemplateSyntaxError as error:
        raise PromptFileError(error.message or "it isn't a template", error.lineno) from None


def undeclared(source: str) -> set[str]:
    """What a file asks for and doesn't set itself."""
    from jinja2 import meta

    return meta.find_undeclared_variables(_environment().parse(source))


def ends_with(source: str, name: str) -> bool:
    """Whether a file writes a value at the very end, and uses it nowhere else."""
    from jinja2 import nodes

    tree = _environment().parse(source)
    used = [node for node in tree.find_all(nodes.Name) if node.name == name]
    last = tree.body[-1] if tree.body else None
    return isinstance(last, nodes.Output) and len(used) == 1 and last.nodes[-1] is used[0]


def rendered(template: Template, values: Mapping[str, object]) -> TemplateModule:
    """The text and what the file sets, for these values: plain ones alone, so that it reaches nothing by them."""
    try:
        return template.make_module(dict(values))
    except Exception as error:  # noqa: BLE001 - a file written by hand can fail in any way
        raise PromptFileError(str(error) or type(error).__name__, _line_of(error, template)) from None


def strings_of(module: TemplateModule, name: str) -> tuple[str, ...]:
    """A list of strings that the file must set."""
    value = getattr(module, name, None)
    if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
        raise PromptFileError(f"{name} must be set to a list of strings")
    return tuple(value)


def number_of(module: TemplateModule, name: str) -> int:
    """A whole number from 1 that the file must set."""
    value = getattr(module, name, None)
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise PromptFileError(f"{name} must be set to a whole number from 1")
    return value


def fence_for(texts: list[str]) -> str:
    """Backticks that none of the texts closes."""
    runs = [len(run) for text in texts if "`" in text and "```" in text for run in _FENCE.findall(text)]
    return "`" * (max(runs, default=2) + 1)


@lru_cache(maxsize=4)
def _environment(parts: tuple[tuple[str, str], ...] = ()) -> ImmutableSandboxedEnvironment:
    from jinja2 import DictLoader, StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    return ImmutableSandboxedEnvironment(
        loader=DictLoader(dict(parts)) if parts else None,
        undefined=StrictUndefined,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _line_of(error: Exception, template: Template) -> int | None:
    """The template's line, from that of the Python it was compiled to."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == "<template>"]
    return template.get_corresponding_lineno(frames[-1].lineno or 0) if frames else None
