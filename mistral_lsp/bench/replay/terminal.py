"""Terminal: the report as text, one column for each lane."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from mistral_lsp.bench.replay.fates import Fate

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mistral_lsp.bench.replay.command import Result
    from mistral_lsp.bench.replay.scores import Bar, Figures


@dataclass(frozen=True, slots=True)
class Row:
    """One figure, and how it is told."""

    title: str
    value: Callable[[Figures], float | None]
    form: str = "{:,.0f}"


def _met(fate: Fate, one: Figures) -> int | None:
    """How many of the tokens made met a fate."""
    return None if one.fates is None else one.fates[fate.value]


ROWS = (
    Row("characters saved", lambda one: one.saved, "{:.1%}"),
    Row("characters", lambda one: one.characters),
    Row("keys", lambda one: one.keys),
    Row("typing, seconds", lambda one: one.typing_s),
    Row("suggestions shown", lambda one: one.shown),
    Row("... accepted", lambda one: one.accepted),
    Row("... share", lambda one: one.accepted / one.shown if one.shown else None, "{:.1%}"),
    Row("request to shown, p50 ms", lambda one: one.shown_p50_ms, "{:,.1f}"),
    Row("request to shown, p95 ms", lambda one: one.shown_p95_ms, "{:,.1f}"),
    Row("key to shown, p50 ms", lambda one: one.key_p50_ms, "{:,.1f}"),
    Row("key to shown, p95 ms", lambda one: one.key_p95_ms, "{:,.1f}"),
    Row("asked by the editor", lambda one: one.asked),
    Row("... cancelled", lambda one: one.cancelled),
    Row("requests at the endpoint", lambda one: one.requests),
    Row("... per 100 characters", lambda one: one.requests_per_100, "{:.1f}"),
    Row("... hung up", lambda one: one.hung_up),
    Row("... contradicted by typing", lambda one: one.disagreed),
    Row("warm-ups", lambda one: one.warm_ups),
    Row("tokens made", lambda one: one.tokens_made),
    Row("... per accepted token", lambda one: one.tokens_per_accepted, "{:.2f}"),
    Row("... after a disagreement", lambda one: one.tokens_after_disagreement),
    *(Row(f"... {fate.value}", partial(_met, fate)) for fate in Fate),
    Row("prompt tokens, mean", lambda one: one.prompt_tokens),
    Row("... repeated in a burst", lambda one: one.repeated_in_burst, "{:.1%}"),
    Row("... in the endpoint's cache", lambda one: one.cached, "{:.1%}"),
    Row("disagreement to hang-up, p50 ms", lambda one: one.hang_up_p50_ms, "{:.1f}"),
    Row("disagreement to hang-up, p95 ms", lambda one: one.hang_up_p95_ms, "{:.1f}"),
)


def text_report(result: Result) -> str:
    """The whole of it."""
    facts = ", ".join(f"{name} {value}" for name, value in result.about.items())
    titles = ["", *(lane.name for lane, _, _ in result.lanes)]
    lines = [titles, *([row.title, *(told(row, one) for _, _, one in result.lanes)] for row in ROWS)]
    return "\n".join([facts, "", *_columns(lines), "", *map(verdict, result.bars)])


def told(row: Row, one: Figures) -> str:
    """One figure as text; a dash where there is none."""
    value = row.value(one)
    return "-" if value is None else row.form.format(value)


def verdict(bar: Bar) -> str:
    """One bar in words."""
    word = {True: "PASS", False: "FAIL", None: "----"}[bar.holds]
    value = "unknown" if bar.value is None else bar_value(bar, bar.value)
    return f"{word}  {bar.name}: {value} (bar {'>=' if bar.is_floor else '<='} {bar_value(bar, bar.limit)})"


def bar_value(bar: Bar, value: Any) -> str:
    """A bar's value with its unit."""
    return f"{value:.1%}" if bar.is_floor else f"{value:.2f} {bar.unit}".strip()


def _columns(lines: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return [
        "  ".join(
            cell.rjust(width) if number else cell.ljust(width)
            for number, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    ]
