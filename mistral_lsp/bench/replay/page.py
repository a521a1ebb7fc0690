"""Page: the report as one HTML file that needs nothing else, and runs nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mistral_lsp.bench.replay.plots import Axes, Series, bar_plot, legend, line_plot, printable, shares_below
from mistral_lsp.bench.replay.terminal import ROWS, told, verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mistral_lsp.bench.replay.command import Result
    from mistral_lsp.bench.replay.scores import Bar
    from mistral_lsp.bench.replay.sitting import Record

STYLE = """
:root { color-scheme: light dark; --ink: #1f2328; --paper: #fff; --faint: #d1d9e0; --soft: #59636e; --good: #1a7f37;
  --bad: #cf222e; --c0: #0969da; --c1: #bc4c00; --c2: #1a7f37; --c3: #8250df; --c4: #bf3989; --c5: #59636e; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6edf3; --paper: #0d1117; --faint: #30363d; --soft: #9198a1; --good: #3fb950; --bad: #f85149;
    --c0: #58a6ff; --c1: #f0883e; --c2: #3fb950; --c3: #bc8cff; --c4: #f778ba; --c5: #9198a1; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 72rem;
  margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2.2rem; } h3 { font-size: .95rem; margin-bottom: .2rem; }
p.facts { color: var(--soft); } .good { color: var(--good); } .bad { color: var(--bad); }
ul.bars, ul.legend { list-style: none; padding: 0; } ul.legend { display: flex; flex-wrap: wrap; gap: .3rem 1.2rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; } .wide { overflow-x: auto; }
th, td { padding: .15rem .9rem; border-bottom: 1px solid var(--faint); text-align: right; }
th[scope=row] { text-align: left; font-weight: normal; padding-left: 0; }
.plots { display: grid; grid-template-columns: repeat(auto-fill, minmax(26rem, 1fr)); gap: 1rem 2rem; }
figure { margin: 0; } svg { max-width: 100%; } svg text { fill: currentColor; font-size: 12px; }
.end { text-anchor: end; } .middle { text-anchor: middle; } .title { opacity: .75; } .grid { stroke: var(--faint); }
.line { fill: none; stroke-width: 1.6; stroke: var(--c); } .dot, .bar { fill: var(--c); }
.s0 { --c: var(--c0); } .s1 { --c: var(--c1); } .s2 { --c: var(--c2); } .s3 { --c: var(--c3); } .s4 { --c: var(--c4); }
.s5 { --c: var(--c5); }
"""


def html_report(result: Result) -> str:
    """The whole page."""
    names = [lane.name for lane, _, _ in result.lanes]
    facts = ", ".join(f"{name} {value}" for name, value in result.about.items())
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en"><head><meta charset="utf-8"/><title>mistral-lsp bench replay</title>',
            '<meta name="viewport" content="width=device-width, initial-scale=1"/>',
            f"<style>{STYLE}</style></head><body>",
            "<h1>mistral-lsp bench replay</h1>",
            f'<p class="facts">{printable(facts)}</p>',
            "<h2>Bars</h2>",
            f'<ul class="bars">{"".join(map(_bar, result.bars))}</ul>',
            "<h2>Figures</h2>",
            f'<div class="wide">{_table(result)}</div>',
            "<h2>Lanes side by side</h2>",
            f'<div class="plots">{"".join(_overviews(result))}</div>',
            "<h2>How each function grew</h2>",
            "<p>A dot is a suggestion that was accepted.</p>",
            legend(names),
            f'<div class="plots">{"".join(_growths(result))}</div>',
            "</body></html>",
            "",
        ]
    )


def _bar(bar: Bar) -> str:
    style = {True: "good", False: "bad", None: ""}[bar.holds]
    return f'<li class="{style}">{printable(verdict(bar))}</li>'


def _table(result: Result) -> str:
    head = "".join(f'<th scope="col">{printable(lane.name)}</th>' for lane, _, _ in result.lanes)
    rows = "".join(
        f'<tr><th scope="row">{printable(row.title)}</th>'
        + "".join(f"<td>{printable(told(row, one))}</td>" for _, _, one in result.lanes)
        + "</tr>"
        for row in ROWS
    )
    return f"<table><thead><tr><th></th>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _overviews(result: Result) -> Iterator[str]:
    names = [lane.name for lane, _, _ in result.lanes]
    saved = [(lane.name, [max(0.0, one.saved)]) for lane, _, one in result.lanes]
    yield _figure("Characters saved", bar_plot(saved, form="{:.1%}", title="characters saved"))
    delays = [
        Series(
            lane.name, shares_below([1000 * (shown.at_s - shown.key_s) for row in records for shown in row.appeared])
        )
        for lane, records, _ in result.lanes
    ]
    axes = Axes("ms from the last key to the suggestion", "share of what was shown", most_y=1.0)
    yield _figure("How soon a suggestion shows", line_plot(delays, axes) + legend(names))
    known = [(lane.name, one) for lane, _, one in result.lanes if one.tokens_made is not None]
    if known:
        tokens = [
            (name, [one.tokens_accepted, max(0, (one.tokens_made or 0) - one.tokens_accepted)]) for name, one in known
        ]
        plot = bar_plot(tokens, form="{:,.0f}", title="tokens made")
        yield _figure("Tokens that the endpoint made", plot + legend(["accepted", "others"]))
        asked = [(name, [one.requests_per_100 or 0.0]) for name, one in known]
        plot = bar_plot(asked, form="{:.1f}", title="requests per 100 characters")
        yield _figure("Requests per 100 characters", plot)


def _growths(result: Result) -> Iterator[str]:
    for rows in zip(*(records for _, records, _ in result.lanes), strict=True):
        series = [_growth(lane.name, record) for (lane, _, _), record in zip(result.lanes, rows, strict=True)]
        yield _figure(rows[0].task, line_plot(series, Axes("seconds", "characters")))


def _growth(name: str, record: Record) -> Series:
    points = [(change.at_s - record.began_s, float(len(change.have))) for change in record.changes]
    marks = [point for point, change in zip(points, record.changes, strict=True) if change.accepted]
    return Series(name, [(0.0, 0.0), *points], marks)


def _figure(title: str, plot: str) -> str:
    return f"<figure><h3>{printable(title)}</h3>{plot}</figure>"
