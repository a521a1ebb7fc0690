from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

import pytest

from mistral_lsp.bench.human_eval import tasks
from mistral_lsp.bench.human_eval.tasks import Task, pick, read
from mistral_lsp.commands.problem import Problem

if TYPE_CHECKING:
    from pathlib import Path

FIELDS = {
    "task_id": "Tiny/0",
    "prompt": "def one():\n",
    "canonical_solution": "    return 1\n",
    "test": "def check(f):\n    assert f() == 1\n",
    "entry_point": "one",
}
LINE = json.dumps(FIELDS)


def test_each_line_is_a_task(tmp_path: Path) -> None:
    path = tmp_path / "tiny.jsonl"
    path.write_text("\n".join([LINE, "", LINE.replace("Tiny/0", "Tiny/1 \u2028"), ""]))
    first, second = read(path)
    assert first == Task("Tiny/0", "def one():\n", "    return 1\n", "def check(f):\n    assert f() == 1\n", "one")
    assert second.name == "Tiny/1 \u2028"


def test_a_packed_file_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "tiny.jsonl.gz"
    path.write_bytes(gzip.compress(LINE.encode()))
    assert [task.name for task in read(path)] == ["Tiny/0"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "line 2 of .* isn't JSON"),
        ("[" * 100_000, "line 2 of .* isn't JSON"),
        ("[]", "line 2 of .* has no text for 'task_id'"),
        (json.dumps(FIELDS | {"test": None}), "line 2 of .* has no text for 'test'"),
    ],
)
def test_a_line_that_is_no_task_is_named(line: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "tiny.jsonl"
    path.write_text(f"{LINE}\n{line}\n")
    with pytest.raises(Problem, match=said):
        read(path)


@pytest.mark.parametrize("name", ["none.jsonl", "cut.jsonl.gz", "plain.jsonl.gz", "latin.jsonl"])
def test_a_file_that_cannot_be_read_is_told(name: str, tmp_path: Path) -> None:
    (tmp_path / "cut.jsonl.gz").write_bytes(gzip.compress(LINE.encode())[:-12])
    (tmp_path / "plain.jsonl.gz").write_text(LINE)
    (tmp_path / "latin.jsonl").write_bytes(b"\xe4")
    with pytest.raises(Problem, match="can't be read"):
        read(tmp_path / name)


def test_the_package_is_found_without_importing_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = tmp_path / "human_eval" / "data" / "HumanEval.jsonl.gz"
    data.parent.mkdir(parents=True)
    data.write_bytes(gzip.compress(LINE.encode()))
    (tmp_path / "human_eval" / "__init__.py").write_text("raise AssertionError\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert tasks.installed() == data


def test_without_the_package_one_line_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "PACKAGE", "no_such_package")
    with pytest.raises(Problem, match=r"^[^\n]*pip install[^\n]*--problems FILE$"):
        tasks.installed()


def test_some_are_picked_by_the_seed_and_keep_their_order() -> None:
    every = [Task(f"Tiny/{number}", "", "", "", "") for number in range(100)]
    chosen = pick(every, 10, seed=1)
    assert len(chosen) == 10
    assert sorted(chosen, key=every.index) == chosen
    assert pick(every, 10, seed=1) == chosen
    assert pick(every, 10, seed=2) != chosen
    assert pick(every, None, seed=1) == pick(every, 1000, seed=1) == every
