"""Resolve: which definitions of the workspace are worth showing for a place in a file, the best first."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mistral_lsp.core.definition import ALL, HOLDERS, MODULE
from mistral_lsp.core.index import Found
from mistral_lsp.core.module_paths import places_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from mistral_lsp.core.definition import Definition, Import, Imported, Outline
    from mistral_lsp.core.document import Cursor
    from mistral_lsp.core.index import Index

MAX_FOUND = 30
MAX_MEMBERS = 12  # of an imported class
WORDS_ABOVE_CHARS, WORDS_BELOW_CHARS = 3000, 1000
MAX_WORDS = 400

_MAX_MODULES = 60  # that are looked up; each costs some lookups in tables
_MAX_FILES = 8  # of a folder or of a module that may be several files
_MAX_OUTLINES = 24  # that are unpacked, 0.1 ms each

# What a file sees of its neighbours without an import.
_SEES_FOLDER = frozenset({"go", "java", "kotlin", "scala", "csharp", "swift", "php"})
_SCRIPTS = frozenset({"javascript", "typescript", "typescriptreact"})
_C = frozenset({"c", "cpp"})
_JVM = frozenset({"java", "kotlin", "scala"})
_FAMILIES = (_SCRIPTS, _C, _JVM)

_CHAIN = re.compile(r"[^\W\d]\w*(?:(?:\.|::|->|\\)[^\W\d]\w*){0,5}")
_IMPORTS = re.compile(r"\s*(?:import|from|use|using)\b(?!\s*\.)")
_LEFT_OPEN = re.compile(r"[({][^)}]*\Z")
_CLOSES = re.compile(r"[)}]")
_SEPARATOR = re.compile(r"\.|::|->|\\")


def words_near(cursor: Cursor) -> tuple[str, ...]:
    """The names around a cursor but for imports, the nearest first; a.b and a::b count as a, b and "a.b"."""
    above = [cursor.line_prefix, *reversed(_without_imports(cursor.lines_above(WORDS_ABOVE_CHARS)))]
    below = [cursor.line_suffix, *_without_imports(cursor.lines_below(WORDS_BELOW_CHARS))]
    words: dict[str, None] = {}
    for line in (*above, *below):
        for chain in reversed(_CHAIN.findall(line[-WORDS_BELOW_CHARS:])):
            parts = _SEPARATOR.split(chain)
            words.update(dict.fromkeys(parts))
            words.update(dict.fromkeys(".".join(parts[:length]) for length in range(2, len(parts) + 1)))
        if len(words) >= MAX_WORDS:
            break
    return tuple(words)[:MAX_WORDS]


def _without_imports(lines: list[str]) -> list[str]:
    """The lines that use names: an import says each of its own."""
    code, is_open = [], False
    for line in lines:
        if is_open:
            is_open = _CLOSES.search(line) is None
        elif _IMPORTS.match(line):
            is_open = _LEFT_OPEN.search(line) is not None
        else:
            code.append(line)
    return code


def visible_definitions(
    index: Index, root_uri: str, path: str, outline: Outline, words: Sequence[str]
) -> tuple[Found, ...]:
    """Definitions that the file at a path imports or sees: those named by `words` first, in the order of the words.

    The path is relative to the root; `words` are those of `words_near`. The file's own definitions aren't among them.
    """
    resolver = _Resolver(index, root_uri, path, outline, words)
    found: dict[tuple[str, int, str], Found] = {}
    for one in resolver.ranked():
        if one.path != path:
            found.setdefault((one.path, one.definition.line, one.definition.name), one)
        if len(found) >= MAX_FOUND:
            break
    return tuple(found.values())


class _Resolver:
    """One question: the files that the imports name are worked out once."""

    def __init__(self, index: Index, root_uri: str, path: str, outline: Outline, words: Sequence[str]) -> None:
        self._index = index
        self._root_uri = root_uri
        self._path = path
        self._outline = outline
        self._rank = {word: number for number, word in enumerate(words)}
        self._files: dict[tuple[str, str], tuple[str, ...]] = {}
        self._unpacked: set[str] = set()
        self._own = {one.name for one in outline.definitions}

    def ranked(self) -> Iterator[Found]:
        """Everything worth showing, the best first; only what is taken is worked out."""
        imports = self._outline.imports[:_MAX_MODULES]
        names = [(one, name) for one in imports for name in one.names]
        said = sorted((pair for pair in names if pair[1].name in self._rank), key=lambda p: self._rank[p[1].name])
        for one, name in said:
            yield from self._imported(one, name)
        for one, name in names:
            if name.original == ALL:
                yield from self._said_in(self._files_of(one, name))
        if self._outline.language in _SEES_FOLDER:
            yield from self._said_in(self._neighbours())
            yield from self._unique(word for word in self._rank if word[:1].isupper())
        for one, name in names:
            if name.name not in self._rank and name.original not in {ALL, MODULE}:
                yield from self._imported(one, name)

    def _imported(self, one: Import, name: Imported) -> Iterator[Found]:
        files = self._files_of(one, name)
        if name.original == MODULE or (name.original == "default" and not files):
            yield from self._of_module(name.name, files)
            return
        wanted = name.name if name.original == "default" else name.original
        named = next(filter(None, (self._named(path, wanted) for path in files)), [])
        if not named and files and name.original == "default":
            yield from self._of_module(name.name, files)
        if not named and self._is_module(name, files):
            yield from self._of_module(name.name, files)
            return
        for found in named or self._only(wanted):
            yield found
            if found.definition.kind in HOLDERS | {"struct", "type", "enum"} and name.name in self._rank:
                yield from self._members(found)

    def _of_module(self, module: str, files: Iterable[str]) -> Iterator[Found]:
        """What stands near the cursor as module.name."""
        start = f"{module}."
        said = [word[len(start) :] for word in self._rank if word.startswith(start)]
        for path in files:
            for name in said:
                for found in self._named(path, name.partition(".")[0]):
                    yield found
                    if found.definition.kind in HOLDERS:
                        yield from self._members(found)

    def _said_in(self, files: Iterable[str]) -> Iterator[Found]:
        """The definitions of these files whose names stand near the cursor."""
        found = [Found(path, one) for path in files for one in self._definitions(path) if self._is_said(one)]
        yield from sorted(found, key=lambda one: self._rank[one.definition.name])

    def _is_said(self, one: Definition) -> bool:
        return one.name in self._rank and not one.container and one.name not in self._own

    def _members(self, holder: Found) -> list[Found]:
        """Members of a class: those said near the cursor, then how to make one, then the rest."""
        name = holder.definition.name
        members = [one for one in self._definitions(holder.path) if one.container == name and _is_public(one)]
        members.sort(key=lambda one: (self._rank.get(one.name, len(self._rank)), one.name not in _MAKERS, one.line))
        return [Found(holder.path, one) for one in members[:MAX_MEMBERS]]

    def _named(self, path: str, name: str) -> list[Found]:
        if name not in _MAKERS and path not in self._index.paths_defining(name, self._root_uri):
            return []
        found = [one for one in self._definitions(path) if one.name == name]
        outer = [one for one in found if not one.container] or found
        return [Found(path, one) for one in outer]

    def _only(self, name: str) -> Iterator[Found]:
        """The definition of a name that one file of the family has, and no other."""
        paths = [path for path in self._index.paths_defining(name, self._root_uri) if path != self._path]
        if len(paths) != 1 or name in self._own:
            return
        outline = self._outline_of(paths[0])
        if outline is not None and _are_family(outline.language, self._outline.language):
            yield from (Found(paths[0], one) for one in outline.definitions if one.name == name and not one.container)

    def _unique(self, words: Iterable[str]) -> Iterator[Found]:
        for word in words:
            for found in self._only(word):
                yield found
                yield from self._members(found)

    def _files_of(self, one: Import, name: Imported) -> tuple[str, ...]:
        key = (one.module, name.original)
        if key not in self._files:
            self._files[key] = tuple(self._lookup(one.module, name.original))[:_MAX_FILES]
        return self._files[key]

    def _lookup(self, module: str, name: str) -> list[str]:
        """The files of the first candidate that exists; in a folder those that define what is said."""
        index, root_uri = self._index, self._root_uri
        places = places_of(self._outline.language, self._path, module, name)
        exact = [path for path in places.paths if index.has(root_uri, path)]
        if exact:
            return exact
        for suffix in places.suffixes:
            if paths := index.ending(root_uri, suffix):
                return self._closest(paths)[: 1 if name in {ALL, MODULE} else None]
        for folder in places.folders:
            if paths := index.inside(root_uri, folder):
                return self._saying(paths, name)
        return []

    def _saying(self, paths: Iterable[str], name: str) -> list[str]:
        """Of a folder's files those that define a name that is wanted or said."""
        index, root_uri = self._index, self._root_uri
        wanted = [name, *(part for word in self._rank for part in word.split(".")[-1:])]
        defining = {path for one in dict.fromkeys(wanted) for path in index.paths_defining(one, root_uri)}
        return [path for path in self._closest(paths) if path in defining]

    def _neighbours(self) -> list[str]:
        folder = self._path.rpartition("/")[0]
        inside = self._index.inside(self._root_uri, folder) if folder else ()
        return self._saying((path for path in inside if path.rpartition("/")[0] == folder), "")[:_MAX_FILES]

    def _closest(self, paths: Iterable[str]) -> list[str]:
        """The paths that share the longest way with this file first."""
        own = self._path.split("/")

        def shared(path: str) -> int:
            pairs = zip(own, path.split("/"), strict=False)
            return next((number for number, (a, b) in enumerate(pairs) if a != b), len(own))

        return sorted((path for path in paths if path != self._path), key=lambda path: (-shared(path), len(path), path))

    def _is_module(self, name: Imported, files: Iterable[str]) -> bool:
        """Whether what was imported is a file itself: from package import module."""
        stems = (path.rpartition("/") for path in files)
        return any(name.original in {file.partition(".")[0], folder.rpartition("/")[2]} for folder, _, file in stems)

    def _definitions(self, path: str) -> tuple[Definition, ...]:
        outline = self._outline_of(path)
        return outline.definitions if outline else ()

    def _outline_of(self, path: str) -> Outline | None:
        if path not in self._unpacked and len(self._unpacked) >= _MAX_OUTLINES:
            return None
        self._unpacked.add(path)
        return self._index.outline(self._root_uri, path)


_MAKERS = frozenset({"__init__", "__new__", "constructor", "initialize", "init", "new", "New", "__construct"})


def _is_public(one: Definition) -> bool:
    return not one.name.startswith(("_", "#")) or one.name in _MAKERS


def _are_family(one: str, other: str) -> bool:
    return one == other or any(one in family and other in family for family in _FAMILIES)
