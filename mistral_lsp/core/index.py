"""Index: the outlines of many files within a bound of memory, by root and by path relative to it.

An outline is kept packed, about a tenth of its size as objects, and unpacked when asked for. What is kept open beside
that is which files have a name, and where a file's own name and its folder's occur. Roots never see each other.
"""

from __future__ import annotations

import marshal
import sys
import zlib
from collections import OrderedDict
from typing import TYPE_CHECKING, NamedTuple

from mistral_lsp.core.definition import Definition, Import, Imported, Outline

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_BYTES = 60_000_000
MAX_LISTED = 200  # files that are listed for a name: what more files have tells nothing of any of them

_UNPACKED = 48  # outlines that were asked for last
_UNPACKED_FACTOR = 12  # an outline as objects, to its packed size
_FILE_BYTES = 300  # of a file's place in the tables, measured with `python -m mistral_lsp.bench.outline`
_KEY_BYTES = 90  # of a key's place in a table
_ITEM_BYTES = 9


class Found(NamedTuple):
    """A definition, and the file that it's in."""

    path: str
    definition: Definition


class Index:
    """Outlines by root and path. When it's full, room is made only for files that are wanted."""

    def __init__(self, *, max_bytes: int = MAX_BYTES) -> None:
        """Hold at most so much, by an estimate that errs on the high side."""
        self.refused_count = 0
        self.max_bytes = max_bytes
        self._roots: dict[str, _Root] = {}
        self._packed: OrderedDict[tuple[str, str], bytes] = OrderedDict()  # the longest untouched first
        self._packed_bytes = 0
        self._unpacked: OrderedDict[tuple[str, str], Outline] = OrderedDict()
        self._unpacked_bytes = 0

    @property
    def file_count(self) -> int:
        """How many files have an outline here."""
        return len(self._packed)

    @property
    def bytes_used(self) -> int:
        """About how much memory it takes."""
        return self._packed_bytes + self._unpacked_bytes + sum(root.bytes for root in self._roots.values())

    def put(self, root_uri: str, path: str, outline: Outline, *, wanted: bool = False) -> bool:
        """Take a file's outline, in place of an older one; False where there is no room.

        For a file that is wanted, such as one that is open or was just saved, those that nobody has asked for or put
        for the longest make room.
        """
        self.drop(root_uri, path)
        packed = _pack(outline)
        needed = len(packed) + _cost(path, outline)
        while wanted and self._packed and needed <= self.max_bytes < self.bytes_used + needed:
            self.drop(*next(iter(self._packed)))
        if self.bytes_used + needed > self.max_bytes:
            self.refused_count += 1
            return False
        self._packed[root_uri, path] = packed
        self._packed_bytes += sys.getsizeof(packed) + _FILE_BYTES + sys.getsizeof(path)
        self._roots.setdefault(root_uri, _Root()).add(path, outline)
        return True

    def drop(self, root_uri: str, path: str) -> None:
        """Forget a file; one that isn't here is no matter."""
        packed = self._packed.pop((root_uri, path), None)
        if packed is None:
            return
        self._packed_bytes -= sys.getsizeof(packed) + _FILE_BYTES + sys.getsizeof(path)
        self._forget_unpacked((root_uri, path), packed)
        self._roots[root_uri].remove(path, _unpack(packed))

    def drop_root(self, root_uri: str) -> None:
        """Forget all files of a root."""
        for path in self.paths(root_uri):
            packed = self._packed.pop((root_uri, path))
            self._packed_bytes -= sys.getsizeof(packed) + _FILE_BYTES + sys.getsizeof(path)
            self._forget_unpacked((root_uri, path), packed)
        self._roots.pop(root_uri, None)

    def outline(self, root_uri: str, path: str) -> Outline | None:
        """A file's outline; asking keeps it from being the one that makes room."""
        key = root_uri, path
        packed = self._packed.get(key)
        if packed is None:
            return None
        self._packed.move_to_end(key)
        outline = self._unpacked.get(key)
        if outline is None:
            outline = self._unpacked[key] = _unpack(packed)
            self._unpacked_bytes += len(packed) * _UNPACKED_FACTOR
            self._trim_unpacked()
        self._unpacked.move_to_end(key)
        return outline

    def has(self, root_uri: str, path: str) -> bool:
        """Whether a file has an outline here."""
        return (root_uri, path) in self._packed

    def find(self, name: str, root_uri: str, *, limit: int = 20) -> tuple[Found, ...]:
        """Definitions of exactly this name in a root, of up to so many files."""
        found: list[Found] = []
        for path in self.paths_defining(name, root_uri)[:limit]:
            outline = self.outline(root_uri, path)
            found += [Found(path, one) for one in outline.definitions if one.name == name] if outline else []
        return tuple(found)

    def paths_defining(self, name: str, root_uri: str) -> tuple[str, ...]:
        """The files that define a name, at most MAX_LISTED; cheap, since no outline is unpacked."""
        return self._root(root_uri).names.get(name)[:MAX_LISTED]

    def paths(self, root_uri: str) -> tuple[str, ...]:
        """All files of a root."""
        return tuple(self._root(root_uri).paths)

    def ending(self, root_uri: str, suffix: str) -> tuple[str, ...]:
        """The files whose path is this or ends with it after a slash."""
        end = f"/{suffix}"
        listed = self._root(root_uri).files.get(suffix.rpartition("/")[2])
        return tuple(path for path in listed if path == suffix or path.endswith(end))

    def inside(self, root_uri: str, folder: str) -> tuple[str, ...]:
        """The files that stand directly in a folder whose path is this or ends with it after a slash."""
        end = f"/{folder}"
        listed = self._root(root_uri).folders.get(folder.rpartition("/")[2])
        return tuple(path for path in listed if f"/{path.rpartition('/')[0]}".endswith(end))

    def _root(self, root_uri: str) -> _Root:
        return self._roots.get(root_uri) or _Root()

    def _trim_unpacked(self) -> None:
        while len(self._unpacked) > 1 and (len(self._unpacked) > _UNPACKED or self.bytes_used > self.max_bytes):
            key = next(iter(self._unpacked))
            self._forget_unpacked(key, self._packed[key])

    def _forget_unpacked(self, key: tuple[str, str], packed: bytes) -> None:
        if self._unpacked.pop(key, None) is not None:
            self._unpacked_bytes -= len(packed) * _UNPACKED_FACTOR


