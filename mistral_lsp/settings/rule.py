"""Rule: what one setting may be. It stands in the setting's dataclass field, beside its default."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mistral_lsp.core.visible import shortened, visible

if TYPE_CHECKING:
    from collections.abc import Callable

HIDDEN = "(hidden)"
MAX_SENTENCES_CHARS = 4_000

_TOKEN = r"(?i)\b(?:hf_|sk-|eyJ)\w{8}|\bbearer\b"  # noqa: S105 - what tokens begin with
_VARIABLE = r"[A-Z_][A-Z0-9_]{0,63}"  # capitals alone: a token that was put there by mistake has others too
_FILE_NAME = r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"  # can't lead out of its folder


class Wrong(ValueError):  # noqa: N818 - read as "a wrong value"
    """A value that a rule doesn't allow."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Rule:
    """A type, taken from the default, and what is allowed of it."""

    default: Any
    about: str  # one line for the README and the editors' forms
    low: float = 0
    high: float = 0
    choices: tuple[str, ...] = ()
    form: Callable[[str], str] | None = None  # the text to use; raises Wrong
    allowed_form: str = ""  # what `form` allows, in words
    is_secret: bool = False  # somebody will put a token here: never show the value

    @property
    def takes_number(self) -> bool:
        """Whether a whole number may stand in for the words that are its choices."""
        return isinstance(self.default, str) and self.high > self.low

    @property
    def type_name(self) -> str:
        """As an editor's form calls it."""
        return "integer or string" if self.takes_number else _TYPE_NAMES[type(self.default)]

    @property
    def allowed(self) -> str:
        """What may stand there, to follow "it must be"."""
        if self.takes_number:
            words = ", ".join(f'"{choice}"' for choice in self.choices)
            return f"a whole number from {self.low} to {self.high}, or {words}"
        if self.choices:
            several = "a list of any of" if isinstance(self.default, tuple) else "one of"
            return f"{several} " + ", ".join(f'"{choice}"' for choice in self.choices)
        if isinstance(self.default, bool):
            return "true or false"
        if isinstance(self.default, int | float):
            whole = "whole number" if isinstance(self.default, int) else "number"
            return f"a {whole} from {self.low} to {self.high}"
        if isinstance(self.default, tuple):
            return self.allowed_form or "a list of non-empty strings"
        return self.allowed_form or "a string"

    def check(self, value: Any) -> Any:
        """The value as the tree holds it. Raises Wrong."""
        if self.takes_number and not isinstance(value, str):
            return _check_number(self, value, is_whole=True)
        return _CHECKS[type(self.default)](self, value)

    def from_text(self, text: str) -> Any:
        """The value that a text such as an environment variable's stands for; text that stands for none stays."""
        try:
            return int(text) if self.takes_number else _READERS[type(self.default)](text.strip())
        except ValueError:
            return text

    def show(self, value: Any) -> str:
        """The value for a message: short, printable, and never a secret."""
        return HIDDEN if self.is_secret else shown(value)


def setting(default: Any, about: str, **limits: Any) -> Any:
    """A dataclass field whose metadata holds its Rule."""
    return field(default=default, metadata={"rule": Rule(default, about, **limits)})


def shown(value: Any) -> str:
    """A value as JSON spells it, where it is short and holds no secret; otherwise what it is."""
    if isinstance(value, str):
        return HIDDEN if _holds_secret(value) else '"' + visible(shortened(value)) + '"'
    if isinstance(value, int) and value.bit_length() > 64:
        return "a huge number"
    if value is None or isinstance(value, int | float):
        return json.dumps(value)
    if isinstance(value, list | tuple) and all(isinstance(item, str) for item in value):
        return "[" + shortened(", ".join(map(shown, value[:8]))) + "]"
    return kind_of(value)


def kind_of(value: Any) -> str:
    """What a value is, in JSON's words."""
    names = {bool: "true or false", int: "a number", float: "a number", str: "a string", list: "a list"}
    return "an object" if isinstance(value, Mapping) else names.get(type(value), f"a {type(value).__name__}")


