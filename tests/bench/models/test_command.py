"""The whole of it in small, on a stand-in."""

from __future__ import annotations

import contextlib
import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from support.fake_model import INFO, FakeModel

from mistral_lsp.bench.human_eval import tasks
from mistral_lsp.bench.models.command import _answer, main
from mistral_lsp.bench.models.lists import diagnostics
from mistral_lsp.bench.models.tasks import Make
from mistral_lsp.bench.runs.kept import Kept
from mistral_lsp.bench.runs.session import Session
from mistral_lsp.bench.runs.targets import parse_target
from mistral_lsp.settings import Endpoint

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
    assert "from Klu's published comparison" in told
    assert re.search(r"^Llama 2 13B +18\.90 +35\.40$", told, re.MULTILINE)
    assert re.search(r"^GPT-4 +67\.00 +-$", told, re.MULTILINE)
    assert "Mistral 7B Instr. f16*" in (tmp_path / "m.html").read_text()


async def classified(tmp_path: Path, model: FakeModel) -> dict[str, Any]:
    """One diagnostic, whose right word is "bug"."""
    kept = Kept(tmp_path / "kept.jsonl", {})
    session = Session(parse_target("stand-in"), model, model.info, Endpoint(), kept, 1)  # type: ignore[arg-type]
    kind, number, row = diagnostics()[0]
    try:
        return await _answer(session, Make(()).classification(kind, number, row))
    finally:
        kept.close()


@pytest.mark.parametrize(
    ("first", "second", "passed", "tries"),
    [
        ("bug", "", True, 1),
        ("I would say it is a bug.", "bug", True, 2),
        ("I would say it is a bug.", "style", False, 2),
        ("I would say it is a bug.", "I still say so.", False, 2),
        ("style", "bug", False, 1),  # it fits, and is wrong
    ],
)
async def test_what_does_not_fit_is_asked_for_once_more_as_users_have_it(
    first: str,
    second: str,
    passed: bool,  # noqa: FBT001
    tries: int,
    tmp_path: Path,
) -> None:
    model = Twice(first, second)
    row = await classified(tmp_path, model)
    assert (row["passed"], row["tries"], len(model.prompts)) == (passed, tries, tries)
    assert all(prompt.constraint is not None for prompt in model.prompts)
    if tries == 2:
        assert "Your last answer could not be used" in str(model.prompts[1].user)
        assert row["first_s"] <= row["total_s"]
    assert model.open_streams == 0


async def test_a_model_without_chat_is_asked_once(tmp_path: Path) -> None:
    model = Twice("bugs everywhere", "bug")
    model.info = replace(INFO, has_chat=False)
    row = await classified(tmp_path, model)
    assert (row["passed"], row["tries"]) == (False, 1)
    assert "Answer with one of these words alone" in model.prompts[0].text


@pytest.mark.usefixtures("cache")
def test_an_endpoint_that_does_not_hold_so_many_at_a_time_is_told_and_is_no_dead_one(tmp_path: Path) -> None:
    path = tmp_path / "m.json"
    words = ["--task", "json", "--limit", "1", "--concurrency", "1,8", "--json", str(path)]
    assert main(["--endpoint", "stand-in,profile=h100-fp8,admits=3", *words]) == 0
    lane = json.loads(path.read_text())["lanes"][0]
    figures = {one["title"]: one["value"] for one in lane["figures"]}
    assert figures["requests per second"] == figures["requests per second, 1 at a time"] > 0
    assert figures["requests per second, 8 at a time"] is None
    assert {"task": "8 requests at a time", "": "not held, Overloaded", "answers": None} in lane["tables"][0]["rows"]


class Twice(FakeModel):
    """It says one thing first, and another then."""

    def __init__(self, first: str, second: str) -> None:
        super().__init__(first)
        self.second = second

    async def stream(self, prompt: Any, on_usage: Any = None) -> Any:
        self.reply = self.second if self.prompts else self.reply
        async with contextlib.aclosing(super().stream(prompt, on_usage)) as chunks:
            async for chunk in chunks:
                yield chunk


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
