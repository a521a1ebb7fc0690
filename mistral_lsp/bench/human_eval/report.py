"""Report: the figures as a table for people, and all of it as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mistral_lsp.bench.human_eval.arms import Arm
from mistral_lsp.bench.human_eval.scores import COMPARED, compare, score
from mistral_lsp.bench.measure import table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mistral_lsp.bench.human_eval.scores import Comparison, Filled, Score


@dataclass(frozen=True, slots=True)
class Result:
    """One run."""

    about: Mapping[str, Any]  # what the figures depend on
    filled: Sequence[Filled]

    @property
    def scores(self) -> list[Score]:
        """One for each arm."""
        return [score(arm, self.filled) for arm in Arm]

    @property
    def comparisons(self) -> list[Comparison]:
        """Of the arms that are worth it."""
        return [compare(one, other, self.filled) for one, other in COMPARED]


def text_report(result: Result) -> str:
    """What a terminal shows."""
    facts = ", ".join(f"{name} {value}" for name, value in result.about.items() if value is not None)
    parts = [facts, table([_row(one) for one in result.scores]), "\n".join(map(_compared, result.comparisons))]
    if silences := [_silences(one) for one in result.scores if one.reasons]:
        parts.append("\n".join(silences))
    if len({one.cut.task.name for one in result.filled}) < len(result.filled):
        parts.append("lines of one problem aren't independent: the intervals and p are too good")
    return "\n\n".join(parts)


def as_json(result: Result) -> dict[str, Any]:
    """The figures, and every cut with what was written there."""
    return {
        "about": dict(result.about),
        "arms": [_score_as_json(one) for one in result.scores],
        "comparisons": [
            {"one": c.one.name, "other": c.other.name, "only_one": c.only_one, "only_other": c.only_other, "p": c.p}
            for c in result.comparisons
        ],
        "cuts": [_cut_as_json(one) for one in result.filled],
    }


def _row(one: Score) -> dict[str, Any]:
    low, high = one.interval
    is_asked = one.total_s > 0
    return {
        "": one.arm.value,
        "passed": f"{one.passed} of {one.of}",
        "pass@1": f"{one.share:.1%}",
        "95 % interval": f"{low:.1%} to {high:.1%}",
        "exact": f"{one.exact / one.of:.1%}",
        "silent": one.silent,
        "median s": one.median_s if is_asked else None,
        "all s": one.total_s if is_asked else None,
    }


def _compared(c: Comparison) -> str:
    return (
        f"{c.one.value} against {c.other.value}: {c.only_one} pass by the first alone, {c.only_other} by the second "
        f"alone, McNemar's exact p = {c.p:.2g}"
    )


def _silences(one: Score) -> str:
    counts = ", ".join(f"{name} {count}" for name, count in one.reasons.most_common())
    return f"silences, {one.arm.value}: {counts}"


def _score_as_json(one: Score) -> dict[str, Any]:
    return {
        "arm": one.arm.name,
        "passed": one.passed,
        "of": one.of,
        "share": one.share,
        "interval_95": list(one.interval),
        "exact": one.exact,
        "silent": one.silent,
        "reasons": dict(one.reasons),
        "failures": dict(one.failures),
        "median_s": one.median_s,
        "total_s": one.total_s,
    }


def _cut_as_json(one: Filled) -> dict[str, Any]:
    return {
        "task": one.cut.task.name,
        "line": one.cut.line_number,
        "arms": {arm.name: _answer_as_json(one, arm) for arm in Arm},
    }


def _answer_as_json(one: Filled, arm: Arm) -> dict[str, Any]:
    answer, verdict = one.answers[arm], one.verdicts[arm]
    return {
        "text": answer.text,
        "reason": answer.reason and answer.reason.name,
        "took_s": round(answer.took_s, 3),
        "has_passed": verdict.has_passed,
        "told": verdict.told,
    }
