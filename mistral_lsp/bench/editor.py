r"""Editor: the stand-in for a person's editor in benchmarks, the demo and tests.

    async with Editor.start([sys.executable, "-m", "mistral_lsp"], env={...}, options={...}) as editor:
        editor.open("def add(a, b):\n    \n", "python")
        editor.after("b):\n    ")
        editor.type("return ")
        items = await editor.ghost_text()

Leaving the block shuts the server down and raises `Unclean` where it broke a promise: a request without an answer
or with two, an exit status other than 0, output that is no LSP, a traceback on stderr, a child left behind.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mistral_lsp.bench.client import Client, Pending
from mistral_lsp.core.text import Text

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import Mapping, Sequence

INVOKED, AUTOMATIC = 1, 2  # LSP 3.18 InlineCompletionTriggerKind
_UNIT_BYTES = {"utf-8": 1, "utf-16-le": 2, "utf-32-le": 4}


@dataclass(frozen=True, slots=True)
class OpenFile:
    """The editor's own copy of a document."""

    language: str
    version: int
    text: Text


class Editor(Client):
    """A client that has files open, and a caret in one of them. Places are code points, lines and columns from 0."""

    def __init__(self, process: Process, settings: Mapping[str, Any]) -> None:
        """Nothing is open yet."""
        super().__init__(process, settings)
        self.files: dict[str, OpenFile] = {}
        self.uri = ""  # of the file that has the caret
        self.caret = 0  # an offset
        self.anchor: int | None = None  # where a selection up to the caret begins

    @property
    def text(self) -> Text:
        """The text of the file that has the caret."""
        return self.files[self.uri].text

    def open(self, what: Path | str, language: str = "python", *, uri: str | None = None) -> None:
        """Open a file of the disk, or a text that isn't on it; the caret is at its start."""
        content = what.read_bytes().decode() if isinstance(what, Path) else what
        if uri is None:
            uri = what.absolute().as_uri() if isinstance(what, Path) else f"untitled:Untitled-{len(self.files) + 1}"
        self.files[uri] = OpenFile(language, 1, Text.of(content))
        self.switch(uri)
        item = {"uri": uri, "languageId": language, "version": 1, "text": content}
        self.notify("textDocument/didOpen", {"textDocument": item})

    def switch(self, uri: str) -> None:
        """Give the caret to another open file, at its start."""
        self.uri, self.caret = uri, 0

    def close(self) -> None:
        """Close the file that has the caret."""
        self.notify("textDocument/didClose", {"textDocument": {"uri": self.uri}})
        del self.files[self.uri]

    def move(self, line: int, column: int) -> None:
        """Put the caret at a line and a column."""
        self.caret = self.text.offset(line, column)

    def after(self, words: str) -> None:
        """Put the caret behind the first place where these words stand."""
        self.caret = str(self.text).index(words) + len(words)

    def type(self, text: str) -> None:
        """Insert text at the caret, as one change."""
        self.replace(self.caret, self.caret, text)

    def type_behind(self, text: str) -> None:
        """Insert text behind the caret, which stays: what closing a bracket automatically does."""
        if text:
            self.type(text)
            self.caret -= len(text)

    def backspace(self, count: int = 1) -> None:
        """Delete characters before the caret, as one change."""
        self.replace(self.caret - count, self.caret, "")

    def replace(self, start: int, end: int, new: str) -> None:
        """Put text in place of what stands between two offsets, as one change; the caret goes behind it."""
        file, start, end = self.files[self.uri], self._snapped(start), self._snapped(end)
        change = {"range": {"start": self.position(start), "end": self.position(end)}, "text": new}
        file = replace(file, version=file.version + 1, text=file.text.replace(start, end, new))
        self.files[self.uri], self.caret = file, start + len(new)
        document = {"uri": self.uri, "version": file.version}
        self.notify("textDocument/didChange", {"textDocument": document, "contentChanges": [change]})

    def accept(self, item: dict[str, Any]) -> tuple[int, int]:
        """Take an inline completion item as Tab does, then run its command; the offsets between which it stands now."""
        text, span = item["insertText"], item.get("range")
        start, end = (self.offset(span["start"]), self.offset(span["end"])) if span else (self.caret, self.caret)
        self.replace(start, end, text)
        if command := item.get("command"):
            self.ask("workspace/executeCommand", {key: command[key] for key in ("command", "arguments")})
        return self.caret - len(text), self.caret

    def _snapped(self, offset: int) -> int:
        r"""The offset where a caret can stand: not inside a \r\n, for which LSP has no position."""
        return self.text.offset(*self.text.position(offset))

    def position(self, offset: int | None = None) -> dict[str, int]:
        """The caret, or an offset, as an LSP position in the encoding that the server chose."""
        line, column = self.text.position(self.caret if offset is None else offset)
        before = self.text.line(line)[:column]
        if not before.isascii():
            column = len(before.encode(self._codec, "surrogatepass")) // _UNIT_BYTES[self._codec]
        return {"line": line, "character": column}

    def offset(self, position: Mapping[str, int]) -> int:
        """The offset of an LSP position."""
        line = self.text.line(position["line"])
        units = line.encode(self._codec, "surrogatepass")[: position["character"] * _UNIT_BYTES[self._codec]]
        return self.text.offset(position["line"], len(units.decode(self._codec, "surrogatepass")))

    @property
    def _codec(self) -> str:
        encoding: str = self.server["capabilities"].get("positionEncoding", "utf-16")
        return encoding if encoding == "utf-8" else f"{encoding}-le"  # without a byte order mark

    async def ghost_text(self, *, invoked: bool = False) -> list[dict[str, Any]] | None:
        """Ask for inline completions at the caret: the items, or None where the server answered null."""
        return items_of(await self.request("textDocument/inlineCompletion", self._inline_params(invoked=invoked)))

    def ask_ghost_text(self, *, invoked: bool = False) -> Pending:
        """Ask as `ghost_text` does, without waiting: to cancel it, or to type on."""
        return self.ask("textDocument/inlineCompletion", self._inline_params(invoked=invoked))

    def diagnostic(self, words: str, message: str, **more: Any) -> dict[str, Any]:
        """An LSP diagnostic on the first place where these words stand."""
        start = str(self.text).index(words)
        place = {"start": self.position(start), "end": self.position(start + len(words))}
        return {"range": place, "message": message, **more}

    def tell_diagnostics(self, *diagnostics: dict[str, Any]) -> None:
        """Tell all of the file's diagnostics, as our plugins do."""
        version = self.files[self.uri].version
        self.notify("$/mistralLsp/diagnostics", {"uri": self.uri, "version": version, "diagnostics": list(diagnostics)})

    async def hover(self) -> dict[str, Any] | None:
        """Ask for what is to be shown at the caret."""
        where = {"textDocument": {"uri": self.uri}, "position": self.position()}
        found: dict[str, Any] | None = await self.request("textDocument/hover", where)
        return found

    async def code_actions(self, *diagnostics: dict[str, Any], only: Sequence[str] = ()) -> list[dict[str, Any]]:
        """Ask for the code actions at the caret, with the diagnostics there."""
        place = {"start": self.position(), "end": self.position()}
        context = {"diagnostics": list(diagnostics), **({"only": list(only)} if only else {})}
        about = {"textDocument": {"uri": self.uri}, "range": place, "context": context}
        found: list[dict[str, Any]] = await self.request("textDocument/codeAction", about)
        return found

    def apply(self, edit: dict[str, Any]) -> None:
        """Apply a workspace edit to the file that has the caret, as editors do: all of it against the same text."""
        edits = [
            one
            for change in edit.get("documentChanges") or [{"edits": edit["changes"][self.uri]}]
            for one in change.get("edits", ())
        ]
        places = [
            (self.offset(one["range"]["start"]), self.offset(one["range"]["end"]), one["newText"]) for one in edits
        ]
        for start, end, text in sorted(places, reverse=True):
            self.replace(start, end, text)

    def _inline_params(self, *, invoked: bool) -> dict[str, Any]:
        context: dict[str, Any] = {"triggerKind": INVOKED if invoked else AUTOMATIC}
        if self.anchor is not None:  # as our plugins say it
            context["selection"] = {"start": self.position(self.anchor), "end": self.position()}
        return {"textDocument": {"uri": self.uri}, "position": self.position(), "context": context}


def items_of(result: Any) -> list[dict[str, Any]] | None:
    """The items of an inlineCompletion result in either of its forms, or None for null."""
    items: list[dict[str, Any]] | None = result["items"] if isinstance(result, dict) else result
    return items
