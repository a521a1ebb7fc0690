"""Indexing a workspace: seconds of idle until it's done, the memory that it takes, and how long it holds the loop.

`python -m mistral_lsp.bench.index`

The workspace is copies of the standard library's files. While the server indexes, a request that it refuses at once is
sent again and again: what that takes is how long the loop is held. The same is done before, with nothing to index. The
probe is no sign of the user, so that the work goes on.
"""

from __future__ import annotations

import asyncio
import re
import sysconfig
import tempfile
import time
from itertools import cycle, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mistral_lsp.bench.editor import Editor
from mistral_lsp.bench.endpoint import Endpoint
from mistral_lsp.bench.measure import Bar, arguments, cpu_ms, percentile, report, rss_mb, server_command, server_env
from mistral_lsp.bench.tgi_script import Script
from mistral_lsp.workspace.files import MAX_BYTES

if TYPE_CHECKING:
    from collections.abc import Sequence

FILES, QUICK_FILES = 2_000, 30
PROBE_S = 0.003  # between two probes
QUIET_PROBES = 500
LONGEST_S = 300.0
IDLE_S, GROWTH_MB, HELD_MS = 60.0, 60.0, 10.0  # the bars


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print, and say by the exit status whether the bars hold."""
    options = arguments(__doc__, argv)
    rows, bars = asyncio.run(_measure(QUICK_FILES if options.quick else FILES))
    return report(options, rows, bars)


async def _measure(files: int) -> tuple[list[dict[str, Any]], list[Bar]]:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "workspace"
        kilobytes = _fill(root, files)
        env = {"MISTRAL_LSP_LOG": "info"}
        async with (
            Endpoint(Script(reply="x")) as endpoint,
            Editor.start(server_command(), env=server_env(folder, endpoint.url) | env) as editor,
        ):
            await editor.settle()
            quiet_ms = [await _probe(editor) for _ in range(QUIET_PROBES)]
            before_mb, before_cpu_ms, began_s = rss_mb(editor.pid), cpu_ms(editor.pid), time.perf_counter()
            event = {"added": [{"uri": root.as_uri(), "name": "workspace"}], "removed": []}
            editor.notify("workspace/didChangeWorkspaceFolders", {"event": event})
            busy_ms, indexed = await _probe_until_indexed(editor)
            took_s, grown_mb = time.perf_counter() - began_s, rss_mb(editor.pid) - before_mb
            row = {"files": files, "KB": kilobytes, "indexed": indexed, "idle s": took_s, "RSS growth MB": grown_mb}
            row |= {"CPU s": (cpu_ms(editor.pid) - before_cpu_ms) / 1000, "probes": len(busy_ms)}
    for name, percent in (("p50", 50), ("p99", 99)):
        row |= {f"{name} ms": percentile(busy_ms, percent), f"{name} ms quiet": percentile(quiet_ms, percent)}
    row |= {"max ms": max(busy_ms), "max ms quiet": max(quiet_ms)}
    return [row], [
        Bar("idle until all is indexed", took_s, IDLE_S, "s"),
        Bar("RSS growth", grown_mb, GROWTH_MB, "MB"),
        Bar("p99 of a request meanwhile, less the same without", row["p99 ms"] - row["p99 ms quiet"], HELD_MS, "ms"),
        Bar("files that are not indexed", files - indexed, files // 10, ""),  # some hold no definition and no import
    ]


def _fill(root: Path, files: int) -> int:
    """Copy so many of the standard library's files, some twice where it has fewer; their kilobytes."""
    stdlib = Path(sysconfig.get_path("stdlib"))
    there = sorted(path for path in stdlib.rglob("*.py") if "site-packages" not in path.parts)
    fitting = [path for path in there if 100 < path.stat().st_size < MAX_BYTES and _is_text(path)]
    size = 0
    for number, path in enumerate(islice(cycle(fitting), files)):
        folder = root / f"part{number // 100}"
        folder.mkdir(parents=True, exist_ok=True)
        content = path.read_bytes()
        (folder / f"{path.stem}_{number}.py").write_bytes(content)
        size += len(content)
    return size // 1024


def _is_text(path: Path) -> bool:
    try:
        return "\0" not in path.read_text("utf-8")
    except UnicodeDecodeError:
        return False


async def _probe(editor: Editor) -> float:
    """Milliseconds of one request that the server refuses at once."""
    await asyncio.sleep(PROBE_S)
    began_s = time.perf_counter()
    await editor.settle()
    return (time.perf_counter() - began_s) * 1000


async def _probe_until_indexed(editor: Editor) -> tuple[list[float], int]:
    took_ms: list[float] = []
    seen = len(editor.stderr)
    async with asyncio.timeout(LONGEST_S):
        while (told := re.search(r"index: (\d+) files", editor.stderr[seen:])) is None:
            took_ms.append(await _probe(editor))
    return took_ms, int(told[1])


if __name__ == "__main__":
    raise SystemExit(main())
