"""What parsing costs: `python -m mistral_lsp.bench.syntax`.

A first parse and 200 typed characters in files of 300, 5,000 and 50,000 lines: the time to an answer, the longest hold
of the event loop, and what the questions cost. The typed code is broken on purpose and is never completed.
"""

from __future__ import annotations

import os
import random
import time
from itertools import cycle, islice
from typing import TYPE_CHECKING

from mistral_lsp.bench.measure import percentile, rss_mb
from mistral_lsp.bench.source import python_source
from mistral_lsp.core.document import Cursor, Document
from mistral_lsp.core.syntax import SyntaxCache
from mistral_lsp.core.text import Text
from mistral_lsp.core.trigger import shape_at

if TYPE_CHECKING:
    from mistral_lsp.core.syntax import Syntax

LINES = (300, 5_000, 50_000)
EDITS = 200
HEALTHY = "    value = total + step * 2\n"
BROKEN = '    if f(a, [1, {"x": (2\n  def g(\n    """doc " and [\n'


def main() -> None:
    """Print a row for each size and kind of typing."""
    print(f"a tree of 1,000 lines takes {_tree_mb():.2f} MB")
    print("ms:            first parse      typed p50   p95   max     longest hold   shape_at p50")
    for count in LINES:
        for name, typed in (("healthy", HEALTHY), ("broken", BROKEN)):
            print(f"{count:>6} {name:<8}" + _row(count, typed))


def _row(line_count: int, typed: str) -> str:
    cache = SyntaxCache(clock=time.perf_counter)
    document = Document("file:///bench.py", "python", 0, Text.of(python_source(line_count, seed=1)))
    chance = random.Random(7)
    first = _Timed(cache, _line_end(document, line_count // 2))
    offset, parses, shapes = 0, [], []
    for number, character in enumerate(islice(cycle(typed), EDITS)):
        if number % 50 == 0:
            offset = _line_end(document, chance.randrange(line_count)).offset
        document = document.changed(document.text.replace(offset, offset, character), number + 1)
        offset += 1
        cursor = Cursor(document, offset)
        parses.append(_Timed(cache, cursor))
        began = time.perf_counter()
        shape_at(cursor, parses[-1].syntax, invoked=False)
        shapes.append((time.perf_counter() - began) * 1000)
    totals = [parse.total_ms for parse in parses]
    holds = [parse.longest_ms for parse in (first, *parses)]
    p50, p95 = percentile(totals, 50), percentile(totals, 95)
    return (
        f"{first.total_ms:11.1f} {p50:14.2f} {p95:7.2f} {max(totals):6.2f} {max(holds):12.2f}"
        f" {percentile(shapes, 50):14.2f}"
    )


class _Timed:
    """A whole parse, and its longest slice."""

    def __init__(self, cache: SyntaxCache, cursor: Cursor) -> None:
        held = []
        began = time.perf_counter()
        parse = cache.parse(cursor)
        is_done = False
        while not is_done:
            is_done = parse.step()
            now = time.perf_counter()
            held.append((now - began) * 1000)
            began = now
        self.syntax: Syntax = parse.syntax
        self.total_ms = sum(held)
        self.longest_ms = max(held)


def _line_end(document: Document, line: int) -> Cursor:
    return Cursor(document, document.text.offset(line, 10_000))


def _tree_mb(trees: int = 16) -> float:
    cache = SyntaxCache(clock=time.perf_counter)
    texts = [Text.of(python_source(1_000, seed=seed)) for seed in range(trees)]
    before = rss_mb(os.getpid())
    for number, text in enumerate(texts):
        _Timed(cache, Cursor(Document(f"file:///{number}.py", "python", 0, text), 0))
    return (rss_mb(os.getpid()) - before) / trees


if __name__ == "__main__":
    main()
