"""Draws saved runs side by side: what any benchmark of models wrote with --json.

Runs of the same benchmark share a table and plots, one column for each endpoint of each file.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mistral_lsp import terminal
from mistral_lsp.bench.runs.command import write_file
from mistral_lsp.bench.runs.outcome import Outcome, read
from mistral_lsp.bench.runs.page import html_report
from mistral_lsp.bench.runs.text import text_report
from mistral_lsp.commands.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run it by itself; the exit status."""
    parser = argparse.ArgumentParser(
        prog="mistral-lsp bench report", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="what --json wrote")
    parser.add_argument("--html", type=Path, metavar="FILE", help="write one page with plots there")
    options = parser.parse_args(argv)
    try:
        outcomes = joined([(path.stem, read(path)) for path in options.files])
        print("\n\n".join(f"== {one.bench}\n\n{text_report(one)}" for one in outcomes))
        write_file(options.html, html_report(outcomes))
    except Problem as problem:
        terminal.report(f"mistral-lsp: {problem}")
        return 2
    return 0


def joined(named: Sequence[tuple[str, Outcome]]) -> list[Outcome]:
    """One outcome for each benchmark, with the lanes of all its files; a file's name tells apart what has one name."""
    found: list[Outcome] = []
    for bench in dict.fromkeys(outcome.bench for _, outcome in named):
        mine = [(name, outcome) for name, outcome in named if outcome.bench == bench]
        own = [(name, lane) for name, outcome in mine for lane in outcome.lanes if not lane.is_reference]
        names = [lane.name for _, lane in own]
        lanes = [
            replace(lane, name=f"{name}: {lane.name}") if names.count(lane.name) > 1 else lane for name, lane in own
        ]
        references = {lane.name: lane for _, outcome in mine for lane in outcome.lanes if lane.is_reference}
        notes = tuple(dict.fromkeys(note for _, outcome in mine for note in outcome.notes))
        found.append(Outcome(bench, _common(mine), (*lanes, *references.values()), notes))
    return found


def _common(mine: Sequence[tuple[str, Outcome]]) -> dict[str, Any]:
    """What the runs depend on; where they differ, each one's."""
    names = dict.fromkeys(name for _, outcome in mine for name in outcome.about)
    about: dict[str, Any] = {}
    for name in names:
        values = [(file, outcome.about.get(name)) for file, outcome in mine]
        if all(value == values[0][1] for _, value in values):
            about[name] = values[0][1]
        else:
            about[name] = "(" + ", ".join(f"{file} {value}" for file, value in values) + ")"
    return about


if __name__ == "__main__":
    raise SystemExit(main())
