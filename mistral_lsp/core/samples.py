"""Samples: arguments for a function, from what its file shows and what its types say, in several sizes.

All chance is seeded: the same function gets the same arguments.
"""

from __future__ import annotations

import ast
import collections.abc
import doctest
import enum
import inspect
import math
import types
import typing
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from random import Random

Maker = Callable[["Random", int], Any]  # takes chance and a size
Arguments = tuple[tuple[Any, ...], dict[str, Any]]

SIZES = (0, 1, 2, 3, 5, 8, 20, 50, 200, 1_000)
_WORDS = ("a", "b", "ab", "cde", "x1", "", "Z", "0", "42", "foo", "é")
_LETTERS = "abcABC012 ,.-_\n"
_LISTS = frozenset(
    {list, collections.abc.Sequence, collections.abc.MutableSequence, collections.abc.Iterable}
    | {collections.abc.Collection, collections.abc.Reversible}
)
_SETS = (set, collections.abc.Set, collections.abc.MutableSet)
_DICTS = (dict, collections.abc.Mapping, collections.abc.MutableMapping)


def given(text: str, name: str) -> list[Arguments]:
    """The arguments of a function's calls in a file, in its code and its examples, where all of them are literals."""
    calls = (node for tree in _trees(text) for node in ast.walk(tree) if isinstance(node, ast.Call))
    return [one for node in calls if _called(node) == name and (one := _literals(node)) is not None]


def makers(function: Callable[..., Any], known: Sequence[Arguments] = ()) -> list[list[Maker]] | None:
    """For each parameter that has to be given, the makers that may fit it, one where it is certain; None: no idea."""
    try:
        parameters = inspect.signature(function).parameters.values()
        hints = _hints(function)
    except (TypeError, ValueError):
        return None
    found = []
    for place, one in enumerate(parameters):
        if one.kind in {one.VAR_POSITIONAL, one.VAR_KEYWORD}:
            continue
        if one.kind is one.KEYWORD_ONLY:
            if one.default is one.empty:
                return None
            continue
        seen = [arguments[0][place] for arguments in known if len(arguments[0]) > place]
        found.append(_for_parameter(hints.get(one.name, one.annotation), one.default, seen))
    return found


def _for_parameter(hint: Any, default: Any, seen: Sequence[Any]) -> list[Maker]:
    if (by_hint := maker_of(hint)) is not None:
        return [by_hint]
    examples = [*seen, *([] if default in (inspect.Parameter.empty, None) else [default])]
    likely = [maker for value in examples[:3] if (maker := maker_like(value)) is not None]
    return likely[:1] or GUESSES


def maker_of(hint: Any) -> Maker | None:  # noqa: PLR0911 - one for each form of a type
    """What makes values of a type; None where that isn't known."""
    if hint is None or hint is type(None):
        return lambda _random, _size: None
    if hint in _PLAIN:
        return _PLAIN[hint]
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        members = list(hint)
        return lambda random, _size: random.choice(members)
    origin, inner = typing.get_origin(hint) or hint, typing.get_args(hint)
    if origin is typing.Literal:
        return lambda random, _size: random.choice(inner)
    if origin in {typing.Union, types.UnionType}:
        return _one_of([maker_of(one) for one in inner])
    if origin is tuple and inner and inner[-1] is not Ellipsis:
        return _tuple_of([maker_of(one) for one in inner])
    return _several(origin, [maker_of(one) or _ints for one in inner if one is not Ellipsis])


def _several(origin: Any, inner: list[Maker]) -> Maker | None:
    """What makes collections."""
    if origin in _DICTS:
        keys, values = inner if len(inner) == 2 else (_word, _ints)
        return lambda random, size: {keys(random, size): values(random, _less(size)) for _ in range(size)}
    items = _list_of(inner[0] if inner else _ints)
    if origin in {frozenset, tuple}:
        return lambda random, size: origin(items(random, size))
    if origin in _SETS:
        return lambda random, size: set(items(random, size))
    return items if origin in _LISTS else None


