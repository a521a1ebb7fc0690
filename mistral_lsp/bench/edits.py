"""What one edit costs, by the length of the document, beside stock pygls; then what opening documents costs.

`python -m mistral_lsp.bench.edits`

An edit is one typed character as `textDocument/didChange` brings it, and every eighth one starts in another place.
"place" is what follows it at a keystroke: the cursor of a request, its line, its offset in bytes, and what changed.
"""

from __future__ import annotations

import gc
import random
import time
import tracemalloc
from functools import partial
from statistics import median
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.workspace import TextDocument

from mistral_lsp.bench.measure import Bar, arguments, report
from mistral_lsp.bench.source import python_source
from mistral_lsp.core.document import Cursor
from mistral_lsp.core.text import Text
from mistral_lsp.lsp.convert import to_offset
from mistral_lsp.lsp.documents import Documents

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from mistral_lsp.core.document import Document

LINES = (300, 5_000, 50_000)
URI = "file:///bench.py"
COLUMN = 5
BIG_CHARS = 50 * 10**6
FILES, FILE_LINES = 200, 1_000
MOST_EDIT_US, MOST_OF_PYGLS, MOST_OPEN_MS, MOST_MB = 500.0, 1.0, 500.0, 20.0


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print, and say by the exit status whether the bars hold."""
    options = arguments(__doc__, argv)
    edits, big_chars, files = (8, 10**5, 5) if options.quick else (200, BIG_CHARS, FILES)
    rows = [
        _row(line_count, text, edits, seed=options.seed)
        for line_count in (LINES[:1] if options.quick else LINES)
        for text in ("ASCII", "other")
    ]
    bars = [
        Bar(
            "edit and place, at the worst length",
            max(row["edit us"] + row["place us"] for row in rows),
            MOST_EDIT_US,
            "us",
        ),
        Bar("largest part of pygls' time", max(row["of pygls"] for row in rows), MOST_OF_PYGLS, "times"),
        Bar(f"opening {big_chars:,} characters", _opening_ms(big_chars), MOST_OPEN_MS, "ms"),
        Bar(f"memory of {files} files of {FILE_LINES:,} lines", _open_mb(files, options.seed), MOST_MB, "MB"),
    ]
    return report(options, rows, bars)


def _row(line_count: int, text: str, edits: int, *, seed: int) -> dict[str, Any]:
    source = python_source(line_count, seed=seed)
    if text == "other":
        source = source.replace("total", "tötal→")
    changes = [_typed(line) for line in _places(line_count, edits, seed)]
    ours, after = _ours(source, changes)
    theirs = _theirs(source, changes)
    return {
        "lines": line_count,
        "text": text,
        "edit us": median(ours),
        "place us": median(after),
        "pygls us": median(theirs),
        "of pygls": median(ours) / median(theirs),
    }


def _places(line_count: int, edits: int, seed: int) -> list[int]:
    chance = random.Random(seed)
    starts = [chance.randrange(line_count) for _ in range(0, edits, 8)]
    return [starts[number // 8] for number in range(edits)]


def _typed(line: int) -> types.DidChangeTextDocumentParams:
    place = types.Position(line, COLUMN)
    change = types.TextDocumentContentChangePartial(types.Range(place, place), "x")
    return types.DidChangeTextDocumentParams(types.VersionedTextDocumentIdentifier(2, URI), [change])


def _ours(source: str, changes: Iterable[types.DidChangeTextDocumentParams]) -> tuple[list[float], list[float]]:
    documents = Documents("utf-16")
    documents.open(types.DidOpenTextDocumentParams(types.TextDocumentItem(URI, "python", 1, source)))
    edits, after = [], []
    for params in changes:
        before = documents.get(URI)
        edits.append(_timed_us(partial(documents.change, params)))
        after.append(_timed_us(partial(_look, documents, params, before)))
    return edits, after


def _look(documents: Documents, params: types.DidChangeTextDocumentParams, old: Document | None) -> None:
    """Ask what every request asks of the text at its cursor."""
    document, change = documents.get(URI), params.content_changes[0]
    if document is None or old is None or not isinstance(change, types.TextDocumentContentChangePartial):
        raise TypeError(change)
    cursor = Cursor(document, to_offset(document.text, change.range.end, documents.encoding))
    _ = cursor.line_prefix, cursor.line_suffix, document.text.byte_count
    document.text.byte_offset(cursor.offset)
    document.text.change_from(old.text)


def _theirs(source: str, changes: Sequence[types.DidChangeTextDocumentParams]) -> list[float]:
    document = TextDocument(URI, source, 1, "python")
    used = changes[:40]  # it takes tens of milliseconds for each
    return [_timed_us(partial(document.apply_change, params.content_changes[0])) for params in used]


def _opening_ms(chars: int) -> float:
    line = "    return self.total + other(x, y)  # and so on\n"
    source = line * (chars // len(line))
    return _timed_us(partial(Text.of, source)) / 1000


def _open_mb(files: int, seed: int) -> float:
    """What open documents hold, their text counted."""
    documents = Documents("utf-16")
    gc.collect()
    tracemalloc.start()
    for number in range(files):
        item = types.TextDocumentItem(f"{URI}{number}", "python", 1, python_source(FILE_LINES, seed=seed + number))
        documents.open(types.DidOpenTextDocumentParams(item))
        del item
    gc.collect()
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return held / 2**20


def _timed_us(action: Callable[[], object]) -> float:
    started = time.perf_counter()
    action()
    return (time.perf_counter() - started) * 1e6


if __name__ == "__main__":
    raise SystemExit(main())
