"""What a prompt costs before it is sent: `python -m mistral_lsp.bench.context`.

The cursor is in a file of 50,000 lines, with an index of 2,000 files and 20 other documents open. A request is what
stands between the cursor and the prompt's text: the snippets from elsewhere, the window of the file, the prompt file.
"cold" is the first request in a file of which nothing is known yet; "typing" a burst of one character a request;
"back" the first one after a pause in which all was gathered anew. A hold is the longest time between two turns of the
event loop in processor time, the work of the pauses included: what else runs on the machine has no part in it.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import random
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mistral_lsp import templates
from mistral_lsp.bench.measure import Bar, arguments, percentile, report
from mistral_lsp.bench.source import python_source
from mistral_lsp.core.context import CHARS_PER_TOKEN, build_context, snippet_budget
from mistral_lsp.core.document import Cursor, Document
from mistral_lsp.core.index import Index
from mistral_lsp.core.languages import language_of
from mistral_lsp.core.outline import OutlineParse
from mistral_lsp.core.prompt import PromptLibrary
from mistral_lsp.core.text import Text
from mistral_lsp.core.trigger import Shape
from mistral_lsp.features.idle import Idle
from mistral_lsp.features.request import CompletionRequest
from mistral_lsp.features.surroundings import PAUSE_S, Surroundings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from mistral_lsp.core.definition import Outline

ROOT = "file:///project"
FAMILY = "mistral-v3"
TOKENS = 1024  # the setting's default
LINES, FILES, OPEN, OPEN_LINES = 50_000, 2_000, 20, 1_000
INDEXED_LINES, OUTLINES, IMPORTS = 300, 40, 30
BURSTS, KEYS = 20, 20
MOST_P50_MS, MOST_HOLD_MS = 4.0, 10.0


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print, and say by the exit status whether the bars hold."""
    options = arguments(__doc__, argv)
    sizes = (500, 20, 2, 2) if options.quick else (LINES, FILES, OPEN, BURSTS)
    times = asyncio.run(_measured(*sizes, seed=options.seed))
    rows: list[dict[str, Any]] = [
        {
            "request": name,
            "count": len(values),
            "p50 ms": percentile(values, 50),
            "p95 ms": percentile(values, 95),
            "max ms": max(values),
        }
        for name, values in times.requests.items()
    ]
    bars = [
        *(Bar(f"{row['request']}, p50", row["p50 ms"], MOST_P50_MS, "ms") for row in rows),
        Bar("longest hold of the loop, by a request", times.hold_ms["requests"], MOST_HOLD_MS, "ms"),
        Bar("longest hold of the loop, in pauses", times.hold_ms["pauses"], MOST_HOLD_MS, "ms"),
    ]
    return report(options, rows, bars)


@dataclass
class _Times:
    requests: dict[str, list[float]] = field(default_factory=lambda: {"cold": [], "typing": [], "back": []})
    hold_ms: dict[str, float] = field(default_factory=lambda: {"requests": 0.0, "pauses": 0.0})


@dataclass
class _Session:
    """A clock that only pauses move, and the tasks that wait for one."""

    index: Index
    prompts: PromptLibrary
    now_s: float = 0.0
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.idle = Idle(clock=lambda: self.now_s)
        self.surroundings = Surroundings(
            self.idle,
            root_of=lambda _uri: ROOT,
            spawn=lambda work: self.tasks.append(asyncio.ensure_future(work)),
            index=self.index,
        )
        self.surroundings.warm_up()

    async def prompt(self, cursor: Cursor) -> None:
        """All that a request does from the cursor to the prompt."""
        self.idle.touch()
        request = CompletionRequest(cursor, invoked=False, root_uri=ROOT)
        share = snippet_budget(TOKENS)
        chars, window = int(share * CHARS_PER_TOKEN), int((TOKENS - share) * CHARS_PER_TOKEN)
        snippets = await self.surroundings.snippets(request, budget_chars=chars, window_chars=window)
        context = build_context(cursor, budget_tokens=TOKENS, root_uri=ROOT, snippets=snippets)
        self.prompts.completion(FAMILY, context, Shape.LINE)

    async def pause(self) -> None:
        """Long enough for all that waits for one."""
        self.now_s += PAUSE_S
        tasks, self.tasks = self.tasks, []
        await asyncio.gather(*tasks)


