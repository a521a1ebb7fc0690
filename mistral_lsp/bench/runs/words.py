"""Words: settings as a command line has them, and what models say, in the words of a benchmark's options."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any

from mistral_lsp.commands.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mistral_lsp.model.base import ModelError

_ENDPOINT = re.compile(r"\bendpoint\.(\w+)")


def parse_settings(words: Sequence[str]) -> dict[str, Any]:
    """What "completion.max_tokens=32" and its like say, as initializationOptions; values are TOML or plain text."""
    tree: dict[str, Any] = {}
    for word in filter(None, words):
        key, equals, value = word.partition("=")
        section, dot, name = key.strip().partition(".")
        if not equals or not dot:
            raise Problem(f"{word!r} is no setting: write it as completion.max_tokens=32")
        tree = merged(tree, {section: {name: value_of(value.strip())}})
    return tree


def merged(left: dict[str, Any], right: dict[str, Any]) -> dict[str, Any]:
    """Both, where the right one has the last word."""
    return {section: left.get(section, {}) | right.get(section, {}) for section in left | right}


def told(error: ModelError) -> str:
    """An error and its advice, for who named the endpoint on the command line and set nothing."""
    return in_options(f"{error}. {error.advice}")


def in_options(text: str) -> str:
    """A text with --endpoint in the place of the settings that it stands for."""
    return _ENDPOINT.sub(lambda found: "--endpoint" if found[1] == "url" else f"--endpoint's {found[1]}=", text)


def value_of(text: str) -> Any:
    """A TOML value, or the text itself."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text
