"""Asks for fixes of errors whose cure is known: how many are offered, and how many of these are right.

The cases are the examples of ruff's own rule pages and functions of the standard library with one thing broken. The
stand-in gives answers of known kinds; the exit status is 1 where one is offered that never may be, or too few of the
right ones are.
"""

from __future__ import annotations

import asyncio
from random import Random
from typing import TYPE_CHECKING, Any

from mistral_lsp.bench.errors import answers, asking
from mistral_lsp.bench.errors.answers import NEVER, SHARES, Kind
from mistral_lsp.bench.errors.chosen import chosen, depends_on, is_stand_in, scripted
from mistral_lsp.bench.errors.fix_figures import bars_of, figures_of, tables_of
from mistral_lsp.bench.errors.judge import is_good, judged
from mistral_lsp.bench.runs import command
from mistral_lsp.bench.runs.bench import Bench
from mistral_lsp.bench.runs.outcome import Lane
from mistral_lsp.bench.runs.session import FAILED
from mistral_lsp.bench.runs.targets import STAND_IN

if TYPE_CHECKING:
    import argparse
    from collections.abc import Awaitable, Callable, Sequence

    from mistral_lsp.bench.errors.asking import Asking, Mended
    from mistral_lsp.bench.errors.cases import Case
    from mistral_lsp.bench.runs.session import Session
    from mistral_lsp.bench.runs.stand_in import Door, StandIn

GONE = "the error is gone"
LEVELS = {0: "none", 1: "parses", 2: "pyflakes", 3: "own checkers", 4: "own tests", 5: "measured"}
LEFT_OUT = {"left_out": True}  # the result of a case whose cure isn't in the lines that a prompt shows

ABOUT = __doc__ or ""  # for --help


def main(argv: Sequence[str] | None = None) -> int:
    """Run it by itself; the exit status."""
    return command.main(FixBench(), argv)


class FixBench(Bench):
    """See the module."""

    name = "fix"
    about = ABOUT
    endpoint = STAND_IN

    def __init__(self) -> None:
        """Nothing is to be said yet."""
        self._says = Says()

    def stand_in(self, door: Door) -> StandIn:
        """It gives answers of known kinds."""
        return scripted(door, self._says.reply)

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """How fixes are asked for, and how they are checked."""
        own = parser.add_argument_group("what is asked")
        own.add_argument(
            "--candidates", type=int, choices=(1, 2, 3), default=1, help="answers that are asked for at once"
        )
        own.add_argument("--checker", action="append", default=[], metavar="LINE", help="as in actions.checkers")
        own.add_argument(
            "--run-generated-code", action="store_true", help="run fixed functions of the library beside the true ones"
        )

    def check(self, options: argparse.Namespace) -> dict[str, Any]:
        """What the results depend on. Raises Problem without ruff."""
        own = {"candidates": options.candidates, "checkers": ", ".join(options.checker) or None}
        return {**own, "runs code": options.run_generated_code or None, **depends_on()}

    async def measure(self, session: Session, options: argparse.Namespace) -> list[Lane]:
        """A fix of each case."""
        which = await asyncio.to_thread(chosen, options)
        own = await asyncio.to_thread(asking.around, session, options.checker)
        found = await session.work(session.target.name, which, self._asked(own, session, options))
        rows = [row for row in found.values() if FAILED not in row]
        failed = len(found) - len(rows)
        bars = bars_of(rows) if is_stand_in(session) else ()
        about = command.about_model(session)
        return [Lane(session.target.name, figures_of(rows, failed), about, tables=tables_of(rows), bars=bars)]

    def _asked(
        self, own: Asking, session: Session, options: argparse.Namespace
    ) -> Callable[[Case], Awaitable[dict[str, Any]]]:
        turn = asyncio.Lock()  # the stand-in answers for one case at a time

        async def do(case: Case) -> dict[str, Any]:
            if not is_stand_in(session):
                mended = await own.mend(case, candidates=options.candidates)
                return await result_of(case, "", mended, may_run=options.run_generated_code)
            async with turn:
                kind = self._says.take(case, (await own.ground(case)).material, seed=options.seed)
                if not kind:
                    return LEFT_OUT
                mended = await own.mend(case, candidates=options.candidates)
            return await result_of(case, kind, mended, may_run=options.run_generated_code)

        return do


class Says:
    """What the stand-in says: answers of one kind for each case."""

    def __init__(self) -> None:
        """Nothing, before a case is taken."""
        self._case: Case | None = None
        self._kind = Kind.RIGHT
        self._seed = self._tries = 0

    def take(self, case: Case, material: Any, *, seed: int) -> str:
        """Draw a kind that there is for a case; "" for none."""
        self._case, self._seed, self._tries = case, seed, 0
        lines = material.first_line - 1, material.last_line
        for kind in Random(f"{seed} {case.name}").choices(list(SHARES), list(SHARES.values()), k=12):
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


async def result_of(case: Case, kind: str, mended: Mended, *, may_run: bool) -> dict[str, Any]:
    """What became of one case; `kind` is of the stand-in's answer, "" for a model's."""
    proposal = mended.proposal
    text = None if proposal is None or proposal.edit is None else str(proposal.edit.after.text)
    verdict = None if text is None else (await judged([case], [text], may_run=may_run))[0]
    return {
        "source": case.source,
        "kind": kind,
        "message": case.said.message,
        "judged": verdict and verdict.value,
        "level": _level(mended),
        # What was taken off before it was offered is no violation.
        "violation": text is not None and kind in set(NEVER) and not is_good(case, text),
        "refused": mended.refused,
        "total_s": round(mended.took_s, 3),
        "after": text if case.source == "rule pages" else None,
    }


def _level(mended: Mended) -> str:
    """How far the offer was checked."""
    if mended.proposal is None:
        return ""
    verdict = mended.proposal.verdict
    return LEVELS[verdict.level] + (f", {GONE}" if GONE in verdict.passed else "")


if __name__ == "__main__":
    raise SystemExit(main())
