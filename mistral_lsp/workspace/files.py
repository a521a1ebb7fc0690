"""Files: which source files a root has, found in slices, and the text of one. All of it blocks: for a thread."""

from __future__ import annotations

import contextlib
import os
import stat
import time
from collections import deque
from heapq import heappush, heappushpop
from typing import TYPE_CHECKING

from mistral_lsp.core.file_types import language_id_of
from mistral_lsp.core.language import Blocks
from mistral_lsp.core.languages import PROSE, UNKNOWN, language_of
from mistral_lsp.core.rooted import Found
from mistral_lsp.workspace.ignore import MAX_CHARS, MAX_PARTS
from mistral_lsp.workspace.opening import TooLarge, regular_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from mistral_lsp.workspace.ignore import Folder, Rules

MAX_BYTES = 512 * 1024
MAX_ENTRIES = 50_000  # of a root that are looked at
SLICE_S = 0.004
BINARY_BYTES = 1024  # at a file's start: NUL in them means that it is no text
_DATA = frozenset({"json", "jsonc", "yaml", "toml", "html", "css"})

_Worth = tuple[bool, int, str]  # code before data and prose; the newest first


class Walk:
    """A look through a root, nearest folders first: call `step` until it says that it's done."""

    def __init__(
        self,
        rules: Rules,
        *,
        max_files: int,
        apart: Collection[str] = (),
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        """`apart` are the real paths of folders that are roots of their own."""
        self.is_cut = False  # there is more than was looked at, or than is kept
        self._max_files = max_files
        self._apart = frozenset(apart)
        self._clock = clock
        self._left = MAX_ENTRIES
        self._kept: list[tuple[_Worth, Found]] = []  # a heap, the least worth first
        self._work = self._steps(rules)

    @property
    def found(self) -> list[Found]:
        """The files that are worth most, in that order."""
        return [found for _, found in sorted(self._kept, reverse=True)]

    def step(self) -> bool:
        """Work for about SLICE_S; True when done."""
        deadline = self._clock() + SLICE_S
        return not any(self._clock() >= deadline for _ in self._work)

    def _steps(self, rules: Rules) -> Iterator[None]:
        top = rules.top()
        above: deque[tuple[Folder, str, int]] = deque([(top, "", 0)])  # a folder, the one in it to look at, its depth
        while above and self._left > 0:
            outer, name, depth = above.popleft()
            folder = outer.inner(name) if name else outer
            for entry in _entries(folder.path):
                yield
                self._left -= 1
                if self._left < 0:
                    break
                with contextlib.suppress(OSError):  # it vanished, or isn't ours
                    if self._is_inner(folder, entry) and depth < MAX_PARTS:
                        above.append((folder, entry.name, depth + 1))
                    elif (found := _found(folder, entry, len(top.path))) is not None:
                        self._keep(found)
        self.is_cut = self.is_cut or self._left <= 0

    def _is_inner(self, folder: Folder, entry: os.DirEntry[str]) -> bool:
        is_own = entry.is_dir(follow_symlinks=False) and entry.path not in self._apart
        return is_own and folder.verdict(entry.name, is_folder=True) is None

    def _keep(self, found: Found) -> None:
        language = language_of(language_id_of(found.path.rpartition("/")[2]))
        is_code = language.blocks is not Blocks.PROSE and language.name not in _DATA
        one = ((is_code, found.stamp[0], found.path), found)
        if len(self._kept) < self._max_files:
            heappush(self._kept, one)
        else:
            self.is_cut = True
            heappushpop(self._kept, one)


def read(rules: Rules, path: str) -> str | None:
    """The text of a file, its path relative to the root; None where it is out of bounds, gone, binary or no UTF-8."""
    if rules.verdict(path) is not None:
        return None
    real = os.path.realpath(rules.file(path))
    try:
        content = regular_bytes(real, max_bytes=MAX_BYTES, is_only_name=True)
        if not content or b"\0" in content[:BINARY_BYTES]:
            return None
        return content.decode("utf-8-sig")
    except (PermissionError, TooLarge, UnicodeDecodeError):
        return None


def _entries(folder: str) -> Iterator[os.DirEntry[str]]:
    """What is in a folder, as far as it can be read; a folder may vanish meanwhile."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        yield from entries


def _found(folder: Folder, entry: os.DirEntry[str], skip: int) -> Found | None:
    """A file to keep; a link isn't, since its target is met on its own."""
    if language_of(language_id_of(entry.name)) in _WITHOUT_GRAMMAR:
        return None
    if not entry.is_file(follow_symlinks=False):
        return None
    about = entry.stat(follow_symlinks=False)
    path = entry.path[skip:].replace(os.sep, "/")
    is_plain = stat.S_ISREG(about.st_mode) and about.st_nlink <= 1 and 0 < about.st_size <= MAX_BYTES
    if not is_plain or len(path) > MAX_CHARS or not path.isprintable() or folder.verdict(entry.name, is_folder=False):
        return None
    return Found(path, (about.st_mtime_ns, about.st_size))


_WITHOUT_GRAMMAR = (UNKNOWN, PROSE)
