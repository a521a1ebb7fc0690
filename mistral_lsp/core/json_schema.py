"""The part of JSON Schema that is spoken here: what every engine's constraint knows, and what is checked of an answer.

A schema that says more is refused when it is made: what isn't checked would only seem to hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

TYPES: Mapping[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}


def check_schema(schema: Any, where: str = "") -> None:
    """Raise ValueError for a schema that isn't one, that says what isn't checked, or that nothing can fit."""
    place = where or "/"
    if not isinstance(schema, Mapping):
        raise ValueError(f"a schema must be an object at {place}")  # noqa: TRY004 - as all that is wrong with one
    for keyword, value in schema.items():
        if keyword not in _KEYWORDS:
            raise ValueError(f"a schema can't say {keyword} at {place}")
        if not _KEYWORDS[keyword](value):
            raise ValueError(f"a schema can't have {keyword} so at {place}")
    for what in ("Items", "Length", "imum"):
        low, high = schema.get(f"min{what}"), schema.get(f"max{what}")
        if low is not None and high is not None and low > high:
            raise ValueError(f"nothing fits the schema's min{what} and max{what} at {place}")
    properties = schema.get("properties", {})
    if not set(schema.get("required", ())) <= properties.keys():
        raise ValueError(f"a schema requires what isn't in its properties at {place}")
    for name, inner in properties.items():
        check_schema(inner, f"{where}/{name}")
    if "items" in schema:
        check_schema(schema["items"], f"{where}/items")


def _is_count(value: Any) -> bool:
    return type(value) is int and value >= 0


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _are_names(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(name, str) for name in value)


_KEYWORDS: Mapping[str, Callable[[Any], bool]] = {
    "type": lambda value: isinstance(value, str) and value in TYPES,
    "properties": lambda value: isinstance(value, Mapping) and _are_names(tuple(value)),
    "required": _are_names,
    "additionalProperties": lambda value: value is False,
    "items": lambda value: isinstance(value, Mapping),
    "enum": lambda value: isinstance(value, list | tuple) and bool(value),
    "minItems": _is_count,
    "maxItems": _is_count,
    "minLength": _is_count,
    "maxLength": _is_count,
    "minimum": _is_number,
    "maximum": _is_number,
    "description": lambda value: isinstance(value, str),
}
