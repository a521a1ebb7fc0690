"""Structured: JSON of a schema, or one of several words, asked of a model and checked here whatever its engine does.

An engine's own constraint may be missing, off, or cut by the answer's limit, and a steered model writes what it likes.
So the text is read with limits of our own: no key twice, no deep nesting, no number that isn't one.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MAX_CHARS = 65_536
MAX_DEPTH = 16
MAX_DIGITS = 20  # of a number; more is no quantity that anybody asked for

# What a schema may say: what every engine's constraint knows, and what is checked here.
_KEYWORDS = frozenset(
    [
        "type",
        "properties",
        "required",
        "additionalProperties",
        "items",
        "enum",
        "minItems",
        "maxItems",
        "minLength",
        "maxLength",
        "minimum",
        "maximum",
        "description",
    ]
)
_TYPES: Mapping[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}
_FENCED = re.compile(r"\s*```[^\n`]*\n(?P<code>.*?)\n?[ \t]*```\s*", re.DOTALL)
_NUMBER = re.compile(r"-?[0-9.eE+-]+")


class Unfit(ValueError):  # noqa: N818 - read as "an unfit answer"
    """An answer isn't what was asked for: `str(error)` says where and why, and repeats nothing of the answer."""


@dataclass(frozen=True, slots=True)
class Constraint:
    """What an answer has to be. Make one with `json_of` or `one_of`."""

    schema: str = ""  # as JSON; empty where it is a choice
    choices: tuple[str, ...] = ()

    @property
    def in_words(self) -> str:
        """For the prompt: engines that know of no constraint have to be told."""
        if self.choices:
            return f"Answer with one of these words alone: {', '.join(self.choices)}."
        return f"Answer with JSON alone, without a word before or after it, of this schema:\n{self.schema}"

    def may_become(self, text: str) -> bool:
        """Whether a text that still grows may turn out to fit; False ends the stream."""
        begun = text.lstrip()
        if len(text) > MAX_CHARS:
            return False
        if self.choices:
            bare = begun.lstrip('"')
            return any(bare.startswith(choice) or choice.startswith(bare) for choice in self.choices)
        return not begun or begun[0] in '{["-tfn`' or begun[0].isdigit()


def json_of(schema: Mapping[str, Any]) -> Constraint:
    """JSON of a schema. Raises ValueError for a schema that says what isn't checked here."""
    _check_schema(schema, "")
    return Constraint(schema=json.dumps(schema, sort_keys=True, separators=(",", ":")))


def one_of(choices: Sequence[str]) -> Constraint:
    """One of several words, told apart by their letters."""
    if not choices or not all(re.fullmatch(r"[\w -]{1,64}", choice) for choice in choices):
        raise ValueError("choices must be words")
    return Constraint(choices=tuple(choices))


def checked(text: str, constraint: Constraint) -> Any:
    """The value that a model's answer is. Raises Unfit."""
    if len(text) > MAX_CHARS:
        raise Unfit(f"it has more than {MAX_CHARS:,} characters")
    if constraint.choices:
        word = text.strip().strip('"').rstrip(".")
        if word not in constraint.choices:
            raise Unfit(f"it is none of {', '.join(constraint.choices)}")
        return word
    fenced = _FENCED.fullmatch(text)
    value = _parsed(fenced["code"] if fenced else text)
    _check(value, json.loads(constraint.schema), "")
    return value


def _parsed(text: str) -> Any:
    if _depth(text) > MAX_DEPTH:
        raise Unfit(f"it is nested more than {MAX_DEPTH} deep")
    try:
        return json.loads(
            text,
            object_pairs_hook=_object,
            parse_int=_integer,
            parse_float=_float,
            parse_constant=_no_constant,
        )
    except json.JSONDecodeError as error:
        raise Unfit(f"it isn't JSON: {error.msg} at character {error.pos + 1:,}") from None
    except RecursionError:
        raise Unfit(f"it is nested more than {MAX_DEPTH} deep") from None


