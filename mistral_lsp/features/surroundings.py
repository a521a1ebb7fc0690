"""Surroundings: the text from elsewhere that a document's prompts have, and when it may change.

An endpoint's prefix cache holds as long as a prompt's head stays. So what was selected for a document is frozen while
the user types there; a pause, another file or another place in the file let it change. All of the work is done in
slices of a few milliseconds, nearly all of it in pauses; a request waits for one or two.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from itertools import chain, islice
from typing import TYPE_CHECKING

from mistral_lsp.core.document import Cursor
from mistral_lsp.core.edits import edited
from mistral_lsp.core.rooted import neighbourhood
from mistral_lsp.features.closed import Closed

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator

    from mistral_lsp.core.candidates import View
    from mistral_lsp.core.context import Snippet
    from mistral_lsp.core.definition import Outline
    from mistral_lsp.core.document import Document
    from mistral_lsp.core.edits import Hunk
    from mistral_lsp.core.index import Index
    from mistral_lsp.core.similar import Fingerprint
    from mistral_lsp.core.snippets import Candidate
    from mistral_lsp.core.text import Text
    from mistral_lsp.features.idle import Idle
    from mistral_lsp.features.request import CompletionRequest

PAUSE_S = 2.0  # so long nobody types within a burst: many think for a second at a line's start
FIRST_S = 0.002  # that the first request in a file may spend on what isn't ready
NEAR_LINES = 30  # further away from where it was made, a selection fits no more
MAX_DOCUMENTS = 20  # of one root, those that were used last
MAX_CHANGES = 64  # that nobody has looked at yet
MAX_FINGERPRINTS = 40  # of all roots; up to 60 KB each


@dataclass(frozen=True, slots=True)
class _Asked:
    """The request that a selection is made for."""

    request: CompletionRequest
    budget_chars: int
    window_chars: int

    @property
    def uri(self) -> str:
        return self.request.cursor.document.uri


@dataclass(frozen=True, slots=True)
class _Selection:
    """What was selected, and for what."""

    snippets: tuple[Snippet, ...]
    asked: _Asked
    line: int

    def serves(self, asked: _Asked) -> bool:
        is_near = abs(asked.request.cursor.line - self.line) <= NEAR_LINES
        budgets = self.asked.budget_chars, self.asked.window_chars
        return is_near and budgets == (asked.budget_chars, asked.window_chars)


class Surroundings:
    """One session's documents, as they surround each other. Those of one root never get into prompts of another."""

    def __init__(  # noqa: PLR0913 - a keyword for each thing that it is told by
        self,
        idle: Idle,
        *,
        root_of: Callable[[str], str],
        spawn: Callable[[Coroutine[None, None, None]], object],
        may_show: Callable[[str], bool] = lambda _uri: True,
        index: Index | None = None,
        read: Callable[[str], str | None] = lambda _uri: None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        """`root_of`, `may_show` and `read` take a document's URI; `spawn` runs what no request waits for.

        What is in the index may be shown, and what `read` gives of a closed document: whoever fills them sees to that.
        """
        self.idle = idle  # the session's pauses
        self._root_of = root_of
        self._spawn = spawn
        self._may_show = may_show
        self._index = index
        self._clock = clock
        self._documents: dict[str, Document] = {}  # the one that was used last is last
        self._closed = Closed(read)
        self._lines: dict[str, int] = {}  # where the user was last in each
        self._fingerprints: dict[str, Fingerprint] = {}
        self._outlines: dict[str, tuple[Text, Outline]] = {}
        self._changes: list[tuple[Document, Document]] = []  # before and after, since hunks were made of them
        self._hunks: dict[str, tuple[Hunk, ...]] = {}  # by neighbourhood
        self._selections: dict[str, _Selection] = {}
        self._asked: _Asked | None = None  # last
        self._is_refreshing = False

    def warm_up(self) -> None:
        """Import what the first request would otherwise wait for; in a thread."""
        import mistral_lsp.core.candidates
        import mistral_lsp.core.outline  # noqa: F401 - as above

    def opened(self, document: Document) -> None:
        """A document was opened."""
        self._use(document)

    def follow(self, document: Document) -> None:
        """A document was changed."""
        if (before := self._documents.get(document.uri)) is not None:
            self._changes.append((before, document))
            self._closed.edited(document.uri)
        self._use(document)
        if len(self._changes) > MAX_CHANGES:
            self._take_changes()

    def forget(self, uri: str) -> None:
        """A document was closed."""
        self._take_changes()
        if uri in self._documents:
            self._closed.closed(self._documents[uri])
        for known in (self._documents, self._fingerprints, self._outlines, self._selections):
            known.pop(uri, None)
        self._lines = {kept: n for kept, n in self._lines.items() if kept in self._documents or kept in self._closed}
        here = self._neighbourhood(uri)
        hunks = tuple(hunk for hunk in self._hunks.pop(here, ()) if hunk.uri != uri)
        if hunks:
            self._hunks[here] = hunks

    def thaw(self) -> None:
        """What may be shown has changed: select anew for each document."""
        self._selections.clear()
        self._closed.unread()

    async def snippets(
        self, request: CompletionRequest, *, budget_chars: int, window_chars: int
    ) -> tuple[Snippet, ...]:
        """What is selected for the document; `window_chars` is how much of the file itself the prompt shows."""
        before, asked = self._asked, _Asked(request, budget_chars, window_chars)
        self._asked = asked
        self._use(request.cursor.document)
        self._lines[asked.uri] = request.cursor.line
        selection = self._selections.get(asked.uri)
        is_same_file = before is not None and before.uri == asked.uri
        if selection is None or not is_same_file or not selection.serves(asked):
            self._take_changes()
            await self._begin_with_what_is_quick(asked.uri)
            selection = self._select(asked, request.cursor)
        if not self._is_refreshing:
            self._is_refreshing = True
            self._spawn(self._refresh())
        return selection.snippets

    async def _begin_with_what_is_quick(self, uri: str) -> None:
        deadline = self._clock() + FIRST_S
        for document in self._stale(uri):
            for _ in self._take_fingerprint(document):
                if self._clock() >= deadline:
                    return
                await asyncio.sleep(0)

    async def _refresh(self) -> None:
        """Select anew in the next pause."""
        try:
            while not await self._refreshed():
                pass
        finally:
            self._is_refreshing = False

    async def _refreshed(self) -> bool:
        """Whether a pause was long enough."""
        await self.idle.quiet_for(PAUSE_S)
        self._take_changes()
        await self._closed.look()
        for _ in self._steps():
            await asyncio.sleep(0)
            if self.idle.quiet_s < PAUSE_S:
                return False
        asked = self._asked
        document = self._documents.get(asked.uri) if asked else None
        if asked is not None and document is not None:
            self._select(asked, Cursor(document, min(asked.request.cursor.offset, len(document.text))))
        return True

    def _steps(self) -> Iterator[None]:
        """The work of a pause, in slices."""
        if self._asked is not None:
            uri = self._asked.uri
            for document in self._stale(uri):
                yield from self._take_fingerprint(document)
            if uri in self._documents:
                yield from self._take_fingerprint(self._documents[uri])
                yield from self._take_outline(self._documents[uri])

    def _select(self, asked: _Asked, cursor: Cursor) -> _Selection:
        """Select from what is ready; this takes about two milliseconds."""
        from mistral_lsp.core.candidates import View, recent_edits, similar_passages
        from mistral_lsp.core.snippets import pack

        uri, before = asked.uri, self._selections.get(asked.uri)
        view = View.of(cursor, asked.request.root_uri, chars=asked.window_chars)
        left_out = {cell.uri for cell in asked.request.cells_above}
        documents = {other.uri: other for other in (*self._others(uri), cursor.document) if other.uri not in left_out}
        fingerprints = [print_ for other in documents if (print_ := self._fingerprints.get(other))]
        candidates = [
            *self._by_outline(view),
            *similar_passages(view, fingerprints),
            *recent_edits(view, self._hunks.get(self._neighbourhood(uri), ()), documents),
        ]
        packed = pack(
            candidates,
            budget_chars=asked.budget_chars,
            around=view.around,
            shown=view.text,
            before=before.snippets if before else (),
        )
        selection = self._selections[uri] = _Selection(packed, asked, cursor.line)
        return selection

    def _by_outline(self, view: View) -> Iterator[Candidate]:
        """What the file's outline leads to; before a pause that is the index's, which may be of an older text."""
        from mistral_lsp.core.candidates import rest_of_file, used_definitions
        from mistral_lsp.core.context import shown_path

        uri, root_uri = view.cursor.document.uri, view.root_uri
        _, outline = self._outlines.get(uri, (None, None))
        if outline is None and self._index is not None:
            outline = self._index.outline(root_uri, shown_path(uri, root_uri))
        if outline is not None:
            yield from rest_of_file(view, outline)
            if self._index is not None and root_uri:
                yield from used_definitions(view, outline, self._index)

    def _take_changes(self) -> None:
        """Look where something was changed, for all changes since this was done last: no key waits for it."""
        for before, document in self._changes:
            uri, here = document.uri, self._neighbourhood(document.uri)
            hunks = self._hunks[here] = edited(self._hunks.get(here, ()), before, document)
            self._lines[uri] = next((hunk.last for hunk in reversed(hunks) if hunk.uri == uri), 0)
        self._changes.clear()

    def _others(self, uri: str) -> list[Document]:
        """The documents that may get into prompts for this one, the last used first, and then what was closed."""
        here = self._neighbourhood(uri)
        shown = (other for other in reversed(self._documents.values()) if self._may_show(other.uri))
        near = (other for other in chain(shown, self._closed) if self._neighbourhood(other.uri) == here)
        return list(islice((other for other in near if other.uri != uri), MAX_DOCUMENTS))

    def _stale(self, uri: str) -> list[Document]:
        """Those of them whose fingerprint is missing or of an older text."""
        return [other for other in self._others(uri) if not self._has_fingerprint(other)]

    def _has_fingerprint(self, document: Document) -> bool:
        known = self._fingerprints.get(document.uri)
        return known is not None and known.document.text is document.text

    def _take_fingerprint(self, document: Document) -> Iterator[None]:
        """Work in slices; one that is left halfway leaves the older one."""
        from mistral_lsp.core.similar import fingerprinting

        if self._has_fingerprint(document):
            return
        yield
        found = yield from fingerprinting(document, near=(self._lines.get(document.uri, 0),))
        self._fingerprints.pop(document.uri, None)
        self._fingerprints[document.uri] = found
        while len(self._fingerprints) > MAX_FINGERPRINTS:
            del self._fingerprints[next(iter(self._fingerprints))]

    def _take_outline(self, document: Document) -> Iterator[None]:
        from mistral_lsp.core.languages import language_of
        from mistral_lsp.core.outline import OutlineParse

        text, _ = self._outlines.get(document.uri, (None, None))
        if text is document.text:
            return
        parse = OutlineParse(document.text, language_of(document.language), clock=self._clock)
        while not parse.step():
            yield
        self._outlines.pop(document.uri, None)
        self._outlines[document.uri] = document.text, parse.outline
        while len(self._outlines) > MAX_DOCUMENTS:
            del self._outlines[next(iter(self._outlines))]

    def _use(self, document: Document) -> None:
        self._closed.opened(document.uri)
        self._documents.pop(document.uri, None)
        self._documents[document.uri] = document

    def _neighbourhood(self, uri: str) -> str:
        return neighbourhood(uri, self._root_of(uri))
