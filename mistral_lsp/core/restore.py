"""Restore: what was hidden from a model, put back where it writes that again.

It is shown stars in place of a secret, a broken control token, a name in place of a character that nobody sees. In a
rewrite these are the file's own text again: an edit that put stars in place of a key would destroy it.
"""

from __future__ import annotations

import re

from mistral_lsp.core.redact import redacted
from mistral_lsp.core.rewrite import Unusable
from mistral_lsp.core.secrets import MASK, mask

FEWEST = 6  # stars in a row that stand for a secret
_STARS = re.compile(rf"[^\s\"'`]*{re.escape(MASK)}{{{FEWEST},}}[^\s\"'`]*")


def restored(raw: str, code: str, control_tokens: tuple[str, ...]) -> str:
    """The answer with the text of `code` wherever it repeats what was shown in its place.

    Raises Unusable where it has stars of which nobody can tell for what they stand.
    """
    shown = redacted(code, control_tokens)
    if shown == code:
        return raw
    lines = {
        there.strip(): here.strip()
        for here, there in zip(code.split("\n"), shown.split("\n"), strict=True)
        if here != there
    }
    words = _words(code)
    answer = "\n".join(_line(line, lines, words) for line in raw.split("\n"))
    if len(_STARS.findall(answer)) > len(_STARS.findall(code)):
        raise Unusable("it changes a line with a secret that the model isn't shown")
    return answer


def _line(line: str, lines: dict[str, str], words: dict[str, str]) -> str:
    bare = line.strip()
    if bare in lines:
        return line.replace(bare, lines[bare])
    return _STARS.sub(lambda found: words.get(found[0], found[0]), line)


def _words(code: str) -> dict[str, str]:
    """What each masked word stands for, where that is one alone."""
    masked = mask(code)
    found: dict[str, set[str]] = {}
    for word in _STARS.finditer(masked):
        found.setdefault(word[0], set()).add(code[word.start() : word.end()])
    return {word: next(iter(meant)) for word, meant in found.items() if len(meant) == 1}
