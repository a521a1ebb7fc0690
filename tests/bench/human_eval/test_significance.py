"""Against values from elsewhere: published examples, and what R prints."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mistral_lsp.bench.human_eval.significance import mcnemar, wilson


@pytest.mark.parametrize(
    ("count", "of", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),  # Newcombe 1998, table I, method 3, and the three below
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_is_as_published(count: int, of: int, low: float, high: float) -> None:
    assert wilson(count, of) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(1, 500).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_wilson_holds_the_share_and_is_a_mirror(count_of: tuple[int, int]) -> None:
    count, of = count_of
    low, high = wilson(count, of)
    assert 0 <= low <= count / of <= high <= 1
    assert (1 - high, 1 - low) == pytest.approx(wilson(of - count, of))


def test_of_nothing_everything_may_be_true() -> None:
    assert wilson(0, 0) == (0, 1)


@pytest.mark.parametrize(
    ("only_one", "only_other", "p"),
    [
        (0, 0, 1.0),
        (5, 5, 1.0),
        (1, 0, 1.0),
        (0, 6, 0.03125),
        (10, 2, 0.03857421875),  # R: binom.test(2, 12)$p.value
        (86, 150, 3.715e-05),  # the approval ratings of R's ?mcnemar.test, by binom.test(86, 236)
    ],
)
def test_mcnemar_is_the_binomial_test(only_one: int, only_other: int, p: float) -> None:
    assert mcnemar(only_one, only_other) == pytest.approx(p, rel=1e-3)
    assert mcnemar(only_other, only_one) == mcnemar(only_one, only_other)


@pytest.mark.parametrize(("only_one", "only_other"), [(2, 1), (1, 5), (6, 4), (0, 9)])
def test_mcnemar_counts_the_coins_that_fall_so_far_apart(only_one: int, only_other: int) -> None:
    pairs, gap = only_one + only_other, abs(only_one - only_other)
    falls = list(product((0, 1), repeat=pairs))
    as_far = sum(abs(pairs - 2 * sum(fall)) >= gap for fall in falls)
    assert mcnemar(only_one, only_other) == pytest.approx(float(Fraction(as_far, len(falls))))


def test_many_pairs_are_no_trouble() -> None:
    assert 0 <= mcnemar(2_000, 8_000) < 1e-300
    assert mcnemar(5_000, 5_000) == 1.0
