"""Arms: the ways to fill a cut: the real server over stdio, and the plain prefix to the same model."""

from __future__ import annotations

import contextlib
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from mistral_lsp.bench.editor import Editor, items_of
from mistral_lsp.core.prompt import Prompt

if TYPE_CHECKING:
    from mistral_lsp.bench.human_eval.problems import Cut
    from mistral_lsp.model.base import Model

MAX_TOKENS = 64
ANSWER_S = 300.0  # a small machine reads some prompts for many seconds
_REASON = re.compile(r"nothing shown, since ([^;]+);")


@dataclass(frozen=True, slots=True)
class Filling:
    """What an arm puts in the line's place; nothing where it is silent, and then why."""

    text: str
    took_s: float
    reason: str = ""


class Arm(Protocol):
    """A way to fill a cut."""

    async def fill(self, cut: Cut) -> Filling:
        """Ask once. Raises ModelError."""
        ...


@dataclass(slots=True)
class EngineOn:
    """The server, asked as an editor asks; the first item counts."""

    editor: Editor
    count: int = 0

    async def fill(self, cut: Cut) -> Filling:
        """Open the file with its hole, and ask at it."""
        editor = self.editor
        self.count += 1
        editor.open(cut.prefix + cut.suffix, "python", uri=f"file:///human-eval/solution_{self.count}.py")
        editor.caret = len(cut.prefix)
        began_s = time.perf_counter()
        items = items_of(
            await editor.request(
                "textDocument/inlineCompletion", editor.inline_params(invoked=False), timeout_s=ANSWER_S
            )
        )
        took_s = time.perf_counter() - began_s
        reason = "" if items else await self._why()
        text = _behind_caret(editor, items[0]) if items else ""
        editor.close()
        return Filling(text, took_s, reason)

    async def _why(self) -> str:
        command = {"command": "mistralLsp.why", "arguments": ["quiet"]}
        told = await self.editor.request("workspace/executeCommand", command)
        found = _REASON.search(told.rpartition("newest first:")[2])
        return found[1] if found else "no reason was given"


def _behind_caret(editor: Editor, item: dict[str, object]) -> str:
    text, span = str(item["insertText"]), item.get("range")
    return text[editor.caret - editor.offset(span["start"]) :] if isinstance(span, dict) else text


@dataclass(frozen=True, slots=True)
class EngineOff:
    """The text before the hole and nothing else; the answer's first line counts, blank ones before it left out."""

    model: Model

    async def fill(self, cut: Cut) -> Filling:
        """Read until a line is whole, and hang up."""
        began_s, raw = time.perf_counter(), ""
        async with contextlib.aclosing(self.model.stream(Prompt(cut.prefix, MAX_TOKENS))) as chunks:
            async for chunk in chunks:
                raw += chunk
                if "\n" in raw.lstrip("\n"):
                    break
        start = len(raw) - len(raw.lstrip("\n"))
        text = raw[:start] + raw[start:].partition("\n")[0]
        return Filling(text.rstrip(), time.perf_counter() - began_s, "" if text.strip() else "the model wrote nothing")
