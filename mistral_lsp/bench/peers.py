"""What a completion costs here and at tabby-agent, side by side: overhead, typing through, cancelling.

`python -m mistral_lsp.bench.peers`, with tabby-agent 1.5 from npm on the PATH (`npm install -g tabby-agent@1.5.0`).

Each server gets the same keys in turns, a pause after each, and asks an endpoint of its own that answers at once. A
server that only passes requests on is the floor: what the pipes, this client and the endpoint take. Neither
waits for a pause in the typing.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mistral_lsp.bench.editor import Editor, items_of
from mistral_lsp.bench.endpoint import Endpoint
from mistral_lsp.bench.measure import PAUSE_S, Bar, arguments, percentile, report, server_command, server_env
from mistral_lsp.bench.source import calls, python_source
from mistral_lsp.bench.tgi_script import Fault, Script, json_response

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Sequence

    from mistral_lsp.bench.client import Pending

LINE_COUNTS = (300, 5_000)
SHARES = {300: 1 / 2, 5_000: 1 / 12}  # of tabby-agent's overhead that ours may be: the bars
TYPE_THROUGH_MS = 1.5
REQUESTS, WARM_UP = 200, 20
CANCELS = 10
REPLY = " step * value - checked % limit"  # fits behind an operator
WITHOUT_S = 3.0  # a hang-up that hasn't come by then doesn't
SAME_S = 0.0005  # two times of one event on one clock
READY_S = 1.0  # for a server that asks its endpoint what it is before it serves

Ask = "Callable[[Editor], Pending]"


@dataclass(slots=True)
class Lane:
    """One server, and what it took."""

    name: str
    editor: Editor
    ask: Callable[[Editor], Pending]
    endpoint: Endpoint
    path: str  # that it asks for completions
    took_ms: list[float] = field(default_factory=list)
    through_ms: list[float] = field(default_factory=list)
    through_requests: int = 0
    silent: int = 0  # requests that showed nothing
    hangups_ms: list[float] = field(default_factory=list)

    @property
    def asked(self) -> int:
        """How often its endpoint was asked for a completion."""
        return sum(request.path == self.path for request in self.endpoint.requests)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print, and say by the exit status whether the bars hold."""
    options = arguments(__doc__, argv)
    sizes, requests = ((300,), 10) if options.quick else (LINE_COUNTS, REQUESTS)
    tabby = shutil.which("tabby-agent")
    if tabby is None:
        print("tabby-agent isn't on the PATH, so there is nothing to compare with: npm install -g tabby-agent@1.5.0")
    rows, bars = asyncio.run(_measure(tabby, sizes, requests, options.seed))
    return report(options, rows, bars)


