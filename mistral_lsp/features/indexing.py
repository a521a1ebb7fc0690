"""Indexing: outlines of the workspace's files, worked out while the user pauses, and kept in step with the files."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, Protocol

from mistral_lsp.core.file_types import language_id_of
from mistral_lsp.core.languages import PROSE, UNKNOWN, language_of
from mistral_lsp.core.outline import OutlineParse
from mistral_lsp.core.rooted import Rooted, Stamp
from mistral_lsp.core.text import Text
from mistral_lsp.features.report import Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from mistral_lsp.core.document import Document
    from mistral_lsp.core.outline import Outline
    from mistral_lsp.core.rooted import Found
    from mistral_lsp.features.idle import Idle

log = logging.getLogger(__name__)

QUIET_S = 0.5  # without a touch before work begins
REST = 0.5  # after each slice of work, of its time: the editor and the machine come first
LEAST_REST_S = 0.0005

_OF_FILES = "file:"
_WITHOUT_OUTLINE = (PROSE, UNKNOWN)


class Walk(Protocol):
    """A look through a folder, in steps that block."""

    is_cut: bool

    @property
    def found(self) -> Sequence[Found]: ...  # noqa: D102 - what is worth most first

    def step(self) -> bool: ...  # noqa: D102 - True when done


class Disk(Protocol):
    """What of the workspace may be read. All but `set_roots`, `place` and `decides` blocks."""

    def set_roots(self, uris: Iterable[str]) -> None: ...  # noqa: D102
    def place(self, uri: str) -> Rooted | None: ...  # noqa: D102
    def decides(self, place: Rooted) -> bool: ...  # noqa: D102 - what else is ignored
    def is_wide(self, root_uri: str) -> bool: ...  # noqa: D102 - a home folder, or a whole disk
    def walk(self, root_uri: str) -> Walk: ...  # noqa: D102
    def read(self, place: Rooted) -> str | None: ...  # noqa: D102
    def may_read(self, place: Rooted) -> bool: ...  # noqa: D102
    def is_folder(self, place: Rooted) -> bool: ...  # noqa: D102


class Index(Protocol):
    """Where outlines go, within a bound."""

    @property
    def max_bytes(self) -> int: ...  # noqa: D102
    @property
    def bytes_used(self) -> int: ...  # noqa: D102
    @property
    def file_count(self) -> int: ...  # noqa: D102
    def put(self, root_uri: str, path: str, outline: Outline, *, wanted: bool = False) -> bool: ...  # noqa: D102
    def drop(self, root_uri: str, path: str) -> None: ...  # noqa: D102
    def drop_root(self, root_uri: str) -> None: ...  # noqa: D102


class Indexer:
    """Fills an index in the user's pauses. Nothing but `run` works; the rest notes what there is to do."""

    def __init__(
        self,
        disk: Disk,
        index: Index,
        idle: Idle,
        document_of: Callable[[str], Document | None],
        *,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        """`document_of` gives what the editor has open: that counts, whatever the disk has."""
        self.index = index
        self._disk = disk
        self._idle = idle
        self._document_of = document_of
        self._clock = clock
        self._is_on = True
        self._roots: tuple[str, ...] = ()
        self._unread = 0  # files for which the index had no room
        self._held: dict[str, dict[str, Stamp | None]] = {}  # by root, what is in the index; None: not from the disk
        self._open: dict[Rooted, str] = {}  # the URI of what is open there
        self._walks: dict[str, None] = {}  # roots to look through, in order
        self._changed: dict[Rooted, None] = {}
        self._found: dict[Rooted, Stamp] = {}  # by the last walk, and not read yet
        self._is_wanted = asyncio.Event()
        self._worked_s = 0.0

    @property
    def left(self) -> int:
        """How many files are known to wait."""
        return len(self._changed) + len(self._found)

    def set_roots(self, uris: Iterable[str]) -> None:
        """These are the workspace folders now: what was in others goes, what is in new ones comes."""
        self._roots = tuple(dict.fromkeys(uris))
        self._disk.set_roots(self._roots)
        self.switch(is_on=self._is_on)

    def switch(self, *, is_on: bool) -> None:
        """Whether there is an index at all; also after any change of what may be read."""
        self._is_on = is_on
        wanted = self._roots if is_on else ()
        for gone in [root for root in self._held if root not in wanted]:
            self._forget_root(gone)
        for root in wanted:
            self._held.setdefault(root, {})
        self.look_again()

    def look_again(self) -> None:
        """What may be read, or what there is to read, has changed in ways that nobody can list."""
        self._walks = dict.fromkeys(self._held)
        self._is_wanted.set()

    def changed(self, uri: str) -> None:
        """A file was made, saved, moved or deleted, or a document opened, edited or closed."""
        place = self._disk.place(uri) if uri.startswith(_OF_FILES) else None  # a notebook's cells share one file
        if place is None or place.root_uri not in self._held:
            return
        if self._document_of(uri) is None:
            self._open.pop(place, None)
        else:
            self._open[place] = uri
        if self._disk.decides(place):
            self._walks[place.root_uri] = None
        else:
            self._changed[place] = None
        self._is_wanted.set()

    async def run(self) -> None:
        """Work for ever, whenever there is something to do and the user pauses."""
        while True:
            await self._is_wanted.wait()
            await self._rest()
            try:
                await self._next()
            except Exception:  # one odd file must not end the work on all others
                log.exception("a file or folder could not be indexed")

    def finding(self) -> Finding:
        """For the doctor: what is there, what it takes, and what is left to do."""
        used_mb, most_mb = self.index.bytes_used / 1e6, self.index.max_bytes / 1e6
        detail = f"{self.index.file_count:,} files indexed, {used_mb:.1f} MB of {most_mb:.0f} at most"
        if self._walks:
            detail += ", looking for more"
        if self.left:
            detail += f", {self.left:,} to do while you pause"
        if self._unread:
            detail += f", {self._unread:,} left out since memory for them is used up"
        if not self._is_on:
            detail += "; switched off by workspace.index"
        return Finding("Workspace", ok=True if self.index.file_count else None, detail=detail)

    async def _next(self) -> None:
        """One piece of work: what was touched first, then what there is."""
        if self._changed:
            place = next(iter(self._changed))
            del self._changed[place]
            await self._take(place, None, is_wanted=True)
        elif self._walks:
            root = next(iter(self._walks))
            del self._walks[root]
            await self._look_through(root)
        elif self._found:
            place = next(iter(self._found))
            await self._take(place, self._found.pop(place), is_wanted=False)
        else:
            self._is_wanted.clear()
            log.info("index: %d files, %.1f MB", self.index.file_count, self.index.bytes_used / 1e6)

    async def _look_through(self, root: str) -> None:
        """Find what is new or other in a folder, and forget what is gone."""
        walk = await asyncio.to_thread(self._disk.walk, root)
        while not await asyncio.to_thread(walk.step):
            await self._rest()
        found = dict(await asyncio.to_thread(lambda: walk.found))
        if walk.is_cut or await asyncio.to_thread(self._disk.is_wide, root):
            log.info("a workspace folder is large, or no project: only %d of its files are indexed", len(found))
        held = self._held.get(root)
        if held is None:
            return  # it was closed meanwhile
        is_open = {place.path for place in self._open if place.root_uri == root}
        for path in [path for path in held if path not in found and path not in is_open]:
            self._forget(Rooted(root, path))
        self._found = {place: stamp for place, stamp in self._found.items() if place.root_uri != root}
        self._found |= {
            Rooted(root, path): stamp
            for path, stamp in found.items()
            if path not in is_open and held.get(path, ()) != stamp
        }
        self._changed |= {Rooted(root, path): None for path in is_open}
        self._unread = 0

    async def _take(self, place: Rooted, stamp: Stamp | None, *, is_wanted: bool) -> None:
        """Put a file's outline into the index, or take it out."""
        document = self._document_of(self._open[place]) if place in self._open else None
        if document is None:
            text = await asyncio.to_thread(_text, self._disk, place)
            language = language_of(language_id_of(place.path.rpartition("/")[2]))
        else:
            text = document.text if await asyncio.to_thread(self._disk.may_read, place) else None
            language = language_of(document.language)
        if text is None or language in _WITHOUT_OUTLINE:
            await self._gone(place)
            return
        parse = OutlineParse(text, language, clock=self._clock)
        while not self._stepped(parse):
            await self._rest()
        if place.root_uri in self._held:
            self._held[place.root_uri][place.path] = stamp
            self._keep(place, parse.outline, is_wanted=is_wanted)

    def _keep(self, place: Rooted, outline: Outline, *, is_wanted: bool) -> None:
        if not outline.definitions and not outline.imports:
            self.index.drop(place.root_uri, place.path)
        elif not self.index.put(place.root_uri, place.path, outline, wanted=is_wanted):
            self._unread += 1 + len(self._found)
            self._found.clear()  # they are worth less

    async def _gone(self, place: Rooted) -> None:
        """There is no file to read: forget it, or what was below it, or look through what is a folder now."""
        held = self._held.get(place.root_uri, {})
        if place.path in held:
            self._forget(place)
        elif await asyncio.to_thread(self._disk.is_folder, place):
            self._walks[place.root_uri] = None
        else:
            start = f"{place.path}/"
            self._changed |= {Rooted(place.root_uri, path): None for path in held if path.startswith(start)}

    def _forget(self, place: Rooted) -> None:
        self._held[place.root_uri].pop(place.path, None)
        self.index.drop(place.root_uri, place.path)

    def _forget_root(self, root: str) -> None:
        del self._held[root]
        self._walks.pop(root, None)
        self._open = {place: uri for place, uri in self._open.items() if place.root_uri != root}
        self._changed = {place: None for place in self._changed if place.root_uri != root}
        self._found = {place: stamp for place, stamp in self._found.items() if place.root_uri != root}
        self.index.drop_root(root)

    def _stepped(self, parse: OutlineParse) -> bool:
        """One slice of work, timed."""
        began_s = self._clock()
        is_done = parse.step()
        self._worked_s = self._clock() - began_s
        return is_done

    async def _rest(self) -> None:
        """Leave the loop to others after a slice of work, for as long as the user is busy."""
        await asyncio.sleep(max(LEAST_REST_S, self._worked_s * REST))
        await self._idle.quiet_for(QUIET_S)


def _text(disk: Disk, place: Rooted) -> Text | None:
    content = disk.read(place)
    return None if content is None else Text.of(content)
