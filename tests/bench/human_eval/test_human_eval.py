"""Lines are cut, judged by tests, and the shares are told with their uncertainty."""

from __future__ import annotations

import gzip
import json
import os
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mistral_lsp.bench.endpoint import Endpoint
from mistral_lsp.bench.human_eval import command
from mistral_lsp.bench.human_eval.judge import Verdict, judge
from mistral_lsp.bench.human_eval.problems import Problem, cuts, load
from mistral_lsp.bench.human_eval.scores import Share, mcnemar
from mistral_lsp.bench.tgi_script import Script
from mistral_lsp.commands.problem import Problem as Complaint

if TYPE_CHECKING:
    from pathlib import Path

DOUBLE = Problem(
    "Test/1",
    'def double(a):\n    """Twice."""\n',
    "    # the sum\n    b = a + a\n\n    return (\n        b\n    )\n",
    "def check(candidate):\n    assert candidate(2) == 4\n",
    "double",
)
NEXT = Problem(
    "Test/2", "def following(a):\n", "    return a + 1\n", "def check(f):\n    assert f(1) == 2\n", "following"
)


def row(problem: Problem) -> dict[str, str]:
    return {
        "task_id": problem.name,
        "prompt": problem.prompt,
        "canonical_solution": problem.solution,
        "test": problem.test,
        "entry_point": problem.entry_point,
    }


@pytest.fixture
def problems(tmp_path: Path) -> Path:
    """Two of them in a file."""
    path = tmp_path / "problems.jsonl"
    path.write_text("\n".join(json.dumps(row(problem)) for problem in (DOUBLE, NEXT)))
    return path


def test_a_cut_takes_one_line_and_leaves_its_indentation() -> None:
    found = cuts([DOUBLE], count=9, seed=1)
    assert [cut.truth for cut in found] == ["b = a + a", "return (", "b"]  # no comment, no blank line, no lone closer
    assert found[0].prefix.endswith("    # the sum\n    ")
    assert found[0].suffix == "\n\n    return (\n        b\n    )\n"
    assert found[0].name == "Test/1:2"


@given(seed=st.integers(0, 99))
def test_a_line_in_its_place_is_the_solution_again(seed: int) -> None:
    [cut] = cuts([DOUBLE], count=1, seed=seed)
    assert cut.prefix + cut.truth + cut.suffix == DOUBLE.prompt + DOUBLE.solution


def test_the_seed_chooses_and_the_same_one_chooses_the_same() -> None:
    chosen = {cuts([DOUBLE], count=1, seed=seed)[0].line for seed in range(20)}
    assert len(chosen) > 1
    assert cuts([DOUBLE, NEXT], count=1, seed=3) == cuts([DOUBLE, NEXT], count=1, seed=3)


def test_problems_are_read_gzipped_too(problems: Path) -> None:
    packed = problems.with_suffix(".jsonl.gz")
    packed.write_bytes(gzip.compress(problems.read_bytes()))
    assert load(packed) == load(problems) == [DOUBLE, NEXT]


@pytest.mark.parametrize("content", [b"{", b'{"task_id": "x"}', b"[1]\n", b"\xff\xfe"])
def test_a_file_of_something_else_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other.jsonl"
    path.write_bytes(content)
    with pytest.raises(Complaint, match=r"other\.jsonl"):
        load(path)


@pytest.mark.parametrize(
    ("program", "verdict"),
    [
        ("x = 1", Verdict.PASSED),
        ("assert False", Verdict.FAILED),
        ("x = (", Verdict.FAILED),
        ("raise SystemExit(0)", Verdict.FAILED),
        ("import os; os._exit(0)", Verdict.FAILED),
        ("print('x' * 10_000_000)", Verdict.PASSED),
        ("input()", Verdict.FAILED),
        ("x = 'x' * 4_000_000_000", Verdict.FAILED),
        ("open('large', 'wb').write(b'x' * 100_000_000)", Verdict.FAILED),
        ("def f(): f()\nf()", Verdict.FAILED),
        ("open('own', 'w').write('a'); assert open('own').read() == 'a'", Verdict.PASSED),
    ],
)
async def test_a_program_is_judged_by_its_end(program: str, verdict: Verdict) -> None:
    assert await judge(program, timeout_s=30.0) is verdict