def maker_like(value: Any) -> Maker | None:
    """What makes values like one that was seen, smaller and larger."""
    if isinstance(value, str):
        letters = value or _LETTERS
        return lambda random, size: "".join(random.choice(letters) for _ in range(size))
    if type(value) in _PLAIN:
        return _PLAIN[type(value)]
    if isinstance(value, tuple) and value and len({type(one) for one in value}) > 1:
        return _tuple_of([maker_like(one) for one in value])
    if isinstance(value, list | tuple | set | frozenset):
        kind = type(value)
        inner = next((maker for one in value if (maker := maker_like(one)) is not None), _ints)
        return lambda random, size: kind(_list_of(inner)(random, size))
    if isinstance(value, dict):
        keys = next((maker for one in value if (maker := maker_like(one)) is not None), _word)
        values = next((maker for one in value.values() if (maker := maker_like(one)) is not None), _ints)
        return lambda random, size: {keys(random, 4): values(random, _less(size)) for _ in range(size)}
    return None


def _ints(random: Random, size: int) -> int:
    return random.randint(0, max(1, size)) if random.random() < 0.8 else random.randint(-max(1, size), max(1, size))


def _whole(_random: Random, size: int) -> int:
    return size  # the size itself: what loops so often


def _floats(random: Random, size: int) -> float:
    return round(random.uniform(-1, 1) * max(1, size), 3)


def _text(random: Random, size: int) -> str:
    words = (random.choice(_WORDS) for _ in range(size))
    return random.choice([" ", "", "\n", ","]).join(words)


def _word(random: Random, _size: int) -> str:
    return "".join(random.choice("abcdefg") for _ in range(random.randint(1, 4)))


def _list_of(inner: Maker) -> Maker:
    def make(random: Random, size: int) -> list[Any]:
        made = [inner(random, size if inner is _ints else _less(size)) for _ in range(size)]
        return sorted(made) if made and isinstance(made[0], int) and random.random() < 0.3 else made

    return make


def _less(size: int) -> int:
    """The size of what is in something of a size."""
    return math.isqrt(size)


def _one_of(found: Sequence[Maker | None]) -> Maker | None:
    good = [one for one in found if one is not None]
    return (lambda random, size: random.choice(good)(random, size)) if good else None


def _tuple_of(found: Sequence[Maker | None]) -> Maker | None:
    good = [one for one in found if one is not None]
    if len(good) < len(found):
        return None
    return lambda random, size: tuple(one(random, size) for one in good)


_PLAIN: dict[Any, Maker] = {
    int: lambda random, size: _whole(random, size) if random.random() < 0.5 else _ints(random, size),
    float: _floats,
    bool: lambda random, _size: random.random() < 0.5,
    str: _text,
    bytes: lambda random, size: random.randbytes(size),
    type(None): lambda _random, _size: None,
}
# For parameters that nothing is said of; which of them fit is tried.
GUESSES: list[Maker] = [
    _list_of(_ints),
    _PLAIN[int],
    _text,
    _list_of(_word),
    lambda random, size: {_word(random, 4): _ints(random, size) for _ in range(size)},
    _list_of(_tuple_of([_ints, _ints]) or _ints),
]


def _hints(function: Callable[..., Any]) -> dict[str, Any]:
    try:
        return typing.get_type_hints(function)
    except Exception:  # noqa: BLE001 - a hint may name what is imported for type checkers alone
        return {}


def _trees(text: str) -> Iterator[ast.AST]:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return
    yield tree
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            try:
                for example in doctest.DocTestParser().get_examples(ast.get_docstring(node) or ""):
                    yield ast.parse(example.source)
            except (SyntaxError, ValueError):
                continue


def _called(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")


def _literals(node: ast.Call) -> Arguments | None:
    try:
        args = tuple(ast.literal_eval(one) for one in node.args)
        return args, {one.arg: ast.literal_eval(one.value) for one in node.keywords if one.arg}
    except (ValueError, TypeError, SyntaxError, RecursionError):
        return None
