"""Page: outcomes as one HTML file that needs nothing else, and runs nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mistral_lsp.bench.replay.page import STYLE
from mistral_lsp.bench.replay.plots import Axes, Series, bar_plot, legend, line_plot, printable
from mistral_lsp.bench.runs.outcome import figure_titles
from mistral_lsp.bench.runs.text import SHARES, facts, figure_rows, marked

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    from mistral_lsp.bench.runs.outcome import Lane, Outcome

MORE_STYLE = "td:first-child, th:first-child { text-align: left; padding-left: 0; } td { white-space: nowrap; }"
ROUNDED_FROM = 1_000  # a bar's value has no room for more


def html_report(outcomes: Sequence[Outcome]) -> str:
    """The whole page."""
    title = "mistral-lsp bench " + ", ".join(dict.fromkeys(one.bench for one in outcomes))
    return "\n".join(
        [
            "<!DOCTYPE html>",
            f'<html lang="en"><head><meta charset="utf-8"/><title>{printable(title)}</title>',
            '<meta name="viewport" content="width=device-width, initial-scale=1"/>',
            f"<style>{STYLE}{MORE_STYLE}</style></head><body>",
            f"<h1>{printable(title)}</h1>",
            *(part for outcome in outcomes for part in _section(outcome)),
            "</body></html>",
            "",
        ]
    )


def _section(outcome: Outcome) -> Iterator[str]:
    yield f"<h2>{printable(outcome.bench)}</h2>"
    yield f'<p class="facts">{printable(facts(outcome.about))}</p>'
    named = [lane for lane in outcome.lanes if lane.about]
    yield "<ul>" + "".join(f"<li>{printable(f'{one.name}: {facts(one.about)}')}</li>" for one in named) + "</ul>"
    yield f'<div class="wide">{_table(figure_rows(outcome.lanes))}</div>'
    yield f"<p>{printable(SHARES)}</p>" + "".join(f"<p>{printable(note)}</p>" for note in outcome.notes)
    yield f'<div class="plots">{"".join(_bars(outcome.lanes))}</div>'
    yield from _curves(outcome.lanes)
    for lane in outcome.lanes:
        for one in lane.tables:
            yield f"<h3>{printable(f'{marked(lane)}, {one.title}')}</h3>"
            yield f'<div class="wide">{_table(one.rows)}</div>'
        yield from (f"<p>{printable(f'{bar} ({lane.name})')}</p>" for bar in lane.bars)


def _table(rows: Sequence[Mapping[str, Any]]) -> str:
    if not rows:
        return ""
    head = "".join(f'<th scope="col">{printable(str(name))}</th>' for name in rows[0])
    body = "".join(
        "<tr>" + "".join(f"<td>{printable(_cell(value))}</td>" for value in row.values()) + "</tr>" for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cell(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:,.2f}" if isinstance(value, float) else str(value)


def _bars(lanes: Sequence[Lane]) -> Iterator[str]:
    """A plot for each figure that two lanes or more have: one bar alone tells nothing. Shares are drawn of 100 %."""
    for title, unit in figure_titles(lanes):
        found = [
            (marked(lane), figure.value)
            for lane in lanes
            for figure in lane.figures
            if (figure.title, figure.unit) == (title, unit) and figure.value is not None
        ]
        if len(found) > 1 and any(value for _, value in found):
            rows = [(name, [max(0.0, value)]) for name, value in found]
            form = "{:,.0f}" if max(value for _, value in found) >= ROUNDED_FROM else "{:,.3g}"
            plot = bar_plot(rows, form=form, title=title, least_most=100 if unit == "%" else 0)
            yield _figure(f"{title}{unit and f', {unit}'}", plot)


def _curves(lanes: Sequence[Lane]) -> Iterator[str]:
    named = [lane for lane in lanes if lane.curves]
    if not named:
        return
    yield legend([lane.name for lane in named])
    plots = []
    for title, x, y in dict.fromkeys((one.title, one.x, one.y) for lane in named for one in lane.curves):
        # A lane without this curve has an empty one: the colours stay its own.
        found = [(lane.name, next((one.points for one in lane.curves if one.title == title), ())) for lane in named]
        series = [Series(name, points, points) for name, points in found]
        plots.append(_figure(title, line_plot(series, Axes(x, y))))
    yield f'<div class="plots">{"".join(plots)}</div>'


def _figure(title: str, plot: str) -> str:
    return f"<figure><h3>{printable(title)}</h3>{plot}</figure>"
