from __future__ import annotations

import re
from collections import Counter

import pytest

from mistral_lsp.bench.human_eval.arms import Answer, Arm
from mistral_lsp.bench.human_eval.cuts import cuts_of
from mistral_lsp.bench.human_eval.judge import Verdict
from mistral_lsp.bench.human_eval.report import Result, as_json, text_report
from mistral_lsp.bench.human_eval.scores import Filled, compare, score
from mistral_lsp.bench.human_eval.tasks import Task
from mistral_lsp.core.reason import Reason

TASK = Task("Tiny/0", "def one():\n", "    return 1\n", "def check(f):\n    assert f() == 1\n", "one")
PASSED, WRONG = Verdict(has_passed=True, told=""), Verdict(has_passed=False, told="AssertionError")
SILENCE = Answer("", 0.1, Reason.REPEATS)


def filled(engine: Answer, prefix: Answer) -> Filled:
    """One cut: what is in `RIGHT` passes."""
    (cut,) = cuts_of(TASK, 1, seed=1)
    texts = {
        Arm.ENGINE: engine,
        Arm.ENGINE_LINE: engine,
        Arm.PREFIX: prefix,
        Arm.SPACE: prefix,
        Arm.NOTHING: Answer(""),
        Arm.TRUTH: Answer("return 1"),
    }
    return Filled(cut, texts, {arm: PASSED if answer.text in RIGHT else WRONG for arm, answer in texts.items()})


RIGHT = ("return 1", "return 2 - 1")
ROWS = [
    filled(Answer("return 1", 0.5), Answer("return 2", 0.2)),
    filled(Answer("return 2 - 1\n", 0.7), Answer("return 1", 0.2)),
    filled(Answer("return 2 - 1", 0.3), SILENCE),
    filled(SILENCE, SILENCE),
]


def test_an_arm_is_counted() -> None:
    one = score(Arm.ENGINE, ROWS)
    assert (one.passed, one.of, one.share) == (2, 4, 0.5)
    assert (one.exact, one.silent) == (1, 1)
    assert one.reasons == Counter({"REPEATS": 1})
    assert one.failures == Counter({"AssertionError": 2})
    assert one.median_s == pytest.approx(0.4)
    assert one.total_s == pytest.approx(1.6)
    assert one.interval == pytest.approx((0.15, 0.85), abs=0.005)


def test_blanks_behind_the_line_are_no_difference() -> None:
    assert filled(Answer("return 1 \n"), SILENCE).is_exact(Arm.ENGINE)


def test_two_arms_are_compared_on_the_cuts_where_they_differ() -> None:
    one = compare(Arm.ENGINE, Arm.PREFIX, ROWS)
    assert (one.only_one, one.only_other, one.p) == (2, 1, 1.0)


def test_the_table_has_a_row_for_each_arm_and_a_line_for_each_comparison() -> None:
    about = {"seed": 7, "engine": "embedded", "settings": None}
    report = text_report(Result(about, ROWS))
    head, table, comparisons, silences, warning = report.split("\n\n")
    assert head == "seed 7, engine embedded"
    assert [line.partition("  ")[0].strip() for line in table.split("\n")][1:] == [arm.value for arm in Arm]
    assert re.split(r" {2,}", table.split("\n")[1])[:5] == ["engine on", "2 of 4", "50.0%", "15.0% to 85.0%", "25.0%"]
    assert comparisons.split("\n")[0].startswith("engine on against plain prefix: 2 pass by the first alone, 1 by")
    assert "silences, plain prefix: REPEATS 2" in silences.split("\n")
    assert "independent" in warning
    assert "independent" not in text_report(Result(about, ROWS[:1]))


def test_the_json_has_every_answer() -> None:
    figures = as_json(Result({"seed": 7}, ROWS))
    assert figures["about"] == {"seed": 7}
    assert [arm["passed"] for arm in figures["arms"]] == [2, 2, 1, 1, 0, 4]
    assert figures["cuts"][3]["arms"]["ENGINE"] == {
        "text": "",
        "reason": "REPEATS",
        "took_s": 0.1,
        "has_passed": False,
        "told": "AssertionError",
    }
    assert (figures["cuts"][0]["task"], figures["cuts"][0]["line"]) == ("Tiny/0", 2)
