"""What a key costs while the user types through a suggestion, and how often the endpoint is asked for it.

`python -m mistral_lsp.bench.typethrough`

A key is one typed character and the request after it, until the rest of the suggestion is there. The same keys go to a
server that answers every request with nothing, in turns: that is the floor, what the pipes and this client take.
"""

from __future__ import annotations

import asyncio
import random
import sys
import tempfile
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mistral_lsp.bench.editor import Editor
from mistral_lsp.bench.endpoint import Endpoint
from mistral_lsp.bench.measure import Bar, arguments, percentile, report, server_command, server_env
from mistral_lsp.bench.source import calls, python_source
from mistral_lsp.bench.tgi_script import Script

if TYPE_CHECKING:
    from collections.abc import Sequence

LINE_COUNTS = (300, 5_000, 50_000)
SUGGESTIONS = 10
WARM_UP = 2  # suggestions
OPERATOR = "+"  # typed at a place before the suggestion is asked for
SUGGESTION = " step * value - checked % limit"  # fits behind it, and before the bracket right of the place
ADDED_P50_MS = 1.5  # the bar


@dataclass(slots=True)
class Keys:
    """What the keys took at one server."""

    name: str
    editor: Editor
    took_ms: list[float] = field(default_factory=list)
    wrong: int = 0  # keys after which something else than the rest was shown


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print, and say by the exit status whether the bars hold."""
    options = arguments(__doc__, argv)
    sizes, suggestions = ((300, 2_000), 1) if options.quick else (LINE_COUNTS, SUGGESTIONS)
    rows, bars = asyncio.run(_measure(sizes, suggestions, options.seed))
    return report(options, rows, bars)


async def _measure(sizes: Sequence[int], suggestions: int, seed: int) -> tuple[list[dict[str, Any]], list[Bar]]:
    rows: list[dict[str, Any]] = []
    bars: list[Bar] = []
    for line_count in sizes:
        floor, ours, requests = await _run(python_source(line_count, seed=seed), suggestions, seed)
        added = percentile(ours.took_ms, 50) - percentile(floor.took_ms, 50)
        rows += [_row(line_count, floor, None), _row(line_count, ours, requests)]
        bars += [
            Bar(f"p50 added, {line_count:,} lines", added, ADDED_P50_MS, "ms"),
            Bar(f"requests while typing through, {line_count:,} lines", requests, 0, ""),
            Bar(f"keys without the rest, {line_count:,} lines", ours.wrong, 0, ""),
        ]
    return rows, bars


async def _run(source: str, suggestions: int, seed: int) -> tuple[Keys, Keys, int]:
    chance, requests = random.Random(seed), 0
    with tempfile.TemporaryDirectory() as home:
        async with (
            Endpoint(Script(reply=SUGGESTION)) as endpoint,
            Editor.start([sys.executable, "-m", "mistral_lsp.bench.passthrough"]) as silent,
            Editor.start(server_command(), env=server_env(home, endpoint.url)) as editor,
        ):
            floor, ours = Keys("silent", silent), Keys("mistral-lsp", editor)
            for keys in (floor, ours):
                keys.editor.open(source, "python")
            places = chance.sample(calls(source), min(WARM_UP + suggestions, len(calls(source))))
            for number, place in enumerate(places):
                if number == WARM_UP:
                    for keys in (floor, ours):
                        keys.took_ms.clear()
                    requests = 0
                requests += await _type_through((floor, ours), place, endpoint)
    return floor, ours, requests


async def _type_through(lanes: Sequence[Keys], place: tuple[int, int], endpoint: Endpoint) -> int:
    """Have a suggestion at a place, then type it key by key; how often the endpoint was asked on the way."""
    for keys in lanes:
        keys.editor.move(*place)
        keys.editor.type(OPERATOR)
        await keys.editor.ghost_text()
    before = len(endpoint.requests)
    for count, key in enumerate(SUGGESTION[:-1], start=1):
        for keys in lanes:
            started = time.perf_counter()
            keys.editor.type(key)
            items = await keys.editor.ghost_text()
            keys.took_ms.append((time.perf_counter() - started) * 1000)
            keys.wrong += [item["insertText"] for item in items or ()] != [SUGGESTION[count:]]
    return len(endpoint.requests) - before


def _row(line_count: int, keys: Keys, requests: int | None) -> dict[str, Any]:
    return {
        "lines": line_count,
        "server": keys.name,
        "keys": len(keys.took_ms),
        "p50 ms": percentile(keys.took_ms, 50),
        "p95 ms": percentile(keys.took_ms, 95),
        "requests": requests,
    }


if __name__ == "__main__":
    raise SystemExit(main())
