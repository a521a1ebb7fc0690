"""Command: what every benchmark of models does around its own cases: options, endpoints, kept results, reports."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mistral_lsp import __version__, terminal
from mistral_lsp.bench.measure import machine
from mistral_lsp.bench.runs.kept import Kept, usual_path
from mistral_lsp.bench.runs.outcome import Outcome
from mistral_lsp.bench.runs.page import html_report
from mistral_lsp.bench.runs.session import Session
from mistral_lsp.bench.runs.targets import FORM, opened, parse_target
from mistral_lsp.bench.runs.text import text_report
from mistral_lsp.bench.runs.words import told
from mistral_lsp.commands.problem import Problem
from mistral_lsp.model.base import ModelError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mistral_lsp.bench.runs.bench import Bench
    from mistral_lsp.bench.runs.outcome import Lane
    from mistral_lsp.bench.runs.targets import Target

INTERRUPTED = 130
CONSENT = (
    "it runs what a model wrote, here and as you: each program in a process of its own, with limits on time, memory, "
    "files and the network, which is no sandbox. Say --run-generated-code if that is all right"
)


def main(bench: Bench, argv: Sequence[str] | None) -> int:
    """Run it; the exit status: 1 where an endpoint broke off or a bar doesn't hold, 2 where nothing could be asked."""
    parser = argparse.ArgumentParser(
        prog=f"mistral-lsp bench {bench.name}",
        description=bench.about,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_common(parser, bench)
    bench.add_arguments(parser)
    options = parser.parse_args(argv)
    try:
        return _run(bench, options)
    except Problem as problem:
        terminal.report(f"mistral-lsp: {problem}")
    except ModelError as error:
        terminal.report(f"mistral-lsp: {told(error)}")
    return 2


def positive(text: str) -> int:
    """A whole number from 1, for argparse."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("it must be at least 1")
    return number


def numbers(text: str) -> list[int]:
    """Such as "1,4,16", for argparse."""
    return [positive(part) for part in text.split(",")]


def _add_common(parser: argparse.ArgumentParser, bench: Bench) -> None:
    what = f"what is measured (default: {bench.endpoint}); may be repeated. {FORM}"
    parser.add_argument("--endpoint", action="append", metavar="ENDPOINT", help=what)
    parser.add_argument("--seed", type=int, default=1, help="of every choice")
    if bench.has_cases:
        parser.add_argument("--limit", type=positive, help="so many cases of each kind, by chance (default: all)")
        at_a_time = "requests; more are quicker, and slow each other"
        parser.add_argument("--at-a-time", type=positive, default=1, help=at_a_time)
    add_output(parser)


def add_output(parser: argparse.ArgumentParser) -> None:
    """Where figures go, and what becomes of results until then."""
    output = parser.add_argument_group("what comes out")
    output.add_argument("--json", type=Path, metavar="FILE", help="write figures and cases there, for bench report too")
    output.add_argument("--html", type=Path, metavar="FILE", help="write a page with plots there")
    where = "where results are kept as they come (default: in the cache, until the run is done)"
    output.add_argument("--keep", type=Path, metavar="FILE", help=where)
    output.add_argument("--fresh", action="store_true", help="take up no run that was interrupted")


def check_output(options: argparse.Namespace) -> None:
    """Raise Problem where figures couldn't be written: better now than at the end."""
    for path in (options.json, options.html):
        if path and not path.absolute().parent.is_dir():
            raise Problem(f"{path.parent} is no folder")


def interrupted(kept: Kept) -> int:
    """Say what there is; the exit status."""
    kept.close()
    terminal.report(
        f"\ninterrupted: {kept.added + kept.used} results are kept in {kept.path}; the same command goes on"
    )
    return INTERRUPTED


def taken_up(kept: Kept) -> None:
    """Say what was there from before."""
    if kept.used:
        terminal.report(f"{kept.used} results were there from before (--fresh asks anew)")


def write_file(path: Path | None, text: str) -> None:
    """Where one is asked for; raises Problem."""
    try:
        if path:
            path.write_text(text, encoding="utf-8", errors="replace")
    except OSError as error:
        raise Problem(f"{error.filename} can't be written: {error.strerror}") from None


def _run(bench: Bench, options: argparse.Namespace) -> int:
    check_output(options)
    targets = [parse_target(text) for text in options.endpoint or [bench.endpoint]]
    if len({target.name for target in targets}) < len(targets):
        raise Problem("two endpoints have the same name: name them, as in --endpoint a=http://127.0.0.1:8080")
    configuration = {
        "bench": bench.name,
        "version": __version__,
        "seed": options.seed,
        **({"at a time": options.at_a_time} if bench.has_cases else {}),
        **bench.check(options),
    }
    where = options.keep or usual_path(bench.name, configuration | {"endpoints": options.endpoint})
    kept = Kept(where, configuration, is_fresh=options.fresh)
    try:
        lanes, cases, broke = asyncio.run(_measured(bench, targets, options, kept))
    except KeyboardInterrupt:
        return interrupted(kept)
    except BaseException:
        kept.close()
        raise
    kept.close(is_done=not broke and not options.keep)
    taken_up(kept)
    facts = {**configuration, "limit": options.limit if bench.has_cases else None} | machine()
    del facts["bench"]
    outcome = Outcome(bench.name, facts, (*lanes, *bench.references()), (*bench.notes(options), *broke), tuple(cases))
    _write(outcome, options)
    for line in broke:
        terminal.report(f"mistral-lsp: {line} What was finished is kept in {where}: the same command goes on there.")
    return 0 if not broke and all(bar.holds for lane in lanes for bar in lane.bars) else 1


async def _measured(
    bench: Bench, targets: Sequence[Target], options: argparse.Namespace, kept: Kept
) -> tuple[list[Lane], list[dict[str, Any]], list[str]]:
    """One endpoint after the other; one that isn't there doesn't keep the others from being measured."""
    lanes: list[Lane] = []
    cases: list[dict[str, Any]] = []
    broke: list[str] = []
    for target in targets:
        async with opened(target, bench.stand_in) as (model, endpoint):
            try:
                info = await model.describe()
            except ModelError as error:
                if len(targets) == 1:
                    raise
                broke.append(f"{target.name}: {told(error)}")
                continue
            at_a_time = options.at_a_time if bench.has_cases else 1
            session = Session(target, model, info, endpoint, kept, options.seed, at_a_time)
            lanes += await bench.measure(session, options)
            cases += session.cases
            if session.broke:
                broke.append(session.broke)
    return lanes, cases, broke


def _write(outcome: Outcome, options: argparse.Namespace) -> None:
    print(text_report(outcome))
    write_file(options.json, outcome.as_json())
    write_file(options.html, html_report([outcome]))


def about_model(session: Session) -> dict[str, Any]:
    """What a lane tells of the model behind it."""
    info, target = session.info, session.target
    gpu = f"{target.gpu} at {target.precision}" if target.gpu else None
    return {"model": info.name, "engine": info.engine, "engine version": info.version, "on": gpu}
