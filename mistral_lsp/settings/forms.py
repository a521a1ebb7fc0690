"""Forms: the settings where people see them, written into the files that hold them by `make forms`.

They are the README's table, the form in VS Code's extension and the list in Neovim's help. Each is a function from a
file's text to the text that it should be; `tests/editors/test_settings_in_step.py` holds files and settings equal.
"""

from __future__ import annotations

import json
import re
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mistral_lsp.settings.reference import as_markdown_table, describe
from mistral_lsp.settings.resolve import USERS_ALONE
from mistral_lsp.settings.tree import CHAT, RULES, SECTIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mistral_lsp.settings.rule import Rule

SECTION = "mistralLsp"
OWN = f"{SECTION}.server."  # what the extension itself is told
TITLES = {CHAT: "Another endpoint for questions and edits", "completion": "Ghost text", "explain": "Explanations"}
# What a repository can't set, whether or not it is trusted: where code and tokens go, and what is kept from them.
MACHINE = ("endpoint.", "privacy.", *USERS_ALONE)
NOT_IN_EDITORS = " The editor's configuration can't set it."  # but in VS Code it can: its form tells users from folders
# What a repository can set only where the user trusts it.
RESTRICTED = ("completion.risky",)


def main() -> None:
    """Write every form of the checkout that this is run in."""
    for name, form in FORMS.items():
        path = Path(name)
        path.write_text(form(path.read_text(encoding="utf-8")), encoding="utf-8")


def readme(text: str) -> str:
    """The README with the table as it is now."""
    table = f"<!-- settings -->\n{as_markdown_table()}<!-- /settings -->"
    return re.sub(r"<!-- settings -->\n.*<!-- /settings -->", lambda _: table, text, flags=re.DOTALL)


def vscode(text: str) -> str:
    """The extension's manifest with the form as it is now; what is the extension's own in it stays."""
    manifest = json.loads(text)
    contributed = manifest["contributes"]
    own = [group for group in contributed["configuration"] if any(name.startswith(OWN) for name in group["properties"])]
    contributed["configuration"] = [*own, *_groups(order=len(own))]
    names = [f"{SECTION}.{key}" for key in RULES if is_machine(key) or key in RESTRICTED]
    own_names = [name for group in own for name, schema in group["properties"].items() if schema["scope"] == "machine"]
    manifest["capabilities"]["untrustedWorkspaces"]["restrictedConfigurations"] = [*own_names, *names]
    return json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"


def neovim(text: str) -> str:
    """The help file with the list as it is now: the plugin itself has no defaults, and passes on what it is given."""
    rows = [row for row in describe() if not row.key.startswith(f"{CHAT}.")]
    chat = f"{CHAT}.*\n    As endpoint.*, for questions and edits; with no url, model and kind it is the same one.\n"
    entries = [f"{row.key}  {row.default}\n{_indented(f'{row.about} It must be {row.allowed}.')}\n" for row in rows]
    head = "*mistral-lsp-settings-list*\n"
    return re.sub(
        rf"{re.escape(head)}.*?(?=\n===)", lambda _: head + "\n".join(["", *entries, chat]), text, flags=re.DOTALL
    )


def is_machine(key: str) -> bool:
    """Whether only the user's own settings on this machine can set it."""
    return key.startswith(MACHINE)


def schema_of(rule: Rule) -> dict[str, Any]:
    """What JSON Schema says of a setting's values."""
    numbers = {"minimum": rule.low, "maximum": rule.high}
    if rule.takes_number:
        return {"anyOf": [{"type": "integer", **numbers}, {"type": "string", "enum": list(rule.choices)}]}
    if rule.choices:
        return {"type": "string", "enum": list(rule.choices)}
    if isinstance(rule.default, tuple):
        return {"type": "array", "items": {"type": "string", "minLength": 1}, "uniqueItems": True}
    return {"type": rule.type_name, **(numbers if rule.type_name in {"integer", "number"} else {})}


def _indented(text: str) -> str:
    return textwrap.fill(text, 78, initial_indent="    ", subsequent_indent="    ", break_on_hyphens=False)


def _groups(*, order: int) -> list[dict[str, Any]]:
    groups: list[dict[str, Any]] = []
    for number, section in enumerate(SECTIONS, start=order):
        keys = [key for key in RULES if key.rpartition(".")[0] == section]
        properties = {f"{SECTION}.{key}": _property(key, place) for place, key in enumerate(keys)}
        groups.append({"title": TITLES.get(section, section.capitalize()), "order": number, "properties": properties})
    return groups


def _property(key: str, order: int) -> dict[str, Any]:
    rule = RULES[key]
    about = rule.about.replace(NOT_IN_EDITORS, "")
    says_all = rule.choices or isinstance(rule.default, bool | int | float | tuple)  # the schema's checks do
    return {
        **schema_of(rule),
        "default": list(rule.default) if isinstance(rule.default, tuple) else rule.default,
        "description": about if says_all else f"{about} It must be {rule.allowed}.",
        "scope": "machine" if is_machine(key) else "window",
        "order": order,
    }


FORMS: Mapping[str, Callable[[str], str]] = {
    "README.md": readme,
    "editors/vscode/package.json": vscode,
    "editors/neovim/doc/mistral_lsp.txt": neovim,
}


if __name__ == "__main__":
    main()
