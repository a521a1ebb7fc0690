"""Turn file: what a model is asked for a hover or a code action, as one template with the facts that belong to it.

The file's text is the user's turn. The parts in prompts/parts/ can be included.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, TypeVar

from mistral_lsp.core.material import Material, values_of
from mistral_lsp.core.template import PromptFileError, compiled, number_of, rendered, strings_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jinja2 import Template
    from jinja2.environment import TemplateModule

_Choice = TypeVar("_Choice", bound=Enum)

MAX_TITLE_CHARS = 60
KINDS = ("quickfix", "refactor", "refactor.extract", "refactor.inline", "refactor.rewrite", "source")

Parts = tuple[tuple[str, str], ...]  # name and text of what may be included


class Form(Enum):
    """What an action's answer becomes."""

    EDIT = "edit"  # the lines, written anew
    BELOW = "below"  # new lines below them
    FILE = "file"  # a new file
    PROSE = "prose"  # a document beside the code
    CHOICE = "choice"  # one of some words


class On(Enum):
    """What an action is about."""

    DIAGNOSTIC = "diagnostic"
    SELECTION = "selection"
    COMMENT = "comment"
    FUNCTION = "function"
    CLASS = "class"
    FILE = "file"


class Promise(Enum):
    """What an edit leaves as it is, or brings about; checked before it is offered."""

    SIGNATURE = "signature"  # name and parameters of what is rewritten
    CODE = "code"  # all but comments and docstrings
    TYPES = "types"  # all but annotations
    FIXED = "fixed"  # the diagnostic is gone
    FASTER = "faster"  # it is measured, where that can be done


@dataclass(frozen=True, slots=True)
class TurnFile:
    """A question; make one with `parse_turn`."""

    max_tokens: int
    _template: Template

    def render(self, material: Material, control_tokens: tuple[str, ...]) -> str:
        """The user's turn. Raises PromptFileError where a user's file fails at this very text."""
        return str(rendered(self._template, values_of(material, control_tokens))).strip()


@dataclass(frozen=True, slots=True)
class ActionFile:
    """A code action; make one with `parse_action`."""

    name: str  # the file's
    title: str
    kind: str  # LSP's
    on: tuple[On, ...]  # the first that is there counts
    form: Form
    turn: TurnFile
    languages: frozenset[str] = frozenset()  # the editors' ids; none: any
    promises: frozenset[Promise] = frozenset()
    choices: tuple[str, ...] = ()


def parse_turn(source: str, parts: Parts) -> TurnFile:
    """Compile a file and render a sample, so that what is wrong with it shows now: raises PromptFileError."""
    return _parsed(source, parts)[0]


def parse_action(name: str, source: str, parts: Parts) -> ActionFile:
    """The same for an action's file."""
    turn, module = _parsed(source, parts)
    form = _one(module, "form", Form)
    choices = strings_of(module, "choices") if form is Form.CHOICE else ()
    if form is Form.CHOICE and len(choices) < 2:
        raise PromptFileError("choices must have two words or more")
    title, kind = _text(module, "title"), _text(module, "kind")
    if kind not in KINDS:
        raise PromptFileError(f"kind must be one of {', '.join(KINDS)}")
    return ActionFile(
        name=name,
        title=title[:MAX_TITLE_CHARS],
        kind=kind,
        on=_each(strings_of(module, "scope"), "scope", On),
        form=form,
        turn=turn,
        languages=frozenset(_optional(module, "languages")),
        promises=frozenset(_each(_optional(module, "promises"), "promises", Promise)),
        choices=choices,
    )


def _parsed(source: str, parts: Parts) -> tuple[TurnFile, TemplateModule]:
    template = compiled(source, parts)
    module = None
    for sample in (Material.sample(), Material(code="", language="")):
        module = rendered(template, values_of(sample, ()))
        if not str(module).strip():
            raise PromptFileError("the text must not be empty: it is what the model is asked")
    if module is None:
        raise AssertionError
    return TurnFile(number_of(module, "max_tokens"), template), module


def _text(module: TemplateModule, name: str) -> str:
    value = getattr(module, name, None)
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise PromptFileError(f"{name} must be set to a text of one line")
    return value.strip()


def _optional(module: TemplateModule, name: str) -> tuple[str, ...]:
    return strings_of(module, name) if hasattr(module, name) else ()


def _one(module: TemplateModule, name: str, kind: type[_Choice]) -> _Choice:
    return _each([_text(module, name)], name, kind)[0]


def _each(words: Sequence[str], name: str, kind: type[_Choice]) -> tuple[_Choice, ...]:
    known = {one.value: one for one in kind}
    if unknown := [word for word in words if word not in known]:
        raise PromptFileError(f"{name} can't be {unknown[0]!r}: it must be of {', '.join(known)}")
    return tuple(known[word] for word in words)
