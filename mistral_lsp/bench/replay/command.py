"""Types real functions through the real server, and says what that is like: keys saved, times, the endpoint's work.

Time is real, and everybody types at once, each at a server and an endpoint of their own: it takes about two minutes.
Each function is kept as soon as it is typed: after an interruption the same command goes on.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mistral_lsp import __version__, terminal
from mistral_lsp.bench.measure import machine
from mistral_lsp.bench.replay import lanes, saved, tasks
from mistral_lsp.bench.replay.endpoint import Engine
from mistral_lsp.bench.replay.ghost import EDITORS
from mistral_lsp.bench.replay.lanes import Lane, OwnEndpoint
from mistral_lsp.bench.replay.page import html_report
from mistral_lsp.bench.replay.policy import POLICIES
from mistral_lsp.bench.replay.policy import VERSION as POLICY_VERSION
from mistral_lsp.bench.replay.profiles import PROFILES, Profile, fixed, parse_profile
from mistral_lsp.bench.replay.scores import bars, figures
from mistral_lsp.bench.replay.terminal import text_report
from mistral_lsp.bench.replay.tokens import tokenizer
from mistral_lsp.bench.runs import command
from mistral_lsp.bench.runs.kept import Kept, usual_path
from mistral_lsp.bench.runs.targets import opened, parse_target
from mistral_lsp.bench.runs.words import merged, parse_settings
from mistral_lsp.commands.problem import Problem
from mistral_lsp.model.base import ModelError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mistral_lsp.bench.replay.scores import Bar, Figures
    from mistral_lsp.bench.replay.sitting import Record
    from mistral_lsp.bench.replay.tasks import Task

    Found = dict[tuple[str, str], Record]  # what is typed, by the lane's name and the function's

FUNCTIONS, QUICK_FUNCTIONS = 12, 2
PEOPLE = 6
QUICK_CHARS = 130  # of a function
SLOW_MS, FAST_MS = 350, 50  # a bar compares them


@dataclass(frozen=True, slots=True)
class Result:
    """One run, for the reports."""

    about: dict[str, Any]  # what the figures depend on
    lanes: list[tuple[Lane, list[Record], Figures]]
    bars: list[Bar]


def main(argv: Sequence[str] | None = None) -> int:
    """Run it by itself; the exit status is 1 where a bar doesn't hold."""
    parser = argparse.ArgumentParser(prog="mistral-lsp bench replay", description=__doc__)
    add_arguments(parser)
    try:
        return run(parser.parse_args(argv))
    except Problem as problem:
        terminal.report(f"mistral-lsp: {problem}")
    except ModelError as error:
        terminal.report(f"mistral-lsp: {_told(error)}")
    return 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options, for the command line."""
    what = parser.add_argument_group("what is typed")
    what.add_argument("--files", type=Path, nargs="+", metavar="PATH", help="files or folders, instead of Python's own")
    what.add_argument("--language", help="only functions of this language")
    what.add_argument("--functions", "--limit", type=command.positive, help=f"how many (default: {FUNCTIONS})")
    what.add_argument("--min-chars", type=command.positive, help=f"of a function (default: {tasks.MIN_CHARS})")
    what.add_argument("--max-chars", type=command.positive, help=f"of a function (default: {tasks.MAX_CHARS})")
    what.add_argument("--people", type=command.positive, default=PEOPLE, help="who type at a time, for each endpoint")
    what.add_argument("--seed", type=int, default=1, help="of the choice, the typing and the slips")
    what.add_argument("--quick", action="store_true", help="two short functions, two endpoints: half a minute")
    who = parser.add_argument_group("who types")
    who.add_argument("--policy", choices=POLICIES, default="person", help="when a suggestion is taken")
    who.add_argument("--editor", choices=EDITORS, default="vscode", help="when it asks, and whether it cancels")
    who.add_argument("--auto-close", action="store_true", help="the editor closes brackets when they are opened")
    model = parser.add_argument_group("the endpoint")
    model.add_argument(
        "--profile", type=_profile, metavar="NAME", help=f"{', '.join(PROFILES)}, or FIXED_MS,PREFILL_PER_S,TOKEN_MS"
    )
    model.add_argument("--latency-ms", type=float, action="append", help="one time to the first token; may be repeated")
    model.add_argument("--skill", type=float, default=0.45, help="share of the lines that the stand-in knows")
    model.add_argument("--slots", type=command.positive, default=4, help="requests that it works on at a time")
    model.add_argument(
        "--block-tokens", type=command.positive, default=1, help="block of its prefix cache: 1, 16 or 256"
    )
    model.add_argument("--cached-sequences", type=command.positive, default=16, help="that its prefix cache holds")
    model.add_argument("--url", help="an endpoint of your own instead of the stand-in")
    model.add_argument("--kind", default="auto", help="what your endpoint speaks")
    settings = parser.add_argument_group("the server")
    settings.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="a setting; may be repeated")
    settings.add_argument(
        "--compare", nargs=2, metavar="KEY=VALUE", help="two values of settings, side by side; commas between settings"
    )
    command.add_output(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Type, print and write; raises Problem where nothing can be typed."""
    command.check_output(options)
    chosen, ways, model = _tasks(options), _lanes(options), asyncio.run(_model(options))
    about = {**_about(options), **model}
    kept = Kept(options.keep or usual_path(saved.NAME, _place(options, ways)), about, is_fresh=options.fresh)
    found: Found = {}
    began = time.perf_counter()
    try:
        _type(ways, chosen, options, kept, found)
    except KeyboardInterrupt:
        _print_partial(ways, chosen, found, about)
        return command.interrupted(kept)
    except BaseException as error:
        kept.close()
        if isinstance(error, Problem | ModelError):
            _print_partial(ways, chosen, found, about)
        raise
    kept.close(is_done=not options.keep)
    command.taken_up(kept)
    result = _result(ways, chosen, found, {**about, "wall s": round(time.perf_counter() - began), **machine()})
    print(text_report(result))
    command.write_file(options.json, saved.as_json(result))
    command.write_file(options.html, html_report(result))
    return 1 if any(bar.holds is False for bar in result.bars) else 0