@pytest.mark.parametrize(
    "program",
    ["while True: pass", "import time; time.sleep(60)", "import os\nif os.fork(): os.wait()\nwhile True: pass"],
)
async def test_a_program_that_does_not_end_is_killed_with_what_it_started(program: str) -> None:
    assert await judge(program, timeout_s=0.5) is Verdict.ENDLESS


async def test_it_gets_nothing_of_the_environment_and_leaves_no_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MISTRAL_LSP_TOKEN", "secret")
    where = tmp_path / "where"
    program = f"import os\nassert 'MISTRAL_LSP_TOKEN' not in os.environ\nopen({str(where)!r}, 'w').write(os.getcwd())"
    assert await judge(program, timeout_s=30.0) is Verdict.PASSED
    assert not os.path.lexists(where.read_text())  # noqa: ASYNC240, PTH - a moment


@pytest.mark.parametrize(
    ("share", "low", "high"),
    [
        (Share(0, 10), 0.0, 0.2775),
        (Share(5, 10), 0.2366, 0.7634),
        (Share(81, 263), 0.2553, 0.3662),
        (Share(0, 0), 0, 1),
    ],
)
def test_the_interval_is_wilsons(share: Share, low: float, high: float) -> None:
    assert share.interval == pytest.approx((low, high), abs=5e-4)


@pytest.mark.parametrize(("left", "right", "p"), [(0, 0, 1.0), (1, 1, 1.0), (0, 5, 0.0625), (2, 10, 0.03857)])
def test_the_difference_is_mcnemars(left: int, right: int, p: float) -> None:
    assert mcnemar(left, right) == pytest.approx(p, abs=1e-4)
    assert mcnemar(right, left) == mcnemar(left, right)


async def _run(problems: Path, tmp_path: Path, reply: str, *more: str) -> dict[str, Any]:
    """The command in a thread, with a stand-in endpoint that always says the same."""
    import asyncio

    path = tmp_path / "figures.json"
    async with Endpoint() as endpoint:
        endpoint.script = Script(reply=reply)
        words = ["--run-generated-code", "--problems", str(problems), "--url", endpoint.url, "--json", str(path)]
        assert await asyncio.to_thread(command.main, [*words, "--kind", "tgi", "--cuts", "9", *more]) == 0
    figures: dict[str, Any] = json.loads(path.read_text())
    return figures


async def test_both_arms_are_judged_on_the_same_cuts(
    problems: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    figures = await _run(problems, tmp_path, " b = a + a\n", "--limit", "3")
    assert figures["cuts"] == 3
    on, off = figures["arms"]["engine on"], figures["arms"]["engine off"]
    assert on["passed"]["count"] >= 1  # where that line was cut
    assert on["exact"]["count"] == off["exact"]["count"] + 1  # the plain text has its space twice
    told = capsys.readouterr().out
    assert "3 cuts of a single line" in told
    assert "engine on: the tests pass with" in told


async def test_a_silence_is_told_with_its_reason(problems: Path, tmp_path: Path) -> None:
    figures = await _run(problems, tmp_path, "", "--limit", "1")
    assert figures["arms"]["engine on"]["silences"] == {"the model answered with nothing": 1}
    assert figures["arms"]["engine off"]["silences"] == {"the model wrote nothing": 1}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "--run-generated-code"),
        (["--run-generated-code", "--problems", "nowhere.jsonl"], "nowhere.jsonl"),
        (["--run-generated-code", "--limit", "0", "--problems", "{problems}"], "no line to cut"),
        (
            ["--run-generated-code", "--problems", "{problems}", "--url", "http://127.0.0.1:9", "--kind", "tgi"],
            "127.0.0.1:9",
        ),
    ],
)
def test_what_can_not_be_done_is_said_in_a_line(
    problems: Path, capsys: pytest.CaptureFixture[str], words: list[str], told: str
) -> None:
    assert command.main([word.format(problems=problems) for word in words]) == 2
    assert told in capsys.readouterr().err
