"""Scores: how many cuts each arm fills so that the tests pass, and how far the arms differ."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from mistral_lsp.bench.human_eval.arms import Arm
from mistral_lsp.bench.human_eval.significance import Interval, mcnemar, wilson

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mistral_lsp.bench.human_eval.arms import Answer, Answers
    from mistral_lsp.bench.human_eval.cuts import Cut
    from mistral_lsp.bench.human_eval.judge import Verdict

COMPARED = (
    (Arm.ENGINE, Arm.PREFIX),
    (Arm.ENGINE, Arm.SPACE),
    (Arm.ENGINE, Arm.ENGINE_LINE),
)


@dataclass(frozen=True, slots=True)
class Filled:
    """One cut, what every arm put there, and what the tests said of that."""

    cut: Cut
    answers: Answers
    verdicts: Mapping[Arm, Verdict]

    def has_passed(self, arm: Arm) -> bool:
        """Whether the tests pass."""
        return self.verdicts[arm].has_passed

    def is_exact(self, arm: Arm) -> bool:
        """Whether the arm wrote the very line that was taken out."""
        return self.answers[arm].text.rstrip() == self.cut.line


@dataclass(frozen=True, slots=True)
class Score:
    """One arm over all cuts."""

    arm: Arm
    passed: int
    of: int
    exact: int
    silent: int
    reasons: Counter[str]  # of its silences, by name
    failures: Counter[str]  # what the programs ended with
    median_s: float
    total_s: float

    @property
    def share(self) -> float:
        """The pass rate: pass@1, since every arm has one try."""
        return self.passed / self.of

    @property
    def interval(self) -> Interval:
        """Of the share, 95 %."""
        return wilson(self.passed, self.of)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two arms on the same cuts: those that only one of them passes."""

    one: Arm
    other: Arm
    only_one: int
    only_other: int

    @property
    def p(self) -> float:
        """How likely as large a difference is by chance."""
        return mcnemar(self.only_one, self.only_other)


def score(arm: Arm, filled: Sequence[Filled]) -> Score:
    """The figures of one arm."""
    answers: list[Answer] = [one.answers[arm] for one in filled]
    took_s = [answer.took_s for answer in answers]
    return Score(
        arm=arm,
        passed=sum(one.has_passed(arm) for one in filled),
        of=len(filled),
        exact=sum(one.is_exact(arm) for one in filled),
        silent=sum(not answer.text for answer in answers),
        reasons=Counter(answer.reason.name for answer in answers if answer.reason is not None),
        failures=Counter(one.verdicts[arm].told for one in filled if not one.has_passed(arm)),
        median_s=median(took_s),
        total_s=sum(took_s),
    )


def compare(one: Arm, other: Arm, filled: Sequence[Filled]) -> Comparison:
    """The cuts on which two arms differ."""
    pairs = Counter((each.has_passed(one), each.has_passed(other)) for each in filled)
    return Comparison(one, other, pairs[True, False], pairs[False, True])
