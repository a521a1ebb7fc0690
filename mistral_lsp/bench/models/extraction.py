"""Extraction: short texts and the JSON that says the same, made by a seed."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

COUNT = 40
_NAMES = ("Ada", "Grace", "Linus", "Barbara", "Ken", "Radia", "Guido", "Margaret")
_CITIES = ("Lyon", "Kyoto", "Lima", "Oslo", "Nairobi", "Quebec")
_THINGS = ("keyboard", "cable", "lamp", "notebook", "adapter", "monitor")
_PACKAGES = ("shelfmark", "tidewater", "copperline", "fernbrook")
_LICENCES = ("MIT", "Apache-2.0", "BSD-3-Clause")


@dataclass(frozen=True, slots=True)
class Extraction:
    """A text, the schema, and what the JSON has to be."""

    name: str
    text: str
    schema: dict[str, Any]
    value: dict[str, Any]


def extractions(*, seed: int) -> list[Extraction]:
    """Each kind in turn."""
    r = random.Random(f"{seed} extraction")
    kinds = (_order, _log_line, _person, _package, _measurements)
    return [kinds[number % len(kinds)](r, number) for number in range(COUNT)]


def _made(number: int, kind: str, text: str, properties: dict[str, Any], value: dict[str, Any]) -> Extraction:
    schema = {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}
    return Extraction(f"{kind} {number + 1}", text, schema, value)


def _order(r: random.Random, number: int) -> Extraction:
    value = {
        "customer": r.choice(_NAMES),
        "item": r.choice(_THINGS),
        "count": r.randrange(2, 12),
        "is_express": r.random() < 0.5,
    }
    how = "by express" if value["is_express"] else "by normal post, not by express"
    text = f"{value['customer']} orders the {value['item']}, {value['count']} pieces of it. It is to be sent {how}."
    kinds = {"customer": _TEXT, "item": _TEXT, "count": _WHOLE, "is_express": {"type": "boolean"}}
    return _made(number, "order", text, kinds, value)


def _log_line(r: random.Random, number: int) -> Extraction:
    value = {
        "level": r.choice(("INFO", "WARNING", "ERROR")),
        "code": r.choice((200, 301, 404, 429, 500, 503)),
        "path": f"/v{r.randrange(1, 4)}/{r.choice(_THINGS)}s",
        "took_ms": r.randrange(2, 900),
    }
    said = f"GET {value['path']} -> {value['code']} in {value['took_ms']} ms"
    text = f"12:{r.randrange(10, 60)}:07 [{value['level']}] {said}"
    levels = {"type": "string", "enum": ["INFO", "WARNING", "ERROR"]}
    return _made(number, "log line", text, {"level": levels, "code": _WHOLE, "path": _TEXT, "took_ms": _WHOLE}, value)


def _person(r: random.Random, number: int) -> Extraction:
    value = {"name": r.choice(_NAMES), "age": r.randrange(20, 80), "city": r.choice(_CITIES)}
    text = f"In {value['city']} lives {value['name']}, who turned {value['age']} this year."
    return _made(number, "person", text, {"name": _TEXT, "age": _WHOLE, "city": _TEXT}, value)


def _package(r: random.Random, number: int) -> Extraction:
    others = r.sample(_PACKAGES, 3)
    value = {
        "name": others[0],
        "version": f"{r.randrange(1, 5)}.{r.randrange(10)}.{r.randrange(10)}",
        "licence": r.choice(_LICENCES),
        "needs": others[1:],
    }
    text = f"{others[0]} {value['version']} ({value['licence']}) needs the packages {others[1]} and {others[2]}."
    names = {"type": "array", "items": _TEXT}
    return _made(number, "package", text, {"name": _TEXT, "version": _TEXT, "licence": _TEXT, "needs": names}, value)


def _measurements(r: random.Random, number: int) -> Extraction:
    city, degrees = r.choice(_CITIES), [r.randrange(-5, 35) for _ in range(3)]
    text = f"Temperatures in {city}: {degrees[0]} degrees in the morning, {degrees[1]} at noon, {degrees[2]} at night."
    names = ("morning", "noon", "night")
    inner = {"type": "object", "properties": dict.fromkeys(names, _WHOLE), "required": list(names)}
    value = {"city": city, "degrees": dict(zip(names, degrees, strict=True))}
    return _made(number, "measurements", text, {"city": _TEXT, "degrees": inner}, value)


_TEXT = {"type": "string"}
_WHOLE = {"type": "integer"}
