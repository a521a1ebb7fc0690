"""Diagnostics: what other servers have found in the documents, from wherever an editor tells it.

The protocol doesn't send one server's diagnostics to another. But each `textDocument/codeAction` carries those of its
range, and editors send one at nearly every move of the cursor; our plugins send all of a document's at each change.
What is known belongs to one text: it moves with edits, and what an edit went into is forgotten.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mistral_lsp.core.diagnostic import moved, worst_first
from mistral_lsp.core.syntax_errors import SOURCE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mistral_lsp.core.diagnostic import Diagnostic
    from mistral_lsp.core.document import Document

MAX_KEPT = 1_000  # of a document, the worst first
MAX_DOCUMENTS = 200  # those that were told of last


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of one text."""

    document: Document
    told: tuple[Diagnostic, ...] | None = None  # all there are, by a plugin; None: no plugin speaks
    seen: tuple[Diagnostic, ...] = ()  # beside code actions
    own: tuple[Diagnostic, ...] = ()  # our parser's

    def moved_to(self, document: Document) -> _Known:
        """The same for a later text."""
        change = document.text.change_from(self.document.text)
        if change is None:
            return replace(self, document=document)
        told = None if self.told is None else moved(self.told, change)
        return _Known(document, told, moved(self.seen, change), moved(self.own, change))

    @property
    def all(self) -> tuple[Diagnostic, ...]:
        """Each once."""
        return tuple(dict.fromkeys((*(self.told or ()), *self.seen, *self.own)))


class Diagnostics:
    """One session's, by document."""

    def __init__(self) -> None:
        """Nothing is known yet."""
        self._known: OrderedDict[str, _Known] = OrderedDict()

    def told(self, document: Document, diagnostics: Iterable[Diagnostic]) -> None:
        """Take all of a document's, as a plugin sends them; what code actions brought is among them, or is stale."""
        self._put(replace(self._of(document), told=_worst(diagnostics), seen=()))

    def seen(self, document: Document, start: int, end: int, diagnostics: Iterable[Diagnostic]) -> None:
        """Take those that an editor sent beside a range: what was known there and isn't among them is stale.

        Some editors send those of their own choice alone, so that what a plugin told stays.
        """
        known = self._of(document)
        elsewhere = (one for one in known.seen if not one.touches(start, end))
        here = [one for one in diagnostics if not known.told or one not in known.told]
        if here or known.seen:
            self._put(replace(known, seen=_worst((*here, *elsewhere))))

    def found(self, document: Document, diagnostics: Iterable[Diagnostic]) -> None:
        """Take our own parser's."""
        self._put(replace(self._of(document), own=_worst(diagnostics)))

    def of(self, document: Document) -> tuple[Diagnostic, ...]:
        """All that is known of this very text."""
        known = self._known.get(document.uri)
        return known.all if known is not None and known.document.text is document.text else ()

    def at(self, document: Document, start: int, end: int) -> list[Diagnostic]:
        """Those that stand at these offsets, the worst first."""
        here = [one for one in self.of(document) if one.touches(start, end)]
        others = [one for one in here if one.source != SOURCE]  # who knows the language better than its grammar does
        return worst_first(others or here)

    def follow(self, document: Document) -> None:
        """A document was changed."""
        known = self._known.get(document.uri)
        if known is not None:
            self._known[document.uri] = known.moved_to(document)

    def forget(self, uri: str) -> None:
        """A document was closed."""
        self._known.pop(uri, None)

    def _of(self, document: Document) -> _Known:
        known = self._known.get(document.uri)
        if known is None:
            return _Known(document)
        return known if known.document is document else known.moved_to(document)

    def _put(self, known: _Known) -> None:
        uri = known.document.uri
        self._known[uri] = known
        self._known.move_to_end(uri)
        while len(self._known) > MAX_DOCUMENTS:
            self._known.popitem(last=False)


def _worst(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    found = tuple(dict.fromkeys(diagnostics))
    return found if len(found) <= MAX_KEPT else tuple(worst_first(found)[:MAX_KEPT])
