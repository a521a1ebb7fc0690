"""The server's memory with many files open, and after ghost text in some of them; without the embedded model.

`python -m mistral_lsp.bench.memory`
"""

from __future__ import annotations

import asyncio
import tempfile
from typing import TYPE_CHECKING, Any

from mistral_lsp.bench.editor import Editor
from mistral_lsp.bench.endpoint import Endpoint
from mistral_lsp.bench.measure import Bar, arguments, pss_mb, report, rss_mb, server_command, server_env
from mistral_lsp.bench.source import calls, python_source
from mistral_lsp.bench.tgi_script import Script

if TYPE_CHECKING:
    from collections.abc import Sequence

FILES, LINES, ASKED = 200, 1_000, 40
LIMIT_MB = 120.0
REPLY = "step"


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print, and say by the exit status whether the bar holds."""
    options = arguments(__doc__, argv)
    files, lines, asked = (10, 200, 3) if options.quick else (FILES, LINES, ASKED)
    rows = asyncio.run(_measure(files, lines, asked, seed=options.seed))
    most = max(row["RSS MB"] for row in rows)
    bars = [
        Bar(f"RSS with {files:,} files of {lines:,} lines", most, LIMIT_MB, "MB"),
        Bar("requests that showed nothing", asked - rows[-1]["shown"], 0, ""),
    ]
    return report(options, rows, bars)


async def _measure(files: int, lines: int, asked: int, *, seed: int) -> list[dict[str, Any]]:
    sources = [python_source(lines, seed=seed + number) for number in range(files)]
    with tempfile.TemporaryDirectory() as home:
        async with (
            Endpoint(Script(reply=REPLY)) as endpoint,
            Editor.start(server_command(), env=server_env(home, endpoint.url)) as editor,
        ):
            await editor.settle()
            rows = [_row(editor, "initialized")]
            for source in sources:
                editor.open(source, "python")
                await editor.settle()
            rows.append(_row(editor, "files open", files=files))
            shown = 0
            for uri in list(editor.files)[:asked]:
                shown += await _ask(editor, uri)
            rows.append(_row(editor, f"ghost text in {asked} of them", files=files, shown=shown))
    return rows


async def _ask(editor: Editor, uri: str) -> bool:
    editor.switch(uri)
    editor.move(*calls(str(editor.text))[-1])
    editor.type("+")
    return bool(await editor.ghost_text())


def _row(editor: Editor, when: str, *, files: int = 0, shown: int = 0) -> dict[str, Any]:
    return {"when": when, "files": files, "shown": shown, "RSS MB": rss_mb(editor.pid), "PSS MB": pss_mb(editor.pid)}


if __name__ == "__main__":
    raise SystemExit(main())
