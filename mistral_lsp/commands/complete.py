"""`mistral-lsp complete`: what an editor would show, in a terminal."""

from __future__ import annotations

import asyncio
import sys
import time
from typing import TYPE_CHECKING

from mistral_lsp import terminal, wiring
from mistral_lsp.commands.problem import Problem
from mistral_lsp.core.document import Cursor, Document
from mistral_lsp.core.file_types import language_id_of
from mistral_lsp.core.reason import Reason
from mistral_lsp.core.text import Text, without_terminator
from mistral_lsp.features.request import CompletionRequest
from mistral_lsp.features.unwanted import MAX_BYTES
from mistral_lsp.settings import resolve, sources

if TYPE_CHECKING:
    from pathlib import Path

    from mistral_lsp.features.completion import Completer


def run(path: Path, line: int, column: int, language: str | None) -> int:
    """Print the ghost text on stdout as it comes, times on stderr. Raises Problem where there is nothing to show."""
    document = Document(path.resolve().as_uri(), language or language_id_of(path.name), 0, Text.of(_read(path)))
    return asyncio.run(_run(_cursor(document, path, line, column)))


async def _run(cursor: Cursor) -> int:
    resolved = resolve(sources.standard())
    terminal.report(*map(str, resolved.problems))
    with terminal.Progress("Fetching the embedded model") as progress:
        made = wiring.make_completer(resolved.settings, None, on_fetch=progress.update)
        terminal.report(*made.problems)
        try:
            await made.completer.model.describe()  # a first start isn't held to the deadline of a keystroke
            return await _complete(made.completer, cursor)
        finally:
            made.completer.end()
            await made.completer.model.close()


async def _complete(completer: Completer, cursor: Cursor) -> int:
    started = time.perf_counter()
    printed = ""
    first_s = 0.0

    def on_text(text: str) -> None:
        nonlocal printed, first_s
        first_s = first_s or time.perf_counter() - started
        sys.stdout.write(text[len(printed) :])
        sys.stdout.flush()
        printed = text

    outcome = await completer.complete(CompletionRequest(cursor, invoked=True), on_text=on_text)
    if isinstance(outcome, Reason):
        raise Problem(f"nothing to show: {outcome}")
    on_text(outcome.text)
    sys.stdout.write("\n")
    total_s = time.perf_counter() - started
    model = (await completer.model.describe()).name
    terminal.report(
        f"first text {first_s * 1000:.0f} ms, done {total_s * 1000:.0f} ms, {len(outcome.text)} characters, {model}"
    )
    return 0


def _read(path: Path) -> str:
    """The file's text; raises Problem where it has none that could be completed."""
    try:
        if path.is_dir():
            raise Problem(f"{path} is a directory; name a file in it")
        if not path.exists():
            raise Problem(f"{path}: no such file")
        if not path.is_file():
            raise Problem(f"{path} is not a regular file")
        if (size := path.stat().st_size) > MAX_BYTES:
            raise Problem(f"{path} is too large: {size / 2**20:.0f} MB of at most {MAX_BYTES // 2**20} MB")
        data = path.read_bytes()
    except OSError as error:
        raise Problem(f"{path}: {error.strerror}") from error
    if b"\0" in data:
        raise Problem(f"{path} is binary")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Problem(f"{path} is not UTF-8: byte {error.start} is 0x{data[error.start]:02x}") from None


def _cursor(document: Document, path: Path, line: int, column: int) -> Cursor:
    text = document.text
    if not 1 <= line <= text.line_count:
        raise Problem(f"{path} has lines 1 to {text.line_count}, not {line}")
    width = len(without_terminator(text.line(line - 1)))
    if not 1 <= column <= width + 1:
        raise Problem(f"line {line} of {path} has columns 1 to {width + 1}, not {column}")
    return Cursor(document, text.offset(line - 1, column - 1))