async def _measured(lines: int, files: int, open_count: int, bursts: int, *, seed: int) -> _Times:
    times, chance = _Times(), random.Random(seed)
    prompts = PromptLibrary(templates.load().sources)
    prompts.warm_up(FAMILY)
    gc.freeze()  # as the server does once it has loaded its types
    index = _indexed(files, seed=seed)
    large = Text.of(_imports(files, chance) + python_source(lines, seed=seed))
    others = [python_source(OPEN_LINES, seed=seed + number) for number in range(1, open_count + 1)]
    for number in range(bursts):
        session = _Session(index, prompts)
        for name, source in enumerate(others):
            session.surroundings.opened(Document(f"{ROOT}/src/other{name}.py", "python", 1, Text.of(source)))
        document = Document(f"{ROOT}/src/large{number}.py", "python", 1, large)
        session.surroundings.opened(document)
        offset = document.text.offset(chance.randrange(lines), 10_000)
        async with _held(times, "requests"):
            times.requests["cold"].append(await _timed_ms(session, Cursor(document, offset)))
        for _ in range(2):
            async with _held(times, "pauses"):
                await session.pause()
            document, offset = await _burst(session, document, offset, times)
        await session.pause()
    return times


def _indexed(files: int, *, seed: int) -> Index:
    """An index of so many files, whose outlines are those of some."""
    index = Index()
    outlines = [_outline(python_source(INDEXED_LINES, seed=seed + number)) for number in range(OUTLINES)]
    for number in range(files):
        index.put(ROOT, f"shop/module{number}.py", outlines[number % OUTLINES])
    return index


def _outline(source: str) -> Outline:
    parse = OutlineParse(Text.of(source), language_of("python"), clock=time.perf_counter)
    while not parse.step():
        pass
    return parse.outline


def _imports(files: int, chance: random.Random) -> str:
    """Imports of all that some modules define: whatever the code around a cursor names may be theirs."""
    modules = [chance.randrange(files) for _ in range(IMPORTS)]
    return "".join(f"from shop.module{module} import *\n" for module in modules)


async def _burst(session: _Session, document: Document, offset: int, times: _Times) -> tuple[Document, int]:
    async with _held(times, "requests"):
        times.requests["back"].append(await _timed_ms(session, Cursor(document, offset)))
        for key in ("\n    value = total + step * 2" * 2)[:KEYS]:
            document = document.changed(document.text.replace(offset, offset, key), document.version + 1)
            offset += 1
            session.surroundings.follow(document)
            await asyncio.sleep(0)
            times.requests["typing"].append(await _timed_ms(session, Cursor(document, offset)))
    return document, offset


async def _timed_ms(session: _Session, cursor: Cursor) -> float:
    began = time.perf_counter()
    await session.prompt(cursor)
    return (time.perf_counter() - began) * 1000


@contextlib.asynccontextmanager
async def _held(times: _Times, name: str) -> AsyncIterator[None]:
    """Note the longest time between two turns of the loop."""

    async def tick() -> None:
        last = time.thread_time()
        while True:
            await asyncio.sleep(0)
            now = time.thread_time()
            times.hold_ms[name] = max(times.hold_ms[name], (now - last) * 1000)
            last = now

    ticking = asyncio.ensure_future(tick())
    await asyncio.sleep(0)
    try:
        yield
        await asyncio.sleep(0)
    finally:
        ticking.cancel()


if __name__ == "__main__":
    raise SystemExit(main())
