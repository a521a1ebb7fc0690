"""Tools: what a checker's or a test's command line means, and what its output says of an edit."""

from __future__ import annotations

import re
import shlex
from collections import Counter
from dataclasses import dataclass
from fnmatch import fnmatch
from posixpath import basename
from typing import TYPE_CHECKING

from mistral_lsp.core.visible import shortened, visible

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_TOLD_CHARS = 160
_PATTERN = re.compile(r"(\*[^\s:]*):(?:\s+|$)")
_STARTERS = frozenset({"npx", "uvx", "pipx", "env", "poetry", "uv", "run", "exec", "pnpm", "yarn", "bundle", "nice"})
_COLOURS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_NUMBER = re.compile(r"(?<![A-Za-z\d])\d+")  # a rule's own, as in E711, tells it from others
# How tools say where something is: file:1:2: text, file(1,2): text, and eslint's "  1:2  error  text".
_PLACED = re.compile(
    r"^\s*(?:(?P<file>[^\s:(][^:(]*?)(?::\d+(?::\d+)?|\(\d+(?:,\d+)?\))\s*[:\-]?|\d+:\d+)\s+(?P<said>\S.*)$"
)
_BARE = re.compile(r"^(?:error|warning)(?:\[\w+\])?: (?P<said>\S.*)$", re.IGNORECASE)  # rustc's, its place a line below
_NOTES = re.compile(r"^(?:note|help|info|hint)\b", re.IGNORECASE)
_SUMS = re.compile(r"could not compile|aborting due to|generated \d+ warning", re.IGNORECASE)
_NO_SPACE = re.compile(r"\s+")


class NoCopy(Exception):  # noqa: N818 - read as "there is no copy"
    """The project can't be copied: `str(error)` says why, for people."""


@dataclass(frozen=True, slots=True)
class Ran:
    """What became of a program."""

    status: int | None  # None where it did not come to its end
    output: str = ""  # both streams
    fault: str = ""  # why it didn't, to follow "not run: "
    is_offline: bool = False  # it had no network


@dataclass(frozen=True, slots=True)
class Tool:
    """One command line of the user's."""

    words: tuple[str, ...]  # "{file}" stands for the edited file
    pattern: str = "*"  # of the names of files that it is for

    @property
    def name(self) -> str:
        """What people call it: "mypy" for "python -m mypy"."""
        words = [word for word in self.words if word not in _STARTERS and "=" not in word]
        if words and basename(words[0]).startswith("python") and "-m" in words[:-1]:
            words = words[words.index("-m") + 1 :]
        first = next((word for word in words if not word.startswith("-")), self.words[0])
        return visible(shortened(basename(first.replace("\\", "/")).removesuffix(".exe"), 30))

    def is_for(self, path: str) -> bool:
        """Whether a file is one that it checks."""
        return fnmatch(basename(path), self.pattern)

    def words_for(self, path: str) -> tuple[str, ...]:
        """The words with the file in them; a name can't pass for an option."""
        safe = f"./{path}" if path.startswith("-") else path
        return tuple(word.replace("{file}", safe) for word in self.words)


def tool_of(line: str) -> Tool:
    """The command of a line such as "*.py: mypy {file}". Raises ValueError where it is none."""
    found = _PATTERN.match(line.strip())
    words = tuple(shlex.split(line.strip()[found.end() if found else 0 :]))
    if not words or not words[0].strip() or any("\0" in word for word in words):
        raise ValueError("a command line needs a program")
    return Tool(words, found[1] if found else "*")


def messages(output: str) -> Counter[str]:
    """What a checker says, each message with how often; where it says so, and the numbers in it, don't count."""
    return Counter(_NUMBER.sub("#", said) for said in _said(output))


def new_messages(before: str, after: str) -> list[str]:
    """The messages of the second output that the first one hasn't, in the tool's own words."""
    new = messages(after) - messages(before)
    found: dict[str, str] = {}
    for said in _said(after):
        if (key := _NUMBER.sub("#", said)) in new:
            found.setdefault(key, visible(shortened(said, MAX_TOLD_CHARS)))
    return list(found.values())


def is_still_there(message: str, before: str, after: str) -> bool:
    """Whether the tool said this before, and says it as often now."""
    wanted = _squeezed(message)

    def count(output: str) -> int:
        return sum(wanted in _squeezed(said) for said in _said(output))

    return bool(wanted) and 0 < count(before) <= count(after)


def last_words(output: str) -> str:
    """The line of a test run that says most of why it failed: the last that names a failure, or the last of all."""
    lines = [line.strip() for line in _COLOURS.sub("", output).splitlines() if re.search(r"\w", line)]
    named = [line for line in lines if re.match(r"(?:E\s|FAILED|FAIL\b|not ok|---\s*FAIL|\w*Error\b)", line)]
    return visible(shortened((named or lines or [""])[-1], MAX_TOLD_CHARS))


def _said(output: str) -> Iterator[str]:
    for line in _COLOURS.sub("", output).splitlines():
        found = _PLACED.match(line) or _BARE.match(line)
        if found and not _NOTES.match(found["said"]) and not _SUMS.search(found["said"]):
            yield found["said"].strip()


def _squeezed(text: str) -> str:
    return _NO_SPACE.sub("", text).replace("`", "").replace('"', "").replace("'", "").lower()
