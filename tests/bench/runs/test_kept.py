"""Results are kept as they come, for their very configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mistral_lsp.bench.runs.kept import Kept
from mistral_lsp.commands.problem import Problem

if TYPE_CHECKING:
    from pathlib import Path


def test_a_result_is_there_again_and_counted(tmp_path: Path) -> None:
    path = tmp_path / "deeper" / "kept.jsonl"
    first = Kept(path, {"seed": 1})
    assert first.get("lane", "case") is None
    first.put("lane", "case", {"passed": True})
    second = Kept(path, {"seed": 1})  # while the first is still open: it is on the disk
    assert second.get("lane", "case") == {"passed": True}
    assert (first.added, second.used) == (1, 1)
    first.close()
    second.close()


@pytest.mark.parametrize(
    ("configuration", "lane", "case"), [({"seed": 2}, "l", "c"), ({"seed": 1}, "x", "c"), ({"seed": 1}, "l", "x")]
)
def test_what_belongs_to_something_else_is_not_taken(
    tmp_path: Path, configuration: dict[str, int], lane: str, case: str
) -> None:
    path = tmp_path / "kept.jsonl"
    kept = Kept(path, {"seed": 1})
    kept.put("l", "c", {"passed": True})
    kept.close()
    other = Kept(path, configuration)
    assert other.get(lane, case) is None
    other.close()


def test_a_line_that_was_cut_off_is_left_out_and_the_next_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "kept.jsonl"
    kept = Kept(path, {})
    kept.put("l", "one", {"n": 1})
    kept.put("l", "two", {"n": 2})
    kept.close()
    path.write_text(path.read_text()[:-9])
    kept = Kept(path, {})
    assert (kept.get("l", "one"), kept.get("l", "two")) == ({"n": 1}, None)
    kept.put("l", "two", {"n": 3})
    kept.close()
    kept = Kept(path, {})
    assert kept.get("l", "two") == {"n": 3}
    kept.close()


def test_a_run_that_is_done_leaves_nothing_and_a_fresh_one_takes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "kept.jsonl"
    kept = Kept(path, {})
    kept.put("l", "c", {})
    kept.close()
    kept = Kept(path, {}, is_fresh=True)
    assert kept.get("l", "c") is None
    kept.close(is_done=True)
    assert not path.exists()


def test_a_place_that_can_not_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="can't hold the results"):
        Kept(tmp_path, {})
