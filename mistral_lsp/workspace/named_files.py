"""Named files: the workspace's file that a traceback or a compiler means, however it names it."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from mistral_lsp.core.document import Document
from mistral_lsp.core.file_types import language_id_of
from mistral_lsp.core.rooted import Rooted
from mistral_lsp.core.text import Text
from mistral_lsp.workspace.uris import relative

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mistral_lsp.core.complaint import Frame
    from mistral_lsp.workspace.disk import Disk

MAX_STEPS = 2_000  # of a walk, some milliseconds each
_SCHEME = re.compile(r"(?:file://(?:localhost)?|webpack(?:-internal)?://[^/]*/+)")
# Where others' code lies: a file of the workspace that is named alike isn't meant.
_OTHERS = re.compile(
    r"(?:^|/)(?:site-packages|dist-packages|node_modules|lib/python\d[^/]*|rustc|\.cargo|\.rustup|go/pkg/mod|usr/include"
    r"|usr/lib(?:64)?|usr/local/go|\.m2|\.gradle)/|^(?:java|javax|jdk|sun|kotlin|scala)/|^<"
)


class NamedFiles:
    """Looks for one text's files; what it has found out of the folders holds for that text. All of it blocks."""

    def __init__(self, disk: Disk, *, base: str = "") -> None:
        """`base` is the folder in which the program ran, where that is known."""
        self._disk = disk
        self._base = base
        self._walked: list[Rooted] | None = None

    def find(self, frame: Frame) -> Document | None:
        """The file; None where it is nobody's here, or may not or can't be read."""
        path = _plain(frame.path)
        if not path or "\0" in path:
            return None
        for place in self._named(path):
            if (text := self._disk.read(place)) is not None:
                return _document(place, text)
        if _OTHERS.search(path):
            return None
        for place, is_sure in self._alike(path):
            text = self._disk.read(place)
            if text is not None and (_has_line(text, frame) if frame.text else is_sure):
                return _document(place, text)
        return None

    def _named(self, path: str) -> Iterable[Rooted]:
        """Files of exactly this path, from the folders in which it may have been said."""
        bases = [self._base, *(root for root, _ in self._roots())]
        for full in [path] if os.path.isabs(path) else [os.path.join(base, path) for base in bases if base]:
            for root, uri in self._roots():
                for real in dict.fromkeys((os.path.normpath(full), os.path.realpath(full))):
                    if below := relative(real, root) or relative(real, os.path.realpath(root)):
                        yield Rooted(uri, below)

    def _alike(self, path: str) -> Iterable[tuple[Rooted, bool]]:
        """Files whose path ends alike, as where the program ran in a container or names classes; the longest first."""
        parts = [part for part in path.split("/") if part not in {"", ".", ".."}]
        walked = [(place, place.path.split("/")) for place in self._walk()]
        for start in range(len(parts)):
            tail = parts[start:]
            found = [place for place, names in walked if names[-len(tail) :] == tail]
            is_sure = len(found) == 1 and (len(tail) > 1 or len(parts) == 1)
            for place in sorted(found, key=lambda one: (len(one.path), one.path))[:5]:
                yield place, is_sure

    def _walk(self) -> Sequence[Rooted]:
        if self._walked is None:
            self._walked = []
            for _, uri in self._roots():
                if self._disk.is_wide(uri):
                    continue
                walk = self._disk.walk(uri)
                for _ in range(MAX_STEPS):
                    if walk.step():
                        break
                self._walked += [Rooted(uri, found.path) for found in walk.found]
        return self._walked

    def _roots(self) -> list[tuple[str, str]]:
        return [(root, uri) for uri in self._disk.roots if (root := self._disk.path_of_root(uri))]


def _document(place: Rooted, text: str) -> Document:
    uri = f"{place.root_uri.rstrip('/')}/{quote(place.path)}"
    return Document(uri, language_id_of(place.path.rpartition("/")[2]), 0, Text.of(text))


def _plain(path: str) -> str:
    """Without what isn't the path's own."""
    if found := _SCHEME.match(path):
        path = unquote(path[found.end() :])
    if path.startswith("~"):
        path = os.path.expanduser(path)
    return path if os.sep == "\\" else path.replace("\\", "/")


def _has_line(text: str, frame: Frame) -> bool:
    """Whether the file has the line that was printed, at its place or near it."""
    lines = text.split("\n")
    return any(line.strip() == frame.text for line in lines[max(0, frame.line - 30) : frame.line + 30])
