"""Closed: the documents that the user changed and closed again. What they wrote there is likely to matter elsewhere.

An editor says nothing more of a closed document, so the disk does: in each pause its text is read anew, and one that is
gone, or may not be read any more, is forgotten.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from mistral_lsp.core.document import Document
from mistral_lsp.core.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MAX_CLOSED = 8  # those that were closed last; what is read of each is bounded by who reads


class Closed:
    """Those of one session, until they are opened again."""

    def __init__(self, read: Callable[[str], str | None]) -> None:
        """`read` takes a URI and gives the text, or None where there is none that may be shown; it blocks."""
        self._read = read
        self._edited: set[str] = set()  # of what is open
        self._languages: dict[str, str] = {}  # of what was closed, by URI, the last one last
        self._documents: dict[str, Document] = {}  # as far as they were read

    def __iter__(self) -> Iterator[Document]:
        """What was read, the last one that was closed first."""
        return (self._documents[uri] for uri in reversed(self._languages) if uri in self._documents)

    def __contains__(self, uri: str) -> bool:
        """Whether it was changed and closed."""
        return uri in self._languages

    def opened(self, uri: str) -> None:
        """The editor tells of it again."""
        self._languages.pop(uri, None)
        self._documents.pop(uri, None)

    def edited(self, uri: str) -> None:
        """An open document was changed."""
        self._edited.add(uri)

    def closed(self, document: Document) -> None:
        """A document was closed."""
        if document.uri not in self._edited:
            return
        self._edited.remove(document.uri)
        self._languages[document.uri] = document.language
        while len(self._languages) > MAX_CLOSED:
            self.opened(next(iter(self._languages)))

    def unread(self) -> None:
        """What may be read has changed: show none before it was read anew."""
        self._documents.clear()

    async def look(self) -> None:
        """Read them anew. One whose text is the same stays the same Document."""
        for uri, language in list(self._languages.items()):
            text = await asyncio.to_thread(self._read, uri)
            if uri not in self._languages:
                continue  # it was opened meanwhile
            known = self._documents.get(uri)
            if text is None:
                self.opened(uri)
            elif known is None or str(known.text) != text:
                self._documents[uri] = Document(uri, language, 0, Text.of(text))
