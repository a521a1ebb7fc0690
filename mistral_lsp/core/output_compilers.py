"""Output of compilers and linters: rustc, gcc, clang, javac, Go's, tsc, and whoever writes as they do."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mistral_lsp.core.complaint import Complaint, Frame

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_PATH = r"(?P<path>(?:[A-Za-z]:)?[^\s:(][^:(]*)"
_KINDS = r"(?P<kind>fatal error|internal compiler error|error|warning)"
# gcc, clang, javac, mypy: "a.c:5:10: error: ...". Linters have a rule's code there: "a.py:1:8: F401 ...".
_COLONS = re.compile(
    rf"{_PATH}:(?P<line>\d+):(?:(?P<column>\d+):)? (?:{_KINDS}:? |(?=[A-Z]{{1,6}}\d{{1,5}} ))(?P<said>.+)$"
)
_TSC = re.compile(
    rf"{_PATH}(?:\((?P<line>\d+),(?P<column>\d+)\): |:(?P<line2>\d+):(?P<column2>\d+) - ){_KINDS} (?P<said>.+)$"
)
_GO = re.compile(r"(?:vet: |\s+)?(?P<path>\S+\.go):(?P<line>\d+):(?:(?P<column>\d+):)? (?P<said>\S.*)$")
_RUSTC = re.compile(r"(?P<kind>error|warning)(?:\[(?P<code>\w+)\])?: (?P<said>.+)$")
_RUSTC_PLACE = re.compile(r" *(?:-->|:::) (?P<path>.+):(?P<line>\d+):(?P<column>\d+)$")
_QUOTED = re.compile(r"\s*\d+ \| ?(.*)$|\s*\d+ {1,8}(\S.*)$")
MAX_FOUND = 500
MAX_BLOCK = 60  # lines of one of rustc's


def compilers(lines: Sequence[str]) -> Iterator[Complaint]:
    """Errors and warnings, each with its place."""
    count = number = 0
    while number < len(lines) and count < MAX_FOUND:
        one = _rustc(lines, number) or _one_line(lines, number)
        if one is not None:
            yield one
            count += 1
        number = one.last + 1 if one is not None else number + 1


def _rustc(lines: Sequence[str], number: int) -> Complaint | None:
    """A block with its places below the message."""
    found = _RUSTC.match(lines[number])
    if found is None:
        return None
    end = number + 1
    while end < len(lines) and lines[end] and end - number < MAX_BLOCK and not _RUSTC.match(lines[end]):
        end += 1
    places = [(at, place) for at in range(number + 1, end) if (place := _RUSTC_PLACE.match(lines[at]))]
    if not places:
        return None
    message = f"{found['said']} ({found['code']})" if found["code"] else found["said"]
    frames = tuple(
        Frame(place["path"], int(place["line"]), int(place["column"]), text=_quoted(lines[at + 1 : end], place))
        for at, place in places
    )
    return Complaint(number, end - 1, (message,), frames, is_error=found["kind"] == "error", is_compiler=True)


def _quoted(lines: Sequence[str], place: re.Match[str]) -> str:
    start = re.compile(rf"{place['line']} +\| ?(.*)$")
    return next((found[1].strip() for line in lines if (found := start.match(line.strip()))), "")


def _one_line(lines: Sequence[str], number: int) -> Complaint | None:
    """A message with its place before it."""
    line = lines[number]
    found = _COLONS.match(line) or _TSC.match(line) or _GO.match(line)
    if found is None:
        return None
    parts = found.groupdict()
    at, column = parts["line"] or parts.get("line2"), parts["column"] or parts.get("column2")
    text, last = _source(lines, number)
    frame = Frame(parts["path"].strip(), int(at or 0), int(column or 0), text=text)
    is_error = parts.get("kind") != "warning"
    return Complaint(number, last, (parts["said"],), (frame,), is_error=is_error, is_compiler=True)


def _source(lines: Sequence[str], number: int) -> tuple[str, int]:
    """The line of code that stands below a message, with a mark under it, and the last line of both."""
    for at in range(number + 1, min(number + 4, len(lines) - 1)):
        if any(one.match(lines[at]) for one in (_COLONS, _TSC, _GO)):
            break
        if lines[at + 1].strip(" |").startswith(("^", "~")):
            found = _QUOTED.match(lines[at])
            return (found[1] or found[2] or "" if found else lines[at]).strip(), at + 1
    return "", number
