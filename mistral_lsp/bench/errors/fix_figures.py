"""Figures of fixes: how many were offered and are right, by kind, by source, and by how far each was checked."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Any

from mistral_lsp.bench.errors.answers import NEVER, Kind
from mistral_lsp.bench.errors.cases import SOURCES
from mistral_lsp.bench.errors.judge import Judged
from mistral_lsp.bench.runs.outcome import Bar, Figure, Table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Rows = Sequence[Mapping[str, Any]]

RIGHT_BAR = 0.9  # of the right answers that are offered


def figures_of(found: Rows, failed: int) -> tuple[Figure, ...]:
    """For the table of all lanes."""
    rows = _asked(found)
    offered = [row for row in rows if row["judged"]]
    times = [row["total_s"] for row in rows]
    return (
        Figure.share("fixes offered", len(offered), len(rows)),
        *(Figure.share(f"of those: {kind.value}", _count(offered, kind), len(offered)) for kind in Judged),
        Figure("median", median(times) if times else None, "s"),
        Figure("left out: the cure is not in the lines that the prompt shows", len(found) - len(rows)),
        Figure("requests that failed", failed),
    )


def tables_of(found: Rows) -> tuple[Table, ...]:
    """By the kind of a stand-in's answer, by source, and by how far the offers were checked."""
    rows = _asked(found)
    kinds = [kind.value for kind in Kind if any(row["kind"] == kind.value for row in rows)]
    groups = [(kind, [row for row in rows if row["kind"] == kind]) for kind in kinds]
    groups += [(f"from {source}", [row for row in rows if row["source"] == source]) for source in SOURCES]
    levels = sorted({row["level"] for row in rows if row["level"]})
    checked = [(level, [row for row in rows if row["level"] == level]) for level in levels]
    return (
        Table(
            "what was asked and offered",
            tuple({"": name, "asked": len(of), **_counts(of)} for name, of in groups if of),
        ),
        Table("how far the offers were checked", tuple({"checked": level, **_counts(of)} for level, of in checked)),
    )


def bars_of(found: Rows) -> tuple[Bar, ...]:
    """What must hold where the answers' kinds are known."""
    rows, bars = _asked(found), []
    for kind in sorted(NEVER):
        of = [row for row in rows if row["kind"] == kind.value]
        count = sum(row["violation"] for row in of)
        bars.append(Bar(f"{kind.value}: {count} of {len(of)} offered, allowed are 0", count == 0))
    right = [row for row in rows if row["kind"] == Kind.RIGHT.value]
    offered = _count(right, Judged.RIGHT)
    share = offered / len(right) if right else 1.0
    words = f"right: {offered} of {len(right)} offered ({share:.0%}), at least {RIGHT_BAR:.0%}"
    return (*bars, Bar(words, share >= RIGHT_BAR))


def _asked(found: Rows) -> Rows:
    return [row for row in found if "left_out" not in row]


def _counts(of: Rows) -> dict[str, Any]:
    offered = sum(bool(row["judged"]) for row in of)
    return {"offered": offered, **{kind.value: _count(of, kind) for kind in Judged}}


def _count(of: Rows, kind: Judged) -> int:
    return sum(row["judged"] == kind.value for row in of)
