"""Packages: which ones a workspace folder has, told by its manifests, its environment and its own modules.

Nothing is run and nothing is installed: an environment is read by the names in its folder. All of it blocks: for a
thread.
"""

from __future__ import annotations

import contextlib
import os
from collections import defaultdict, deque
from glob import glob
from itertools import islice
from typing import TYPE_CHECKING

from mistral_lsp.core.manifests import kind_of, names_in
from mistral_lsp.core.packages import NODE, PYTHON, RUST, KnownPackages
from mistral_lsp.workspace.names import DERIVED_FOLDERS
from mistral_lsp.workspace.opening import TooLarge, regular_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_BYTES = 4 * 2**20  # of a manifest: lock files are long
MAX_ENTRIES = 20_000  # of a folder that are looked at, and of one environment
MAX_DEPTH = 6
_ENDS = {PYTHON: (".py", ".pyi", ".so", ".pyd"), RUST: (".rs",)}  # of a project's own modules
_INSTALLED_ENDS = (".dist-info", ".egg-info", ".pth")


def known_packages(root: str) -> KnownPackages:
    """What the imports in a folder may begin with. A language without a manifest or environment isn't in it."""
    names: defaultdict[str, set[str]] = defaultdict(set)
    own: defaultdict[str, set[str]] = defaultdict(set)
    for entry in islice(_entries(root), MAX_ENTRIES):
        with contextlib.suppress(OSError):
            _take(entry, names, own)
    return KnownPackages({kind: frozenset(found | own[kind]) for kind, found in names.items()})


def _take(entry: os.DirEntry[str], names: dict[str, set[str]], own: dict[str, set[str]]) -> None:
    if entry.is_dir():
        _take_folder(entry, names, own)
        return
    for module_kind, ends in _ENDS.items():
        if entry.name.endswith(ends):
            own[module_kind].add(entry.name.partition(".")[0])
    kind = kind_of(entry.name)
    if kind is not None and (found := _named(entry)) is not None:
        names[kind] |= found


def _take_folder(entry: os.DirEntry[str], names: dict[str, set[str]], own: dict[str, set[str]]) -> None:
    if entry.name == "node_modules":
        names[NODE] |= set(_node_modules(entry.path))
    elif os.path.isfile(os.path.join(entry.path, "pyvenv.cfg")):
        names[PYTHON] |= set(_site_packages(entry.path))
    else:
        for kind in (PYTHON, NODE, RUST):
            own[kind].add(entry.name)


def _named(entry: os.DirEntry[str]) -> frozenset[str] | None:
    """None where a file says nothing of packages, as a pyproject.toml does that only sets up tools."""
    try:
        content = regular_bytes(entry.path, max_bytes=MAX_BYTES)
    except (PermissionError, TooLarge):
        return None
    return names_in(entry.name, content.decode("utf-8", "replace")) or None if content else None


def _entries(root: str) -> Iterator[os.DirEntry[str]]:
    """What is below a folder, the nearest first, but for what is in folders that tools fill."""
    above = deque([(root, 0)])
    while above:
        folder, depth = above.popleft()
        for entry in _scan(folder):
            yield entry
            is_own = depth < MAX_DEPTH and entry.name not in DERIVED_FOLDERS and not entry.name.startswith(".")
            if is_own and _is_folder(entry):
                above.append((entry.path, depth + 1))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    with contextlib.suppress(OSError):
        return entry.is_dir(follow_symlinks=False) and not os.path.lexists(os.path.join(entry.path, "pyvenv.cfg"))
    return False


def _node_modules(folder: str) -> Iterator[str]:
    for entry in islice(_scan(folder), MAX_ENTRIES):
        if entry.name.startswith("@"):
            yield from (f"{entry.name}/{inner.name}" for inner in islice(_scan(entry.path), MAX_ENTRIES))
        else:
            yield entry.name


def _site_packages(environment: str) -> Iterator[str]:
    """The names of installed modules; a distribution's own name counts too, where it is installed from elsewhere."""
    folders = glob("lib*/python*/site-packages", root_dir=environment) + glob("Lib/site-packages", root_dir=environment)
    for folder in folders:
        for entry in islice(_scan(os.path.join(environment, folder)), MAX_ENTRIES):
            name = entry.name
            if name.endswith(_INSTALLED_ENDS):
                yield from names_in("requirements.txt", name.partition("-")[0])
            else:
                yield name.partition(".")[0]


def _scan(folder: str) -> Iterator[os.DirEntry[str]]:
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        yield from entries
