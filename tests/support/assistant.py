"""What hovers and actions are made of, around a model that a test has made."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from mistral_lsp import templates
from mistral_lsp.core.index import Index
from mistral_lsp.features.circuit import Circuit
from mistral_lsp.features.explaining import Asked
from mistral_lsp.features.grounding import Grounding
from mistral_lsp.features.way import Way

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from support.fake_model import FakeModel

    from mistral_lsp.core.turn_file import ActionFile
    from mistral_lsp.templates import Turns


@dataclass
class Rules:
    """The documentation of every rule."""

    words: str = ""

    async def text(self, source: str, code: str) -> str:  # noqa: ARG002 - the protocol's
        return self.words


@cache
def turns() -> Turns:
    """The built-in questions and actions."""
    return templates.load_turns()


def action(name: str) -> ActionFile:
    """One of them."""
    return next(one for one in turns().actions if one.name == name)


def grounding(rules: Rules | None = None) -> Grounding:
    """Of a workspace in which nothing is known."""
    return Grounding(way=Way(), index=Index(), root_of=lambda _: "", rules=rules or Rules())


def ask_of(model: FakeModel) -> Callable[[], Awaitable[Asked]]:
    """Whom is asked: the model, of which nothing bad is known."""
    asked = Asked(model, turns().explain, turns().symbol, turns().output, ("[INST]", "[/INST]"), Circuit())

    async def ask() -> Asked:
        return asked

    return ask
