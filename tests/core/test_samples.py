"""Arguments for functions."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Mapping, Sequence
from random import Random
from typing import Any, Literal

import pytest

from mistral_lsp.core.samples import GUESSES, SIZES, given, maker_like, maker_of, makers


class Colour(enum.Enum):
    RED = 1


def fits(value: Any, hint: Any) -> bool:
    checks: dict[Any, Callable[[Any], bool]] = {
        list[int]: lambda v: isinstance(v, list) and all(isinstance(one, int) for one in v),
        Sequence[str]: lambda v: isinstance(v, list) and all(isinstance(one, str) for one in v),
        Iterable[float]: lambda v: isinstance(v, list) and all(isinstance(one, float) for one in v),
        dict[str, list[int]]: lambda v: all(isinstance(k, str) and isinstance(one, list) for k, one in v.items()),
        Mapping[int, bool]: lambda v: all(isinstance(k, int) and isinstance(one, bool) for k, one in v.items()),
        tuple[int, str]: lambda v: len(v) == 2 and isinstance(v[0], int) and isinstance(v[1], str),
        tuple[int, ...]: lambda v: isinstance(v, tuple) and all(isinstance(one, int) for one in v),
        set[str]: lambda v: isinstance(v, set) and all(isinstance(one, str) for one in v),
        frozenset[int]: lambda v: isinstance(v, frozenset),
        int | None: lambda v: v is None or isinstance(v, int),
        Literal["a", "b"]: lambda v: v in {"a", "b"},
        Colour: lambda v: v is Colour.RED,
        bytes: lambda v: isinstance(v, bytes),
        list[list[int]]: lambda v: all(isinstance(one, list) for one in v),
    }
    return checks[hint](value)


HINTS: list[Any] = [
    list[int],
    Sequence[str],
    Iterable[float],
    dict[str, list[int]],
    Mapping[int, bool],
    tuple[int, str],
]
HINTS += [tuple[int, ...], set[str], frozenset[int], int | None, Literal["a", "b"], Colour, bytes, list[list[int]]]


@pytest.mark.parametrize("hint", HINTS)
def test_values_are_of_their_type_in_every_size(hint: Any) -> None:
    make = maker_of(hint)
    assert make is not None
    assert all(fits(make(Random(1), size), hint) for size in SIZES)


def test_a_type_that_nothing_is_known_of_gives_nothing() -> None:
    assert maker_of(Random) is None
    assert maker_of(Any) is None


def test_sizes_grow() -> None:
    make = maker_of(list[int])
    assert make is not None
    assert [len(make(Random(1), size)) for size in SIZES] == list(SIZES)


@pytest.mark.parametrize("value", ["abc", [1, 2], ["a"], {"a": 1}, (1, "a"), {1}, 1.5, True, [[1]]])
def test_values_like_one_that_was_seen(value: Any) -> None:
    make = maker_like(value)
    assert make is not None
    made = make(Random(1), 4)
    assert type(made) is type(value)
    if isinstance(value, list):
        assert {type(one) for one in made} == {type(value[0])}
    if isinstance(value, str):
        assert set(made) <= set(value)


def test_chance_is_seeded() -> None:
    make = maker_of(list[str])
    assert make is not None
    assert make(Random(1), 20) == make(Random(1), 20)


def test_the_calls_and_examples_of_a_file_are_found() -> None:
    text = 'def f(a, b=1):\n    """\n    >>> f([1, 2])\n    3\n    """\n\n\nprint(f("x", b=2))\nf(y)\nself.f(7)\ng(1)\n'
    assert sorted(map(repr, given(text, "f"))) == ["(('x',), {'b': 2})", "((7,), {})", "(([1, 2],), {})"]
    assert given("def f(:", "f") == []


def test_what_is_known_of_a_parameter_comes_first() -> None:
    def function(a: list[int], b="x", c=None, *rest, d=1, **more): ...  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN002, ANN003, ANN202

    found = makers(function)
    assert found is not None
    assert [len(one) for one in found] == [1, 1, len(GUESSES)]
    known = makers(function, [(([1], "y", "z"), {})])
    assert known is not None
    assert [len(one) for one in known] == [1, 1, 1]


def test_what_takes_a_keyword_that_must_be_given_is_not_guessed() -> None:
    def function(*, a): ...  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202

    assert makers(function) is None
