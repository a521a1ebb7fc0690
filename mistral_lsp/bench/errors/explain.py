"""Asks for explanations of errors whose cause is known: whether they name it, and what names they make up.

An answer names the cause where it has most of the words that the rule is called by, and one of the names in the
message. As a floor the same answers are held against the causes of other cases. The stand-in gives answers that are
known to name the cause, or another one, with names that are made up; the exit status is 1 where that isn't told apart.
"""

from __future__ import annotations

import asyncio
import re
import time
from random import Random
from statistics import fmean, median
from typing import TYPE_CHECKING, Any

from mistral_lsp.bench.errors import asking
from mistral_lsp.bench.errors.cases import SOURCES
from mistral_lsp.bench.errors.chosen import chosen, depends_on, is_stand_in, scripted
from mistral_lsp.bench.runs import command
from mistral_lsp.bench.runs.bench import Bench
from mistral_lsp.bench.runs.outcome import Bar, Figure, Lane, Table
from mistral_lsp.bench.runs.session import FAILED
from mistral_lsp.bench.runs.targets import STAND_IN
from mistral_lsp.core.names import invented
from mistral_lsp.features.grounding import TooLarge

if TYPE_CHECKING:
    import argparse
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from mistral_lsp.bench.errors.asking import Asking
    from mistral_lsp.bench.errors.cases import Case
    from mistral_lsp.bench.runs.session import Session
    from mistral_lsp.bench.runs.stand_in import Door, StandIn

    Row = Mapping[str, Any]

NAMED_BAR, OTHER_BAR = 0.95, 0.1
MOST = 0.5  # of the rule's words
CAUSE, OTHER = "the cause", "another cause"  # what the stand-in's answers name
MADE_UP = ("frobnicate_all", "QuuxHandler")
_QUOTED = re.compile(r"`([^`]+)`")
_WORD = re.compile(r"[^\W\d_]{3,}")
_NAME = re.compile(r"[^\W\d]\w*")
_SMALL = frozenset({"the", "and", "for", "with", "without", "use", "used", "using", "not", "non", "from", "has", "too"})

ABOUT = __doc__ or ""  # for --help


def main(argv: Sequence[str] | None = None) -> int:
    """Run it by itself; the exit status."""
    return command.main(ExplainBench(), argv)


class ExplainBench(Bench):
    """See the module."""

    name = "explain"
    about = ABOUT
    endpoint = STAND_IN

    def __init__(self) -> None:
        """Nothing is to be said yet."""
        self._reply = ""

    def stand_in(self, door: Door) -> StandIn:
        """It says what is known to name the cause, or another one."""
        return scripted(door, lambda _prompt: self._reply)

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """None."""

    def check(self, _options: argparse.Namespace) -> dict[str, Any]:
        """What the results depend on. Raises Problem without ruff."""
        return depends_on()

    async def measure(self, session: Session, options: argparse.Namespace) -> list[Lane]:
        """An explanation of each case."""
        which = await asyncio.to_thread(chosen, options)
        own = await asyncio.to_thread(asking.around, session)
        found = await session.work(session.target.name, which, self._asked(own, session, list(which.values())))
        rows = {name: row for name, row in found.items() if FAILED not in row}
        floor = _floor(which, rows, session.seed)
        figures = _figures(list(rows.values()), floor, len(found) - len(rows))
        bars = _bars(list(rows.values())) if is_stand_in(session) else ()
        tables = (_table(list(rows.values())),)
        return [Lane(session.target.name, figures, command.about_model(session), tables=tables, bars=bars)]

    def _asked(
        self, own: Asking, session: Session, every: Sequence[Case]
    ) -> Callable[[Case], Awaitable[dict[str, Any]]]:
        turn = asyncio.Lock()  # the stand-in answers for one case at a time

        async def do(case: Case) -> dict[str, Any]:
            if not is_stand_in(session):
                return await _explained(own, case, "")
            chance = Random(f"{session.seed} {case.name}")
            kind = chance.choice([CAUSE, OTHER])
            async with turn:
                self._reply = _scripted(case if kind == CAUSE else _other(case, every, chance))
                return await _explained(own, case, kind)

        return do


async def _explained(own: Asking, case: Case, kind: str) -> dict[str, Any]:
    """What was said of one case; `kind` is of the stand-in's answer, "" for a model's. Raises ModelError."""
    began_s = time.perf_counter()
    try:
        text, material = await own.explain(case)
    except TooLarge as error:
        return {"source": case.source, "kind": kind, "refused": str(error)}
    took_s = time.perf_counter() - began_s
    made_up = invented(text, material.seen, material.language)
    said = {"named": names_cause(text, case), "invented": list(made_up), "text": text, "total_s": round(took_s, 3)}
    return {"source": case.source, "kind": kind, "refused": "", **said}


