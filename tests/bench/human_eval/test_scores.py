from __future__ import annotations

import json
from collections import Counter

import pytest

from mistral_lsp.bench.human_eval.arms import Answer, Arm
from mistral_lsp.bench.human_eval.cuts import cuts_of
from mistral_lsp.bench.human_eval.judge import Verdict
from mistral_lsp.bench.human_eval.report import as_result, figures_of, from_result, tables_of
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


def test_the_figures_have_a_share_for_each_arm_and_the_tables_say_how_far_they_differ() -> None:
    shares = [(one.title, one.count, one.of) for one in figures_of(ROWS, 1)][: len(Arm)]
    assert shares == [(f"pass@1, {arm.value}", count, 4) for arm, count in zip(Arm, [2, 2, 1, 1, 0, 4], strict=True)]
    arms, compared, silences = tables_of(ROWS)
    assert arms.rows[0] == {"": "engine on", "the very line": "1 of 4", "silent": 1, "median s": 0.4, "all s": 1.6}
    assert list(compared.rows[0].values()) == ["engine on", "plain prefix", 2, 1, 1.0]
    assert {"arm": "plain prefix", "silent because": "REPEATS", "cuts": 2} in silences.rows


def test_of_nothing_there_are_no_shares() -> None:
    assert [one.value for one in figures_of([], 3)] == [None] * (len(Arm) + 2) + [3]
    assert tables_of([]) == ()


@pytest.mark.parametrize("one", ROWS)
def test_a_result_that_was_kept_is_what_it_was(one: Filled) -> None:
    assert from_result(one.cut, json.loads(json.dumps(as_result(one)))) == one
