"""Access: whether ghost text is wanted in what an editor has open: no secret, no ignored and no read-only file."""

from __future__ import annotations

import asyncio
import contextlib
import os
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import unquote

from mistral_lsp.core.reason import Reason
from mistral_lsp.workspace.ignore import Verdict
from mistral_lsp.workspace.names import is_secret, words
from mistral_lsp.workspace.uris import path_of

if TYPE_CHECKING:
    from mistral_lsp.workspace.disk import Disk

# What no editor lets anyone type into: old versions, output, the inside of archives, decompiled and generated views.
READ_ONLY_SCHEMES = words(
    "git gitfs gitlens gitlens-git fugitive diffview vscode-scm vscode-local-history review pr output debug"
    " vscode-terminal walkthrough man health zipfile jar jdt class csharp metadata deno rust-analyzer"
    " vscode-chat-code-block chat-editing-text-model"
)
_REASONS = {Verdict.SECRET: Reason.SECRET, Verdict.PRIVATE: Reason.PRIVATE, Verdict.IGNORED: Reason.IGNORED}
_NEAR_HOME = ("", ".ssh", ".aws", ".gnupg", ".kube", ".docker", ".config/gcloud")
_MAX_NAMES = 2000  # of a folder that are looked at for another name of a file

PATIENCE_S = 2.0  # for a slow disk


class Access:
    """What is known of each open document. `of` is cheap, and knows secrets by their names before anything else."""

    def __init__(self, disk: Disk) -> None:
        """The disk says what is ignored."""
        self._disk = disk
        self._known: dict[str, Reason | None] = {}
        self._looks: dict[str, asyncio.Future[None]] = {}  # under way

    def of(self, uri: str) -> Reason | None:
        """Why nothing may be suggested there; None where all is well, or nothing was found out yet."""
        return _by_name(uri) or self._known.get(uri)

    def may_show(self, uri: str) -> bool:
        """Whether a prompt for another document may have text of this one: not before that was looked at."""
        if path_of(uri) is not None and (uri not in self._known or uri in self._looks):
            return False
        return self.of(uri) in {None, Reason.READ_ONLY}

    async def look(self, uri: str) -> None:
        """Find out; for a document that was opened or saved, or when what is ignored has changed."""
        if _by_name(uri) is None and path_of(uri) is not None:
            self._known.setdefault(uri, None)
            look = self._looks[uri] = asyncio.ensure_future(self._look(uri))
            await look

    async def found(self, uri: str) -> Reason | None:
        """What `of` says once a look that is under way has ended: a link to a secret is told by the disk alone."""
        if (look := self._looks.get(uri)) is not None:
            try:
                async with asyncio.timeout(PATIENCE_S):
                    await asyncio.shield(look)
            except TimeoutError:
                return Reason.NOT_READY
        return self.of(uri)

    async def _look(self, uri: str) -> None:
        try:
            reason = await asyncio.to_thread(self._looked, uri)
        finally:
            if self._looks.get(uri) is asyncio.current_task():
                del self._looks[uri]
        if uri in self._known:  # else it was closed meanwhile
            self._known[uri] = reason

    def forget(self, uri: str) -> None:
        """A document was closed."""
        self._known.pop(uri, None)

    def _looked(self, uri: str) -> Reason | None:
        at = self._disk.rules_at(uri)
        if at is None:
            return None
        rules, path = at
        verdict = rules.verdict(path)
        if verdict in _REASONS:
            return _REASONS[verdict]
        file = rules.file(path)
        if _has_secret_name(file, rules.root):
            return Reason.SECRET
        return Reason.READ_ONLY if _is_read_only(file) else None


@lru_cache(maxsize=1024)
def _by_name(uri: str) -> Reason | None:
    if is_secret(uri) or is_secret(unquote(uri)):
        return Reason.SECRET
    return Reason.READ_ONLY if uri.partition(":")[0].lower() in READ_ONLY_SCHEMES else None


def _is_read_only(file: str) -> bool:
    """As editors tell it: by the file's own bits too, which root may ignore."""
    try:
        return not os.stat(file).st_mode & 0o222 or not os.access(file, os.W_OK)
    except (OSError, ValueError):
        return False  # a new file


def _has_secret_name(file: str, root: str) -> bool:
    """Whether a file that has several names (hard links) has one near it, or near home, that is a secret's."""
    try:
        about = os.stat(file)
    except (OSError, ValueError):
        return False
    if about.st_nlink <= 1 or os.path.isdir(file):
        return False
    home = os.path.expanduser("~")
    folders = {os.path.dirname(file), root, *(os.path.join(home, part) for part in _NEAR_HOME)}
    return any(_has_secret_twin(folder, about) for folder in folders)


def _has_secret_twin(folder: str, about: os.stat_result) -> bool:
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for _, entry in zip(range(_MAX_NAMES), entries, strict=False):
            if entry.inode() == about.st_ino and is_secret(entry.path):
                return True
    return False
