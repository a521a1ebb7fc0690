"""Report: what the arms came to, as a lane's figures and tables, and as results that are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mistral_lsp.bench.human_eval.arms import Answer, Arm
from mistral_lsp.bench.human_eval.judge import Verdict
from mistral_lsp.bench.human_eval.scores import COMPARED, Filled, compare, score
from mistral_lsp.bench.runs.outcome import Figure, Table
from mistral_lsp.core.reason import Reason

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mistral_lsp.bench.human_eval.cuts import Cut

DEPENDENT = "Lines of one problem aren't independent: with --cuts above 1 the intervals and p are too good."


def as_result(one: Filled) -> dict[str, Any]:
    """A cut with what every arm wrote there, for JSON."""
    return {
        "task": one.cut.task.name,
        "line": one.cut.line_number,
        "arms": {arm.name: _answer(one.answers[arm], one.verdicts[arm]) for arm in Arm},
    }


def from_result(cut: Cut, result: Mapping[str, Any]) -> Filled:
    """What `as_result` made."""
    rows = {arm: result["arms"][arm.name] for arm in Arm}
    answers = {
        arm: Answer(row["text"], row["took_s"], Reason[row["reason"]] if row["reason"] else None)
        for arm, row in rows.items()
    }
    return Filled(cut, answers, {arm: Verdict(row["has_passed"], row["told"]) for arm, row in rows.items()})


def figures_of(filled: Sequence[Filled], failed: int) -> tuple[Figure, ...]:
    """`failed` cuts have no answer, since the endpoint had none."""
    passed = [(arm, sum(one.has_passed(arm) for one in filled)) for arm in Arm]
    engine = score(Arm.ENGINE, filled) if filled else None
    return (
        *(Figure.share(f"pass@1, {arm.value}", count, len(filled)) for arm, count in passed),
        Figure("nothing shown, engine on", engine.silent if engine else None),
        Figure("median, engine on", engine.median_s if engine else None, "s"),
        Figure("cuts that failed", failed),
    )


def tables_of(filled: Sequence[Filled]) -> tuple[Table, ...]:
    """The arms, how far they differ, and why they were silent."""
    if not filled:
        return ()
    scores = [score(arm, filled) for arm in Arm]
    arms = [
        {
            "": one.arm.value,
            "the very line": f"{one.exact} of {one.of}",
            "silent": one.silent,
            "median s": one.median_s if one.total_s else None,
            "all s": one.total_s or None,
        }
        for one in scores
    ]
    compared = [
        {
            "first": c.one.value,
            "second": c.other.value,
            "pass by the first alone": c.only_one,
            "by the second alone": c.only_other,
            "McNemar's exact p": round(c.p, 3),
        }
        for c in (compare(one, other, filled) for one, other in COMPARED)
    ]
    silences = [
        {"arm": one.arm.value, "silent because": name, "cuts": count}
        for one in scores
        for name, count in one.reasons.most_common()
    ]
    return Table("arms", tuple(arms)), Table("arms compared", tuple(compared)), Table("silences", tuple(silences))


def _answer(answer: Answer, verdict: Verdict) -> dict[str, Any]:
    return {
        "text": answer.text,
        "reason": answer.reason and answer.reason.name,
        "took_s": round(answer.took_s, 3),
        "has_passed": verdict.has_passed,
        "told": verdict.told,
    }
