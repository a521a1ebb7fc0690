"""A long session in one server: edits of every kind, requests that are awaited, cancelled and superseded.

At its end the server's memory must be what it was after the warm-up, every request answered once, and what the
endpoint is sent must be what stands in the editor. `python -m mistral_lsp.bench.soak`
"""

from __future__ import annotations

import asyncio
import random
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mistral_lsp.bench.client import PATIENCE_S, Pending, Refusal
from mistral_lsp.bench.editor import Editor, items_of
from mistral_lsp.bench.endpoint import Endpoint
from mistral_lsp.bench.measure import Bar, arguments, report, rss_mb, server_command, server_env
from mistral_lsp.bench.source import python_source
from mistral_lsp.bench.tgi_script import Script

if TYPE_CHECKING:
    from collections.abc import Sequence

EDITS, REQUESTS = 10_000, 2_000
WARM_UP = 0.1  # of the session
GROWTH_MB = 20.0
FILES = ("python", "python", "javascript", "plaintext")  # their languages
LINES = 400
ROWS = 5  # readings of the memory after the warm-up
PIECES = ("x", "value", "(", ")", ":", " ", "    ", '"', "\n", "\r\n", "\r", "é", "漢字", "😀", "\n    return None\n")
MARK = "checked = compare("  # what is typed where the texts are compared: no prompt strips any of it
COMPARED_CHARS = 500  # before it: every prompt shows more
CANCELLED = -32800  # LSP's RequestCancelled
SCRIPT = Script(reply="step + 1)\n", first_token_s=0.002, token_s=0.001)  # long enough to be cancelled in


def main(argv: Sequence[str] | None = None) -> int:
    """Soak, print, and say by the exit status whether the bars hold."""
    options = arguments(__doc__, argv)
    edits, requests = (400, 80) if options.quick else (EDITS, REQUESTS)
    rows, session, wrong = asyncio.run(_soak(edits, requests, options.seed))
    bars = [
        Bar("growth of RSS after the warm-up", rows[-1]["RSS MB"] - rows[0]["RSS MB"], GROWTH_MB, "MB"),
        Bar("requests without an answer", session.outcomes["unanswered"], 0, ""),
        Bar("requests that ended in an error", session.outcomes["failed"], 0, ""),
        Bar("files that the server has otherwise than the editor", wrong, 0, ""),
    ]
    return report(options, rows, bars)


async def _soak(edits: int, requests: int, seed: int) -> tuple[list[dict[str, Any]], Session, int]:
    with tempfile.TemporaryDirectory() as home:
        async with (
            Endpoint(SCRIPT) as endpoint,
            Editor.start(server_command(), env=server_env(home, endpoint.url)) as editor,
        ):
            session = Session(editor, random.Random(seed))
            for number, language in enumerate(FILES):
                session.open(python_source(LINES, seed=seed + number), language)
            await session.run(int(edits * WARM_UP), int(requests * WARM_UP))
            rows = [session.row()]
            for part in range(1, ROWS + 1):
                share = WARM_UP + (1 - WARM_UP) * part / ROWS
                await session.run(int(edits * share), int(requests * share))
                rows.append(session.row())
            wrong = [uri for uri in editor.files if not await session.is_same(uri, endpoint)]
    return rows, session, len(wrong)


@dataclass(slots=True)
class Session:
    """What was done to one server, and what came of it."""

    editor: Editor
    chance: random.Random
    edits: int = 0
    requests: int = 0
    texts: dict[str, str] = field(default_factory=dict)  # what the files hold, by nobody's arithmetic but slicing
    outcomes: Counter[str] = field(default_factory=Counter)

    def row(self) -> dict[str, Any]:
        """The figures so far."""
        counts = {name: self.outcomes[name] for name in ("shown", "null", "cancelled", "failed")}
        return {"edits": self.edits, "requests": self.requests} | counts | {"RSS MB": rss_mb(self.editor.pid)}

    def open(self, text: str, language: str) -> None:
        """Open one more file."""
        self.editor.open(text, language)
        self.texts[self.editor.uri] = text

    async def run(self, edits: int, requests: int) -> None:
        """Go on until so many edits and requests are made in all, evenly mixed."""
        while self.edits < edits or self.requests < requests:
            if self.requests * edits >= self.edits * requests:
                self.edit()
            else:
                await self.chance.choice((self.ask, self.ask, self.ask_and_cancel, self.ask_and_type))()

    def edit(self) -> None:
        """One change of some kind, somewhere; the files keep about their size."""
        editor, chance = self.editor, self.chance
        editor.switch(chance.choice(list(editor.files)))
        size = len(self.texts[editor.uri])
        start = chance.randrange(size + 1)
        is_long = size > LINES * 40
        end = min(size, start + chance.choice((0, 0, 0, 1, 3, 40, 400 if is_long else 0)))
        self._replace(start, end, "".join(chance.choices(PIECES, k=chance.choice((0, 1, 1, 1, 2, 8)))))

    async def ask(self) -> None:
        """Ask at the caret, by hand or while typing."""
        await self._take(self._asked())

    async def ask_and_cancel(self) -> None:
        """Ask, and cancel at once or a little later."""
        pending = self._asked()
        for _ in range(self.chance.randrange(4)):
            await asyncio.sleep(0)
        self.editor.cancel(pending.id)
        await self._take(pending)

    async def ask_and_type(self) -> None:
        """Ask, and ask again after another key before the answer has come."""
        first = self._asked()
        self._replace(self.editor.caret, self.editor.caret, self.chance.choice("abc(."))
        await self._take(self._asked())
        await self._take(first)

    def _asked(self) -> Pending:
        self.requests += 1
        return self.editor.ask_ghost_text(invoked=self.chance.random() < 0.5)

    async def _take(self, pending: Pending) -> None:
        try:
            async with asyncio.timeout(PATIENCE_S):
                outcome = "shown" if items_of(await pending.answer) else "null"
        except Refusal as refusal:
            outcome = "cancelled" if refusal.code == CANCELLED else "failed"
        except TimeoutError:
            outcome = "unanswered"
        self.outcomes[outcome] += 1

    async def is_same(self, uri: str, endpoint: Endpoint) -> bool:
        """Whether all of a file reaches the endpoint as it stands in the editor, shown to it piece by piece."""
        self.editor.switch(uri)
        end = 0
        while end < len(self.texts[uri]):
            end = min(end + COMPARED_CHARS - len(MARK) - 1, len(self.texts[uri]))
            self._replace(end, end, f"\n{MARK}")
            await self.editor.ghost_text(invoked=True)
            end = self.texts[uri].index(MARK, max(0, end - 1)) + len(MARK)
            sent = next(request.body["inputs"] for request in reversed(endpoint.requests) if request.body)
            if _normalised(self.texts[uri][max(0, end - COMPARED_CHARS) : end]) not in sent:
                return False
        return True

    def _replace(self, start: int, end: int, new: str) -> None:
        text = self.texts[self.editor.uri]
        start, end = _snapped(text, start), _snapped(text, end)
        self.editor.replace(start, end, new)
        self.texts[self.editor.uri] = text[:start] + new + text[end:]
        self.edits += 1


def _snapped(text: str, offset: int) -> int:
    r"""No caret stands inside a \r\n."""
    return offset - (text[max(0, offset - 1) : offset + 1] == "\r\n")


def _normalised(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


if __name__ == "__main__":
    raise SystemExit(main())
