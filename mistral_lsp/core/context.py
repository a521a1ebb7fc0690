"""Context: what a prompt says of the file around the cursor, cut to a budget.

The cut follows the server's prefix cache: while the user types on, the code after the cursor stays as it is and the
window before it keeps its start, so that one prompt is the beginning of the next and only new tokens are computed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import unquote

from mistral_lsp.core.document import Cursor
from mistral_lsp.core.syntax import Syntax
from mistral_lsp.core.trigger import is_closing
from mistral_lsp.core.window import Window, window_above

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mistral_lsp.core.document import Document
    from mistral_lsp.core.language import Language

CHARS_PER_TOKEN = 3.0  # Mistral's tokenizers on Python source: 3.07
_SNIPPETS_SHARE = 3  # code from elsewhere gets at most 1/3 of the budget
_BELOW_SHARE = 4  # the code after the cursor at most 1/4
FRAME_CHARS = 24  # what prompt files write around a snippet, besides its path
_MAX_PATH_CHARS = 200

# Editors' language ids whose usual name on a code fence is another one.
_FENCE_NAMES = {"javascriptreact": "jsx", "typescriptreact": "tsx", "shellscript": "bash", "plaintext": ""}
_LANGUAGE = re.compile(r"[\w.+#-]{1,40}", re.ASCII)
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Snippet:
    """Text from elsewhere that helps at the cursor."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Context:
    """What a prompt may say; every line ends with a newline alone."""

    path: str  # relative to the project, or the file's name alone: it tells no home folder and no user
    language: str  # as one writes it on a code fence
    prefix: str
    suffix: str  # from the cursor on; empty where nothing but blank stands there
    snippets: tuple[Snippet, ...] = ()
    below: str = ""  # the suffix without closers at its beginning: editors add and take those away while one types
    window: Window | None = field(default=None, compare=False)  # that the prefix was made of


def build_context(  # noqa: PLR0913 - a keyword for each thing that a prompt is made of
    cursor: Cursor,
    *,
    budget_tokens: int,
    chars_per_token: float = CHARS_PER_TOKEN,
    root_uri: str = "",
    syntax: Syntax | None = None,
    cells_above: Sequence[Document] = (),
    snippets: Sequence[Snippet] = (),
    window: Window | None = None,
    with_below: bool = True,
) -> Context:
    """The file around the cursor within a budget; what snippets and the code below leave over is the prefix's.

    The cost follows the budget, not the file. `root_uri` is the project's folder. Snippets are taken in their order, as
    far as `snippet_budget` goes. `window` is kept where it fits. Where the code after the cursor isn't shown
    (`with_below`), its share is the prefix's too.
    """
    document = cursor.document
    syntax = syntax or Syntax(document)
    budget = max(0, int(budget_tokens * chars_per_token))
    taken, snippet_chars = _fitting(snippets, int(snippet_budget(budget_tokens) * chars_per_token))
    most_below = budget // _BELOW_SHARE if with_below else 0
    # Not what is taken below: that varies with the lines' lengths, and the window's start would move with it.
    below_chars = min(most_below, len(document.text) - cursor.offset)
    window_chars = budget - snippet_chars - below_chars
    kept = window.kept(cursor, window_chars) if window else None
    above = kept or window_above(cursor, window_chars, syntax=syntax, cells_above=cells_above)
    suffix = _from_cursor(cursor, most_below)
    below = _below(cursor, most_below, syntax.language)
    return Context(
        path=shown_path(document.uri, root_uri),
        language=fence_name(document.language),
        prefix=_normalised(above.text),
        suffix=_normalised(suffix) if suffix.strip() else "",
        snippets=taken,
        below=_normalised(below) if below.strip() else "",
        window=above,
    )


def snippet_budget(budget_tokens: int) -> int:
    """How many of a budget's tokens snippets may take; what they leave is the file's."""
    return max(0, budget_tokens) // _SNIPPETS_SHARE


def _fitting(snippets: Sequence[Snippet], budget: int) -> tuple[tuple[Snippet, ...], int]:
    """The snippets that fit, and how many characters they take; a long one doesn't stand in a short one's way."""
    taken, used = [], 0
    for snippet in snippets:
        size = len(snippet.path) + len(snippet.text) + FRAME_CHARS
        if used + size <= budget:
            taken.append(snippet)
            used += size
    return tuple(taken), used


def _from_cursor(cursor: Cursor, budget: int) -> str:
    rest = cursor.document.text.line(cursor.line)[cursor.column :]
    if len(rest) > budget:
        return rest[:budget]
    return rest + cursor.text_below(budget - len(rest))


def _below(cursor: Cursor, budget: int, language: Language) -> str:
    """Without the closers that follow the cursor, on its own line or alone on the next.

    Editors add them with their openers, put them on a line of their own at Enter, and take them away when they are
    typed. Were they shown, each of these would change the prompt from its head on.
    """
    if cursor.line_suffix.strip() and not is_closing(language, cursor.line_suffix):
        return _from_cursor(cursor, budget)
    text, below = cursor.document.text, cursor.line + 1
    if below < text.line_count and (line := text.line(below)).strip() and is_closing(language, line):
        return Cursor(cursor.document, text.offset(below, 0)).text_below(budget)
    return cursor.text_below(budget)


def _normalised(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


@lru_cache(maxsize=64)
def shown_path(uri: str, root_uri: str) -> str:
    """A file's path as a prompt names it: within the project, or else its name alone."""
    path, root = _path_of(uri), _path_of(root_uri).rstrip("/") + "/"
    shown = path.removeprefix(root) if root_uri and path.startswith(root) else path.rpartition("/")[2]
    return _UNPRINTABLE.sub("", shown)[-_MAX_PATH_CHARS:]


def _path_of(uri: str) -> str:
    """The path in a URI of any scheme; not urlsplit, which raises on some of what editors send."""
    path = uri.partition("#")[0].partition("?")[0]
    _, separator, rest = path.partition("://")
    return unquote(rest if separator else path.partition(":")[2] or path).replace("\\", "/")


def fence_name(language: str) -> str:
    """A language id as one writes it on a code fence; empty where it is none."""
    name = _FENCE_NAMES.get(language, language)
    return name if _LANGUAGE.fullmatch(name) else ""
