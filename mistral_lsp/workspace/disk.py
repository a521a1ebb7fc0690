"""Disk: the workspace folders of one session, and what of them may be read."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from mistral_lsp.core.packages import NOTHING_KNOWN
from mistral_lsp.core.rooted import Rooted
from mistral_lsp.workspace.files import Walk, read
from mistral_lsp.workspace.ignore import KINDS, Rules
from mistral_lsp.workspace.packages import known_packages
from mistral_lsp.workspace.uris import path_of, relative

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mistral_lsp.core.packages import KnownPackages

MAX_FILES = 5000


class Disk:
    """Implements `features.indexing.Disk`. What is said to block belongs on a thread."""

    def __init__(self, *, globs: Sequence[str] = (), max_files: int = MAX_FILES) -> None:
        """`globs` are the user's own ignore patterns; `max_files` bounds a walk."""
        self._globs = tuple(globs)
        self._max_files = max_files
        self._roots: dict[str, Rules] = {}

    def configure(self, *, globs: Sequence[str], max_files: int) -> None:
        """Go on with other settings."""
        self._globs, self._max_files = tuple(globs), max_files
        self._roots = {uri: Rules(rules.root, globs) for uri, rules in self._roots.items()}

    def set_roots(self, uris: Iterable[str]) -> None:
        """These are the workspace folders now; one that isn't on this disk has no files."""
        paths = {uri: path_of(uri) for uri in uris}
        self._roots = {uri: Rules(path, self._globs) for uri, path in paths.items() if path is not None}

    @property
    def roots(self) -> tuple[str, ...]:
        """The URIs of the folders."""
        return tuple(self._roots)

    def path_of_root(self, root_uri: str) -> str:
        """Where a folder is; empty where it is none of them."""
        rules = self._roots.get(root_uri)
        return rules.root if rules is not None else ""

    def place(self, uri: str) -> Rooted | None:
        """Where a file is, in the innermost folder that it is in; tells it by the names alone."""
        path = path_of(uri)
        if path is None:
            return None
        inner = ((root_uri, relative(path, rules.root)) for root_uri, rules in self._roots.items())
        places = [Rooted(root_uri, below) for root_uri, below in inner if below]
        return min(places, key=lambda place: len(place.path), default=None)

    def packages(self, root_uri: str) -> KnownPackages:
        """What imports in a folder may name; nothing is told of a folder that is no project. Blocks."""
        rules = self._roots.get(root_uri)
        return NOTHING_KNOWN if rules is None or self.is_wide(root_uri) else known_packages(rules.root)

    def decides(self, place: Rooted) -> bool:
        """Whether it is a file that says what else is ignored."""
        return place.path.rpartition("/")[2] in KINDS

    def is_wide(self, root_uri: str) -> bool:
        """Whether a folder is no project but somebody's home, or a whole disk. Blocks."""
        if (rules := self._roots.get(root_uri)) is None:
            return False
        real = os.path.realpath(rules.root)
        return real in {os.path.realpath(os.path.expanduser("~")), os.path.dirname(real)}

    def walk(self, root_uri: str) -> Walk:
        """A look through a folder, but for the folders in it that are workspace folders too. Its steps block."""
        rules = self._roots.get(root_uri) or Rules(os.devnull)
        apart = {os.path.realpath(other.root) for uri, other in self._roots.items() if uri != root_uri}
        return Walk(rules, max_files=self._max_files, apart=apart)

    def may_read(self, place: Rooted) -> bool:
        """Whether nothing speaks against what is open there. Blocks."""
        rules = self._roots.get(place.root_uri)
        return rules is not None and rules.verdict(place.path) is None

    def read(self, place: Rooted) -> str | None:
        """The text of a file; None where it may not or can't be read. Blocks."""
        rules = self._roots.get(place.root_uri)
        return read(rules, place.path) if rules is not None else None

    def is_folder(self, place: Rooted) -> bool:
        """Whether a folder is there that may be looked through. Blocks."""
        rules = self._roots.get(place.root_uri)
        if rules is None or not os.path.isdir(rules.file(place.path)):
            return False
        return rules.verdict(place.path, is_folder=True) is None

    def rules_at(self, uri: str) -> tuple[Rules, str] | None:
        """The rules that hold for any file on this disk, and its path below their root."""
        place, path = self.place(uri), path_of(uri)
        rules = self._roots.get(place.root_uri) if place is not None else None
        if place is not None and rules is not None:
            return rules, place.path
        return None if path is None else (Rules(os.path.dirname(path), self._globs), os.path.basename(path))