def _result(ways: Sequence[Lane], chosen: Sequence[Task], found: Found, about: dict[str, Any]) -> Result:
    rows = [(lane, [found[lane.name, task.name] for task in chosen]) for lane in ways]
    scored = [(lane, row, figures(row)) for lane, row in rows]
    promises = bars([(lane.name, one) for lane, _, one in scored], slow=f"{SLOW_MS} ms", fast=f"{FAST_MS} ms")
    return Result(about, scored, promises)


def _print_partial(ways: Sequence[Lane], chosen: Sequence[Task], found: Found, about: dict[str, Any]) -> None:
    """The figures of a run that broke off: of the functions that are finished in every lane, so that they compare."""
    finished = [task for task in chosen if all((lane.name, task.name) in found for lane in ways)]
    if finished:
        share = f"{len(finished)} of {len(chosen)} functions, as the run broke off"
        print(text_report(_result(ways, finished, found, {"partial": share, **about})))


def _type(ways: Sequence[Lane], chosen: Sequence[Task], options: argparse.Namespace, kept: Kept, found: Found) -> None:
    """Type what isn't there from before; raises Problem where a server or the endpoint breaks off, in its own words."""
    todo: dict[str, list[Task]] = {lane.name: [] for lane in ways}
    for lane, task in product(ways, chosen):
        known = kept.get(*saved.place_of(lane, task))
        if known is None:
            todo[lane.name].append(task)
        else:
            found[lane.name, task.name] = saved.from_result(known, task)

    async def done(lane: Lane, task: Task, record: Record) -> None:
        await _model(options)  # where it has died meanwhile, this function was typed without it
        found[lane.name, task.name] = record
        kept.put(*saved.place_of(lane, task), saved.as_result(record))
        bar.update(len(found), len(ways) * len(chosen))

    with terminal.Steps(f"functions: {len(chosen)}, lanes side by side: {len(ways)}; typed") as bar:
        bar.update(len(found), len(ways) * len(chosen))
        try:
            asyncio.run(lanes.run(todo, ways, done, people=options.people, seed=options.seed))
        except ExceptionGroup as failed:
            raise Problem(_broke(failed.exceptions[0], kept)) from failed


