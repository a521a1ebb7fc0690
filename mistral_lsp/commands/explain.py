"""`mistral-lsp explain`: what a program or a compiler printed, explained in a terminal with the code that it names."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from mistral_lsp import terminal, wiring
from mistral_lsp.commands.problem import Problem
from mistral_lsp.core.index import Index
from mistral_lsp.core.names import MARK, invented
from mistral_lsp.core.output_page import for_terminal
from mistral_lsp.core.prose_inline import without_control
from mistral_lsp.core.template import PromptFileError
from mistral_lsp.features import output
from mistral_lsp.features.circuit import Circuit
from mistral_lsp.features.explaining import Asked
from mistral_lsp.features.grounding import Grounding
from mistral_lsp.features.guarding import Withheld
from mistral_lsp.features.way import Way
from mistral_lsp.lsp.guard import guard_of
from mistral_lsp.settings import resolve, sources
from mistral_lsp.workspace.disk import Disk
from mistral_lsp.workspace.named_files import NamedFiles
from mistral_lsp.workspace.rules import LinterRules
from mistral_lsp.workspace.uris import path_of

if TYPE_CHECKING:
    from mistral_lsp.features.output import Case
from mistral_lsp.settings import Settings

MAX_BYTES = 4 * 2**20  # of the input, that are kept: the last ones
CHUNK_BYTES = 64 * 1024
EMBEDDED = "mistral-lsp: the small embedded model answers. It is for trying out, and often wrong: name a real one"
HOW = "pipe some into it: `python app.py 2>&1 | mistral-lsp explain`"


def run(what: str | None) -> int:
    """Print the error, its places and the explanation on stdout. Raises Problem, and ModelError below the places."""
    text = _text(what)
    if not text.strip():
        raise Problem(f"there is no output to explain; {HOW}")
    return asyncio.run(_run(text))


async def _run(text: str) -> int:
    resolved = resolve(sources.standard())
    terminal.report(*map(str, resolved.problems))
    here = Path.cwd()
    project = _project(here)
    disk = _disk(project.as_uri(), resolved.settings)
    case = await output.case_of(text, NamedFiles(disk, base=str(here)).find, _from_here)
    print(for_terminal(case.output, case.places), flush=True)
    rules = LinterRules(lambda: (str(project),))
    grounding = Grounding(way=Way(), index=Index(), root_of=lambda _: project.as_uri(), rules=rules)
    with terminal.Progress("Fetching the embedded model") as progress:
        made = wiring.make_completer(resolved.settings, None, on_fetch=progress.update)
        turns = wiring.load_turns()
        terminal.report(*made.problems, *turns.problems)
        control_tokens = made.prompts.chat_control_tokens
        guard = guard_of(resolved.settings.guardrails, turns.guardrails, control_tokens)
        asked = Asked(made.chat, turns.explain, turns.symbol, turns.output, control_tokens, Circuit(), guard)
        try:
            await made.chat.describe()
            if wiring.is_embedded(made.chat_endpoint) and not made.chat_endpoint.model:
                terminal.report(EMBEDDED)
            return await _explain(case, grounding, asked)
        except Withheld as withheld:
            raise Problem(str(withheld)) from None
        except PromptFileError as error:
            raise Problem(f"the prompt file output.j2 can't be used: {error}") from None
        finally:
            made.completer.end()
            await made.close()


async def _explain(case: Case, grounding: Grounding, asked: Asked) -> int:
    turn, material = await output.question(case, grounding, asked)
    text = printed = ""
    async with contextlib.aclosing(asked.guard.prose(asked.model, turn, max_tokens=asked.output.max_tokens)) as texts:
        async for text in texts:
            shown = without_control(text.lstrip())
            if shown and not printed:
                sys.stdout.write("\n")
            sys.stdout.write(shown[len(printed) :])
            sys.stdout.flush()
            printed = shown
    if not printed.strip():
        raise Problem("the model had nothing to say; ask again, or another model")
    sys.stdout.write("" if printed.endswith("\n") else "\n")
    if names := invented(text, material.seen, material.language):
        print(f"\n{MARK} neither in this code nor in the language: {', '.join(names)}")
    return 0


def _text(what: str | None) -> str:
    """What was given: a file's content, the argument itself, or standard input."""
    if what is None or what == "-":
        return _standard_input()
    path = Path(what)
    with contextlib.suppress(OSError, ValueError):  # a text that is too long for a path, or has a NUL
        if path.is_dir():
            raise Problem(f"{what} is a folder; {HOW}")
        if path.exists():
            return _content(path)
    if len(what.split()) == 1 and (os.sep in what or path.suffix in {".log", ".txt", ".out", ".err"}):
        raise Problem(f"{what}: no such file")
    return what


def _content(path: Path) -> str:
    try:
        with path.open("rb") as file:
            if file.seekable():
                file.seek(max(0, path.stat().st_size - MAX_BYTES))
            return file.read(MAX_BYTES).decode(errors="replace")
    except OSError as error:
        raise Problem(f"{path}: {error.strerror}") from error


def _standard_input() -> str:
    """All of it, of which the end is kept. Ctrl-C that ends the program before the pipe doesn't end this one."""
    if sys.stdin is None:
        raise Problem(f"there is no standard input; {HOW}")
    if sys.stdin.isatty():
        terminal.report("mistral-lsp: paste the output, then press Ctrl-D on a line of its own")
    kept, is_interrupted = b"", False
    while True:
        try:
            chunk = os.read(sys.stdin.fileno(), CHUNK_BYTES)
        except KeyboardInterrupt:
            if is_interrupted or sys.stdin.isatty():
                raise
            is_interrupted = True
            continue
        except OSError as error:
            raise Problem(f"standard input can't be read ({error.strerror})") from None
        if not chunk:
            return kept[-MAX_BYTES:].decode(errors="replace")
        kept += chunk
        if len(kept) > 2 * MAX_BYTES:
            kept = kept[-MAX_BYTES:]


def _disk(root_uri: str, settings: Settings) -> Disk:
    disk = Disk(globs=settings.privacy.ignore, max_files=settings.workspace.max_files)
    disk.set_roots([root_uri])
    return disk


def _from_here(uri: str) -> str:
    """A file's path as this terminal can open it."""
    return os.path.relpath(path_of(uri) or uri)


def _project(here: Path) -> Path:
    """The repository that a folder is in, or else the folder."""
    return next((folder for folder in (here, *here.parents) if (folder / ".git").exists()), here)
