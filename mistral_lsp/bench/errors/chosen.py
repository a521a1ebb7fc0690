"""Chosen: what the benches of errors share: the cases that are asked for, and a stand-in whose answers are known."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING, Any

from mistral_lsp.bench.errors import cases, ruff
from mistral_lsp.bench.runs.stand_in import AT_ONCE, StandIn
from mistral_lsp.bench.runs.targets import STAND_IN
from mistral_lsp.bench.tgi_script import Script

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from mistral_lsp.bench.errors.cases import Case
    from mistral_lsp.bench.runs.session import Session
    from mistral_lsp.bench.runs.stand_in import Door

CHARS_PER_TOKEN = 2_000  # its answers come in one piece or two


def depends_on() -> dict[str, Any]:
    """What the cases depend on. Raises Problem without ruff."""
    return {"ruff": ruff.version(), "Python": platform.python_version()}


def chosen(options: argparse.Namespace) -> dict[str, Case]:
    """So many of each source, by their names."""
    every = cases.every(seed=options.seed)
    sources = [[case for case in every if case.source == source] for source in cases.SOURCES]
    return {case.name: case for source in sources for case in cases.pick(source, options.limit, seed=options.seed)}


def scripted(door: Door, reply: Callable[[str], str]) -> StandIn:
    """A stand-in that says what `reply` says to a prompt; at once, where the user names no profile."""
    return StandIn(door, Script(reply=reply, chars_per_token=CHARS_PER_TOKEN), usual=AT_ONCE)


def is_stand_in(session: Session) -> bool:
    """Whether what is said is known."""
    return session.target.where == STAND_IN
