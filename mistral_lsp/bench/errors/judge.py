"""Judge: whether what was offered mends the error, told apart from the server's own checks.

By the code that the case knows to be good, by ruff, and for functions of the library by running both, where that is
allowed.
"""

from __future__ import annotations

import ast
import asyncio
import tempfile
from collections import Counter
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from mistral_lsp.bench.errors import ruff
from mistral_lsp.bench.errors.cases import LIBRARY
from mistral_lsp.running.copies import Copies
from mistral_lsp.running.races import Races
from mistral_lsp.workspace.disk import Disk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mistral_lsp.bench.errors.cases import Case
    from mistral_lsp.bench.errors.ruff import Said


class Judged(StrEnum):
    """What an offered text is."""

    RIGHT = "right"  # the good code, or what does the same
    MENDED = "mended otherwise"  # ruff no longer says it and says nothing worse; nobody knows whether it does the same
    WRONG = "wrong"


async def judged(cases: Sequence[Case], texts: Sequence[str], *, may_run: bool) -> list[Judged]:
    """One verdict for each offered text."""
    every = [*texts, *(case.bad for case in cases), *(case.good for case in cases)]
    said = await asyncio.to_thread(ruff.checked, every)
    count = len(cases)
    return [
        await _judged(case, text, now, before, known, may_run=may_run)
        for case, text, now, before, known in zip(
            cases, texts, said[:count], said[count : 2 * count], said[2 * count :], strict=True
        )
    ]


def is_good(case: Case, text: str) -> bool:
    """Whether a text is the good code, but for space and comments."""
    tree = _tree(text)
    return tree is not None and ast.dump(tree) == ast.dump(ast.parse(case.good))


async def _judged(
    case: Case, text: str, now: Sequence[Said], before: Sequence[Said], good: Sequence[Said], *, may_run: bool
) -> Judged:
    is_left = _count(now, case.said.code) >= _count(before, case.said.code)
    if _tree(text) is None or is_left or _faults(now) - _faults(before) - _faults(good):
        return Judged.WRONG
    if is_good(case, text):
        return Judged.RIGHT
    if case.source != LIBRARY or not may_run:
        return Judged.MENDED
    with tempfile.TemporaryDirectory() as folder:
        uri = Path(folder, "module.py").as_uri()
        raced = await Races(Copies(Disk()).of).race(uri, case.good, text, case.function)
    if raced.differs:
        return Judged.WRONG
    return Judged.RIGHT if raced.inputs else Judged.MENDED


def _count(said: Sequence[Said], code: str) -> int:
    return sum(one.code == code for one in said)


def _faults(said: Sequence[Said]) -> Counter[str]:
    """What is wrong in any code: a syntax error, or what pyflakes' rules say; ruff tells less of what doesn't parse."""
    return Counter(one.message for one in said if one.code == ruff.SYNTAX or one.code[:2] in {"F4", "F5", "F8"})


def _tree(text: str) -> ast.Module | None:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError):
        return None
