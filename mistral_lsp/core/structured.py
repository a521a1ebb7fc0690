"""Structured: JSON of a schema, or one of several words, asked of a model and checked here whatever its engine does.

An engine's own constraint may be missing, off, or cut by the answer's limit, and a steered model writes what it likes.
So the text is read with limits of our own: no key twice, no deep nesting, no number that isn't one.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from mistral_lsp.core.json_schema import TYPES, check_schema

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MAX_CHARS = 65_536
MAX_DEPTH = 16
MAX_DIGITS = 20  # of a whole number; more is no quantity that anybody asked for
MAX_NUMBER_CHARS = 32  # of any other: Python writes a double in 24
HEAD_CHARS = 256  # an answer of JSON has begun within these, and a choice is whole
SPACE_CHARS = 128  # in a row; no layout has more

_ROUND_A_WORD = " \t\r\n\"'`*."  # what models put around a word
_BEGINNINGS = {
    "object": "{",
    "array": "[",
    "string": '"',
    "integer": "-0123456789",
    "number": "-0123456789",
    "boolean": "tf",
    "null": "n",
}
_FENCE = "```"
# A string that nothing closes reaches to the end: no character is looked at twice.
_MARK = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)
_HALF = re.compile("[\ud800-\udfff]")  # of a surrogate pair: no encoding takes it


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
        """Whether a text that still grows may turn out to fit; False ends the stream. As quick for a long text."""
        head = text[:HEAD_CHARS]
        if self.choices:
            return len(text) <= HEAD_CHARS and _may_be_one_of(self.choices, head.lstrip(_ROUND_A_WORD))
        begun = head.lstrip()
        if len(text) > (MAX_CHARS if begun else HEAD_CHARS):
            return False
        if begun and len(text) > SPACE_CHARS and text[-SPACE_CHARS:].isspace():
            return False  # which engines allow between any two values: a weak model goes on so to its limit
        return not begun or begun[0] in _beginnings(self.schema)


def json_of(schema: Mapping[str, Any]) -> Constraint:
    """JSON of a schema; engines write its properties in their order. Raises ValueError for what isn't checked here."""
    check_schema(schema)
    return Constraint(schema=json.dumps(schema, separators=(",", ":")))


def one_of(choices: Sequence[str]) -> Constraint:
    """One of several words, told apart by their letters."""
    if not choices or not all(re.fullmatch(r"\w(?:[\w -]{0,62}\w)?", choice) for choice in choices):
        raise ValueError("choices must be words")
    return Constraint(choices=tuple(choices))


def checked(text: str, constraint: Constraint) -> Any:
    """The value that a model's answer is. Raises Unfit. Up to 40 ms for the longest: not on the event loop."""
    if len(text) > MAX_CHARS:
        raise Unfit(f"it has more than {MAX_CHARS:,} characters")
    if constraint.choices:
        word = text.strip(_ROUND_A_WORD)
        if word not in constraint.choices:
            raise Unfit(f"it is none of {', '.join(constraint.choices)}")
        return word
    value = _parsed(_unfenced(text))
    _check(value, json.loads(constraint.schema), "")
    return value


def _may_be_one_of(choices: tuple[str, ...], begun: str) -> bool:
    return any(
        choice.startswith(begun) or (begun.startswith(choice) and not begun[len(choice) :].strip(_ROUND_A_WORD))
        for choice in choices
    )


@lru_cache(maxsize=16)
def _beginnings(schema: str) -> str:
    """The characters that its JSON, or a fence around that, can begin with."""
    kind = json.loads(schema).get("type")
    return "`" + (_BEGINNINGS[kind] if kind else "".join(_BEGINNINGS.values()))


def _unfenced(text: str) -> str:
    """The JSON in a text that is nothing but one fence."""
    bare = text.strip()
    first, newline, rest = bare.partition("\n")
    if not newline or not first.startswith(_FENCE) or not rest.endswith(_FENCE):
        return text
    return rest.removesuffix(_FENCE)


@dataclass(frozen=True, slots=True)
class _Fault:
    """Stands where the parser found what can't be right, so that the check can say where that is."""

    words: str


