from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree as ET

from mistral_lsp.bench.replay.command import Result
from mistral_lsp.bench.replay.endpoint import Engine
from mistral_lsp.bench.replay.ghost import VsCode
from mistral_lsp.bench.replay.lanes import Lane
from mistral_lsp.bench.replay.page import html_report
from mistral_lsp.bench.replay.plots import Axes, Series, bar_plot, line_plot, shares_below
from mistral_lsp.bench.replay.policy import Policy
from mistral_lsp.bench.replay.profiles import PROFILES
from mistral_lsp.bench.replay.scores import bars, figures
from mistral_lsp.bench.replay.sitting import Change, Record
from mistral_lsp.bench.replay.terminal import text_report

HOSTILE = "<script>alert(1)</script>\"'&\x00\x1b[31m\ud800 ]]> {{7*7}}.py"
VOID = {"meta", "link", "img", "br"}


class Balance(HTMLParser):
    """What of a page's tags is out of order, and which tags there are."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(tag)


def page(name: str = "a.py: f") -> str:
    return html_report(one_lane(name))


def one_lane(name: str) -> Result:
    record = Record(name, "", characters=100, began_s=1.0, ended_s=2.0, keys=40)
    record.changes, record.streams = [Change(1.2, "a"), Change(1.5, "abc", accepted=2)], []
    lane = Lane(name=name, editor=VsCode, policy=Policy(), endpoint=Engine(profile=PROFILES["a10g-4bit"]))
    one = figures([record])
    return Result({"seed": 1, "file": name}, [(lane, [record], one)], bars([(name, one)], slow="", fast=""))


def read(text: str) -> Balance:
    balance = Balance()
    balance.feed(text)
    balance.close()
    return balance


def test_a_page_is_well_formed_and_whole() -> None:
    text = page()
    balance = read(text)
    assert (balance.faults, balance.open) == ([], [])
    for title in ("Bars", "characters saved", "a.py: f", "hang-up"):
        assert title in text


# The figures that a run is judged by, and how each of these stands in the table.
NAMED: dict[str, tuple[Any, str]] = {
    "saved": (0.123, "12.3%"),
    "shown": (1_001, "1,001"),
    "accepted": (1_002, "1,002"),
    "shown_p50_ms": (1_003.4, "1,003.4"),
    "shown_p95_ms": (1_004.5, "1,004.5"),
    "requests": (1_005, "1,005"),
    "requests_per_100": (66.6, "66.6"),
    "cancelled": (1_006, "1,006"),
    "tokens_per_accepted": (77.77, "77.77"),
    "repeated_in_burst": (0.456, "45.6%"),
    "cached": (0.789, "78.9%"),
    "hang_up_p50_ms": (81.8, "81.8"),
    "hang_up_p95_ms": (91.9, "91.9"),
}


def test_each_figure_stands_in_the_page_in_the_terminal_and_in_the_json() -> None:
    result = one_lane("a.py: f")
    [(lane, records, one)] = result.lanes
    one = replace(one, **{name: value for name, (value, _) in NAMED.items()})
    result = replace(result, lanes=[(lane, records, one)])
    page_text, terminal_text, tree = html_report(result), text_report(result), one.as_dict()
    for name, (value, shown) in NAMED.items():
        assert f"<td>{shown}</td>" in page_text, name
        assert shown in terminal_text, name
        assert tree[name] == value


def test_its_plots_are_xml() -> None:
    plots = re.findall(r"<svg.*?</svg>", page(HOSTILE), re.DOTALL)
    assert len(plots) > 4
    for plot in plots:
        ET.fromstring(plot)


def test_a_hostile_name_stays_text() -> None:
    text = page(HOSTILE)
    text.encode()
    balance = read(text)
    assert (balance.faults, balance.open) == ([], [])
    assert [tag for tag, _ in balance.seen if tag == "script"] == []
    assert "\x00" not in text
    assert "\x1b" not in text
    assert "&lt;script&gt;" in text


def test_nothing_comes_from_elsewhere() -> None:
    text = page()
    assert "http" not in text
    names = {name for _, attributes in read(text).seen for name in attributes}
    assert names & {"src", "href", "onload", "onclick"} == set()


def test_a_line_stays_within_its_axes() -> None:
    plot = ET.fromstring(line_plot([Series("a", [(0, 0), (5, 3), (10, 9)], [(5, 3)])], Axes("x", "y")))
    line = plot.find("polyline")
    assert line is not None
    points = [tuple(map(float, point.split(","))) for point in line.attrib["points"].split()]
    assert all(0 <= x <= 480 and 0 <= y <= 220 for x, y in points)
    assert [x for x, _ in points] == sorted(x for x, _ in points)
    assert [y for _, y in points] == sorted((y for _, y in points), reverse=True)


def test_bars_are_as_long_as_their_parts() -> None:
    plot = ET.fromstring(bar_plot([("a", [1, 1]), ("b", [4])], form="{:g}", title="t"))
    widths = [float(bar.attrib["width"]) for bar in plot.findall("rect")]
    assert widths[0] == widths[1] == widths[2] / 4


def test_plots_of_nothing_are_plots() -> None:
    ET.fromstring(line_plot([], Axes("x", "y")))
    ET.fromstring(line_plot([Series("a", [])], Axes("x", "y")))
    ET.fromstring(bar_plot([], form="{}", title=""))
    assert shares_below([]) == [(0.0, 0.0)]


def test_shares_rise_to_one() -> None:
    assert shares_below([2.0, 1.0]) == [(0, 0), (1, 0), (1, 0.5), (2, 0.5), (2, 1)]
