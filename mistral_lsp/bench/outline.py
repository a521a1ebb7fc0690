"""What outlines and their index cost, over Python's standard library and the installed packages.

`python -m mistral_lsp.bench.outline`
"""

from __future__ import annotations

import gc
import os
import sysconfig
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mistral_lsp.bench.measure import Bar, arguments, percentile, report, rss_mb
from mistral_lsp.core.document import Cursor, Document
from mistral_lsp.core.index import Index
from mistral_lsp.core.languages import language_of
from mistral_lsp.core.outline import OutlineParse
from mistral_lsp.core.resolve import visible_definitions, words_near
from mistral_lsp.core.text import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mistral_lsp.core.definition import Outline

FILES, LOOKUPS = 2000, 500
MIN_BYTES = 2000  # an empty __init__.py says nothing
ROOT = "file:///bench"
LIMIT_MB, LIMIT_HOLD_MS, LIMIT_LOOKUP_MS = 60.0, 10.0, 4.0


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print, and say by the exit status whether the bars hold."""
    options = arguments(__doc__, argv)
    paths = _sources(50 if options.quick else FILES)
    _timed(Text.of("x = 1\n"))  # the grammar's import
    before = rss_mb(os.getpid())
    index, rows = Index(), []
    totals, holds, puts = [], [], []
    for path in paths:
        outline, held = _timed(Text.of(path.read_text(encoding="utf-8", errors="replace")))
        totals.append(sum(held))
        holds += held
        began = time.perf_counter()
        index.put(ROOT, str(path).lstrip("/"), outline)
        puts.append((time.perf_counter() - began) * 1000)
    gc.collect()
    used_mb = rss_mb(os.getpid()) - before
    rows += [_row("outline of a file", totals), _row("a step of it", holds), _row("Index.put", puts)]
    outlines = {path: one for path in index.paths(ROOT) if (one := index.outline(ROOT, path))}
    rows.append(_row("Index.find", _finds(index, outlines)))
    rows.append(_row("words_near, visible_definitions", lookups := _lookups(index, paths, outlines)))
    definitions = sum(len(one.definitions) for one in outlines.values())
    print(f"{len(paths):,} files, {definitions:,} definitions, {len(paths) / sum(totals) * 1000:,.0f} files a second")
    print(f"index: RSS {used_mb:.1f} MB, bytes_used {index.bytes_used / 1e6:.1f} MB\n")
    bars = [
        Bar("RSS of the index", used_mb, LIMIT_MB, "MB"),
        Bar("longest step", max(holds), LIMIT_HOLD_MS, "ms"),
        Bar("definitions for a prompt, p50", percentile(lookups, 50), LIMIT_LOOKUP_MS, "ms"),
    ]
    return report(options, rows, bars)


def _sources(count: int) -> list[Path]:
    folders = [sysconfig.get_path("stdlib"), sysconfig.get_path("purelib")]
    files = {path: None for folder in folders for path in sorted(Path(folder).rglob("*.py"))}
    return [path for path in files if path.stat().st_size >= MIN_BYTES][:count]


def _timed(text: Text) -> tuple[Outline, list[float]]:
    """An outline, and how long each step held the loop, the tree's end included."""
    held, is_done = [], False
    began = time.perf_counter()
    parse = OutlineParse(text, language_of("python"), clock=time.perf_counter)
    while not is_done:
        is_done = parse.step()
        now = time.perf_counter()
        held.append((now - began) * 1000)
        began = now
    return parse.outline, held


def _finds(index: Index, outlines: dict[str, Outline]) -> list[float]:
    names = [one.definitions[-1].name for one in outlines.values() if one.definitions][:LOOKUPS]
    times = []
    for name in names:
        began = time.perf_counter()
        index.find(name, ROOT)
        times.append((time.perf_counter() - began) * 1000)
    return times


def _lookups(index: Index, paths: Sequence[Path], outlines: dict[str, Outline]) -> list[float]:
    times = []
    for path in paths[:LOOKUPS]:
        text = Text.of(path.read_text(encoding="utf-8", errors="replace"))
        cursor = Cursor(Document(path.as_uri(), "python", 0, text), len(text) // 2)
        name = str(path).lstrip("/")
        began = time.perf_counter()
        visible_definitions(index, ROOT, name, outlines[name], words_near(cursor))
        times.append((time.perf_counter() - began) * 1000)
    return times


def _row(name: str, times_ms: list[float]) -> dict[str, Any]:
    p50, p95 = percentile(times_ms, 50), percentile(times_ms, 95)
    return {"what": name, "times": len(times_ms), "p50 ms": p50, "p95 ms": p95, "max ms": max(times_ms)}


if __name__ == "__main__":
    raise SystemExit(main())
