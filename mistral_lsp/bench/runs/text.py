"""Text: an outcome for a terminal."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from mistral_lsp.bench.measure import table
from mistral_lsp.bench.runs.outcome import figure_titles

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mistral_lsp.bench.runs.outcome import Lane, Outcome

SHARES = "Shares are in percent, with counts and 95 % intervals."


def text_report(outcome: Outcome) -> str:
    """The whole of it: facts, one column for each lane, the lanes' own tables and bars, notes."""
    parts = [facts(outcome.about)]
    parts += [f"{lane.name}: {facts(lane.about)}" for lane in outcome.lanes if lane.about]
    if outcome.lanes:
        parts.append(table(figure_rows(outcome.lanes)))
    for lane in outcome.lanes:
        parts += [f"{marked(lane)}, {one.title}\n{table(one.rows)}" for one in lane.tables if one.rows]
        parts.append("\n".join(f"{bar} ({lane.name})" for bar in lane.bars))
    has_shares = any(figure.of for lane in outcome.lanes for figure in lane.figures)
    parts.append("\n".join([*([SHARES] if has_shares else []), *outcome.notes]))
    return _printable("\n\n".join(part for part in parts if part))


def figure_rows(lanes: tuple[Lane, ...]) -> list[dict[str, Any]]:
    """A row for each figure, a column for each lane."""
    rows = []
    for title, unit in figure_titles(lanes):
        cells = {}
        for lane in lanes:
            found = next((one for one in lane.figures if (one.title, one.unit) == (title, unit)), None)
            cells[marked(lane)] = found.in_words if found else "-"
        rows.append({"": f"{title}{unit and f', {unit}'}", **cells})
    return rows


def facts(about: Mapping[str, Any]) -> str:
    """In one line."""
    return ", ".join(f"{name} {value}" for name, value in about.items() if value not in {None, ""})


def marked(lane: Lane) -> str:
    """Its name, with a star where others published it."""
    return lane.name + "*" * lane.is_reference


def _printable(text: str) -> str:
    """Without what acts on a terminal: names come from endpoints."""
    return re.sub(r"[^\n\x20-\x7e\xa0-\U0010ffff]", "?", text)
