"""Candidates: what there is to show at a cursor of other places: passages that resemble its code, and recent edits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from mistral_lsp.core.context import shown_path
from mistral_lsp.core.edits import text_of
from mistral_lsp.core.similar import most_similar
from mistral_lsp.core.snippets import Candidate, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from mistral_lsp.core.document import Cursor, Document
    from mistral_lsp.core.edits import Hunk
    from mistral_lsp.core.similar import Fingerprint

ABOVE_CHARS, BELOW_CHARS = 1500, 500  # of the code around a cursor that passages are compared with
MAX_PASSAGES = 4
_MOST_SIMILAR_WORTH = 2.0  # times the likeness: 0.4 is much for two passages
_OTHER_LANGUAGE = 0.5  # of the worth
_EDIT_WORTH = 0.6  # of the last one; each before it is worth a tenth less
_EDIT_FADES = 0.9


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
    """The first lines within so many characters."""
    taken = []
    for line in lines:
        chars -= len(line)
        if chars < 0:
            break
        taken.append(line)
    return taken
