"""Asks for fixes of errors whose cure is known: how many are offered, and how many of these are right.

The cases are the examples of ruff's own rule pages and functions of the standard library with one thing broken. The
stand-in gives answers of known kinds; the exit status is 1 where one is offered that never may be, or too few of the
right ones are.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any

from mistral_lsp import __version__
from mistral_lsp.bench.errors import answers, asking, cases, options
from mistral_lsp.bench.errors.answers import NEVER, SHARES, Kind
from mistral_lsp.bench.errors.judge import Judged, is_good, judged
from mistral_lsp.bench.measure import machine, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mistral_lsp.bench.errors.asking import Mended
    from mistral_lsp.bench.errors.cases import Case

RIGHT_BAR = 0.9  # of the right answers that are offered
GONE = "the error is gone"
LEVELS = {0: "none", 1: "parses", 2: "pyflakes", 3: "own checkers", 4: "own tests", 5: "measured"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one case."""

    case: Case
    kind: str  # of the stand-in's answer; "" for a model
    mended: Mended
    judged: Judged | None = None  # of what was offered

    @property
    def level(self) -> str:
        """How far the offer was checked."""
        if self.mended.proposal is None:
            return ""
        verdict = self.mended.proposal.verdict
        return LEVELS[verdict.level] + (f", {GONE}" if GONE in verdict.passed else "")

    @property
    def is_violation(self) -> bool:
        """Whether something was offered that never may be; what was taken off before isn't."""
        proposal = self.mended.proposal
        if proposal is None or proposal.edit is None or self.kind not in set(NEVER):
            return False
        return not is_good(self.case, str(proposal.edit.after.text))


def main(argv: Sequence[str] | None = None) -> int:
    """Run it by itself."""
    parser = argparse.ArgumentParser(prog="mistral-lsp bench fix", description=__doc__)
    options.add_arguments(parser)
    parser.add_argument(
        "--candidates", type=int, choices=(1, 2, 3), default=1, help="answers that are asked for at once"
    )
    parser.add_argument("--checker", action="append", default=[], metavar="LINE", help="as in actions.checkers")
    parser.add_argument(
        "--run-generated-code", action="store_true", help="run fixed functions of the library beside the true ones"
    )
    given = parser.parse_args(argv)
    return options.ran(lambda: asyncio.run(_run(given)))


async def _run(given: argparse.Namespace) -> int:
    chosen = cases.pick(cases.every(seed=given.seed), given.limit, seed=given.seed)
    outcomes, about, left_out = await _asked(chosen, given)
    offered = [one for one in outcomes if one.mended.proposal is not None]
    texts = [
        str(one.mended.proposal.edit.after.text) for one in offered if one.mended.proposal and one.mended.proposal.edit
    ]
    verdicts = iter(await judged([one.case for one in offered], texts, may_run=given.run_generated_code))
    outcomes = [
        Outcome(one.case, one.kind, one.mended, next(verdicts) if one.mended.proposal is not None else None)
        for one in outcomes
    ]
    bars = _bars(outcomes) if options.is_stand_in(given) else []
    print(_report(outcomes, about, left_out, bars))
    if given.json:
        given.json.write_text(json.dumps(_as_json(outcomes, about, bars), indent=1) + "\n", encoding="utf-8")
    return 0 if all(holds for _, holds in bars) else 1


async def _asked(chosen: Sequence[Case], given: argparse.Namespace) -> tuple[list[Outcome], dict[str, Any], int]:
    """Ask for a fix of each; the stand-in leaves out those whose cure is elsewhere than in the lines that are shown."""
    stand_in = _StandIn(given.seed)
    tell, outcomes, left_out = options.teller("asked for", len(chosen)), [], 0
    async with (
        options.settings_of(given, stand_in.reply) as settings,
        asking.bench(settings, given.checker) as bench,
    ):
        for number, case in enumerate(chosen, start=1):
            kind = ""
            if options.is_stand_in(given) and not (kind := stand_in.take(case, (await bench.ground(case)).material)):
                left_out += 1
            else:
                outcomes.append(Outcome(case, kind, await bench.mend(case, candidates=given.candidates)))
            tell(number)
        model = "stand-in" if options.is_stand_in(given) else bench.info.name
    about = {"version": __version__, "model": model, "cases": len(chosen), "seed": given.seed, **machine()}
    return outcomes, about, left_out


