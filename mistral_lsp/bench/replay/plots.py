"""Plots: SVG for a page of ours; colours are classes (s0, s1, ...), so that the page has them for light and dark."""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

COLOURS = 6  # classes that the page defines
_WIDTH, _LEFT, _RIGHT, _TOP, _BOTTOM = 480, 56, 16, 12, 40
_BAR_PX = 26
_LABEL_PX = 170
_VALUE_PX = 60


@dataclass(frozen=True, slots=True)
class Series:
    """One line of a plot."""

    name: str
    points: Sequence[tuple[float, float]]
    marks: Sequence[tuple[float, float]] = ()


@dataclass(frozen=True, slots=True)
class Axes:
    """What the axes say. A `most_y` of None follows the points."""

    x: str
    y: str
    most_y: float | None = None
    height: int = 220


def line_plot(series: Sequence[Series], axes: Axes) -> str:
    """Lines over two axes that begin at 0, with a dot at each mark."""
    most_x = _nice(max((x for one in series for x, _ in one.points), default=1))
    most_y = axes.most_y or _nice(max((y for one in series for _, y in one.points), default=1))
    inner_w, inner_h = _WIDTH - _LEFT - _RIGHT, axes.height - _TOP - _BOTTOM

    def place(x: float, y: float) -> tuple[float, float]:
        return _LEFT + inner_w * min(x / most_x, 1), _TOP + inner_h * (1 - min(y / most_y, 1))

    parts = [*_grid(place, most_x, most_y), *_titles(axes)]
    for number, one in enumerate(series):
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in (place(*point) for point in one.points))
        name = f"<title>{printable(one.name)}</title>"
        parts.append(f'<polyline class="line s{number % COLOURS}" points="{points}">{name}</polyline>')
        dots = (place(*mark) for mark in one.marks)
        parts += [f'<circle class="dot s{number % COLOURS}" cx="{x:.1f}" cy="{y:.1f}" r="3"/>' for x, y in dots]
    return _svg(parts, axes.height, f"{axes.y} over {axes.x}")


def bar_plot(rows: Sequence[tuple[str, Sequence[float]]], *, form: str, title: str, least_most: float = 0) -> str:
    """Bars from left to right, each of parts in the colours' order; the whole's value behind it.

    The longest fills the width, or stands for its share of `least_most`.
    """
    most = max((sum(parts) for _, parts in rows), default=0)
    most = max(most, least_most) or 1
    scale = (_WIDTH - _LABEL_PX - _VALUE_PX) / most
    drawn: list[str] = []
    for number, (name, parts) in enumerate(rows):
        top, x = number * _BAR_PX, float(_LABEL_PX)
        middle = top + _BAR_PX / 2 + 4
        drawn.append(f'<text class="end" x="{_LABEL_PX - 8}" y="{middle:.0f}">{printable(_elided(name))}</text>')
        for colour, part in enumerate(parts):
            width = max(0.0, part * scale)
            where = f'x="{x:.1f}" y="{top + 4}" width="{width:.1f}" height="{_BAR_PX - 8}"'
            drawn.append(f'<rect class="bar s{colour % COLOURS}" {where}/>')
            x += width
        drawn.append(f'<text x="{x + 6:.1f}" y="{middle:.0f}">{printable(form.format(sum(parts)))}</text>')
    return _svg(drawn, max(1, len(rows)) * _BAR_PX + 4, title)


def legend(names: Sequence[str]) -> str:
    """The names in their colours."""
    items = "".join(
        f'<li><svg viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">'
        f'<rect class="bar s{number % COLOURS}" width="12" height="12"/></svg> {printable(name)}</li>'
        for number, name in enumerate(names)
    )
    return f'<ul class="legend">{items}</ul>'


def shares_below(values: Sequence[float]) -> list[tuple[float, float]]:
    """The points of a line that tells which share of the values is at most x."""
    ordered = sorted(values)
    points = [(0.0, 0.0)]
    for number, value in enumerate(ordered):
        points += [(value, number / len(ordered)), (value, (number + 1) / len(ordered))]
    return points


def printable(text: str) -> str:
    """Escaped; what XML can't hold, such as a file name's control character, is shown as a box."""
    return escape("".join(character if character.isprintable() else "\N{WHITE SQUARE}" for character in text))


def _grid(place: Callable[[float, float], tuple[float, float]], most_x: float, most_y: float) -> list[str]:
    parts: list[str] = []
    (left, bottom), (right, top) = place(0, 0), place(most_x, most_y)
    for step in range(5):
        share = step / 4
        x, y = left + (right - left) * share, bottom + (top - bottom) * share
        parts += [
            f'<line class="grid" x1="{left:.1f}" x2="{right:.1f}" y1="{y:.1f}" y2="{y:.1f}"/>',
            f'<text class="end" x="{left - 6:.1f}" y="{y + 4:.1f}">{_number(most_y * share)}</text>',
            f'<text class="middle" x="{x:.1f}" y="{bottom + 16:.1f}">{_number(most_x * share)}</text>',
        ]
    return parts


def _titles(axes: Axes) -> list[str]:
    turned = f"translate(12 {axes.height / 2 - 12:.0f}) rotate(-90)"
    return [
        f'<text class="middle title" x="{_WIDTH / 2:.0f}" y="{axes.height - 6}">{printable(axes.x)}</text>',
        f'<text class="middle title" transform="{turned}">{printable(axes.y)}</text>',
    ]


def _svg(parts: Sequence[str], height: int, title: str) -> str:
    return f'<svg viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{printable(title)}">{"".join(parts)}</svg>'


def _nice(value: float) -> float:
    """The next number of one digit and zeros: a quarter of it is short to write."""
    if value <= 0:
        return 1
    power: float = 10 ** math.floor(math.log10(value))
    return math.ceil(value / power) * power


def _number(value: float) -> str:
    return f"{value:,.3g}" if value < 1000 else f"{value:,.0f}"


def _elided(name: str) -> str:
    return name if len(name) <= 22 else f"…{name[-21:]}"
