"""Output of pytest: the failures of a run, in each style of traceback that it has."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mistral_lsp.core.complaint import Complaint, Frame, Part, chained

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_TITLE = re.compile(r"_{3,} (\S.*\S|\S) _{3,}$")
_SECTION = re.compile(r"={3,} .* ={3,}$")
_FAILURES = re.compile(r"={3,} (?:FAILURES|ERRORS) ={3,}$")
_PLACE = re.compile(
    r"((?:[A-Za-z]:)?[^\s:][^:]*):(\d+): ?(?:in (?P<name>.+)|(?P<error>[^\W\d][\w.]*)(?P<said>: .*)?)?$"
)
_SAID = re.compile(r"E {3,}(\S.*)$")


def pytest(lines: Sequence[str]) -> Iterator[Complaint]:
    """One complaint for each test that failed, or for each line of `--tb=line`."""
    is_on, begin = False, None
    for number, line in enumerate(lines):
        if _FAILURES.match(line):
            is_on = True
        is_title = is_on and _TITLE.match(line) is not None
        if begin is not None and (is_title or _SECTION.match(line)):
            yield from _failure(lines, begin, number)
            begin = None
        if is_title:
            begin = number
        elif is_on and begin is None and (found := _PLACE.match(line)) and found["said"]:
            message = f"{found['error']}{found['said']}"
            yield Complaint(number, number, (message,), (Frame(found[1], int(found[2])),))
        elif _SECTION.match(line) and not _FAILURES.match(line):
            is_on = False
    if begin is not None:
        yield from _failure(lines, begin, len(lines))


def _failure(lines: Sequence[str], begin: int, end: int) -> Iterator[Complaint]:
    """A test's: its places from the outermost to the innermost, with what was raised."""
    title = _TITLE.match(lines[begin])
    frames: list[Frame] = []
    messages: list[str] = []
    text, was_said = "", False
    for number in range(begin + 1, end):
        line = lines[number]
        if found := _SAID.match(line):
            messages += [] if was_said else [found[1]]
        elif line.startswith(">"):
            text = line[1:].strip()
        elif found := _PLACE.match(line):
            below = lines[number + 1].strip() if found["name"] and number + 1 < end else ""
            frames.append(Frame(found[1], int(found[2]), name=found["name"] or "", text=text or below))
            text = ""
        was_said = line.startswith("E ")
    while end - 1 > begin and not lines[end - 1]:
        end -= 1
    if frames or messages:
        said = tuple(reversed(messages)) or (title[1] if title else "a test failed",)
        yield from chained([Part(Complaint(begin, end - 1, said, tuple(reversed(frames))))])
