"""Words: settings as a command line has them."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

from mistral_lsp.commands.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Sequence


def parse_settings(words: Sequence[str]) -> dict[str, Any]:
    """What "completion.max_tokens=32" and its like say, as initializationOptions; values are TOML or plain text."""
    tree: dict[str, Any] = {}
    for word in filter(None, words):
        key, equals, value = word.partition("=")
        section, dot, name = key.strip().partition(".")
        if not equals or not dot:
            raise Problem(f"{word!r} is no setting: write it as completion.max_tokens=32")
        tree = merged(tree, {section: {name: _value(value.strip())}})
    return tree


def merged(left: dict[str, Any], right: dict[str, Any]) -> dict[str, Any]:
    """Both, where the right one has the last word."""
    return {section: left.get(section, {}) | right.get(section, {}) for section in left | right}


def _value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text
