"""What hovers and code actions cost, and whether they slow typing down.

`python -m mistral_lsp.bench.assistance`

A file of 5,000 lines with 200 diagnostics. Hovers are asked for where the explanation is ready; actions are listed as
editors do at each move of the cursor. Keys are typed in turns at two servers, one of which gets a hover and a list of
actions right before each request: what a key takes there is shown beside what it takes alone.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from typing import TYPE_CHECKING, Any

from mistral_lsp.bench.editor import Editor
from mistral_lsp.bench.endpoint import Endpoint
from mistral_lsp.bench.measure import Bar, arguments, percentile, report, server_command, server_env
from mistral_lsp.bench.source import calls, python_source
from mistral_lsp.bench.tgi_script import Script

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

LINES, DIAGNOSTICS = 5_000, 200
ASKED = 200  # times
WARM_UP = 20
KEYS = 300
P50_MS = 3.0  # the bar of a hover and of a list
SLOWER = 1.5  # the bar of a key with hovers and actions beside it
ABLE: dict[str, Any] = {
    "general": {"positionEncodings": ["utf-16"]},
    "textDocument": {
        "inlineCompletion": {},
        "hover": {"contentFormat": ["markdown"]},
        "codeAction": {
            "codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix", "refactor"]}},
            "resolveSupport": {"properties": ["edit", "command"]},
            "dataSupport": True,
            "tagSupport": {"valueSet": [1]},
        },
    },
    "workspace": {"configuration": True},
}


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print, and say by the exit status whether the bars hold."""
    options = arguments(__doc__, argv)
    asked, keys = (20, 30) if options.quick else (ASKED, KEYS)
    rows, bars = asyncio.run(_measure(asked, keys, options.seed))
    return report(options, rows, bars)


async def _measure(asked: int, keys: int, seed: int) -> tuple[list[dict[str, Any]], list[Bar]]:
    source, chance = python_source(LINES, seed=seed), random.Random(seed)
    with tempfile.TemporaryDirectory() as home:
        async with Endpoint(Script(reply=" step * value")) as endpoint:
            env = server_env(home, endpoint.url) | {"MISTRAL_LSP_EXPLAIN_PREPARE": "false"}
            async with (
                Editor.start(server_command(), env=env, capabilities=ABLE) as alone,
                Editor.start(server_command(), env=env, capabilities=ABLE) as beside,
            ):
                for editor in (alone, beside):
                    editor.open(source, "python")
                found = _diagnostics(beside, source)
                beside.tell_diagnostics(*found)
                hovers = await _times(asked, lambda: _hover(beside, found[0]))
                lists = await _times(asked, lambda: _list(beside, chance.choice(found)))
                took = await _type(alone, beside, source, keys, found)
    rows = [_row("hover", hovers), _row("list of actions", lists), *(_row(f"key, {k}", v) for k, v in took.items())]
    ratio = percentile(took["with hovers and actions"], 50) / percentile(took["alone"], 50)
    return rows, [
        Bar("p50 of a hover that is ready", percentile(hovers, 50), P50_MS, "ms"),
        Bar("p50 of a list of actions", percentile(lists, 50), P50_MS, "ms"),
        Bar("a key with hovers and actions beside it, over a key alone", ratio, SLOWER, ""),
    ]


def _diagnostics(editor: Editor, source: str) -> list[dict[str, Any]]:
    places = calls(source)
    step = max(1, len(places) // DIAGNOSTICS)
    found = []
    for number, (line, column) in enumerate(places[::step][:DIAGNOSTICS]):
        place = {"start": {"line": line, "character": column - 5}, "end": {"line": line, "character": column}}
        found.append({"range": place, "message": f"Odd argument {number}", "source": "Linter", "severity": 2})
    if not editor.uri:
        raise AssertionError
    return found


async def _hover(editor: Editor, diagnostic: dict[str, Any]) -> None:
    start = diagnostic["range"]["start"]
    editor.move(start["line"], start["character"] + 1)
    if await editor.hover() is None:
        raise AssertionError("no hover")


async def _list(editor: Editor, diagnostic: dict[str, Any]) -> None:
    start = diagnostic["range"]["start"]
    editor.move(start["line"], start["character"] + 1)
    if len(await editor.code_actions(diagnostic)) < 5:
        raise AssertionError("too few actions")


async def _times(count: int, ask: Callable[[], Awaitable[None]]) -> list[float]:
    took = []
    for number in range(WARM_UP + count):
        started = time.perf_counter()
        await ask()
        if number >= WARM_UP:
            took.append((time.perf_counter() - started) * 1000)
    return took


async def _type(
    alone: Editor, beside: Editor, source: str, keys: int, found: list[dict[str, Any]]
) -> dict[str, list[float]]:
    """What a key and its request take at each of the two, in turns."""
    took: dict[str, list[float]] = {"alone": [], "with hovers and actions": []}
    place = calls(source)[0]
    for number in range(WARM_UP + keys):
        for name, editor in zip(took, (alone, beside), strict=True):
            editor.move(place[0], place[1] + number)
            others = [] if editor is alone else _ask_beside(editor, found[number % len(found)])
            started = time.perf_counter()
            editor.type("q")
            await editor.ghost_text()
            if number >= WARM_UP:
                took[name].append((time.perf_counter() - started) * 1000)
            for other in others:
                await other
    return took


def _ask_beside(editor: Editor, diagnostic: dict[str, Any]) -> list[Awaitable[Any]]:
    where = {"textDocument": {"uri": editor.uri}, "position": diagnostic["range"]["start"]}
    context = {
        "textDocument": {"uri": editor.uri},
        "range": diagnostic["range"],
        "context": {"diagnostics": [diagnostic]},
    }
    return [
        editor.ask("textDocument/hover", where).answer,
        editor.ask("textDocument/codeAction", context).answer,
    ]


def _row(name: str, took: list[float]) -> dict[str, Any]:
    return {"what": name, "times": len(took), "p50 ms": percentile(took, 50), "p95 ms": percentile(took, 95)}


if __name__ == "__main__":
    raise SystemExit(main())
