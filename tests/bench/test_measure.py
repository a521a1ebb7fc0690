from __future__ import annotations

import argparse
import json
import os
import time
from typing import TYPE_CHECKING, Any

import pytest

from mistral_lsp.bench.measure import Bar, arguments, cpu_ms, percentile, pss_mb, report, rss_mb, table

if TYPE_CHECKING:
    from pathlib import Path


def test_columns_are_aligned_and_numbers_stand_right() -> None:
    rows: list[dict[str, Any]] = [
        {"server": "a", "ms": None, "lines": 300},
        {"server": "longer", "ms": 1.5, "lines": 50_000},
    ]
    assert table(rows) == "server    ms   lines\na          -     300\nlonger  1.50  50,000"


@pytest.mark.parametrize(("percent", "value"), [(50, 3), (95, 4.8), (1, 1.04)])
def test_percentiles(percent: int, value: float) -> None:
    assert percentile([5, 3, 1, 2, 4], percent) == pytest.approx(value)


def test_the_percentile_of_one_value_is_the_value() -> None:
    assert percentile([7.0], 95) == 7.0


def test_a_bar_holds_up_to_its_limit() -> None:
    assert str(Bar("growth", 20.0, 20.0, "MB")) == "PASS  growth: 20.00 MB (bar 20)"
    assert str(Bar("unanswered", 1, 0, "")) == "FAIL  unanswered: 1 (bar 0)"


def test_the_exit_status_says_whether_all_bars_hold(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    options = arguments("", ["--json", str(path), "--seed", "3"])
    assert report(options, [{"ms": 1.0}], [Bar("a", 1, 2, "ms")]) == 0
    assert report(options, [{"ms": 1.0}], [Bar("a", 1, 2, "ms"), Bar("b", 3, 2, "ms")]) == 1
    assert "FAIL  b: 3 ms (bar 2)" in capsys.readouterr().out
    written = json.loads(path.read_text(encoding="utf-8"))
    assert (written["seed"], written["rows"]) == (3, [{"ms": 1.0}])
    assert [bar["holds"] for bar in written["bars"]] == [True, False]


def test_nothing_is_written_unasked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    report(argparse.Namespace(json=None, seed=1, quick=False), [{"ms": 1.0}], [])
    assert not list(tmp_path.iterdir())


def test_the_figures_of_a_process_are_its_own() -> None:
    before = cpu_ms(os.getpid())
    until = time.thread_time() + 0.05
    while time.thread_time() < until:
        pass
    assert cpu_ms(os.getpid()) - before >= 40
    assert 0 < pss_mb(os.getpid()) <= rss_mb(os.getpid()) * 1.1  # not read at the same moment
