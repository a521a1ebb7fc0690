"""Patterns: the lines of one ignore file, with git's meaning, and no more work than a hostile one may cause."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_LINES = 2000
MAX_LINE_CHARS = 500
MAX_STARS = 2  # in one part of a pattern, and one in each other
IS_CASELESS = sys.platform in {"darwin", "win32"}  # as git's core.ignoreCase is there

_CLASS = re.compile(r"\[[!^]?\]?(?:\[:\w*:\]|[^\]/])*\]")
_ODD_CLASS = re.compile(r"\[:|\[\[|--|&&|~~|\|\||\\")  # that `re` or pathspec reads otherwise than git
_EVERYTHING = "."  # the expression that pathspec makes of "*"


@dataclass(frozen=True, slots=True)
class Patterns:
    """In the file's order, the last that fits counts."""

    rows: tuple[tuple[re.Pattern[str], bool], ...]  # and whether it ignores; False takes an earlier one back

    def says(self, path: str) -> bool | None:
        """Whether a path below the file's folder is ignored; None where no pattern fits it.

        A folder's path ends with "/". What stands above it must have been asked about before.
        """
        path = path.lower() if IS_CASELESS else path
        for expression, ignores in reversed(self.rows):
            if _fits(expression, path):
                return ignores
        return None


def _fits(expression: re.Pattern[str], path: str) -> bool:
    """Whether the path itself fits, not only a folder above it, which is where pathspec is content."""
    if not expression.pattern.startswith("^"):  # what it makes of "*" and "*/"
        return expression.pattern == _EVERYTHING or path.endswith("/")
    found = expression.search(path)
    return found is not None and found.end() == len(path)


@lru_cache(maxsize=128)
def compiled(lines: tuple[str, ...]) -> Patterns:
    """The patterns of these lines; where there are too many, all is ignored."""
    if len(lines) > MAX_LINES:
        return EVERYTHING
    return Patterns(tuple(_rows(lines)))


def _rows(lines: Iterable[str]) -> Iterable[tuple[re.Pattern[str], bool]]:
    from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

    for line in lines:
        if bounded := _bounded(line):
            try:
                pattern = GitIgnoreSpecPattern(bounded)
            except (ValueError, re.error):  # git passes over what isn't a pattern
                continue
            if pattern.regex is not None and pattern.include is not None:
                yield pattern.regex, pattern.include


def _bounded(line: str) -> str:
    """The line, or one that ignores more and is quick to match; "" where it takes back what is ignored, and isn't."""
    if not line or line.startswith("#"):
        return ""
    line = line if line.endswith("\\ ") else line.rstrip()
    simple = _CLASS.sub(lambda found: "?" if _ODD_CLASS.search(found[0]) else found[0], line)
    simple = "*" if len(simple) > MAX_LINE_CHARS else "/".join(_cut(simple.split("/")))
    if simple != line and line.startswith("!"):
        return ""
    if simple.endswith("/**"):  # what is inside, not the folder itself
        simple += "/*"
    elif simple.endswith("/**/"):
        simple += "*/"
    return simple.lower() if IS_CASELESS else simple


def _cut(parts: list[str]) -> list[str]:
    """A pattern's parts up to the one that makes matching slow, which then stands for more.

    One star in a part can match in one way only; each further one, and each `**`, costs a factor of the length.
    """
    doubled = globstars = 0
    for index, part in enumerate(parts):
        stars = part.count("*")
        if part == "**":
            globstars += index > 0
        else:
            doubled += stars > 1
        if globstars > 1 or doubled > 1 or (part != "**" and stars > MAX_STARS):
            start = "" if part == "**" or "\\" in part else part.partition("*")[0]
            return [*parts[:index], f"{start}*"]
    return parts


EVERYTHING = Patterns(((re.compile(_EVERYTHING), True),))
