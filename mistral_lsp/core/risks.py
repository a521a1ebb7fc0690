"""Risks: what a suggestion adds that the user should look at twice.

A key, a certificate that isn't checked, text that is run as code, a package that the project doesn't know. What is in
the file already is no news: neither what stands at the cursor nor a line that is there once more.
"""

from __future__ import annotations

from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING

from mistral_lsp.core.language import Blocks
from mistral_lsp.core.languages import language_of
from mistral_lsp.core.lexing import Kind, text_before, tokens
from mistral_lsp.core.packages import NOTHING_KNOWN, imported
from mistral_lsp.core.risk_table import Risk, words_of
from mistral_lsp.core.secrets import secrets_in

if TYPE_CHECKING:
    import re
    from collections.abc import Iterable, Iterator

    from mistral_lsp.core.document import Cursor
    from mistral_lsp.core.packages import KnownPackages
    from mistral_lsp.core.risk_table import Sign

LINE_CHARS = 400  # of the cursor's line, to each side of it
NEAR_CHARS = 100_000  # to each side, where the same line may stand
MAX_MATCHES = 20  # of one pattern; and of a line in the file


def risks_in(text: str, cursor: Cursor, *, known: KnownPackages = NOTHING_KNOWN) -> tuple[Risk, ...]:
    """What a text adds where it is put in at the cursor, each risk once."""
    added = _Added(text, cursor)
    found = [*_keys(added), *_signs(added), *_packages(added, known)]
    return tuple(dict.fromkeys(found))


class _Added:
    """A text at its place: its first and last line whole, as they would stand in the file."""

    def __init__(self, text: str, cursor: Cursor) -> None:
        self.cursor = cursor
        self.language = language_of(cursor.document.language)
        before = cursor.line_prefix[-LINE_CHARS:]
        self.start, self.end = len(before), len(before) + len(text)
        self.whole = before + text + cursor.line_suffix[:LINE_CHARS]

    def has(self, start: int, end: int) -> bool:
        """Whether a stretch of the whole is new in part."""
        return start < self.end and end > self.start

    @cached_property
    def code(self) -> str:
        """The whole without its comments, each character where it was."""
        return self._without({Kind.COMMENT})

    @cached_property
    def bare(self) -> str:
        """Without what is between the quotes of its strings, too."""
        return self._without({Kind.COMMENT, Kind.STRING})

    def is_news(self, start: int, end: int) -> bool:
        """Whether what is there is new in part, and its line stands nowhere else in the file."""
        if not self.has(start, end):
            return False
        first = self.whole.rfind("\n", 0, start) + 1
        last = self.whole.find("\n", end)
        line = self.whole[first : last if last >= 0 else None].strip()
        return not _has_line(self.nearby, line)

    @cached_property
    def nearby(self) -> str:
        """The file around the cursor's line."""
        text, offset = self.cursor.document.text, self.cursor.offset
        return text.slice(max(0, offset - NEAR_CHARS), offset + NEAR_CHARS)

    def _without(self, kinds: set[Kind]) -> str:
        """What is around the cursor tells whether it is in a string, so the lines above are read first."""
        lead = text_before(self.cursor)
        lead = lead[: len(lead) - self.start]
        pieces, done = [], len(lead)
        for kind, start, end in tokens(self.language, lead + self.whole):
            if kind in kinds and end > done:
                since, until = (max(start + 1, done), end - 1) if kind is Kind.STRING else (max(start, done), end)
                if since < until:
                    pieces += [self.whole[done - len(lead) : since - len(lead)], " " * (until - since)]
                    done = until
        return "".join([*pieces, self.whole[done - len(lead) :]])


def _keys(added: _Added) -> Iterator[Risk]:
    if any(added.is_news(*span) for span in secrets_in(added.whole)):
        yield Risk.KEY


def _signs(added: _Added) -> Iterator[Risk]:
    if added.language.blocks is Blocks.PROSE:
        return
    whole = added.whole
    found = dict.fromkeys([sign for word, sign in words_of(added.language.name) if word in whole])  # nearly always none
    for sign in found:
        if any(added.is_news(*match.span()) for match in _matches(sign, added)):
            yield sign.risk


def _matches(sign: Sign, added: _Added) -> Iterable[re.Match[str]]:
    """Those in what counts of the code; that is worked out only where the text as it is has one."""
    if sign.pattern.search(added.whole) is None:
        return ()
    code = added.code if sign.is_in_strings else added.bare
    return islice(sign.pattern.finditer(code), MAX_MATCHES)


def _packages(added: _Added, known: KnownPackages) -> Iterator[Risk]:
    if not known.names or all(map(known.knows, imported(added.language.name, added.whole))):
        return
    here = [package for package in imported(added.language.name, added.code) if added.has(package.start, package.end)]
    strange = {package.name for package in here if not known.knows(package)}
    if strange.difference(package.name for package in imported(added.language.name, added.nearby)):
        yield Risk.UNKNOWN_PACKAGE


def _has_line(text: str, line: str) -> bool:
    at = -1
    for _ in range(MAX_MATCHES):
        at = text.find(line, at + 1)
        if at < 0:
            break
        before = text[max(0, at - LINE_CHARS) : at].rpartition("\n")[2]
        after = text[at + len(line) : at + len(line) + LINE_CHARS].partition("\n")[0]
        if not before.strip() and not after.strip():
            return True
    return False