class _Root:
    """The tables of one root."""

    def __init__(self) -> None:
        self.paths: dict[str, None] = {}
        self.names = _Lists()
        self.files = _Lists()  # by a file's own name
        self.folders = _Lists()  # by the name of its folder

    @property
    def bytes(self) -> int:
        return self.names.bytes + self.files.bytes + self.folders.bytes

    def add(self, path: str, outline: Outline) -> None:
        self.paths[path] = None
        for name in _names(outline):
            self.names.add(name, path)
        folder, _, file = path.rpartition("/")
        self.files.add(file, path)
        self.folders.add(folder.rpartition("/")[2], path)

    def remove(self, path: str, outline: Outline) -> None:
        self.paths.pop(path, None)
        for name in _names(outline):
            self.names.remove(name, path)
        folder, _, file = path.rpartition("/")
        self.files.remove(file, path)
        self.folders.remove(folder.rpartition("/")[2], path)


class _Lists:
    """Paths by a key; most keys have one, which takes no list."""

    def __init__(self) -> None:
        self.bytes = 0
        self._paths: dict[str, str | list[str]] = {}

    def get(self, key: str) -> tuple[str, ...]:
        paths = self._paths.get(key, ())
        return (paths,) if isinstance(paths, str) else tuple(paths)

    def add(self, key: str, path: str) -> None:
        paths = self._paths.get(key)
        if paths is None:
            self._paths[key] = path
            self.bytes += sys.getsizeof(key) + _KEY_BYTES
        elif isinstance(paths, str):
            self._paths[key] = [paths, path]
            self.bytes += sys.getsizeof([]) + 2 * _ITEM_BYTES
        else:
            paths.append(path)
            self.bytes += _ITEM_BYTES

    def remove(self, key: str, path: str) -> None:
        paths = self._paths.get(key)
        if isinstance(paths, list) and path in paths:
            paths.remove(path)
            self.bytes -= _ITEM_BYTES
            if len(paths) == 1:
                self._paths[key] = paths[0]
                self.bytes -= sys.getsizeof([]) + _ITEM_BYTES
        elif paths == path:
            del self._paths[key]
            self.bytes -= sys.getsizeof(key) + _KEY_BYTES


def _names(outline: Outline) -> set[str]:
    """The names that a file is found by: not those that Python gives a meaning, which every other class has."""
    return {one.name for one in outline.definitions if not one.name.startswith("__")}


def _cost(path: str, outline: Outline) -> int:
    names = sum(map(len, found := _names(outline))) + len(found) * (sys.getsizeof("") + _KEY_BYTES)
    return names + _FILE_BYTES + 2 * (sys.getsizeof(path) + _KEY_BYTES)


def _pack(outline: Outline) -> bytes:
    imports = [(i.module, [(n.name, n.original) for n in i.names], i.text, i.line) for i in outline.imports]
    definitions = [(d.name, d.kind, d.signature, d.line, d.end_line, d.container) for d in outline.definitions]
    return zlib.compress(marshal.dumps((outline.language, imports, definitions)), 1)


def _unpack(packed: bytes) -> Outline:
    language, imports, definitions = marshal.loads(zlib.decompress(packed))  # noqa: S302  made by _pack
    return Outline(
        language,
        tuple(
            Import(module, tuple(Imported(*name) for name in names), text, line)
            for module, names, text, line in imports
        ),
        tuple(_definitions(definitions)),
    )


def _definitions(packed: list[tuple[str, str, str, int, int, str]]) -> Iterator[Definition]:
    for name, kind, signature, line, end_line, container in packed:
        yield Definition(sys.intern(name), sys.intern(kind), signature, line, end_line, container)