def names_cause(text: str, case: Case) -> bool:
    """Whether an answer has most of the words of a case's rule, and a name of its message, if there is any."""
    said = {_stem(word) for word in _WORD.findall(text.lower())}
    wanted = _words(case)
    names = {name for quoted in _QUOTED.findall(case.said.message) for name in _NAME.findall(quoted) if len(name) > 1}
    has_words = len(wanted & said) >= MOST * len(wanted)
    return bool(text.strip()) and has_words and (not names or bool(names & set(_NAME.findall(text))))


def _scripted(case: Case) -> str:
    """An answer that names the cause in the words of the rule's page, and two names that nobody has."""
    page = case.rule.page if case.rule else case.said.message
    about = page.partition("## What it does")[2].strip().partition("\n\n")[0] or case.said.message
    rule = case.rule.name.replace("-", " ") if case.rule else ""
    return f"{case.said.message}: {rule}. {about}\n\nCall `{MADE_UP[0]}()` of `{MADE_UP[1]}`."


def _other(case: Case, chosen: Sequence[Case], chance: Random) -> Case:
    others = [one for one in chosen if one.said.code != case.said.code] or [case]
    return chance.choice(others)


def _floor(which: Mapping[str, Case], rows: Mapping[str, Row], seed: int) -> list[bool]:
    """Whether each answer names the cause of a case that it isn't of."""
    every, chance = list(which.values()), Random(seed)
    return [
        names_cause(row["text"], _other(which[name], every, chance)) for name, row in rows.items() if not row["refused"]
    ]


def _figures(rows: Sequence[Row], floor: Sequence[bool], failed: int) -> tuple[Figure, ...]:
    said = [row for row in rows if not row["refused"]]
    return (
        Figure.share("names the cause", sum(row["named"] for row in said), len(said)),
        Figure.share("the same answers, of another case's cause", sum(floor), len(floor)),
        Figure.share("answers with an invented name", sum(bool(row["invented"]) for row in said), len(said)),
        Figure("invented names in an answer, mean", fmean(len(row["invented"]) for row in said) if said else None),
        Figure("median", median(row["total_s"] for row in said) if said else None, "s"),
        Figure("not asked: the code is too large", len(rows) - len(said)),
        Figure("requests that failed", failed),
    )


def _table(rows: Sequence[Row]) -> Table:
    groups = [(kind, [row for row in rows if row["kind"] == kind]) for kind in (CAUSE, OTHER)]
    groups += [(f"from {source}", [row for row in rows if row["source"] == source]) for source in SOURCES]
    return Table("by what was asked", tuple(_row(name, of) for name, of in groups if of))


def _row(name: str, of: Sequence[Row]) -> dict[str, Any]:
    said = [row for row in of if not row["refused"]]
    named, any_ = sum(row["named"] for row in said), sum(bool(row["invented"]) for row in said)
    return {"": name, "answers": len(said), "name the cause": named, "with an invented name": any_}


def _bars(rows: Sequence[Row]) -> tuple[Bar, ...]:
    """What must hold where it is known what the answers name."""
    own, other = ([row for row in rows if row["kind"] == kind and not row["refused"]] for kind in (CAUSE, OTHER))
    named, wrong = (sum(row["named"] for row in of) / max(1, len(of)) for of in (own, other))
    missed = sum(not set(MADE_UP) <= set(row["invented"]) for row in (*own, *other))
    return (
        Bar(f"answers that name the cause: {named:.0%} found to, at least {NAMED_BAR:.0%}", named >= NAMED_BAR),
        Bar(f"answers that name another: {wrong:.0%} found to name it, at most {OTHER_BAR:.0%}", wrong <= OTHER_BAR),
        Bar(f"invented names that are missed: {missed}, allowed are 0", missed == 0),
    )


def _words(case: Case) -> set[str]:
    text = case.rule.name if case.rule else case.said.message
    return {_stem(word) for word in _WORD.findall(text.lower().replace("-", " "))} - _SMALL


def _stem(word: str) -> str:
    """A word without its ending."""
    return re.sub(r"(?:ing|ed|es|s|ly|ion|tion|ment|ies|y)$", "", word) if len(word) > 4 else word


if __name__ == "__main__":
    raise SystemExit(main())
