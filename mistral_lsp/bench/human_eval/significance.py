"""Significance: what a count out of so many says, and what a difference of two counts on the same cuts says."""

from __future__ import annotations

from math import sqrt
from statistics import NormalDist
from typing import NamedTuple


class Interval(NamedTuple):
    """Where the true share lies, most likely."""

    low: float
    high: float


def wilson(count: int, of: int, *, confidence: float = 0.95) -> Interval:
    """The Wilson score interval of a share; each of the cases has to be independent of the others."""
    if not of:
        return Interval(0.0, 1.0)
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share = count / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    half = z * sqrt(share * (1 - share) / of + z * z / (4 * of * of)) / (1 + z * z / of)
    # At the ends, where the middle and the half are the same but for their rounding.
    return Interval(0.0 if count == 0 else middle - half, 1.0 if count == of else middle + half)


def mcnemar(only_one: int, only_other: int) -> float:
    """How likely a difference at least as large is by chance: McNemar's exact test, two-sided, of the unlike pairs."""
    pairs = only_one + only_other
    tail, ways = 0, 1  # to choose `count` of the pairs: each from the one before, exactly
    for count in range(min(only_one, only_other) + 1):
        tail += ways
        ways = ways * (pairs - count) // (count + 1)
    return min(1.0, 2 * tail / (1 << pairs))
