"""Cases: code with an error that a tool tells of, and the code without it."""

from __future__ import annotations

import ast
import re
from collections import Counter
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from mistral_lsp.bench.errors import mutants, ruff
from mistral_lsp.core.diagnostic import Diagnostic
from mistral_lsp.core.document import Document
from mistral_lsp.core.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mistral_lsp.bench.errors.ruff import Rule, Said

# Behind each snippet, so that there is something that an edit has to leave alone.
NEIGHBOUR = '''

def untouched_neighbour(values, limit=10):
    """Keep the values up to a limit."""
    return [value for value in values if value <= limit]
'''
PAGES, LIBRARY = "rule pages", "library"
SOURCES = (PAGES, LIBRARY)
_PAIR = re.compile(
    r"```python\n(?P<bad>.*?)```\s*\n+(?:Use instead|Use instead, for example|Instead, use)[^\n]*:?\s*\n+"
    r"```python\n(?P<good>.*?)```",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Case:
    """One of them."""

    name: str
    source: str  # of SOURCES
    bad: str  # the whole file
    good: str
    said: Said
    rule: Rule | None = None  # None for syntax
    function: str = ""  # of the library

    @property
    def document(self) -> Document:
        """The file as an editor has it open."""
        return Document("untitled:case.py", "python", 1, Text.of(self.bad))

    def diagnostic(self, document: Document) -> Diagnostic:
        """The message, where it stands."""
        start, end = (
            min(document.text.offset(*place), len(document.text)) for place in (self.said.start, self.said.end)
        )
        return Diagnostic.of(start, max(start, end), self.said.message, source="Ruff", code=self.said.code)


def every(*, seed: int) -> list[Case]:
    """All that the installed ruff and the standard library give."""
    rules = ruff.rules()
    return [*from_pages(rules), *from_library(rules, seed=seed)]


def pick(cases: Sequence[Case], limit: int | None, *, seed: int) -> list[Case]:
    """So many of them, by chance, in their order."""
    if limit is None or limit >= len(cases):
        return list(cases)
    return [cases[number] for number in sorted(Random(seed).sample(range(len(cases)), limit))]


def from_pages(rules: Sequence[Rule]) -> list[Case]:
    """The examples of ruff's rule pages, where it says of the one what the page is about, and of the other not."""
    pairs = [
        (rule, found["bad"].strip("\n") + "\n" + NEIGHBOUR, found["good"].strip("\n") + "\n" + NEIGHBOUR)
        for rule in rules
        if (found := _PAIR.search(rule.page)) and _parses(found["bad"]) and _parses(found["good"])
    ]
    return list(_told(pairs, source=PAGES))


def from_library(rules: Sequence[Rule], *, seed: int) -> list[Case]:
    """Functions of the standard library with one thing broken, that ruff tells of."""
    made = mutants.made(seed=seed)
    by_code = {rule.code: rule for rule in rules}
    cases = []
    for mutant, new, known in zip(
        made, ruff.checked([one.bad for one in made]), ruff.checked([one.good for one in made]), strict=True
    ):
        before = {(one.code, one.message) for one in known}
        inside = [
            one
            for one in new
            if (one.code, one.message) not in before
            and mutant.first_line <= one.start[0] <= mutant.last_line
            and one.code in {ruff.SYNTAX, *mutants.CODES}
        ]
        if inside:
            said = inside[0]
            cases.append(
                Case(mutant.name, LIBRARY, mutant.bad, mutant.good, said, by_code.get(said.code), mutant.function)
            )
    return cases


def _told(pairs: Sequence[tuple[Rule, str, str]], *, source: str) -> Iterator[Case]:
    bad, good = ruff.checked([one[1] for one in pairs]), ruff.checked([one[2] for one in pairs])
    for (rule, text, cured), before, after in zip(pairs, bad, good, strict=True):
        own = [one for one in before if one.code == rule.code]
        left = [one for one in after if one.code == rule.code]
        if _faults(after) - _faults(before):
            continue  # a page's example may use names that it doesn't bring
        if own and len(left) < len(own) and own[0].start[0] < text.count("\n") - NEIGHBOUR.count("\n"):
            yield Case(f"{rule.code} {rule.name}", source, text, cured, own[0], rule)


def _faults(said: Sequence[Said]) -> Counter[str]:
    """What makes a cure none: names that aren't there, imports that nobody uses."""
    return Counter(one.message for one in said if one.code.startswith("F") and one.code[1:].isdigit())


def _parses(text: str) -> bool:
    try:
        ast.parse(text)
    except (SyntaxError, ValueError):
        return False
    return True