class _StandIn:
    """Answers of one kind for each case."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._case: Case | None = None
        self._kind = Kind.RIGHT
        self._tries = 0

    def take(self, case: Case, material: Any) -> str:
        """Draw a kind that there is for a case; "" for none."""
        chance = Random(f"{self._seed} {case.name}")
        lines = material.first_line - 1, material.last_line
        drawn = chance.choices(list(SHARES), list(SHARES.values()), k=12)
        self._case, self._tries = case, 0
        for kind in drawn:
            if all(answers.answer(kind, case, lines, self._chance(number)) is not None for number in (1, 2)):
                self._kind = kind
                return kind.value
        return ""

    def reply(self, prompt: str) -> str:
        """The answer to a prompt, another one for each try."""
        if self._case is None:
            return ""
        self._tries += 1
        lines = answers.shown_lines(prompt)
        return answers.answer(self._kind, self._case, lines, self._chance(self._tries)) or ""

    def _chance(self, number: int) -> Random:
        return Random(f"{self._seed} {self._case.name if self._case else ''} {number}")


def _bars(outcomes: Sequence[Outcome]) -> list[tuple[str, bool]]:
    found = []
    for kind in sorted(NEVER):
        of = [one for one in outcomes if one.kind == kind.value]
        count = sum(one.is_violation for one in of)
        found.append((f"{kind.value}: {count} of {len(of)} offered, allowed are 0", count == 0))
    right = [one for one in outcomes if one.kind == Kind.RIGHT.value]
    offered = sum(one.judged is Judged.RIGHT for one in right)
    share = offered / len(right) if right else 1.0
    found.append(
        (f"right: {offered} of {len(right)} offered ({share:.0%}), at least {RIGHT_BAR:.0%}", share >= RIGHT_BAR)
    )
    return found


def _report(outcomes: Sequence[Outcome], about: dict[str, Any], left_out: int, bars: Sequence[tuple[str, bool]]) -> str:
    facts = ", ".join(f"{name} {value}" for name, value in about.items() if value is not None)
    kinds = sorted({one.kind for one in outcomes}) or [""]
    groups = [(kind, [one for one in outcomes if one.kind == kind]) for kind in kinds]
    groups += [
        (f"from {source}", [one for one in outcomes if one.case.source == source])
        for source in ("rule pages", "library")
    ]
    parts = [facts, table([_row(name or "all", of) for name, of in groups if of])]
    levels = sorted({one.level for one in outcomes if one.level})
    if levels:
        parts.append(table([_level_row(level, [one for one in outcomes if one.level == level]) for level in levels]))
    if left_out:
        parts.append(f"{left_out} cases left out: their cure is not in the lines that the prompt shows")
    parts += [f"{'holds ' if holds else 'BROKEN'}  {words}" for words, holds in bars]
    return "\n\n".join(part for part in parts if part)


def _row(name: str, of: Sequence[Outcome]) -> dict[str, Any]:
    return {"": name, "asked": len(of), "offered": sum(one.judged is not None for one in of), **_counts(of)}


def _level_row(level: str, of: Sequence[Outcome]) -> dict[str, Any]:
    return {"checked": level, "offered": len(of), **_counts(of)}


def _counts(of: Sequence[Outcome]) -> dict[str, Any]:
    return {kind.value: sum(one.judged is kind for one in of) for kind in Judged}


def _as_json(outcomes: Sequence[Outcome], about: dict[str, Any], bars: Sequence[tuple[str, bool]]) -> dict[str, Any]:
    return {
        "about": about,
        "bars": [{"bar": words, "holds": holds} for words, holds in bars],
        "cases": [
            {
                "name": one.case.name,
                "source": one.case.source,
                "kind": one.kind,
                "message": one.case.said.message,
                "judged": one.judged and one.judged.value,
                "level": one.level,
                "violation": one.is_violation,
                "refused": one.mended.refused,
                "took_s": round(one.mended.took_s, 3),
                "after": str(one.mended.proposal.edit.after.text)
                if one.mended.proposal and one.mended.proposal.edit and one.case.source == "rule pages"
                else None,
            }
            for one in outcomes
        ],
    }


if __name__ == "__main__":
    raise SystemExit(main())
