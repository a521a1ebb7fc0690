"""Candidates: what there is to show at a cursor of other places.

The rest of its own file in signatures, the definitions of names that it uses, passages that resemble its code, and
recent edits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self, TypeVar

from mistral_lsp.core.context import shown_path
from mistral_lsp.core.edits import text_of
from mistral_lsp.core.own_outline import as_text, own_outline
from mistral_lsp.core.resolve import visible_definitions, words_near
from mistral_lsp.core.similar import most_similar
from mistral_lsp.core.snippets import Candidate, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from mistral_lsp.core.definition import Definition, Outline
    from mistral_lsp.core.document import Cursor, Document
    from mistral_lsp.core.edits import Hunk
    from mistral_lsp.core.index import Index
    from mistral_lsp.core.similar import Fingerprint

ABOVE_CHARS, BELOW_CHARS = 1500, 500  # of the code around a cursor that passages are compared with
MAX_PASSAGES = 4
OWN_CHARS = 800  # of the own file's outline, in which imports get half
FILE_CHARS = 600  # of the definitions of one other file
_OWN_WORTH = 0.5
_DEFINITION_WORTH = 1.0  # of the file whose definitions count most
_DEFINITION_FADES = 0.85
_MOST_SIMILAR_WORTH = 2.0  # times the likeness: 0.4 is much for two passages
_OTHER_LANGUAGE = 0.5  # of the worth
_EDIT_WORTH = 0.6  # of the last one; each before it is worth a tenth less
_EDIT_FADES = 0.9


_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class View:
    """What a prompt shows around a cursor, so that nothing is shown twice."""

    cursor: Cursor
    root_uri: str
    lines: range  # of the cursor's document
    text: str  # of these lines
    around: str  # the part of it that is next to the cursor

    @classmethod
    def of(cls, cursor: Cursor, root_uri: str, *, chars: int) -> Self:
        """A view of so many characters above the cursor, and of fewer below."""
        above, below = cursor.lines_above(chars), cursor.lines_below(chars // 4)
        lines = range(cursor.line - len(above), cursor.line + 1 + len(below))
        own = cursor.line_prefix[-chars:] + cursor.line_suffix[:chars] + "\n"
        text = "".join([*above, own, *below])
        around = "".join([*_last(above, ABOVE_CHARS), own, *_first(below, BELOW_CHARS)])
        return cls(cursor, root_uri, lines, text, around)

    def has(self, document: Document, lines: range) -> bool:
        """Whether it shows any of these lines."""
        is_own = document.uri == self.cursor.document.uri
        return is_own and lines.start < self.lines.stop and self.lines.start < lines.stop


def rest_of_file(view: View, outline: Outline) -> Iterator[Candidate]:
    """What the cursor's file imports and defines beyond the view, the nearest definitions first to come in."""
    line = view.cursor.line
    seen = own_outline(outline, view.lines.start, view.lines.stop - 1, line)
    imports = _fitting(seen.imports, OWN_CHARS // 2, lambda one: one.text)
    nearest = sorted(seen.definitions, key=lambda one: abs(one.line - line))
    near = _fitting(nearest, OWN_CHARS - sum(len(one.text) for one in imports), _signature)
    if text := as_text(sorted(near, key=_line), imports):
        path = shown_path(view.cursor.document.uri, view.root_uri)
        yield Candidate(Kind.OUTLINE, path, text, _OWN_WORTH)


def used_definitions(view: View, outline: Outline, index: Index) -> Iterator[Candidate]:
    """The definitions in other files of names that the code around the cursor uses, file by file."""
    path = shown_path(view.cursor.document.uri, view.root_uri)
    files: dict[str, list[Definition]] = {}
    for found in visible_definitions(index, view.root_uri, path, outline, words_near(view.cursor)):
        files.setdefault(found.path, []).append(found.definition)
    worth = _DEFINITION_WORTH
    for other, definitions in files.items():
        text = as_text(sorted(_fitting(definitions, FILE_CHARS, _signature), key=_line))
        yield Candidate(Kind.DEFINITION, other, text, worth)
        worth *= _DEFINITION_FADES


def similar_passages(view: View, fingerprints: Iterable[Fingerprint]) -> Iterator[Candidate]:
    """The passages that resemble the code around the cursor most; none of what the view has."""
    own = view.cursor.document
    for match in most_similar(view.around, fingerprints, limit=MAX_PASSAGES, unless=view.has):
        document = match.document
        share = 1.0 if document.language == own.language else _OTHER_LANGUAGE
        worth = _MOST_SIMILAR_WORTH * match.likeness * share
        yield Candidate(Kind.SIMILAR, shown_path(document.uri, view.root_uri), match.text, worth)


def recent_edits(view: View, hunks: Sequence[Hunk], documents: Mapping[str, Document]) -> Iterator[Candidate]:
    """What was changed last, as it stands now; none of what the view has."""
    worth = _EDIT_WORTH
    for hunk in reversed(hunks):
        document = documents.get(hunk.uri)
        if document is None:
            continue
        lines = hunk.shown(document.text)
        text = None if view.has(document, lines) else text_of(lines, document.text)
        if text is not None:
            yield Candidate(Kind.EDIT, shown_path(hunk.uri, view.root_uri), text, worth)
            worth *= _EDIT_FADES


def _last(lines: list[str], chars: int) -> list[str]:
    return list(reversed(_first(lines[::-1], chars)))


def _first(lines: list[str], chars: int) -> list[str]:
    return _fitting(lines, chars, str)


def _fitting(items: Iterable[_Item], chars: int, text_of_item: Callable[[_Item], str]) -> list[_Item]:
    """The first ones within so many characters."""
    taken = []
    for item in items:
        chars -= len(text_of_item(item))
        if chars < 0:
            break
        taken.append(item)
    return taken


def _signature(one: Definition) -> str:
    return one.signature


def _line(one: Definition) -> int:
    return one.line