def _holds_secret(text: str) -> bool:
    """Whether a token, or an address with a password or a key in it, may be in a text."""
    return bool(re.search(_TOKEN, text)) or ("://" in text and any(mark in text for mark in "@?#"))


def url(text: str) -> str:
    """An endpoint's address without a slash at its end; user, query and fragment could hold a secret."""
    from urllib.parse import urlsplit

    if not text:
        return text
    if text.startswith("unix:/") and text.isprintable():
        return text
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise Wrong from None
    is_plain = text.isascii() and text.isprintable() and not any(mark in text for mark in " @?#\\")
    if parts.scheme not in {"http", "https"} or not parts.hostname or port == 0 or not is_plain:
        raise Wrong
    return text.rstrip("/")


def variable(text: str) -> str:
    """An environment variable's name, or nothing."""
    return _matching(_VARIABLE, text) if text else text


def file_name(text: str) -> str:
    """A file's name without a folder."""
    return _matching(_FILE_NAME, text)


def key_name(text: str) -> str:
    """What a token is called in a keyring, or nothing."""
    return _matching(_FILE_NAME, text) if text else text


def path(text: str) -> str:
    """An absolute path, so that what it names doesn't depend on the folder the server was started in."""
    expanded = os.path.expanduser(text)  # noqa: PTH111 - pathlib costs the start more than this does
    if "\0" in text or (text and not os.path.isabs(expanded)):  # noqa: PTH117
        raise Wrong
    return expanded


def name(text: str) -> str:
    """Any name that can be shown."""
    if not text.isprintable():
        raise Wrong
    return text


def sentences(text: str) -> str:
    """A text for a model to read, in lines."""
    if len(text) > MAX_SENTENCES_CHARS or not text.replace("\n", "").isprintable():
        raise Wrong
    return text.strip()


def model(text: str) -> str:
    """A model's name, or the path of a GGUF file, which must be absolute: a repository could hold another."""
    return path(text) if text.startswith("~") or text.lower().endswith(".gguf") else name(text)


def command(text: str) -> str:
    """A command line that can be taken apart, or nothing."""
    from mistral_lsp.core.tools import tool_of

    try:
        if text.strip():
            tool_of(text)
        return text.strip()
    except ValueError:
        raise Wrong from None


def _matching(pattern: str, text: str) -> str:
    if not re.fullmatch(pattern, text):
        raise Wrong
    return text


def _check_bool(_rule: Rule, value: Any) -> bool:
    if not isinstance(value, bool):
        raise Wrong
    return value


def _check_number(rule: Rule, value: Any, *, is_whole: bool = False) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not rule.low <= value <= rule.high:
        raise Wrong
    if isinstance(rule.default, float) and not is_whole:
        return float(value)
    if value != int(value):  # Lua and JavaScript write 75 as 75.0
        raise Wrong
    return int(value)


def _check_text(rule: Rule, value: Any) -> str:
    if not isinstance(value, str) or (rule.choices and value not in rule.choices):
        raise Wrong
    return rule.form(value) if rule.form else value


def _check_texts(rule: Rule, value: Any) -> tuple[str, ...]:
    if value == {}:  # Lua's empty table
        return ()
    if not isinstance(value, list | tuple) or not all(isinstance(item, str) and item for item in value):
        raise Wrong
    if rule.choices and not set(value) <= set(rule.choices):
        raise Wrong
    return tuple(map(rule.form, value)) if rule.form else tuple(value)


def _read_bool(text: str) -> bool:
    known = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}
    if text.lower() not in known:
        raise ValueError
    return known[text.lower()]


def _read_texts(text: str) -> tuple[str, ...]:
    return tuple(item for part in text.split(",") if (item := part.strip()))


_TYPE_NAMES = {bool: "boolean", int: "integer", float: "number", str: "string", tuple: "array"}
_CHECKS: dict[type, Callable[[Rule, Any], Any]] = {
    bool: _check_bool,
    int: _check_number,
    float: _check_number,
    str: _check_text,
    tuple: _check_texts,
}
_READERS: dict[type, Callable[[str], Any]] = {bool: _read_bool, int: int, float: float, str: str, tuple: _read_texts}
