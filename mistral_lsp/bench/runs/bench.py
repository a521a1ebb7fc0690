"""Bench: what a benchmark of models says of itself; `command.main` does the rest."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from mistral_lsp.bench.runs.stand_in import StandIn
from mistral_lsp.bench.runs.targets import EMBEDDED

if TYPE_CHECKING:
    import argparse

    from mistral_lsp.bench.runs.outcome import Lane
    from mistral_lsp.bench.runs.session import Session
    from mistral_lsp.bench.runs.stand_in import Door


class Bench(ABC):
    """One benchmark."""

    name: str
    about: str  # for --help
    endpoint = EMBEDDED  # what is measured where the user names nothing
    has_cases = True  # so that --limit and --at-a-time mean something

    @abstractmethod
    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Its own options."""

    @abstractmethod
    def check(self, options: argparse.Namespace) -> dict[str, Any]:
        """What results depend on besides the endpoint; raises Problem for options that aren't fit."""

    @abstractmethod
    async def measure(self, session: Session, options: argparse.Namespace) -> list[Lane]:
        """All of one endpoint. Where `session.broke` is said, of what was finished."""

    def stand_in(self, door: Door) -> StandIn:
        """The endpoint on this machine that is measured as `stand-in`."""
        return StandIn(door)

    def references(self) -> tuple[Lane, ...]:
        """What others published, to stand beside: nothing."""
        return ()

    def notes(self, options: argparse.Namespace) -> tuple[str, ...]:  # noqa: ARG002 - others go by them
        """How to read the figures."""
        return ()
