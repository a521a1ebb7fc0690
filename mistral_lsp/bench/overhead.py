"""What the server adds, from a keystroke to its ghost text, over an endpoint that answers at once.

Nothing waits and nothing repeats: no delay, and each request comes after a key that leaves a text there never was. The
same keys go to a server that only passes requests on, in turns; the difference is what ours adds. An empty server on
the same libraries takes its turns too: as much of what is added is theirs, and what is left of it is our `own`. It is
measured twice: `typing` stays for some keys where it is, as people do, and the bars are for it; `jumping` goes
elsewhere in the file for each key, so that nothing that was parsed nearby helps.
`python -m mistral_lsp.bench.overhead`
"""

from __future__ import annotations

import asyncio
import random
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from http.client import HTTPConnection
from itertools import islice, product
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from mistral_lsp.bench import passthrough
from mistral_lsp.bench.editor import Editor
from mistral_lsp.bench.endpoint import endpoint_process
from mistral_lsp.bench.measure import (
    PAUSE_S,
    Bar,
    arguments,
    cpu_ms,
    percentile,
    report,
    server_command,
    server_env,
)
from mistral_lsp.bench.source import calls, python_source

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

LINE_COUNTS = (300, 5_000, 50_000)
REQUESTS = 400
WARM_UP = 30
PACES = {"typing": 20, "jumping": 1}  # requests at one place before the next
ADDED_P50_MS, ADDED_P95_MS, CPU_MS = 2.5, 8.0, 3.0  # the bars: of CPU time, less than the libraries alone take
REPLY = "step"  # fits behind every operator that is typed


@dataclass(slots=True)
class Lane:
    """One way to the endpoint, and what it took."""

    name: str
    editor: Editor | None  # None asks the endpoint itself
    took_ms: list[float] = field(default_factory=list)
    shown: int = 0
    cpu_ms: float = 0.0

    def restart(self) -> None:
        """Forget the warm-up."""
        self.took_ms.clear()
        self.shown = 0
        self.cpu_ms = cpu_ms(self.editor.pid) if self.editor else 0.0

    def finish(self) -> None:
        """Take the CPU time."""
        self.cpu_ms = cpu_ms(self.editor.pid) - self.cpu_ms if self.editor else 0.0


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print, and say by the exit status whether the bars hold."""
    options = arguments(__doc__, argv, line_counts=LINE_COUNTS)
    sizes, requests = ((300, 2_000), 12) if options.quick else (options.lines, REQUESTS)
    rows, bars = asyncio.run(_measure(sizes, requests, options.seed))
    return report(options, rows, bars)


async def _measure(sizes: Sequence[int], requests: int, seed: int) -> tuple[list[dict[str, Any]], list[Bar]]:
    rows: list[dict[str, Any]] = []
    bars: list[Bar] = []
    with tempfile.TemporaryDirectory() as home:
        async with endpoint_process("--reply", REPLY) as url:
            for line_count, pace in product(sizes, PACES):
                source = python_source(line_count, seed=seed)
                strokes = _strokes(source, seed, at_a_place=PACES[pace])
                lanes = await _run(source, strokes, requests, home=home, url=url)
                rows += [_row(line_count, pace, lane, lanes) for lane in lanes]
                bars += _bars(rows[-1])
    return rows, bars


async def _run(source: str, strokes: Iterator[Stroke], requests: int, *, home: str, url: str) -> list[Lane]:
    """The lanes with what they took; the second is the floor, and the last is ours."""
    floor_command = [sys.executable, "-m", "mistral_lsp.bench.passthrough", url]
    empty_command = [sys.executable, "-m", "mistral_lsp.bench.empty_server", url]
    connection = HTTPConnection(urlsplit(url).netloc)
    async with (
        Editor.start(floor_command) as floor,
        Editor.start(empty_command) as empty,
        Editor.start(server_command(), env=server_env(home, url)) as ours,
    ):
        servers = {"pass-through": floor, "empty server": empty, "mistral-lsp": ours}
        lanes = [Lane("endpoint alone", None), *(Lane(name, editor) for name, editor in servers.items())]
        for editor in servers.values():
            editor.open(source, "python")
        await _type(lanes, islice(strokes, WARM_UP), connection)
        for lane in lanes:
            lane.restart()
        await _type(lanes, islice(strokes, requests), connection)
        for lane in lanes:
            lane.finish()
    connection.close()
    return lanes


async def _type(lanes: Sequence[Lane], strokes: Iterable[Stroke], connection: HTTPConnection) -> None:
    """Type the strokes into every lane; they take turns in going first."""
    for turn, stroke in enumerate(strokes):
        first = turn % len(lanes)
        for lane in (*lanes[first:], *lanes[:first]):
            if lane.editor:
                lane.editor.move(stroke.line, stroke.column)
            started = time.perf_counter()
            if lane.editor:
                lane.editor.type(stroke.operator)
                lane.shown += bool(await lane.editor.ghost_text())
            else:
                passthrough.ask(connection)
            lane.took_ms.append((time.perf_counter() - started) * 1000)
            if lane.editor:
                lane.editor.type(stroke.operand)  # untimed: the file stays whole
                await asyncio.sleep(PAUSE_S)


@dataclass(frozen=True, slots=True)
class Stroke:
    """An operator to ask behind, and the operand that makes the expression whole again."""

    line: int
    column: int
    operator: str
    operand: str


def _strokes(source: str, seed: int, *, at_a_place: int) -> Iterator[Stroke]:
    """Strokes all over the file, some at each place, without end; every one leaves a text that there never was."""
    chance = random.Random(seed)
    places = calls(source)
    typed: Counter[int] = Counter()  # characters that stand behind each line's place by now
    while True:
        line, column = chance.choice(places)
        for _ in range(at_a_place):
            yield Stroke(line, column + typed[line], chance.choice("+-*/%"), chance.choice("123456789"))
            typed[line] += 2


def _row(line_count: int, pace: str, lane: Lane, lanes: Sequence[Lane]) -> dict[str, Any]:
    _, floor, empty, ours = lanes
    p50, p95 = percentile(lane.took_ms, 50), percentile(lane.took_ms, 95)
    is_ours = lane.editor not in (None, floor.editor)
    return {
        "lines": line_count,
        "keys": pace,
        "server": lane.name,
        "requests": len(lane.took_ms),
        "shown": lane.shown if lane.editor else None,
        "p50 ms": p50,
        "p95 ms": p95,
        "added p50": p50 - percentile(floor.took_ms, 50) if is_ours else None,
        "added p95": p95 - percentile(floor.took_ms, 95) if is_ours else None,
        "own p50": p50 - percentile(empty.took_ms, 50) if lane is ours else None,
        "CPU ms": lane.cpu_ms / len(lane.took_ms) if lane.editor else None,
        "own CPU": (lane.cpu_ms - empty.cpu_ms) / len(lane.took_ms) if lane is ours else None,
    }


def _bars(row: dict[str, Any]) -> list[Bar]:
    where = f"{row['keys']} in {row['lines']:,} lines"
    silent = Bar(f"requests that showed nothing, {where}", row["requests"] - row["shown"], 0, "")
    if row["keys"] != "typing":
        return [silent]
    return [
        Bar(f"p50 added, {where}", row["added p50"], ADDED_P50_MS, "ms"),
        Bar(f"p95 added, {where}", row["added p95"], ADDED_P95_MS, "ms"),
        Bar(f"CPU a request, {where}", row["CPU ms"], CPU_MS, "ms"),
        silent,
    ]


if __name__ == "__main__":
    raise SystemExit(main())
