"""Leaves: the keys of a settings tree in dotted snake_case, however an editor wrote them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mistral_lsp.core.visible import shortened, visible

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

WRAPPER = "mistral_lsp"


def leaves(raw: Any, sections: Collection[str]) -> Iterator[tuple[str, Any]]:
    """Each key with its value; only the sections are looked into, and "" is the key of a tree that is no object."""
    return _leaves(_unwrapped(raw), sections, "")


def _unwrapped(raw: Any) -> Any:
    """The part under our name, where there is one: some editors send others' settings beside it."""
    if not isinstance(raw, Mapping):
        return raw
    ours: dict[Any, Any] = {}
    is_wrapped = False
    for key, value in raw.items():
        first, _, rest = str(key).partition(".")
        if _snake(first) != WRAPPER:
            continue
        is_wrapped = True
        if rest:
            ours[rest] = value
        elif isinstance(value, Mapping):
            ours.update(value)
        elif not _is_nothing(value):
            return value
    return ours if is_wrapped else raw


def _leaves(raw: Any, sections: Collection[str], section: str) -> Iterator[tuple[str, Any]]:
    if _is_nothing(raw):
        return
    if not isinstance(raw, Mapping):
        yield section, raw
        return
    for name, value in raw.items():
        key = f"{section}.{_snake(str(name))}" if section else _snake(str(name))
        if key in sections:
            yield from _leaves(value, sections, key)
        else:
            yield key, value


def _is_nothing(raw: Any) -> bool:
    return raw is None or raw == []  # the list is Lua's empty table


def _snake(name: str) -> str:
    """`delayMs`, `delay-ms` and `delay_ms` are one name."""
    return visible(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", shortened(name)).lower().replace("-", "_"))
