"""Context: what a prompt says of the file around the cursor, cut to a budget.

The cut follows the server's prefix cache: while the user types on, the text after the cursor stays as it is and the
window before it keeps its start, so that one prompt is the beginning of the next and only new tokens are computed.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mistral_lsp.core.document import Cursor

CHARS_PER_TOKEN = 3.0  # Mistral's tokenizers on Python source: 3.07
_SNIPPETS_SHARE = 3  # code from elsewhere gets at most 1/3 of the budget
_SUFFIX_SHARE = 4  # the code after the cursor gets at most 1/4 of the budget
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


def build_context(
    cursor: Cursor,
    *,
    budget_tokens: int,
    chars_per_token: float = CHARS_PER_TOKEN,
    root_uri: str = "",
    snippets: Sequence[Snippet] = (),
) -> Context:
    """The file around the cursor within a budget; what the suffix leaves over is the prefix's.

    The cost follows the budget, not the file. `root_uri` is the project's folder.
    """
    budget = max(0, int(budget_tokens * chars_per_token) - sum(len(snippet.text) for snippet in snippets))
    suffix = _suffix(cursor, budget // _SUFFIX_SHARE)
    prefix = _prefix(cursor, budget - len(suffix))
    return Context(
        path=shown_path(cursor.document.uri, root_uri),
        language=_fence_name(cursor.document.language),
        prefix=_normalised(prefix),
        suffix=_normalised(suffix) if suffix.strip() else "",
        snippets=tuple(snippets),
    )


def snippet_budget(budget_tokens: int) -> int:
    """How many of a budget's tokens snippets may take; what they leave is the file's."""
    return max(0, budget_tokens) // _SNIPPETS_SHARE


def _suffix(cursor: Cursor, budget: int) -> str:
    rest = cursor.document.text.line(cursor.line)[cursor.column :]
    if len(rest) > budget:
        return rest[:budget]
    return rest + "".join(cursor.lines_below(budget - len(rest)))


def _prefix(cursor: Cursor, budget: int) -> str:
    """Whole lines and the cursor's own up to the cursor: between half of the budget and all of it."""
    line = cursor.line_prefix
    if len(line) > budget:
        return line[_roundest(len(line) - budget, len(line) - budget // 2) :]
    above = cursor.lines_above(budget - len(line))
    most = len(above)
    least = min(bisect_left(list(accumulate(map(len, reversed(above)), initial=len(line))), budget // 2), most)
    start = _roundest(cursor.line - most, cursor.line - least)
    return "".join(above[len(above) - (cursor.line - start) :]) + line


def _roundest(low: int, high: int) -> int:
    """The number from `low` to `high` that the largest power of two divides.

    While both move on, it stays for about as long as the distance between them: the window's anchor.
    """
    if low <= 0:
        return 0
    while (cleared := high & (high - 1)) >= low:  # without its lowest set bit
        high = cleared
    return high


def _normalised(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


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


def _fence_name(language: str) -> str:
    name = _FENCE_NAMES.get(language, language)
    return name if _LANGUAGE.fullmatch(name) else ""
