"""Holes of every shape give the program back when they are filled right, and the whole of it in small."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from support.fake_model import INFO, FakeModel

from mistral_lsp import templates
from mistral_lsp.bench.human_eval.cuts import Cut
from mistral_lsp.bench.human_eval.tasks import Task
from mistral_lsp.bench.infill import ways
from mistral_lsp.bench.infill.command import main
from mistral_lsp.bench.infill.holes import MOST_LINES, Shape, hole_of
from mistral_lsp.bench.infill.ways import ended
from mistral_lsp.bench.runs.kept import Kept
from mistral_lsp.bench.runs.session import Session
from mistral_lsp.bench.runs.targets import parse_target
from mistral_lsp.core.prompt import PromptLibrary
from mistral_lsp.settings import Endpoint

if TYPE_CHECKING:
    from pathlib import Path

SOLUTION = """\
    total = 0
    for price in prices:
        if price > 0:
            total += price

    return total
"""
TASK = Task(
    "Tiny/0",
    'def total(prices):\n    """The sum."""\n',
    SOLUTION,
    "def check(f):\n    assert f([1, 2]) == 3\n",
    "total",
)
ADD = {
    "task_id": "Tiny/1",
    "prompt": 'def add(a, b):\n    """The sum."""\n',
    "canonical_solution": "    total = a + b\n    return total\n",
    "test": "def check(f):\n    assert f(1, 2) == 3\n",
    "entry_point": "add",
}


@pytest.mark.parametrize("shape", Shape)
@pytest.mark.parametrize("seed", range(30))
def test_a_hole_filled_with_what_was_there_is_the_program(shape: Shape, seed: int) -> None:
    cut = hole_of(TASK, shape, seed=seed)
    assert cut is not None
    assert cut.prefix + cut.line + cut.suffix == TASK.head + TASK.solution
    assert cut.line.strip()
    assert cut.prefix.startswith(TASK.head)
    if shape is Shape.LINES:
        assert 2 <= cut.line.count("\n") + 1 <= MOST_LINES
        assert not cut.line.startswith(" ")
        assert cut.suffix.startswith("\n")


def test_holes_are_the_same_for_a_seed_and_others_for_another() -> None:
    spans = [hole_of(TASK, Shape.SPAN, seed=seed) for seed in (1, 1, *range(2, 9))]
    assert spans[0] == spans[1]
    assert len({cut.line for cut in spans if cut}) > 3


def test_one_line_has_no_hole_of_several() -> None:
    task = Task("Tiny/2", TASK.head, "    return sum(prices)\n", TASK.test, "total")
    assert hole_of(task, Shape.LINES, seed=1) is None
    assert hole_of(task, Shape.LINE, seed=1) is not None


@pytest.mark.parametrize(
    ("hole", "suffix", "answer", "wanted"),
    [
        ("a = 1", "\nb", "a = 1\nb = 2\nc", "a = 1"),
        ("a = 1\nb = 2", "\nc", "a = 1\nb = 2\nc", "a = 1\nb = 2"),
        ("tal = 0", " + 1\n", "tal = 0 + 1\nmore", "tal = 0"),
        ("tal = 0", " + 1\n", "tal = 5\nmore", "tal = 5"),
    ],
)
def test_an_answer_to_the_prompt_alone_ends_with_the_hole(hole: str, suffix: str, answer: str, wanted: str) -> None:
    assert ended(answer, Cut(TASK, 1, "", hole, suffix)) == wanted


async def test_the_prompt_alone_takes_off_what_it_held_back(tmp_path: Path) -> None:
    cut = hole_of(TASK, Shape.LINE, seed=1)
    assert cut is not None
    model = FakeModel(f" {cut.line}\nmore")
    kept = Kept(tmp_path / "kept.jsonl", {})
    session = Session(parse_target("stand-in"), model, INFO, Endpoint(), kept, 1)
    async with ways.prompt(session, PromptLibrary(templates.load().sources), family="mistral-v3") as fill:
        answer = await fill(cut)
    kept.close()
    assert answer["text"] == cut.line
    assert "[INST]" in model.prompts[0].text


@pytest.mark.usefixtures("cache")
def test_the_whole_of_it_on_the_stand_in(tmp_path: Path) -> None:
    problems, path = tmp_path / "tiny.jsonl", tmp_path / "infill.json"
    problems.write_text(json.dumps(ADD))
    words = ["--endpoint", "stand-in,profile=h100-fp8", "--problems", str(problems), "--run-generated-code"]
    assert main([*words, "--family", "base", "--family", "mistral-v3", "--json", str(path)]) == 0
    tree = json.loads(path.read_text())
    assert [lane["name"] for lane in tree["lanes"]] == [
        "stand-in, server", "stand-in, prompt base", "stand-in, prompt mistral-v3",
    ]  # fmt: skip
    for lane in tree["lanes"]:
        assert [one["of"] for one in lane["figures"][:3]] == [1, 1, 1]
    assert len(tree["cases"]) == 9


@pytest.mark.parametrize(
    ("words", "said"),
    [([], "Say --run-generated-code"), (["--run-generated-code", "--family", "abacus"], "--family abacus: it must be")],
)
@pytest.mark.usefixtures("cache")
def test_what_is_not_fit_is_told(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--endpoint", "stand-in", *words]) == 2
    assert said in capsys.readouterr().err
