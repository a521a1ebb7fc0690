"""Asks for explanations of errors whose cause is known: whether they name it, and what names they make up.

An answer names the cause where it has most of the words that the rule is called by, and one of the names in the
message. As a floor the same answers are held against the causes of other cases. The stand-in gives answers that are
known to name the cause, or another one, with names that are made up; the exit status is 1 where that isn't told apart.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any

from mistral_lsp import __version__
from mistral_lsp.bench.errors import asking, cases, options
from mistral_lsp.bench.measure import machine, table
from mistral_lsp.core.names import invented
from mistral_lsp.features.grounding import TooLarge
from mistral_lsp.model.base import ModelError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mistral_lsp.bench.errors.cases import Case

NAMED_BAR, OTHER_BAR = 0.95, 0.1
MOST = 0.5  # of the rule's words
MADE_UP = ("frobnicate_all", "QuuxHandler")
_QUOTED = re.compile(r"`([^`]+)`")
_WORD = re.compile(r"[^\W\d_]{3,}")
_NAME = re.compile(r"[^\W\d]\w*")
_SMALL = frozenset({"the", "and", "for", "with", "without", "use", "used", "using", "not", "non", "from", "has", "too"})


@dataclass(frozen=True, slots=True)
class Explained:
    """What was said of one case."""

    case: Case
    kind: str  # of the stand-in's answer; "" for a model
    text: str
    invented: tuple[str, ...]
    failed: str = ""

    def names(self, case: Case) -> bool:
        """Whether it names the cause of a case."""
        return names_cause(self.text, case)


def names_cause(text: str, case: Case) -> bool:
    """Whether an answer has most of the words of a case's rule, and a name of its message, if there is any."""
    said = {_stem(word) for word in _WORD.findall(text.lower())}
    wanted = _words(case)
    names = {name for quoted in _QUOTED.findall(case.said.message) for name in _NAME.findall(quoted) if len(name) > 1}
    has_words = len(wanted & said) >= MOST * len(wanted)
    return bool(text.strip()) and has_words and (not names or bool(names & set(_NAME.findall(text))))


def main(argv: Sequence[str] | None = None) -> int:
    """Run it by itself."""
    parser = argparse.ArgumentParser(prog="mistral-lsp bench explain", description=__doc__)
    options.add_arguments(parser)
    given = parser.parse_args(argv)
    return options.ran(lambda: asyncio.run(_run(given)))


async def _run(given: argparse.Namespace) -> int:
    chosen = cases.pick(cases.every(seed=given.seed), given.limit, seed=given.seed)
    explained, about = await _asked(chosen, given)
    rows, bars = _rows(explained, given.seed), []
    if options.is_stand_in(given):
        bars = _bars(explained)
    facts = ", ".join(f"{name} {value}" for name, value in about.items() if value is not None)
    print("\n\n".join([facts, table(rows), *(f"{'holds ' if holds else 'BROKEN'}  {words}" for words, holds in bars)]))
    if given.json:
        told = [
            {"name": one.case.name, "kind": one.kind, "named": one.names(one.case), "invented": one.invented}
            | {"text": one.text, "failed": one.failed}
            for one in explained
        ]
        given.json.write_text(json.dumps({"about": about, "rows": rows, "cases": told}, indent=1) + "\n", "utf-8")
    return 0 if all(holds for _, holds in bars) else 1


async def _asked(chosen: Sequence[Case], given: argparse.Namespace) -> tuple[list[Explained], dict[str, Any]]:
    chance, tell, found = Random(given.seed), options.teller("asked for", len(chosen)), []
    ready = [""]
    async with options.settings_of(given, lambda _prompt: ready[0]) as settings, asking.bench(settings) as bench:
        for number, case in enumerate(chosen, start=1):
            kind = ""
            if options.is_stand_in(given):
                kind = chance.choice(["the cause", "another cause"])
                ready[0] = _scripted(case if kind == "the cause" else _other(case, chosen, chance))
            try:
                text, material = await bench.explain(case)
                made_up = tuple(invented(text, material.seen, material.language))
                found.append(Explained(case, kind, text, made_up))
            except (ModelError, TooLarge) as error:
                found.append(Explained(case, kind, "", (), str(error)))
            tell(number)
        model = "stand-in" if options.is_stand_in(given) else bench.info.name
    return found, {"version": __version__, "model": model, "cases": len(chosen), "seed": given.seed, **machine()}


def _scripted(case: Case) -> str:
    """An answer that names the cause in the words of the rule's page, and two names that nobody has."""
    page = case.rule.page if case.rule else case.said.message
    about = page.partition("## What it does")[2].strip().partition("\n\n")[0] or case.said.message
    rule = case.rule.name.replace("-", " ") if case.rule else ""
    return f"{case.said.message}: {rule}. {about}\n\nCall `{MADE_UP[0]}()` of `{MADE_UP[1]}`."


def _other(case: Case, chosen: Sequence[Case], chance: Random) -> Case:
    others = [one for one in chosen if one.said.code != case.said.code] or [case]
    return chance.choice(others)


def _rows(explained: Sequence[Explained], seed: int) -> list[dict[str, Any]]:
    kinds = sorted({one.kind for one in explained}) or [""]
    groups = [(kind or "all", [one for one in explained if one.kind == kind]) for kind in kinds]
    groups += [
        (f"from {source}", [one for one in explained if one.case.source == source])
        for source in ("rule pages", "library")
    ]
    every = [one.case for one in explained]
    return [_row(name, of, every, Random(seed)) for name, of in groups if of]


def _row(name: str, of: Sequence[Explained], every: Sequence[Case], chance: Random) -> dict[str, Any]:
    named = sum(one.names(one.case) for one in of)
    floor = sum(one.names(_other(one.case, every, chance)) for one in of)
    made_up = sum(len(one.invented) for one in of)
    return {
        "": name,
        "asked": len(of),
        "failed": sum(bool(one.failed) for one in of),
        "names the cause": f"{named / len(of):.0%}",
        "another case's": f"{floor / len(of):.0%}",
        "invented names": f"{made_up / len(of):.2f}",
        "answers with any": f"{sum(bool(one.invented) for one in of) / len(of):.0%}",
    }


def _bars(explained: Sequence[Explained]) -> list[tuple[str, bool]]:
    own = [one for one in explained if one.kind == "the cause"]
    other = [one for one in explained if one.kind == "another cause"]
    named = sum(one.names(one.case) for one in own) / max(1, len(own))
    wrong = sum(one.names(one.case) for one in other) / max(1, len(other))
    missed = sum(not set(MADE_UP) <= set(one.invented) for one in explained if not one.failed)
    return [
        (f"answers that name the cause: {named:.0%} found to, at least {NAMED_BAR:.0%}", named >= NAMED_BAR),
        (f"answers that name another: {wrong:.0%} found to name it, at most {OTHER_BAR:.0%}", wrong <= OTHER_BAR),
        (f"invented names that are missed: {missed}, allowed are 0", missed == 0),
    ]


def _words(case: Case) -> set[str]:
    text = case.rule.name if case.rule else case.said.message
    return {_stem(word) for word in _WORD.findall(text.lower().replace("-", " "))} - _SMALL


def _stem(word: str) -> str:
    """A word without its ending."""
    return re.sub(r"(?:ing|ed|es|s|ly|ion|tion|ment|ies|y)$", "", word) if len(word) > 4 else word


if __name__ == "__main__":
    raise SystemExit(main())
