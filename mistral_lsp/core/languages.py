"""Languages: found by the editor's language id; their grammars are imported when a file first needs one."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from mistral_lsp.core.language import DOUBLE, Blocks, Language
from mistral_lsp.core.language_table import LANGUAGES

if TYPE_CHECKING:
    import tree_sitter

# Code in a language that isn't in the table: indentation and brackets tell its blocks.
UNKNOWN = Language(
    name="unknown",
    opens=r"[:{]\s*$|\b(?:do|then|else)\s*$",
    closes=r"end\b",
    line_comments=("//", "#"),
    strings=(DOUBLE,),
)
PROSE = Language(
    name="plaintext",
    ids=("text", "", "gitcommit", "git-commit", "latex", "tex", "restructuredtext", "rst", "asciidoc", "mail", "help"),
    blocks=Blocks.PROSE,
    opens=r"(?!)",
    line_comments=(),
    block_comments=(),
    strings=(),
)

_BY_ID = {language_id: row for row in (*LANGUAGES, PROSE) for language_id in (row.name, *row.ids)}


@dataclass(frozen=True, slots=True)
class Grammar:
    """Whether a language's grammar loads, and what stands in the way."""

    language: str
    ok: bool
    detail: str


def language_of(language_id: str) -> Language:
    """The row for an editor's language id; UNKNOWN where there is none.

    Compound ids count by their first part where the whole is unknown ("yaml.ansible").
    """
    wanted = language_id.lower()
    return _BY_ID.get(wanted) or _BY_ID.get(wanted.partition(".")[0], UNKNOWN)


def load(language: Language) -> tree_sitter.Language | None:
    """The language's grammar, imported once; None where it has none or the wheel is missing or broken."""
    loaded = _load(language)
    return None if isinstance(loaded, str) else loaded


def grammars() -> list[Grammar]:
    """Every language and whether its grammar loads, for a person to read. Imports all of them."""
    return [_described(language) for language in LANGUAGES]


def _described(language: Language) -> Grammar:
    loaded = _load(language)
    if isinstance(loaded, str):
        return Grammar(language.name, ok=False, detail=loaded)
    return Grammar(language.name, ok=True, detail=language.grammar.partition(":")[0])


@cache
def _load(language: Language) -> tree_sitter.Language | str:
    """The grammar, or why there is none."""
    if not language.grammar:
        return "no grammar"
    module, _, function = language.grammar.partition(":")
    try:
        from tree_sitter import Language as Loaded

        return Loaded(getattr(importlib.import_module(module), function or "language")())
    except Exception as error:  # noqa: BLE001  a broken wheel fails in its own way; completions go on without
        return f"{module}: {error}"
