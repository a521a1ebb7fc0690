"""Holes: what is taken out of a solution besides one line: several lines, and a span that keeps to no line."""

from __future__ import annotations

import random
from enum import Enum
from typing import TYPE_CHECKING

from mistral_lsp.bench.human_eval.cuts import Cut, cuts_of

if TYPE_CHECKING:
    from mistral_lsp.bench.human_eval.tasks import Task

MOST_LINES = 8  # of several
MOST_CHARS = 120  # of a span
TRIES = 20  # to find a span with something in it


class Shape(Enum):
    """The value is the option's word."""

    LINE = "line"
    LINES = "lines"
    SPAN = "span"

    @property
    def title(self) -> str:
        """As the tables have it."""
        return {Shape.LINE: "one line", Shape.LINES: "several lines", Shape.SPAN: "a random span"}[self]


def hole_of(task: Task, shape: Shape, *, seed: int) -> Cut | None:
    """A hole of this shape by chance; None where the solution is too short for one."""
    r = random.Random(f"{seed} {task.name} {shape.value}")
    match shape:
        case Shape.LINE:
            return next(iter(cuts_of(task, 1, seed=seed)), None)
        case Shape.LINES:
            return _lines(task, r)
        case Shape.SPAN:
            return _span(task, r)


def _lines(task: Task, r: random.Random) -> Cut | None:
    """Two lines or more; the first keeps its indentation, and the last its end."""
    lines = (task.head + task.solution).split("\n")
    first, last = task.head.count("\n"), len((task.head + task.solution).rstrip().split("\n")) - 1
    begins = [number for number in range(first, last) if lines[number].strip()]
    if not begins:
        return None
    begin = r.choice(begins)
    ends = [number for number in range(begin + 1, min(last, begin + MOST_LINES - 1) + 1) if lines[number].strip()]
    if not ends:
        return None
    end = r.choice(ends)
    indent = lines[begin][: len(lines[begin]) - len(lines[begin].lstrip())]
    middle = "\n".join([lines[begin].removeprefix(indent), *lines[begin + 1 : end + 1]])
    return Cut(task, begin + 1, "\n".join([*lines[:begin], indent]), middle, "\n".join(["", *lines[end + 1 :]]))


def _span(task: Task, r: random.Random) -> Cut | None:
    """From any character of the solution to any other."""
    text, low = task.head + task.solution, len(task.head)
    high = len(text.rstrip())
    for _ in range(TRIES):
        if high - low < 2:
            return None
        start, end = sorted(r.sample(range(low, high + 1), 2))
        end = min(end, start + MOST_CHARS)
        if text[start:end].strip():
            return Cut(task, text.count("\n", 0, start) + 1, text[:start], text[start:end], text[end:])
    return None
