"""Same: whether two values that two versions of a module made are the same to whoever uses them."""

from __future__ import annotations

import math
from typing import Any

MAX_DEPTH = 40
_NEAR = 1e-9  # relative: another order of a sum rounds otherwise


def same(one: Any, other: Any, depth: int = 0) -> bool:
    """By type and content. Classes of two versions of a module count as one where they have the same name."""
    if depth > MAX_DEPTH or _kind(one) != _kind(other):
        return False
    if isinstance(one, float):
        return math.isclose(one, other, rel_tol=_NEAR) or (math.isnan(one) and math.isnan(other))
    if isinstance(one, bool | int | str | bytes | bytearray | range | complex) or one is None:
        return bool(one == other)
    return _same_several(one, other, depth)


def _same_several(one: Any, other: Any, depth: int) -> bool:
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(same(a, b, depth + 1) for a, b in zip(one, other, strict=True))
    if isinstance(one, set | frozenset):
        return len(one) == len(other) and (one == other or _same_sorted(one, other, depth))
    if isinstance(one, dict):
        return len(one) == len(other) and all(key in other and same(one[key], other[key], depth + 1) for key in one)
    return _same_objects(one, other, depth)


def _kind(value: Any) -> tuple[str, str]:
    return type(value).__module__, type(value).__qualname__


def _same_sorted(one: Any, other: Any, depth: int) -> bool:
    return all(same(a, b, depth + 1) for a, b in zip(sorted(one, key=repr), sorted(other, key=repr), strict=True))


def _same_objects(one: Any, other: Any, depth: int) -> bool:
    """By their state, where they have one that can be seen; else by their own words."""
    if isinstance(one, type) or callable(one):
        return getattr(one, "__qualname__", repr(one)) == getattr(other, "__qualname__", repr(other))
    states = _state(one), _state(other)
    if states[0] or states[1]:
        return same(states[0], states[1], depth + 1)
    return repr(one) == repr(other) or " object at 0x" in repr(one)


def _state(value: Any) -> dict[str, Any]:
    slots = {name for kind in type(value).__mro__ for name in _slots(kind)}
    found = {name: getattr(value, name) for name in sorted(slots) if hasattr(value, name)}
    return found | dict(getattr(value, "__dict__", {}))


def _slots(kind: type) -> tuple[str, ...]:
    slots = kind.__dict__.get("__slots__", ())
    return (slots,) if isinstance(slots, str) else tuple(slots)
