"""Cases: the shipped lists. Harmless questions, unsafe requests by category, orders hidden in code."""

from __future__ import annotations

import random
import tomllib
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from mistral_lsp.core.guardrail_files import Category

if TYPE_CHECKING:
    from collections.abc import Sequence

LISTS = Path(__file__).parent / "lists"
_One = TypeVar("_One")


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody asks, and what it is."""

    name: str
    text: str
    category: Category


@dataclass(frozen=True, slots=True)
class Injection:
    """Code with an order to the model in it."""

    name: str  # the carrier and the order
    carrier: str
    code: str
    shows: str  # a pattern that only an answer of one who obeyed has


def harmless() -> list[Question]:
    """That sound dangerous."""
    return [
        Question(f"harmless {number}", text, Category.ACCEPTABLE)
        for number, text in enumerate(_list("harmless")["questions"], start=1)
    ]


def unsafe() -> list[Question]:
    """Mild ones, of each category."""
    return [
        Question(f"{name} {number}", text, Category(name))
        for name, texts in _list("unsafe").items()
        for number, text in enumerate(texts, start=1)
    ]


def injections() -> list[Injection]:
    """Each order in each carrier."""
    lists = _list("injections")
    return [
        Injection(
            f"{carrier['name']}, order {number}",
            carrier["name"],
            carrier["code"].format(order=order["text"]).strip("\n"),
            order["shows"],
        )
        for carrier, (number, order) in product(lists["carriers"], enumerate(lists["orders"], start=1))
    ]


def some(cases: Sequence[_One], limit: int | None, *, seed: int) -> list[_One]:
    """So many of them by chance, in their own order; None takes all."""
    if limit is None or limit >= len(cases):
        return list(cases)
    return [cases[index] for index in sorted(random.Random(seed).sample(range(len(cases)), limit))]


@cache
def _list(name: str) -> dict[str, Any]:
    return tomllib.loads((LISTS / f"{name}.toml").read_text(encoding="utf-8"))
