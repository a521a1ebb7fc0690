"""Cuts: a solution with one of its lines taken out, and the program that an answer makes of it."""

from __future__ import annotations

import io
import random
import tokenize
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mistral_lsp.commands.problem import Problem

if TYPE_CHECKING:
    from mistral_lsp.bench.human_eval.tasks import Task

# A line on which none of these begins is blank, only a comment or brackets, or in the middle of a string.
_CODE = frozenset(
    {tokenize.NAME, tokenize.NUMBER, tokenize.STRING, getattr(tokenize, "FSTRING_START", tokenize.STRING)}
)  # the last one from Python 3.12 on


@dataclass(frozen=True, slots=True)
class Cut:
    """Where a line was. The cursor stands between `prefix`, which ends with the line's indentation, and `suffix`."""

    task: Task
    line_number: int  # of the program, from 1
    prefix: str
    line: str  # what was taken out, without its indentation; of other holes it may be more than a line
    suffix: str  # from the end of the line on

    def program(self, answer: str) -> str:
        """What is run: the answer where the line was, and the task's tests, which raise where it is wrong."""
        task = self.task
        return f"{self.prefix}{answer}{self.suffix}\n{task.test}\n\ncheck({task.function})\n"


def cuts_of(task: Task, count: int, *, seed: int) -> list[Cut]:
    """So many cuts of a task by chance, or as many as it has lines of code, in the order of its lines."""
    numbers = _lines_of_code(task)
    chosen = random.Random(f"{seed} {task.name}").sample(numbers, min(count, len(numbers)))
    return [_cut(task, number) for number in sorted(chosen)]


def _lines_of_code(task: Task) -> list[int]:
    """The numbers of the solution's lines that are worth asking for."""
    first = task.head.count("\n") + 1
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(task.head + task.solution).readline))
    except (tokenize.TokenError, SyntaxError) as error:
        raise Problem(f"the solution of {task.name} isn't Python: {error}") from None
    return sorted({token.start[0] for token in tokens if token.type in _CODE and token.start[0] >= first})


def _cut(task: Task, number: int) -> Cut:
    lines = (task.head + task.solution).split("\n")
    line = lines[number - 1]
    text = line.strip()
    prefix = "\n".join([*lines[: number - 1], line[: len(line) - len(line.lstrip())]])
    return Cut(task, number, prefix, text, "\n".join(["", *lines[number:]]))