def _parsed(text: str) -> Any:
    if _is_too_deep(text):
        raise Unfit(f"it is nested more than {MAX_DEPTH} deep")
    try:
        return json.loads(
            text,
            object_pairs_hook=_object,
            parse_int=_integer,
            parse_float=_float,
            parse_constant=lambda _name: _Fault("is no number"),
        )
    except json.JSONDecodeError as error:
        if error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated"):
            raise Unfit("it isn't JSON: it ends before it is whole") from None
        raise Unfit(f"it isn't JSON: {error.msg} at character {error.pos + 1:,}") from None


def _is_too_deep(text: str) -> bool:
    """Whether its brackets, but for those in strings, stand deeper than we read."""
    depth = 0
    for found in _MARK.finditer(text):
        mark = text[found.start()]
        depth += (mark in "[{") - (mark in "]}")
        if depth > MAX_DEPTH:
            return True
    return False


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any] | _Fault:
    found = dict(pairs)
    return found if len(found) == len(pairs) else _Fault("has a key twice")


def _integer(digits: str) -> int | _Fault:
    return int(digits) if len(digits) <= MAX_DIGITS else _Fault(f"has more than {MAX_DIGITS} digits")


def _float(digits: str) -> float | _Fault:
    number = float(digits) if len(digits) <= MAX_NUMBER_CHARS else math.inf
    return number if math.isfinite(number) else _Fault("is a number out of range")


def _check(value: Any, schema: Mapping[str, Any], where: str) -> None:
    """Raise Unfit where a value isn't what its schema says; `where` is a JSON pointer."""
    place = where or "it"
    if isinstance(value, _Fault):
        raise Unfit(f"{place} {value.words}")
    if "type" in schema and not _is_a(value, schema["type"]):
        raise Unfit(f"{place} isn't of type {schema['type']}")
    if "enum" in schema and not any(_is_same(value, allowed) for allowed in schema["enum"]):
        raise Unfit(f"{place} is none of the values that are allowed")
    if isinstance(value, dict):
        _check_object(value, schema, where)
    elif isinstance(value, list):
        _check_size(len(value), schema, "Items", place, "items")
        inner = schema.get("items", {})
        for number, item in enumerate(value):
            _check(item, inner, f"{where}/{number}")
    elif isinstance(value, str):
        _check_text(value, place)
        _check_size(len(value), schema, "Length", place, "characters")
    elif not _is_within(value, schema):
        raise Unfit(f"{place} is out of range")


def _check_object(value: Mapping[str, Any], schema: Mapping[str, Any], where: str) -> None:
    place, properties = where or "it", schema.get("properties", {})
    if missing := [name for name in schema.get("required", ()) if name not in value]:
        raise Unfit(f"{place} has no {missing[0]}")
    if schema.get("additionalProperties") is False and not value.keys() <= properties.keys():
        raise Unfit(f"{place} has a key that isn't in the schema")
    for name, item in value.items():
        _check_text(name, f"a key of {place}")
        # The name of a key that the schema doesn't have is the answer's own, and isn't repeated.
        _check(item, properties.get(name, {}), f"{where}/{_escaped(name) if name in properties else '*'}")


def _check_text(text: str, place: str) -> None:
    if not text.isascii() and _HALF.search(text):
        raise Unfit(f"{place} has half a character")


def _check_size(size: int, schema: Mapping[str, Any], what: str, place: str, unit: str) -> None:
    low, high = schema.get(f"min{what}", 0), schema.get(f"max{what}", size)
    if size < low:
        raise Unfit(f"{place} has fewer than {low} {unit}")
    if size > high:
        raise Unfit(f"{place} has more than {high} {unit}")


def _escaped(name: str) -> str:
    """A key within a JSON pointer: RFC 6901, 3."""
    return name.replace("~", "~0").replace("/", "~1")


def _is_within(value: Any, schema: Mapping[str, Any]) -> bool:
    """Whether a number keeps to its limits; anything else does."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return not is_number or schema.get("minimum", value) <= value <= schema.get("maximum", value)


def _is_a(value: Any, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    return isinstance(value, TYPES[kind])


def _is_same(value: Any, allowed: Any) -> bool:
    return type(value) is type(allowed) and bool(value == allowed)
