"""The reference of all settings, for the README, the editors' forms and `mistral-lsp settings`."""

from __future__ import annotations

from dataclasses import dataclass

from mistral_lsp.settings.rule import shown
from mistral_lsp.settings.tree import CHAT, RULES, variable_of


@dataclass(frozen=True, slots=True)
class Row:
    """One setting, in words."""

    key: str
    type: str  # as JSON Schema calls it
    default: str  # as JSON spells it
    allowed: str  # to follow "it must be"
    about: str
    variable: str  # of the environment


def describe() -> list[Row]:
    """Every setting, in the tree's order."""
    return [
        Row(key, rule.type_name, shown(rule.default), rule.allowed, rule.about, variable_of(key))
        for key, rule in RULES.items()
    ]


def as_markdown_table() -> str:
    """The reference as the README has it."""
    head = "| Setting | Default | Allowed | What it does |\n|---|---|---|---|\n"
    rows = [row for row in describe() if not row.key.startswith(f"{CHAT}.")]
    return head + "".join(map(_line, rows)) + _CHAT_LINE


def _line(row: Row) -> str:
    return f"| `{row.key}` | `{row.default}` | {row.allowed} | {row.about} |\n"


_CHAT_LINE = (
    f"| `{CHAT}.…` | as `endpoint.…` | as `endpoint.…` | Another endpoint for questions and edits; with no url, model "
    "and kind it is the same one. Another server gets no token but that of a token_env of its own. |\n"
)
