"""Racing: an optimisation's evidence, where the user lets it be run: the same outcomes, and the time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from mistral_lsp.core.languages import language_of
from mistral_lsp.core.python_checks import function_within
from mistral_lsp.core.visible import shortened, visible
from mistral_lsp.features.editing import Verdict

if TYPE_CHECKING:
    from mistral_lsp.core.raced import Raced
    from mistral_lsp.features.editing import Consent, Edit

MEASURED = 5  # how far; see `features.checking`
SLOWER = 0.8  # of the old speed: less is no noise
MAX_TOLD_CHARS = 160
UNMEASURED = Verdict(passed=("not measured",))


class Races(Protocol):
    """Where two versions of a function can be run."""

    async def race(self, uri: str, before: str, after: str, name: str) -> Raced:
        """What comes of it."""
        ...


class Racing:
    """That of one session."""

    def __init__(self, races: Races) -> None:
        """Nobody has said anything of `actions.measure` yet: the user is asked."""
        self._races = races
        self._measure = "ask"

    def configure(self, measure: str) -> None:
        """Ask, always or never."""
        self._measure = measure

    async def check(self, edit: Edit, may_run: Consent) -> Verdict:
        """The evidence for an edit that passed all else."""
        if self._measure == "never" or language_of(edit.before.language).name != "python":
            return UNMEASURED
        text = edit.before.text
        first, last = text.position(edit.span.start)[0], text.position(edit.span.end)[0]
        name = function_within(str(text), first + 1, last + 1)
        if name is None:
            return Verdict(passed=("not measured: it is no function of its own",))
        if self._measure == "ask" and not await may_run():
            return UNMEASURED
        return _verdict(await self._races.race(edit.before.uri, str(text), str(edit.after.text), name))


def _verdict(raced: Raced) -> Verdict:
    if raced.why:
        return Verdict(passed=(f"not measured: {visible(shortened(raced.why))}",))
    if raced.differs:
        return Verdict((f"it isn't the same: {visible(shortened(raced.differs, MAX_TOLD_CHARS))}",))
    if raced.ratio < SLOWER:
        return Verdict((f"it is slower: {raced.ratio:.2g}x as fast on {raced.inputs} inputs",))
    return Verdict((), (f"{_figure(raced.ratio)}x as fast on {raced.inputs} inputs",), MEASURED, raced.ratio)


def _figure(ratio: float) -> str:
    return f"{ratio:.0f}" if ratio >= 10 else f"{ratio:.1f}"