def _told(error: ModelError) -> str:
    """For who named the endpoint on the command line."""
    return f"{error}. {error.advice}".replace("endpoint.url", "--url")


def _broke(error: Exception, kept: Kept) -> str:
    """The end of the server's log stands in the error's notes."""
    said = _told(error) if isinstance(error, ModelError) else str(error)
    there = (
        f"What was finished, {kept.added + kept.used} of it, is kept in {kept.path}: the same command goes on there."
    )
    return "\n".join([f"the run broke off: {said}", *getattr(error, "__notes__", []), there])


async def _model(options: argparse.Namespace) -> dict[str, Any]:
    """What an endpoint of the user's own says of itself; raises ModelError where it isn't there."""
    if not options.url:
        return {}
    async with opened(parse_target(f"{options.url},kind={options.kind}")) as (model, _):
        info = await model.describe()
    return {"model": info.name, "engine": info.engine, "engine version": info.version}


def _place(options: argparse.Namespace, ways: Sequence[Lane]) -> dict[str, Any]:
    """What an interrupted run is known by."""
    return {"ways": [repr(lane) for lane in ways], "seed": options.seed, "people": options.people}


def _tasks(options: argparse.Namespace) -> list[Task]:
    count = options.functions or (QUICK_FUNCTIONS if options.quick else FUNCTIONS)
    root = None if options.files else tasks.library_root()
    files = tasks.files_below(options.files) if options.files else tasks.standard_library()
    usual = (QUICK_CHARS // 2, QUICK_CHARS) if options.quick else (tasks.MIN_CHARS, tasks.MAX_CHARS)
    sizes = options.min_chars or usual[0], options.max_chars or usual[1]
    chosen = tasks.pick(files, count, seed=options.seed, language=options.language, root=root, sizes=sizes)
    if not chosen:
        raise Problem(f"no function of {sizes[0]} to {sizes[1]} characters is there to be typed")
    return chosen


def _lanes(options: argparse.Namespace) -> list[Lane]:
    common = parse_settings(options.set)
    variants = [(f", {words}", merged(common, parse_settings(words.split(",")))) for words in options.compare or ()]
    return [
        Lane(
            name=f"{name}{suffix}",
            editor=EDITORS[options.editor],
            policy=POLICIES[options.policy],
            endpoint=endpoint,
            skill=options.skill,
            closes_brackets=options.auto_close,
            settings=settings,
        )
        for name, endpoint in _endpoints(options)
        for suffix, settings in variants or [("", common)]
    ]


def _endpoints(options: argparse.Namespace) -> list[tuple[str, Engine | OwnEndpoint]]:
    if options.url:
        return [("your endpoint", OwnEndpoint(options.kind, options.url))]
    base = options.profile or PROFILES["a10g-4bit"]
    latencies = options.latency_ms or ([] if options.profile else [FAST_MS, SLOW_MS])
    named = [] if options.latency_ms or (options.quick and not options.profile) else [base]
    profiles = [*(fixed(base, latency_ms) for latency_ms in latencies), *named]
    cache = {"slots": options.slots, "block_tokens": options.block_tokens, "cached_sequences": options.cached_sequences}
    return [(profile.name, Engine(profile=profile, **cache)) for profile in profiles]


def _about(options: argparse.Namespace) -> dict[str, Any]:
    """What the results depend on besides the lanes."""
    return {
        "version": __version__,
        "seed": options.seed,
        "policy": f"{options.policy} (version {POLICY_VERSION})",
        "editor": options.editor,
        "brackets": "closed" if options.auto_close else "typed",
        "skill": options.skill,
        "tokens by": tokenizer()[0],
    }


def _profile(text: str) -> Profile:
    try:
        return parse_profile(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


if __name__ == "__main__":
    raise SystemExit(main())
