"""Whether two values are the same to whoever uses them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from mistral_lsp.core.same import same


@dataclass
class Point:
    x: Any


class Slotted:
    __slots__ = ("x",)

    def __init__(self, x: Any) -> None:
        self.x = x


NAN = float("nan")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, 1),
        (0.1 + 0.2, 0.3),
        (NAN, NAN),
        ([1, ("a", None)], [1, ("a", None)]),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        ({1, 2, 3}, {3, 2, 1}),
        (Point([1]), Point([1])),
        (Slotted(1), Slotted(1)),
        (object(), object()),
        (len, len),
    ],
)
def test_the_same(one: Any, other: Any) -> None:
    assert same(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, 2),
        (1, 1.0),
        (1, True),
        (0.1, 0.2),
        ([1, 2], (1, 2)),
        ([1, 2], [2, 1]),
        ([1, 2], [1, 2, 3]),
        ({"a": 1}, {"a": 2}),
        ({"a": 1}, {"b": 1}),
        ({1}, {2}),
        (Point(1), Point(2)),
        (Slotted(1), Slotted(2)),
        (Point(1), Slotted(1)),
        (len, max),
        (None, 0),
    ],
)
def test_not_the_same(one: Any, other: Any) -> None:
    assert not same(one, other)


def test_what_holds_itself_ends() -> None:
    one: list[Any] = []
    one.append(one)
    other: list[Any] = []
    other.append(other)
    assert not same(one, other)
