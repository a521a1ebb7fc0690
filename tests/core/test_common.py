"""What two runs share is told as a plain loop would tell it."""

from __future__ import annotations

from itertools import takewhile

from hypothesis import given
from hypothesis import strategies as st

from mistral_lsp.core.common import common_end, common_start

TEXTS = st.text(alphabet="ab", max_size=20)


def counted(left: str, right: str) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(left, right, strict=False)))


@given(TEXTS, TEXTS)
def test_the_start_of_texts_and_of_tuples(left: str, right: str) -> None:
    assert common_start(left, right) == common_start(tuple(left), tuple(right)) == counted(left, right)


@given(TEXTS, TEXTS)
def test_the_end_of_texts_and_of_tuples(left: str, right: str) -> None:
    same = counted(left[::-1], right[::-1])
    assert common_end(left, right) == common_end(tuple(left), tuple(right)) == same
