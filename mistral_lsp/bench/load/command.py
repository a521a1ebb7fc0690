"""Simulates editors at one endpoint: one, two, four and so on, until it doesn't hold any more.

Each editor has a file of its own and types in it; its prompts grow as one types, so that a prefix cache can work. A
request ends with the first line, as in an editor. A step holds where 95 of 100 lines are there within --within-ms and
at most 1 of 100 requests is refused or fails. `stand-in` is an endpoint on this machine with the times of a GPU; with
kind= it speaks as another engine, and with admits= it says 429 to whoever comes above so many requests.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from mistral_lsp import templates
from mistral_lsp.bench.load.typing import Pace, asked_once, typed
from mistral_lsp.bench.runs import command
from mistral_lsp.bench.runs.bench import Bench
from mistral_lsp.bench.runs.outcome import Curve, Figure, Lane, Table
from mistral_lsp.bench.runs.session import FAILED
from mistral_lsp.commands.problem import Problem
from mistral_lsp.core.prompt import PromptLibrary
from mistral_lsp.model.base import ModelError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence

    from mistral_lsp.bench.runs.session import Session

MOST_EDITORS = 256  # more is no team, but an attack
MOST_SECONDS = 120.0  # of a step
NOT_REPORTED = "not reported"
LOST_SHARE = 0.01  # of the requests, where it still holds

ABOUT = __doc__ or ""  # for --help


def main(argv: Sequence[str] | None = None) -> int:
    """Run it by itself; the exit status."""
    return command.main(LoadBench(), argv)


class LoadBench(Bench):
    """See the module."""

    name = "load"
    about = ABOUT
    has_cases = False  # how many ask at a time is what it measures

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """How many, how long, how often."""
        own = parser.add_argument_group("who types")
        own.add_argument("--editors", type=command.positive, default=32, help=f"at most (up to {MOST_EDITORS})")
        own.add_argument("--seconds", type=float, default=10.0, help="of each step")
        own.add_argument("--every-s", type=float, default=1.0, help="between the requests of one editor, in the mean")
        own.add_argument("--within-ms", type=float, default=1_000.0, help="the first line, where it holds")
        own.add_argument("--family", help="the prompts' (default: the model's)")

    def check(self, options: argparse.Namespace) -> dict[str, Any]:
        """What the results depend on. Raises Problem for what would be an attack."""
        if options.editors > MOST_EDITORS:
            raise Problem(f"--editors {options.editors}: at most {MOST_EDITORS}")
        if not 0 < options.seconds <= MOST_SECONDS or not options.every_s > 0:
            raise Problem(f"--seconds must be above 0 and at most {MOST_SECONDS:g}, and --every-s above 0")
        options.prompts = PromptLibrary(templates.load().sources)
        if options.family and options.family not in options.prompts.families:
            raise Problem(f"--family {options.family}: it must be one of {', '.join(options.prompts.families)}")
        return {"seconds": options.seconds, "every s": options.every_s, "family": options.family}

    async def measure(self, session: Session, options: argparse.Namespace) -> list[Lane]:
        """A step for each number of editors, until one doesn't hold."""
        family = options.family or options.prompts.family_of(session.info.name, has_chat=session.info.has_chat)
        pace = Pace(seconds=options.seconds, every_s=options.every_s)
        name, found = session.target.name, dict[int, "Mapping[str, Any]"]()

        async def step(count: int) -> dict[str, Any]:
            row = await typed(session, options.prompts, family, count, pace)
            if row["errors"]:  # where it has died within the step, that is no result
                await asked_once(session, options.prompts, family)
            return row

        with contextlib.suppress(ModelError, TimeoutError):  # imports, a connection, the engine's start: no result
            await asked_once(session, options.prompts, family)
        for count in _steps(options.editors):
            row = (await session.work(f"{name}, {count} editors", {str(count): count}, step, dead_after=1)).get(
                str(count)
            )
            if row is None or FAILED in row:
                break
            found[count] = row
            if not _holds(row, options.within_ms):
                break
        return [_lane(session, found, options)]

    def notes(self, options: argparse.Namespace) -> tuple[str, ...]:
        """How to read it."""
        bar = f"within {options.within_ms:g} ms for 95 of 100 requests"
        return (
            f"It holds where the first line is there {bar}, and at most 1 of 100 is refused or fails.",
            (
                "The share of cached tokens is the endpoint's own count: llama.cpp's, and vLLM's where it runs with "
                "--enable-prompt-tokens-details. TGI reports none."
            ),
        )


def _steps(most: int) -> list[int]:
    """1, 2, 4, ..., and the most."""
    steps = [1]
    while steps[-1] * 2 < most:
        steps.append(steps[-1] * 2)
    return steps if most == 1 else [*steps, most]


def _holds(row: Mapping[str, Any], within_ms: float) -> bool:
    lost = row["refused"] + row["errors"]
    return row["line_p95_ms"] is not None and row["line_p95_ms"] <= within_ms and lost <= LOST_SHARE * row["requests"]


def _lane(session: Session, found: Mapping[int, Mapping[str, Any]], options: argparse.Namespace) -> Lane:
    held = [count for count, row in found.items() if _holds(row, options.within_ms)]
    last = found[max(held)] if held else {}
    figures = (
        Figure("editors that it holds", max(held, default=0)),
        Figure("editors that were tried, at most", max(found, default=0)),
        Figure("first line with so many, p50", last.get("line_p50_ms"), "ms"),
        Figure("first line with so many, p95", last.get("line_p95_ms"), "ms"),
        Figure("lines per second with so many", last.get("requests_per_s")),
        Figure("prompt tokens in the cache", _percent(last.get("cached")), "%"),
    )
    points = {
        title: tuple((float(count), row[key]) for count, row in found.items() if row[key] is not None)
        for title, key in (("first line, p95 ms", "line_p95_ms"), ("lines per second", "requests_per_s"))
    }
    curves = tuple(Curve(f"{title} by editors", "editors", title, row) for title, row in points.items())
    rows = tuple(
        {"editors": count, "holds": "yes" if count in held else "no", **_shown(row)} for count, row in found.items()
    )
    return Lane(session.target.name, figures, command.about_model(session), curves, (Table("steps", rows),))


def _shown(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "requests": row["requests"],
        "per second": row["requests_per_s"],
        "line p50 ms": row["line_p50_ms"],
        "line p95 ms": row["line_p95_ms"],
        "token p95 ms": row["first_p95_ms"],
        "429": row["refused"],
        "failed": row["errors"],
        "cached %": NOT_REPORTED if row["cached"] is None else _percent(row["cached"]),
    }


def _percent(share: float | None) -> float | None:
    return None if share is None else round(100 * share, 1)


if __name__ == "__main__":
    raise SystemExit(main())
