"""Settings stand in one place, and every form that people see says the same."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from mistral_lsp.settings import RULES
from mistral_lsp.settings.forms import FORMS, NOT_IN_EDITORS, OWN, RESTRICTED, SECTION, schema_of
from mistral_lsp.settings.resolve import USERS_ALONE
from mistral_lsp.settings.rule import Wrong

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    """Of VS Code's extension."""
    found: dict[str, Any] = json.loads((ROOT / "editors" / "vscode" / "package.json").read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="module")
def properties(manifest: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """VS Code's form, by the server's key."""
    return {
        name.removeprefix(f"{SECTION}."): schema
        for group in manifest["contributes"]["configuration"]
        for name, schema in group["properties"].items()
        if not name.startswith(OWN)
    }


@pytest.mark.parametrize("name", FORMS)
def test_each_form_is_what_the_settings_make_of_it(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert FORMS[name](text) == text, "the settings have changed: run `make forms`"


@pytest.mark.parametrize("name", FORMS)
def test_a_form_without_a_setting_is_not_in_step(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert FORMS[name](re.sub(r"max_tokens", "max_words", text)) == text


def test_vs_code_has_every_setting_with_its_default_and_a_sentence(properties: dict[str, dict[str, Any]]) -> None:
    assert list(properties) == list(RULES)
    for key, schema in properties.items():
        default = RULES[key].default
        assert schema["default"] == (list(default) if isinstance(default, tuple) else default), key
        assert schema["description"].startswith(RULES[key].about.replace(NOT_IN_EDITORS, "")), key


VALUES = [
    "",
    "auto",
    "adaptive",
    "off",
    "http://127.0.0.1:1",
    0,
    -1,
    1,
    1.5,
    64,
    10**9,
    True,
    None,
    [],
    ["a"],
    [""],
    {},
]


@pytest.mark.parametrize("key", RULES)
def test_what_a_form_refuses_the_server_refuses_too(key: str) -> None:
    """The form may be kinder: some rules can't be said in a schema."""
    rule, schema = RULES[key], schema_of(RULES[key])
    for value in VALUES:
        if value in ({}, []):  # Lua's empty table stands for a list
            continue
        try:
            rule.check(value)
        except Wrong:
            continue
        assert fits(value, schema), (key, value)


@pytest.mark.parametrize(
    "key", [key for key, rule in RULES.items() if not isinstance(rule.default, str) or rule.choices]
)
def test_what_a_form_allows_the_server_takes(key: str) -> None:
    """But for plain texts, whose rules a schema can't say."""
    for value in VALUES:
        if fits(value, schema_of(RULES[key])):
            RULES[key].check(value)


def fits(value: Any, schema: dict[str, Any]) -> bool:
    """As VS Code's validator sees it, for what `schema_of` uses."""
    if "anyOf" in schema:
        return any(fits(value, one) for one in schema["anyOf"])
    if isinstance(value, bool) and schema["type"] != "boolean":
        return False
    types: dict[str, Any] = {"string": str, "boolean": bool, "integer": int, "number": (int, float), "array": list}
    return (
        isinstance(value, types[schema["type"]])
        and value in schema.get("enum", [value])
        and (
            not isinstance(value, int | float) or schema.get("minimum", value) <= value <= schema.get("maximum", value)
        )
        and (not isinstance(value, list) or all(len(item) >= schema["items"]["minLength"] for item in value))
    )


def test_no_repository_can_say_where_code_goes(manifest: dict[str, Any], properties: dict[str, dict[str, Any]]) -> None:
    machine = {key for key, schema in properties.items() if schema["scope"] == "machine"}
    assert machine == {key for key in RULES if key.startswith(("endpoint.", "privacy.", *USERS_ALONE))}
    trust = manifest["capabilities"]["untrustedWorkspaces"]
    assert trust["supported"] == "limited"
    own = {name for name in trust["restrictedConfigurations"] if name.startswith(OWN)}
    assert set(trust["restrictedConfigurations"]) == own | {f"{SECTION}.{key}" for key in machine | set(RESTRICTED)}
    for group in manifest["contributes"]["configuration"]:
        for name, schema in group["properties"].items():
            assert not name.startswith(OWN) or schema["scope"] == "machine", name
