"""What comes out is the same as text, JSON and a page, and runs stand side by side."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from mistral_lsp.bench.runs import report
from mistral_lsp.bench.runs.outcome import Curve, Figure, Lane, Outcome, Table, read
from mistral_lsp.bench.runs.page import html_report
from mistral_lsp.bench.runs.text import text_report
from mistral_lsp.commands.problem import Problem

if TYPE_CHECKING:
    from pathlib import Path

REFERENCE = Lane("Published", (Figure("good", 51.0, "%"),), is_reference=True)


def outcome(name: str = "mine", count: int = 3, seed: int = 1) -> Outcome:
    figures = (Figure.share("good", count, 4), Figure("per request", 0.5, "s"), Figure("unknown", None))
    curve = Curve("rate", "at a time", "per second", ((1.0, 2.0), (4.0, 6.0)))
    table = Table("why", ({"what": "wrong", "answers": 1},))
    lane = Lane(name, figures, {"model": "m<i>"}, (curve,), (table,))
    return Outcome("models", {"seed": seed, "version": "1"}, (lane, REFERENCE), ("A note.",), ({"lane": name},))


class Tags(HTMLParser):
    """What a page is made of."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.outside: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.outside += [value or "" for name, value in attrs if name in {"src", "href"}]


def test_a_share_has_its_count_and_interval() -> None:
    figure = Figure.share("good", 3, 4)
    assert figure.in_words == "75 (3 of 4, 30 to 95)"
    assert Figure.share("good", 0, 0).in_words == "-"
    assert Figure("time", 0.5).in_words == "0.50"


def test_the_text_has_every_lane_and_figure() -> None:
    text = text_report(outcome())
    for words in ("mine", "Published*", "75 (3 of 4", "51", "per request, s", "A note.", "wrong", "seed 1"):
        assert words in text


def test_a_name_from_an_endpoint_does_nothing_to_a_terminal_or_a_page() -> None:
    hostile = outcome("\x1b[31m<script>alert(1)</script>")
    assert "\x1b" not in text_report(hostile)
    page = Tags(html_report([hostile]))
    assert "script" not in page.tags


def test_the_page_needs_nothing_else() -> None:
    page = Tags(html_report([outcome()]))
    assert page.outside == []
    assert page.tags.count("svg") >= 3
    assert "polyline" in page.tags


def test_a_bar_of_a_share_is_as_long_as_the_share_and_none_stands_alone() -> None:
    page = html_report([outcome()])
    assert "<h3>good, %</h3>" in page
    assert "<h3>per request, s</h3>" not in page  # one lane alone has it
    widths = [float(found) for found in re.findall(r'class="bar s0" x="[\d.]+" y="\d+" width="([\d.]+)"', page)]
    assert widths[0] / widths[1] == pytest.approx(75 / 51, abs=0.01)
    full = html_report([replace(outcome(), lanes=(outcome(count=4).lanes[0], REFERENCE))])
    longest = next(float(found) for found in re.findall(r'class="bar s0" x="[\d.]+" y="\d+" width="([\d.]+)"', full))
    assert widths[0] / longest == pytest.approx(0.75, abs=0.01)


def test_a_bars_value_has_room() -> None:
    lanes = tuple(Lane(name, (Figure("first line", value, "ms"),)) for name, value in (("a", 3205.2), ("b", 576.0)))
    page = html_report([Outcome("load", {}, lanes)])
    assert ">3,205<" in page
    assert "e+0" not in page


def test_json_is_read_again_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(outcome().as_json())
    assert read(path) == outcome()
    assert json.loads(path.read_text())["lanes"][0]["figures"][0]["interval_95"][0] == pytest.approx(30.06, abs=0.1)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": "mistral-lsp bench 1"}', '{"format": 3}'])
def test_another_file_is_told(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(text)
    with pytest.raises(Problem, match=r"a\.json is"):
        read(path)


def test_saved_runs_stand_side_by_side(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, count, seed in (("monday", 3, 1), ("friday", 4, 2)):
        (tmp_path / f"{name}.json").write_text(outcome(count=count, seed=seed).as_json())
    files = [str(tmp_path / "monday.json"), str(tmp_path / "friday.json")]
    assert report.main([*files, "--html", str(tmp_path / "both.html")]) == 0
    out = capsys.readouterr().out
    assert "monday: mine" in out
    assert "friday: mine" in out
    assert out.count("Published*") == 1
    assert "seed (monday 1, friday 2)" in out
    assert "version 1" in out
    assert "polyline" in (tmp_path / "both.html").read_text()


def test_what_can_not_be_drawn_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert report.main([str(tmp_path / "none.json")]) == 2
    assert "none.json can't be read" in capsys.readouterr().err
