"""Scores: shares with their uncertainty, and whether two arms differ by more than chance."""

from __future__ import annotations

from dataclasses import dataclass
from math import comb, sqrt

Z = 1.959964  # of a normal distribution: 95 % lie within


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    count: int
    of: int

    @property
    def value(self) -> float:
        """Between 0 and 1."""
        return self.count / self.of if self.of else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval: https://doi.org/10.1080/01621459.1927.10502953."""
        if not self.of:
            return 0.0, 1.0
        n, p = self.of, self.value
        middle = (p + Z * Z / (2 * n)) / (1 + Z * Z / n)
        half = Z / (1 + Z * Z / n) * sqrt(p * (1 - p) / n + Z * Z / (4 * n * n))
        return max(0.0, middle - half), min(1.0, middle + half)

    def __str__(self) -> str:
        low, high = self.interval
        return f"{self.count}/{self.of} = {self.value:.1%} ({low:.1%} to {high:.1%})"


def mcnemar(only_left: int, only_right: int) -> float:
    """The exact two-sided p-value, from the cases that only one of two arms passes."""
    n = only_left + only_right
    if not n:
        return 1.0
    tail = sum(comb(n, k) for k in range(min(only_left, only_right) + 1))
    return min(1.0, 2.0 * tail / 2.0**n)
