"""Profiles: other endpoints that a user has named, to switch to while the server runs."""

from __future__ import annotations

import re
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from mistral_lsp.settings.rule import Wrong
from mistral_lsp.settings.tree import RULES, Endpoint

if TYPE_CHECKING:
    from collections.abc import Sequence

NAME = re.compile(r"[\w.-]{1,40}")
_KEYS = ("model", "kind", "family", "adapter", "token_env", "allow_http")


def profiles(texts: Sequence[str]) -> tuple[dict[str, dict[str, Any]], list[str]]:
    """The values of each profile's endpoint by its name, and a sentence for each text that is none.

    A profile has a token only where it names one: the token of one endpoint is never sent to another.
    """
    found: dict[str, dict[str, Any]] = {}
    problems = []
    for text in texts:
        name, _, rest = text.partition("=")
        try:
            found[_name(name.strip())] = _values(rest.split())
        except Wrong as error:
            problems.append(f"endpoint.profiles: {error}; it is ignored.")
    return found, problems


def plain_endpoint() -> dict[str, Any]:
    """The values of an endpoint that nothing is said of; it sends no token."""
    return {member.name: RULES[f"endpoint.{member.name}"].default for member in fields(Endpoint)} | {"token_env": ""}


def _name(text: str) -> str:
    if not NAME.fullmatch(text):
        raise Wrong("a profile begins with a name of letters and digits and =")
    return text


def _values(words: Sequence[str]) -> dict[str, Any]:
    """An address or "embedded", perhaps a model, and key=value. Raises Wrong."""
    values = plain_endpoint()
    if not words:
        raise Wrong("a profile needs an address behind the =")
    if words[0] == "embedded":
        values["kind"] = "embedded"
    else:
        values["url"] = _checked("url", words[0])
    for word in words[1:]:
        key, separator, value = word.partition("=")
        if not separator:
            values["model"] = _checked("model", word)
        elif key in _KEYS:
            values[key] = _checked(key, RULES[f"endpoint.{key}"].from_text(value))
        else:
            raise Wrong(f"a profile can't set {key[:20]}: it can set {', '.join(_KEYS)}")
    return values


def _checked(key: str, value: Any) -> Any:
    rule = RULES[f"endpoint.{key}"]
    try:
        return rule.check(value)
    except Wrong:
        raise Wrong(f"a profile's {key} must be {rule.allowed}") from None