async def _measure(
    tabby: str | None, sizes: Sequence[int], requests: int, seed: int
) -> tuple[list[dict[str, Any]], list[Bar]]:
    rows: list[dict[str, Any]] = []
    bars: list[Bar] = []
    for line_count in sizes:
        async with contextlib.AsyncExitStack() as stack:
            lanes = [await stack.enter_async_context(lane) for lane in _lanes(tabby)]
            source = python_source(line_count, seed=seed)
            for lane in lanes:
                lane.editor.open(source, "python")
            await asyncio.sleep(READY_S)
            places = _places(source, seed)
            await _overhead(lanes, places, WARM_UP)
            for lane in lanes:
                lane.took_ms.clear()
                lane.silent = 0
            await _overhead(lanes, places, requests)
            await _type_through(lanes, places, max(2, requests // 20))
            await _cancel(lanes, places, CANCELS)
        rows += [_row(line_count, lane, lanes[0]) for lane in lanes]
        bars += _bars(line_count, rows[-len(lanes) :])
    return rows, bars


def _lanes(tabby: str | None) -> Iterator[contextlib.AbstractAsyncContextManager[Lane]]:
    yield _floor()
    yield _ours()
    if tabby is not None:
        yield _tabby(tabby)


@contextlib.asynccontextmanager
async def _floor() -> AsyncIterator[Lane]:
    async with Endpoint(Script(reply=REPLY)) as endpoint:
        command = [sys.executable, "-m", "mistral_lsp.bench.passthrough", endpoint.url]
        async with Editor.start(command) as editor:
            yield Lane("pass-through", editor, _inline, endpoint, "/generate_stream")


@contextlib.asynccontextmanager
async def _ours() -> AsyncIterator[Lane]:
    with tempfile.TemporaryDirectory() as home:
        async with Endpoint(Script(reply=REPLY)) as endpoint:
            env = server_env(home, endpoint.url) | {"MISTRAL_LSP_COMPLETION_FETCH_AHEAD": "off"}
            async with Editor.start(server_command(), env=env) as editor:
                yield Lane("mistral-lsp", editor, _inline, endpoint, "/generate_stream")


@contextlib.asynccontextmanager
async def _tabby(command: str) -> AsyncIterator[Lane]:
    """tabby-agent before an endpoint that speaks Tabby's protocol."""
    health = {"model": "m", "device": "cuda", "arch": "", "cpu_info": "", "cpu_count": 2, "cuda_devices": []}
    about = health | {"version": {"build_date": "", "build_timestamp": "", "git_sha": "", "git_describe": "v0.10.0"}}
    pages = {
        ("GET", "/v1/health"): json_response(200, about),
        ("POST", "/v1/health"): json_response(200, about),
        ("GET", "/v1beta/server_setting"): json_response(200, {"disable_client_side_telemetry": True}),
        ("POST", "/v1/completions"): json_response(200, {"id": "c", "choices": [{"index": 0, "text": REPLY}]}),
    }
    with tempfile.TemporaryDirectory() as home:
        async with Endpoint(Script(pages=pages)) as endpoint:
            await asyncio.to_thread(_configure_tabby, Path(home), endpoint.url)
            env = {"HOME": home, "PATH": os.environ.get("PATH", "")}
            try:
                async with Editor.start([command, "--lsp", "--stdio"], env=env) as editor:
                    yield Lane("tabby-agent", editor, _menu, endpoint, "/v1/completions")
            except AssertionError:
                pass  # how it leaves isn't what is measured here


def _configure_tabby(home: Path, url: str) -> None:
    """No wait, and nothing sent to its makers."""
    folder = home / ".tabby-client" / "agent"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text(
        f'[server]\nendpoint = "{url}"\ntoken = "t"\n[completion.debounce]\nmode = "fixed"\ninterval = 0\n'
        "[anonymousUsageTracking]\ndisable = true\n"
    )


def _inline(editor: Editor) -> Pending:
    return editor.ask_ghost_text()


def _menu(editor: Editor) -> Pending:
    params = {"textDocument": {"uri": editor.uri}, "position": editor.position(), "context": {"triggerKind": 1}}
    return editor.ask("textDocument/completion", params)


def _places(source: str, seed: int) -> Iterator[tuple[int, int, str]]:
    """Where to type, and which operator; each leaves a text that there never was."""
    chance, typed = random.Random(seed), dict[int, int]()
    while True:
        line, column = chance.choice(calls(source))
        for _ in range(20):
            yield line, column + typed.get(line, 0), chance.choice("+-*/%")
            typed[line] = typed.get(line, 0) + 2


async def _overhead(lanes: Sequence[Lane], places: Iterator[tuple[int, int, str]], count: int) -> None:
    for turn in range(count):
        line, column, operator = next(places)
        for lane in _in_turn(lanes, turn):
            lane.editor.move(line, column)
            lane.took_ms.append(await _timed(lane, operator))
            lane.editor.type("1")
            await asyncio.sleep(PAUSE_S)


async def _type_through(lanes: Sequence[Lane], places: Iterator[tuple[int, int, str]], count: int) -> None:
    for turn in range(count):
        line, column, operator = next(places)
        for lane in _in_turn(lanes, turn):
            lane.editor.move(line, column)
            await _timed(lane, operator)
            before = lane.asked
            for key in REPLY[:-1]:
                lane.through_ms.append(await _timed(lane, key))
            lane.through_requests += lane.asked - before
            for _ in REPLY[:-1]:
                lane.editor.backspace()
            lane.editor.type("1")


async def _timed(lane: Lane, key: str) -> float:
    """Milliseconds from a key to the answer of the request after it."""
    started = time.perf_counter()
    lane.editor.type(key)
    answer = await lane.ask(lane.editor).answer
    took_ms = (time.perf_counter() - started) * 1000
    lane.silent += not items_of(answer)
    return took_ms


async def _cancel(lanes: Sequence[Lane], places: Iterator[tuple[int, int, str]], count: int) -> None:
    """Cancel while the endpoint is silent; how long it takes until it sees a hang-up."""
    for lane in lanes[1:]:  # the floor can't be cancelled
        script = lane.endpoint.script
        pages = {key: page for key, page in script.pages.items() if key[1] != lane.path}
        lane.endpoint.script = Script(fault=Fault.SILENT, pages=pages)
    for _ in range(count):
        line, column, operator = next(places)
        for lane in lanes[1:]:
            lane.editor.move(line, column)
            lane.editor.type(operator)
            took_ms = await _hung_up(lane)
            lane.hangups_ms += [] if took_ms is None else [took_ms]
            lane.editor.type("1")


async def _hung_up(lane: Lane) -> float | None:
    """Milliseconds from a cancel until the endpoint sees that very request's hang-up; None where it doesn't."""
    asked, left = len(lane.endpoint.requests), len(lane.endpoint.hangups)
    pending = lane.ask(lane.editor)
    received = await lane.endpoint.next_request(after=asked)
    began_s = asyncio.get_running_loop().time()
    lane.editor.cancel(pending.id)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(WITHOUT_S):
            while True:
                hangup = await lane.endpoint.next_hangup(after=left)
                if abs(hangup.at_s - hangup.after_s - received.at_s) < SAME_S:
                    return (hangup.at_s - began_s) * 1000
                left += 1
    return None


def _in_turn(lanes: Sequence[Lane], turn: int) -> list[Lane]:
    start = turn % len(lanes)
    return [*lanes[start:], *lanes[:start]]


def _row(line_count: int, lane: Lane, floor: Lane) -> dict[str, Any]:
    base, through = percentile(floor.took_ms, 50), percentile(floor.through_ms, 50)
    is_floor = lane is floor
    return {
        "lines": line_count,
        "server": lane.name,
        "p50 ms": percentile(lane.took_ms, 50),
        "p95 ms": percentile(lane.took_ms, 95),
        "added p50": None if is_floor else percentile(lane.took_ms, 50) - base,
        "showed nothing": lane.silent,
        "a key through": percentile(lane.through_ms, 50),
        "added a key": None if is_floor else percentile(lane.through_ms, 50) - through,
        "its requests": lane.through_requests,
        "hung up": None if is_floor else f"{len(lane.hangups_ms)} of {CANCELS}",
        "hang-up p95": percentile(lane.hangups_ms, 95) if lane.hangups_ms else None,
    }


def _bars(line_count: int, rows: Sequence[dict[str, Any]]) -> list[Bar]:
    ours = next(row for row in rows if row["server"] == "mistral-lsp")
    bars = [
        Bar(f"requests that showed nothing, {line_count:,} lines", ours["showed nothing"], 0, ""),
        Bar(f"added a key while typing through, {line_count:,} lines", ours["added a key"], TYPE_THROUGH_MS, "ms"),
        Bar(f"requests while typing through, {line_count:,} lines", ours["its requests"], 0, ""),
    ]
    for row in rows:
        if row["server"] == "tabby-agent":
            share = ours["added p50"] / row["added p50"]
            bars.append(
                Bar(f"added p50 as a share of tabby-agent's, {line_count:,} lines", share, SHARES[line_count], "")
            )
    return bars


if __name__ == "__main__":
    raise SystemExit(main())
