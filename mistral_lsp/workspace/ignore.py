"""Ignore: whether a file below a root is out of bounds, and why."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING

from mistral_lsp.workspace.names import is_derived, is_secret
from mistral_lsp.workspace.opening import TooLarge, regular_bytes
from mistral_lsp.workspace.patterns import EVERYTHING, Patterns, compiled

if TYPE_CHECKING:
    from collections.abc import Sequence

# Each kind decides for itself: what one of them ignores, no other one takes back.
KINDS = (".gitignore", ".ignore", ".aiignore")
_FOR_ALL = 2  # the first of them are about every tool; .aiignore and the user's globs are about models
MAX_BYTES = 64 * 1024  # of an ignore file
MAX_PARTS, MAX_CHARS = 32, 1000  # of a path below its root: a bound for what a hostile pattern may cost
_ENVIRONMENT = "pyvenv.cfg"  # marks a virtual environment, whatever its name
_MAX_ABOVE = 16  # folders above a root in which the repository's own is looked for


class Verdict(Enum):
    """Why a file is not read."""

    SECRET = "it may hold a secret"  # noqa: S105 - a reason
    PRIVATE = "the setting privacy.ignore or .aiignore names it"
    IGNORED = "an ignore file names it"
    DERIVED = "a tool made it"
    OUTSIDE = "it is not in the folder"


@dataclass(frozen=True, slots=True)
class Level:
    """One ignore file's patterns."""

    folder: str  # absolute, ends with a separator
    patterns: Patterns


@dataclass(frozen=True, slots=True)
class Folder:
    """What holds in a folder; the folders above it must have been found in bounds."""

    path: str  # absolute, ends with a separator
    levels: tuple[tuple[Level, ...], ...]  # of each kind, the user's globs last; the innermost counts

    def verdict(self, name: str, *, is_folder: bool) -> Verdict | None:
        """On what has this name; None where it may be read."""
        path = self.path + name
        if is_secret(path):
            return Verdict.SECRET
        ignored = [_ignores(levels, f"{path}/" if is_folder else path) for levels in self.levels]
        if any(ignored[_FOR_ALL:]):
            return Verdict.PRIVATE
        if any(ignored):
            return Verdict.IGNORED
        if is_derived(name, is_folder=is_folder) or (is_folder and os.path.lexists(os.path.join(path, _ENVIRONMENT))):
            return Verdict.DERIVED
        return None

    def inner(self, name: str) -> Folder:
        """A folder in this one, its ignore files read."""
        return _entered(replace(self, path=f"{self.path}{name}{os.sep}"))


class Rules:
    """What may be read below one root."""

    def __init__(self, root: str, globs: Sequence[str] = ()) -> None:
        """`globs` are the user's own, in an ignore file's notation, relative to the root."""
        self.root = root
        self._globs = tuple(globs)

    def top(self) -> Folder:
        """What holds at the root itself; with the ignore files above it that belong to the same repository."""
        root = _folder(os.path.realpath(self.root))
        outer = _repository(root)
        levels = tuple(_exclude(outer) if kind == KINDS[0] else () for kind in KINDS)
        user = (Level(root, compiled(self._globs)),) if self._globs else ()
        folder = _entered(Folder(outer, (*levels, user)))
        for name in root[len(outer) :].split(os.sep)[:-1]:
            folder = folder.inner(name)
        return folder

    def file(self, path: str) -> str:
        """The absolute path of a relative one; links in it are not followed."""
        return os.path.normpath(_folder(self.root) + path)

    def verdict(self, path: str, *, is_folder: bool = False) -> Verdict | None:
        """On a path relative to the root, with "/" between its parts; where it leads by links counts as well."""
        if is_secret(path) or "\0" in path:
            return Verdict.SECRET
        root = _folder(os.path.realpath(self.root))
        named = os.path.normpath(root + path)
        real = os.path.realpath(named)
        if is_secret(real):
            return Verdict.SECRET
        if not (real.startswith(root) and named.startswith(root)):
            return Verdict.OUTSIDE
        verdict = self._below(real[len(root) :], is_folder=is_folder)
        if real != named:  # a link may be ignored where its target isn't
            verdict = _stronger(verdict, self._below(named[len(root) :], is_folder=is_folder))
        return verdict

    def _below(self, path: str, *, is_folder: bool) -> Verdict | None:
        *above, name = path.split(os.sep)
        if len(above) >= MAX_PARTS or len(path) > MAX_CHARS:
            return Verdict.OUTSIDE
        folder, found = self.top(), None
        for part in above:
            found = _stronger(found, folder.verdict(part, is_folder=True))
            if found in {Verdict.SECRET, Verdict.PRIVATE}:
                return found
            folder = folder.inner(part)
        return _stronger(found, folder.verdict(name, is_folder=is_folder))


def _stronger(one: Verdict | None, other: Verdict | None) -> Verdict | None:
    """Of two verdicts on one file, in the order in which they are defined."""
    return next((verdict for verdict in Verdict if verdict in {one, other}), None)


def _ignores(levels: tuple[Level, ...], path: str) -> bool:
    for level in reversed(levels):
        says = level.patterns.says(path[len(level.folder) :].replace(os.sep, "/"))
        if says is not None:
            return says
    return False


def _entered(folder: Folder) -> Folder:
    levels = tuple(
        (*above, *_level(folder.path, folder.path + kind)) for kind, above in zip(KINDS, folder.levels, strict=False)
    )
    return replace(folder, levels=(*levels, folder.levels[-1]))


def _level(folder: str, file: str) -> tuple[Level, ...]:
    """The patterns of a file for a folder; one that is there and can't be read whole ignores everything."""
    try:
        content = regular_bytes(file, max_bytes=MAX_BYTES)
    except (TooLarge, PermissionError):
        return (Level(folder, EVERYTHING),)
    if content is None:
        return ()
    lines = content.decode("utf-8-sig", "replace").splitlines()
    return (Level(folder, compiled(tuple(lines))),)


def _exclude(outer: str) -> tuple[Level, ...]:
    return _level(outer, os.path.join(outer, ".git", "info", "exclude"))


def _repository(root: str) -> str:
    """The top of the repository that a root is in; the root itself where it is in none."""
    folder = root
    for _ in range(_MAX_ABOVE):
        if os.path.lexists(folder + ".git"):
            return folder
        above = _folder(os.path.dirname(folder.rstrip(os.sep)))
        if above == folder:
            break
        folder = above
    return root


def _folder(path: str) -> str:
    return path if path.endswith(os.sep) else path + os.sep