def _depth(text: str) -> int:
    """How deep its brackets stand, those in strings left out."""
    depth = deepest = 0
    for found in re.finditer(r'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', text, re.DOTALL):
        mark = found[0][0]
        depth += (mark in "[{") - (mark in "]}")
        deepest = max(deepest, depth)
        if deepest > MAX_DEPTH:
            break
    return deepest


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Unfit("an object has a key twice")
    return found


def _integer(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise Unfit(f"a number has more than {MAX_DIGITS} digits")
    return int(digits)


def _float(digits: str) -> float:
    number = float(digits) if len(digits) <= 2 * MAX_DIGITS else math.inf
    if not math.isfinite(number):
        raise Unfit("a number is out of range")
    return number


def _no_constant(name: str) -> float:
    raise Unfit(f"{name} is no number")


def _check(value: Any, schema: Mapping[str, Any], where: str) -> None:
    """Raise Unfit where a value isn't what its schema says; `where` is a JSON pointer."""
    kind = schema.get("type")
    if kind is not None and not _is_a(value, kind):
        raise Unfit(f"{where or 'it'} isn't of type {kind}")
    if "enum" in schema and not any(_is_same(value, allowed) for allowed in schema["enum"]):
        raise Unfit(f"{where or 'it'} is none of the values that are allowed")
    if isinstance(value, dict):
        _check_object(value, schema, where)
    elif isinstance(value, list):
        _check_size(len(value), schema, "Items", f"{where or 'it'} has", "items")
        for number, item in enumerate(value):
            _check(item, schema.get("items", {}), f"{where}/{number}")
    elif isinstance(value, str):
        _check_size(len(value), schema, "Length", f"{where or 'it'} has", "characters")
    elif not _is_within(value, schema):
        raise Unfit(f"{where or 'it'} is out of range")


def _check_object(value: Mapping[str, Any], schema: Mapping[str, Any], where: str) -> None:
    properties = schema.get("properties", {})
    if missing := [name for name in schema.get("required", ()) if name not in value]:
        raise Unfit(f"{where or 'it'} has no {missing[0]}")
    if schema.get("additionalProperties") is False and not value.keys() <= properties.keys():
        raise Unfit(f"{where or 'it'} has a key that isn't in the schema")
    for name, inner in properties.items():
        if name in value:
            _check(value[name], inner, f"{where}/{name}")


def _check_size(size: int, schema: Mapping[str, Any], what: str, who: str, unit: str) -> None:
    low, high = schema.get(f"min{what}", 0), schema.get(f"max{what}", size)
    if size < low:
        raise Unfit(f"{who} fewer than {low} {unit}")
    if size > high:
        raise Unfit(f"{who} more than {high} {unit}")


def _is_within(value: Any, schema: Mapping[str, Any]) -> bool:
    """Whether a number keeps to its limits; anything else does."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return not is_number or schema.get("minimum", value) <= value <= schema.get("maximum", value)


def _is_a(value: Any, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    return isinstance(value, _TYPES[kind])


def _is_same(value: Any, allowed: Any) -> bool:
    return type(value) is type(allowed) and bool(value == allowed)


def _check_schema(schema: Mapping[str, Any], where: str) -> None:
    if unknown := set(schema) - _KEYWORDS:
        raise ValueError(f"a schema can't say {min(unknown)} at {where or '/'}")
    if schema.get("type") not in {None, *_TYPES}:
        raise ValueError(f"a schema has an unknown type at {where or '/'}")
    if schema.get("additionalProperties") not in {None, False}:
        raise ValueError(f"additionalProperties can only be false at {where or '/'}")
    for name, inner in schema.get("properties", {}).items():
        _check_schema(inner, f"{where}/{name}")
    if "items" in schema:
        _check_schema(schema["items"], f"{where}/items")
