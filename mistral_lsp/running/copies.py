"""Copies: a workspace folder as tools see it: every file that may be read, the edited one with the text of an edit.

Files are copied, by reference where the disk can, never linked: what a tool writes stays in the copy. Installed
packages (a virtual environment, node_modules) are links, since they are large, and nothing that checks writes there.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import tempfile
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mistral_lsp.core.tools import NoCopy, Ran
from mistral_lsp.running.process import Limits, environment, find, run
from mistral_lsp.workspace.uris import path_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence

    from mistral_lsp.workspace.disk import Disk
    from mistral_lsp.workspace.ignore import Folder

MAX_FILES = 20_000
MAX_BYTES = 256 * 2**20
MAX_FILE_BYTES = 16 * 2**20  # larger ones are left out
MAX_DEPTH = 32
_LINKED = frozenset({"node_modules"})
_ENVIRONMENT = "pyvenv.cfg"
_EARLIER_S = 10.0  # the first text's age: tools tell two versions of a file apart by time and size


@dataclass(slots=True)
class Copy:
    """One of them; `file` is the edited file's path in it."""

    root: str
    file: str
    _original: str  # the folder that it is a copy of
    _limits: Limits
    _puts: int = 0

    async def run(self, words: Sequence[str], text: str) -> Ran:
        """Run a program in it while the file holds this text."""
        program = find(words[0], [self._original])
        if program is None:
            return Ran(None, fault="there is no such program on the PATH")
        await asyncio.to_thread(self._put, text)
        return await run((program, *words[1:]), cwd=self.root, env=environment(), limits=self._limits)

    def _put(self, text: str) -> None:
        path = os.path.join(self.root, self.file)
        with open(path, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        changed_s = time.time() - _EARLIER_S + self._puts
        os.utime(path, (changed_s, changed_s))
        self._puts += 1


class Copies:
    """Makes them, for one session."""

    def __init__(self, disk: Disk, limits: Limits | None = None) -> None:
        """The disk says what may be read."""
        self._disk = disk
        self._limits = limits or Limits()

    @contextlib.asynccontextmanager
    async def of(self, uri: str) -> AsyncIterator[Copy]:
        """A copy of the folder that a document is in, for as long as it is used. Raises NoCopy."""
        stop = threading.Event()
        folder = await asyncio.to_thread(tempfile.mkdtemp, prefix="mistral-lsp-")
        making = asyncio.ensure_future(asyncio.to_thread(self._made, uri, folder, stop))
        try:
            yield await asyncio.shield(making)
        except OSError as error:
            raise NoCopy(f"the project can't be copied ({error.strerror or type(error).__name__})") from None
        finally:
            stop.set()
            await asyncio.wait([making])  # it writes there until it has seen that
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    def _made(self, uri: str, folder: str, stop: threading.Event) -> Copy:
        at, path = self._disk.rules_at(uri), path_of(uri)
        if at is None or path is None:  # it was never saved
            return Copy(folder, uri.rpartition("/")[2].replace(":", "_") or "file", folder, self._limits)
        rules, below = at
        place = self._disk.place(uri)
        if place is None or self._disk.is_wide(place.root_uri):
            return Copy(folder, os.path.basename(path), os.path.dirname(path), self._limits)
        files = size = 0
        for one_size in _copied(rules.top(), folder, 0, stop):
            files, size = files + 1, size + one_size
            if files > MAX_FILES or size > MAX_BYTES:
                raise NoCopy("the project is too large to copy")
        os.makedirs(os.path.dirname(os.path.join(folder, below)), exist_ok=True)
        return Copy(folder, below, rules.root, self._limits)


def _copied(folder: Folder, to: str, depth: int, stop: threading.Event) -> Iterator[int]:
    """Copy what is in a folder; yields the size of each file."""
    with os.scandir(folder.path) as entries:
        listed = list(entries)
    for entry in listed:
        if stop.is_set():
            raise NoCopy("it was cancelled")
        target = os.path.join(to, entry.name)
        with contextlib.suppress(OSError):  # it vanished, or isn't ours
            if entry.is_dir(follow_symlinks=False):
                if entry.name in _LINKED or os.path.lexists(os.path.join(entry.path, _ENVIRONMENT)):
                    os.symlink(entry.path, target, target_is_directory=True)
                elif depth < MAX_DEPTH and folder.verdict(entry.name, is_folder=True) is None and entry.name != ".git":
                    os.mkdir(target)
                    yield from _copied(folder.inner(entry.name), target, depth + 1, stop)
            elif entry.is_file(follow_symlinks=False) and folder.verdict(entry.name, is_folder=False) is None:
                about = entry.stat(follow_symlinks=False)
                if about.st_size <= MAX_FILE_BYTES:
                    _copy(entry.path, target, about)
                    yield about.st_size


def _copy(path: str, target: str, about: os.stat_result) -> None:
    """By reference where the disk can do that; with its time, which tools that build go by, and its right to be run."""
    with open(path, "rb") as source, open(target, "wb") as copy:
        left = about.st_size
        try:
            while left > 0 and (done := os.copy_file_range(source.fileno(), copy.fileno(), left)):
                left -= done
        except (OSError, AttributeError):
            source.seek(0)
            copy.seek(0)
            shutil.copyfileobj(source, copy)
    os.chmod(target, 0o700 if about.st_mode & 0o100 else 0o600)
    os.utime(target, ns=(about.st_atime_ns, about.st_mtime_ns))
