"""Tasks: functions that are cut out of real files, to be typed back in."""

from __future__ import annotations

import sysconfig
import time
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from mistral_lsp.core.file_types import language_id_of
from mistral_lsp.core.languages import language_of
from mistral_lsp.core.outline import OutlineParse
from mistral_lsp.core.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mistral_lsp.core.definition import Definition

MIN_CHARS, MAX_CHARS = 200, 600  # of a function: longer ones take more than the run should
MAX_FILE_CHARS = 200_000
_KINDS = frozenset({"function", "method"})
_NOT_CODE = frozenset(
    {"test", "tests", "site-packages", "idlelib", "lib2to3", "pydoc_data", "turtledemo", "__pycache__"}
)


@dataclass(frozen=True, slots=True)
class Task:
    """One function in its file, in whole lines. Lines end with a newline alone."""

    name: str  # for a person: the file and the function
    uri: str
    language: str
    text: str  # the file
    start: int
    end: int

    @property
    def wanted(self) -> str:
        """What is typed, from the start of the function's first line."""
        return self.text[self.start : self.end]

    @property
    def given(self) -> str:
        """What the editor has put there already: the first line's indentation."""
        return self.wanted[: len(self.wanted) - len(self.wanted.lstrip(" \t"))]

    @property
    def opened(self) -> str:
        """The file without the function."""
        return self.text[: self.start] + self.given + self.text[self.end :]


def library_root() -> Path:
    """Where Python's own modules are."""
    return Path(sysconfig.get_path("stdlib"))


def standard_library() -> list[Path]:
    """The modules that every Python has."""
    root = library_root()
    return sorted(path for path in root.glob("**/*.py") if not _NOT_CODE & set(path.relative_to(root).parts))


def files_below(places: Sequence[Path]) -> list[Path]:
    """The files that are named, and those of the folders that are."""
    return [file for place in places for file in (sorted(place.rglob("*")) if place.is_dir() else [place])]


def pick(
    files: Sequence[Path],
    count: int,
    *,
    seed: int,
    language: str | None = None,
    root: Path | None = None,
    sizes: tuple[int, int] = (MIN_CHARS, MAX_CHARS),
) -> list[Task]:
    """So many functions of these files, no two of one file before each file has had its turn; the same for a seed."""
    chance = Random(seed)
    turns: list[list[Task]] = []
    for path in chance.sample(files, len(files)):
        if len(turns) == count:
            break
        if found := [one for one in functions_in(path, language, root) if sizes[0] <= len(one.wanted) <= sizes[1]]:
            turns.append(chance.sample(found, len(found)))
    return [turn[number] for number in range(count) for turn in turns if number < len(turn)][:count]


def functions_in(path: Path, language: str | None = None, root: Path | None = None) -> Iterator[Task]:
    """The functions of a file that can be typed; none where it can't be read or is in another language."""
    language_id = language_id_of(path.name)
    if language is not None and language_of(language).name != language_of(language_id).name:
        return
    try:
        content = path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n") if path.is_file() else ""
    except (OSError, UnicodeDecodeError):
        return
    if not content or len(content) > MAX_FILE_CHARS or "\0" in content or "\r" in content:
        return
    label = str(path.relative_to(root)) if root is not None and path.is_relative_to(root) else path.name
    for definition in _definitions(Text.of(content), language_id):
        task = _task(path, f"{label}: {definition.name}", language_id, content, definition)
        if not _has_trailing_spaces(task.wanted):
            yield task


def _definitions(text: Text, language_id: str) -> list[Definition]:
    parse = OutlineParse(text, language_of(language_id), clock=time.perf_counter)
    while not parse.step():
        pass
    return [one for one in parse.outline.definitions if one.kind in _KINDS]


def _task(path: Path, name: str, language_id: str, content: str, definition: Definition) -> Task:
    text = Text.of(content)
    start, end = text.offset(definition.line, 0), text.offset(definition.end_line, MAX_FILE_CHARS)
    return Task(name, path.absolute().as_uri(), language_id, content, start, end)


def _has_trailing_spaces(text: str) -> bool:
    return any(line != line.rstrip() for line in text.split("\n"))
