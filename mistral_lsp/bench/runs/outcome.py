"""Outcome: what a benchmark found, in the one form that terminals, JSON, pages and comparisons are made of."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Self

from mistral_lsp.bench.human_eval.significance import Interval, wilson
from mistral_lsp.commands.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

FORMAT = "mistral-lsp bench 1"


@dataclass(frozen=True, slots=True)
class Figure:
    """One number. With `count` and `of` it is a share of so many, in percent, and has an interval."""

    title: str
    value: float | None  # None where it isn't known
    unit: str = ""
    count: int | None = None
    of: int | None = None

    @classmethod
    def share(cls, title: str, count: int, of: int) -> Self:
        """So many of so many."""
        return cls(title, 100 * count / of if of else None, "%", count, of)

    @property
    def interval(self) -> Interval | None:
        """Of a share, 95 %, in percent."""
        if self.count is None or not self.of:
            return None
        low, high = wilson(self.count, self.of)
        return Interval(100 * low, 100 * high)

    @property
    def in_words(self) -> str:
        """For a table."""
        if self.value is None:
            return "-"
        if (interval := self.interval) is not None:
            return f"{self.value:.0f} ({self.count} of {self.of}, {interval.low:.0f} to {interval.high:.0f})"
        digits = 0 if abs(self.value) >= 100 or self.value == int(self.value) else 2
        return f"{self.value:,.{digits}f}"


@dataclass(frozen=True, slots=True)
class Curve:
    """One line of a plot; lanes with one of the same title share the plot."""

    title: str
    x: str
    y: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows with the same keys."""

    title: str
    rows: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Bar:
    """What has to be, and whether it is."""

    words: str
    holds: bool

    def __str__(self) -> str:
        return f"{'holds ' if self.holds else 'BROKEN'}  {self.words}"


@dataclass(frozen=True, slots=True)
class Lane:
    """One model, served and asked in one way."""

    name: str
    figures: tuple[Figure, ...]
    about: dict[str, Any] = field(default_factory=dict)
    curves: tuple[Curve, ...] = ()
    tables: tuple[Table, ...] = ()
    is_reference: bool = False  # published by others, not measured here
    bars: tuple[Bar, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """One run."""

    bench: str
    about: dict[str, Any]  # what the figures depend on: options, seed, versions, machine
    lanes: tuple[Lane, ...]
    notes: tuple[str, ...] = ()  # what one has to know to read them
    cases: tuple[dict[str, Any], ...] = ()  # each with its lane

    def as_json(self) -> str:
        """All of it."""
        tree = {"format": FORMAT, **asdict(self)}
        for lane, plain in zip(self.lanes, tree["lanes"], strict=True):
            for figure, row in zip(lane.figures, plain["figures"], strict=True):
                row["interval_95"] = figure.interval
        return json.dumps(tree, indent=1) + "\n"


def read(path: Path) -> Outcome:
    """What `as_json` wrote; raises Problem where that isn't it."""
    try:
        tree = json.loads(path.read_text(encoding="utf-8"))
        if tree["format"] != FORMAT:
            raise Problem(f"{path} is of another version of this command: {str(tree['format'])[:40]!r}")
        return Outcome(
            str(tree["bench"]),
            dict(tree["about"]),
            tuple(map(_lane, tree["lanes"])),
            tuple(map(str, tree["notes"])),
            tuple(tree["cases"]),
        )
    except OSError as error:
        raise Problem(f"{path} can't be read: {error.strerror}") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Problem(f"{path} isn't what --json of a benchmark of models writes") from None


def figure_titles(lanes: Sequence[Lane]) -> list[tuple[str, str]]:
    """Title and unit of every figure, each once, in the lanes' order."""
    return list(dict.fromkeys((figure.title, figure.unit) for lane in lanes for figure in lane.figures))


def _lane(tree: dict[str, Any]) -> Lane:
    figures = tuple(
        Figure(str(row["title"]), row["value"], str(row["unit"]), row["count"], row["of"]) for row in tree["figures"]
    )
    curves = tuple(
        Curve(str(row["title"]), str(row["x"]), str(row["y"]), tuple((x, y) for x, y in row["points"]))
        for row in tree["curves"]
    )
    tables = tuple(Table(str(row["title"]), tuple(row["rows"])) for row in tree["tables"])
    bars = tuple(Bar(str(row["words"]), bool(row["holds"])) for row in tree.get("bars", ()))
    return Lane(str(tree["name"]), figures, dict(tree["about"]), curves, tables, bool(tree["is_reference"]), bars)
