"""The demo: the real server, the real embedded model, a real file, and what appears while somebody types into it."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from mistral_lsp.bench.client import Refusal
from mistral_lsp.bench.editor import Editor
from mistral_lsp.bench.measure import server_command
from mistral_lsp.model.base import ModelError
from mistral_lsp.model.weights import fetch
from mistral_lsp.terminal import Progress, has_colour

EXAMPLE = Path(__file__).with_name("example.py")
KEY_S = 0.02  # between two keys: a quick typist, quickened
BOLD, GHOST, DIM, RESET = "\x1b[1m", "\x1b[2;3;36m", "\x1b[2m", "\x1b[0m"

INTRODUCTION = """\
mistral-lsp: a keystroke becomes ghost text. Nothing below is recorded: this is the real server over stdio,
and the small model that comes with it answers on this machine.
"""
CLOSING = """\
The small model is for trying out: it shows that everything works, and it is often wrong. For work, run Mistral 7B
behind text-generation-inference (TGI) on a machine of yours, and say where it is, by two variables

    export MISTRAL_LSP_ENDPOINT_KIND=tgi
    export MISTRAL_LSP_ENDPOINT_URL=http://127.0.0.1:8080

or by the same in {config}

    [endpoint]
    kind = "tgi"
    url = "http://127.0.0.1:8080"

Then `mistral-lsp doctor` says whether it answers, and editors/README.md how to set up your editor.
"""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the demo types, and what. Places stand in the order of the file."""

    name: str
    after: str  # the caret goes behind these words
    typed: str
    closing: str = ""  # what an editor that closes brackets puts behind the caret


IS_SHORT = '''


def is_short(word: str) -> bool:
    """Return True if the word has less than four letters."""
    return '''
SHOUT = '''


def shout(words: list[str]) -> None:
    """Print every word in upper case."""
    '''
LOOP = """
    for word in words:
        print(word, is_long("""
PLACES = (
    Place("one line", "return len(word) > 8", IS_SHORT),
    Place("a block under a docstring", "return max(words, key=len)", SHOUT),
    Place("the middle of a line", "print(longest(words))", LOOP, closing="))"),
)


@dataclass(slots=True)
class Painting:
    """Which stretches of the file were typed, and which are ghost text."""

    has_colour: bool
    stretches: list[tuple[int, int, str]] = field(default_factory=list)

    def paint(self, text: str) -> str:
        """The text with its stretches in colour, or between guillemets where there is none."""
        painted, at = "", 0
        for start, end, style in self.stretches:
            painted += text[at:start] + self.styled(text[start:end], style)
            at = end
        return painted + text[at:]

    def styled(self, text: str, style: str) -> str:
        """One stretch, coloured line by line so that a pager or a scroll keeps it."""
        if self.has_colour:
            return "\n".join(f"{style}{line}{RESET}" if line else "" for line in text.split("\n"))
        return f"«{text}»" if style == GHOST and text else text


def main() -> int:
    """Run the demo; the exit status. What goes wrong is one line."""
    try:
        asyncio.run(_demo())
    except KeyboardInterrupt:
        print(file=sys.stderr)
        return 130
    except ModelError as error:
        print(f"{error} {error.advice}", file=sys.stderr)
    except (AssertionError, OSError, TimeoutError, Refusal) as error:
        said = str(error).partition("\n")[0] or "the server does not answer"
        print(f"The demo can't go on: {said}", file=sys.stderr)
    else:
        return 0
    return 1


async def _demo() -> None:
    print(INTRODUCTION)
    with Progress("Fetching the embedded model, once") as progress:
        await fetch(on_progress=progress.update)
    painting = Painting(has_colour(sys.stdout))
    with tempfile.TemporaryDirectory() as home:
        # The user's own settings are left out: the demo shows the embedded model whatever they say.
        env = {"XDG_CONFIG_HOME": home, "MISTRAL_LSP_ENDPOINT_KIND": "embedded", "MISTRAL_LSP_LOG": "info"}
        started_s = time.perf_counter()
        async with Editor.start(server_command(), env=env) as editor:
            _say("the server starts", time.perf_counter() - started_s)
            editor.open(EXAMPLE, "python")
            for place in PLACES:
                await type_at(place, editor, painting)
            text = str(editor.text)
    legend = f"{painting.styled('typed', BOLD)} and {painting.styled('ghost text', GHOST)}"
    print(f"\n{EXAMPLE.name}, {legend}:\n\n{painting.paint(text)}")
    print(CLOSING.format(config=_config_file()))


async def type_at(place: Place, editor: Editor, painting: Painting) -> None:
    """Type as a person does, asking after every key as editors do, and take what the last key brings."""
    editor.after(place.after)
    start = editor.caret
    for key in place.typed[:-1]:
        editor.type(key)
        editor.ask_ghost_text()
        await asyncio.sleep(KEY_S)
    editor.type(place.typed[-1])
    editor.type_behind(place.closing)
    asked_s = time.perf_counter()
    items = await editor.ghost_text()
    took_s = time.perf_counter() - asked_s
    painting.stretches.append((start, editor.caret, BOLD))
    if items:
        painting.stretches.append((*editor.accept(items[0]), GHOST))
    if editor.text.slice(editor.caret, behind := editor.caret + len(place.closing)) == place.closing:
        painting.stretches.append((editor.caret, behind, BOLD))
    _say(place.name, took_s, "" if items else await _why_nothing(editor))


async def _why_nothing(editor: Editor) -> str:
    await editor.settle()
    said = [line for line in editor.stderr.splitlines() if "nothing shown" in line]
    return said[-1] if said else "nothing shown"


def _say(what: str, took_s: float, more: str = "") -> None:
    print(f"  {what:<28}{took_s:6.2f} s  {more}".rstrip(), flush=True)


def _config_file() -> Path:
    return Path(os.environ.get("XDG_CONFIG_HOME") or "~/.config") / "mistral-lsp" / "config.toml"


if __name__ == "__main__":
    raise SystemExit(main())
