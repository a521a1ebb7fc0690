"""Right answers pass and wrong ones don't, whatever the kind; what never ends or takes all memory is a wrong answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mistral_lsp.bench.human_eval import judge as judging
from mistral_lsp.bench.human_eval import tasks as human_eval
from mistral_lsp.bench.human_eval.judge import Limits
from mistral_lsp.bench.models.code import code_in, completed, times_faster
from mistral_lsp.bench.models.extraction import extractions
from mistral_lsp.bench.models.lists import diagnostics, pairs
from mistral_lsp.bench.models.mutations import mutants
from mistral_lsp.bench.models.stdlib import functions
from mistral_lsp.bench.models.summaries import coverage, subjects
from mistral_lsp.bench.models.tasks import Kind, Make, broken
from mistral_lsp.core.structured import json_of

if TYPE_CHECKING:
    from mistral_lsp.bench.models.tasks import Task

MAKE = Make(("[INST]",))
ADD = human_eval.Task(
    "Tiny/0",
    'import math\n\n\ndef add(a, b):\n    """The sum."""\n',
    "    return a + b\n",
    "def check(f):\n    assert f(1, 2) == 3\n",
    "add",
)


def block(code: str) -> str:
    return f"Here it is:\n```python\n{code}\n```\nIt works."


async def passes(task: Task, answer: str) -> bool:
    return (await task.judge(answer)).has_passed


@pytest.mark.parametrize(
    ("answer", "good"),
    [
        (block("def add(a, b):\n    return a + b"), True),
        (block("    return a + b"), True),  # the body alone
        ("def add(a, b):\n    return a + b", True),  # no fence
        (block("def add(a, b):\n    return math.floor(a + b)"), True),  # the head's imports are there
        (block("print(add(1, 2))") + block("def add(a, b):\n    return a + b"), True),
        (block("def add(a, b):\n    return a - b"), False),
        (block("def add(a, b):\n    while True: pass"), False),
        (block("def add(a, b):\n    return len('x' * 10**12)"), False),
        ("I don't know.", False),
        ("", False),
    ],
)
async def test_generated_code_is_judged_by_the_tests(
    answer: str,
    good: bool,  # noqa: FBT001
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(judging, "Limits", lambda: Limits(cpu_s=1))
    assert await passes(MAKE.generation(ADD), answer) is good


async def test_a_fault_is_mended_by_the_right_function_and_not_by_the_fault() -> None:
    found = await broken(4, seed=3)
    assert len(found) == 4
    for function, fault, number in found:
        task = MAKE.debugging(function, fault, number)
        assert await passes(task, block(function.source))
        assert not await passes(task, block(fault))
        assert "A test fails: `" in task.turn


async def test_faults_are_the_same_for_a_seed() -> None:
    first, second = await broken(2, seed=5), await broken(2, seed=5)
    assert [fault for _, fault, _ in first] == [fault for _, fault, _ in second]


def test_most_functions_of_the_table_are_in_this_python() -> None:
    found = list(functions(seed=1))
    assert len(found) >= 25
    assert all(len(one.calls) >= 5 for one in found)
    assert sum(len(list(mutants(one.source))) for one in found) > 200


def test_a_mutant_differs_in_one_place() -> None:
    assert list(mutants("def f(a):\n    return a < 1 and (not a)")) == [
        "def f(a):\n    return a < 1 or not a",
        "def f(a):\n    return a <= 1 and (not a)",
        "def f(a):\n    return a < 1 and +bool(a)",
        "def f(a):\n    return a < 2 and (not a)",
    ]


@pytest.mark.parametrize("name", ["duplicates", "change_ways", "queue_times"])
async def test_what_is_faster_and_right_is_optimised(name: str) -> None:
    pair = next(one for one in pairs() if one["name"] == name)
    task = MAKE.optimisation(pair, seed=1)
    assert await passes(task, block(pair["fast"]))
    assert (await task.judge(block(pair["slow"]))).told.endswith("times as fast")
    assert not await passes(task, block(pair["fast"].replace("return ", "return None and ")))


def test_there_are_pairs_enough_each_with_a_name_of_its_own() -> None:
    names = [one["name"] for one in pairs()]
    assert len(names) == len(set(names)) >= 20
    for pair in pairs():
        assert f"def {pair['name']}(" in pair["slow"]
        assert f"def {pair['name']}(" in pair["fast"]


@pytest.mark.parametrize(("told", "times"), [("Faster250", 2.5), ("Wrong", None), ("SyntaxError", None), ("", None)])
def test_what_the_clock_said_is_read(told: str, times: float | None) -> None:
    assert times_faster(told) == times


def test_a_summary_counts_by_the_words_that_the_code_does_not_have() -> None:
    every = subjects(seed=1)
    assert len(every) >= 30
    for subject in every:
        assert coverage(subject, subject.code) == 0
        assert coverage(subject, " ".join(f"{stem}xyz"[:9] for stem in subject.stems if len(stem) == 5)) > 0 or all(
            len(stem) < 5 for stem in subject.stems
        )


async def test_a_diagnostic_is_told_apart_by_the_word() -> None:
    kind, number, row = diagnostics()[0]
    task = MAKE.classification(kind, number, row)
    assert task.constraint is not None
    assert await passes(task, "bug")
    assert not await passes(task, "style")
    assert (await task.judge("It is a bug.")).told.startswith("unfit")
    assert {one[0] for one in diagnostics()} == set(task.constraint.choices)


async def test_json_has_to_be_of_the_schema_and_say_the_same() -> None:
    import json

    for one in extractions(seed=2)[:5]:
        task = MAKE.extraction(one)
        assert one.text in task.turn
        assert task.constraint == json_of(one.schema)
        assert await passes(task, json.dumps(one.value))
        assert not await passes(task, json.dumps(one.value | {next(iter(one.value)): "?"}))
        assert not await passes(task, "{}")


def test_code_is_found_in_an_answer() -> None:
    assert code_in("```\nx = 1\n```\n```py\ndef f():\n    pass\n```", "f") == "def f():\n    pass"
    assert code_in("```python\ndef f():\n    return 1", "f") == "def f():\n    return 1"  # cut by its limit
    assert completed("def f():\n", "```\nreturn 1\n```", "f") == "def f():\n    return 1"


def test_each_kind_says_whether_it_runs_code() -> None:
    assert [kind.runs_code for kind in Kind] == [True, True, True, False, False]
