"""Output: what a program, a test runner or a compiler printed, and the errors that it tells of, with their places."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mistral_lsp.core.output_compilers import compilers
from mistral_lsp.core.output_pytest import pytest
from mistral_lsp.core.output_traces import go, python, rust, stacks
from mistral_lsp.core.prose_inline import without_control

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mistral_lsp.core.complaint import Complaint, Frame

MAX_CHARS = 500_000  # that are looked at: the last ones
MAX_LINE_CHARS = 2_000
SHOWN_LINE_CHARS = 300  # in a prompt
LINES_BEFORE, LINES_AFTER = 15, 5  # an error's own, that are shown with it
LEFT_OUT = "[… {} lines left out …]"

FORMATS = (python, pytest, rust, go, stacks, compilers)  # what one has found is no other's

_ESCAPE = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]{0,2000}(?:\x07|\x1b\\)?|[PX^_][^\x1b]{0,2000}(?:\x1b\\)?|[ -/]*[0-~])"
)
_SERVICE = re.compile(r"[\w.-]{1,60} +\| ?")  # docker compose puts it before each line


@dataclass(frozen=True, slots=True)
class Output:
    """A text that was printed; make one with `read_output`."""

    lines: tuple[str, ...]
    complaints: tuple[Complaint, ...]  # as they come in the text

    @property
    def main(self) -> Complaint | None:
        """The one to explain: the last, but of a compiler's errors the first, since the others may follow from it."""
        errors = [one for one in self.complaints if one.is_error] or list(self.complaints)
        if not errors or not errors[-1].is_compiler:
            return errors[-1] if errors else None
        at = len(errors)
        while at and errors[at - 1].is_compiler:
            at -= 1
        return errors[at]

    @property
    def others(self) -> tuple[Complaint, ...]:
        """The errors besides the main one."""
        return tuple(one for one in self.complaints if one.is_error and one is not self.main)

    @property
    def frames(self) -> tuple[Frame, ...]:
        """Of the main one, each place once, the innermost first."""
        frames = self.main.frames if self.main else ()
        known: dict[tuple[str, int], Frame] = {}
        for one in frames:
            before = known.get((place := (one.path.removeprefix("./"), one.line)), one)
            known[place] = replace(
                before,
                column=before.column or one.column,
                name=before.name or one.name,
                text=before.text or one.text,
            )
        return tuple(known.values())

    def around_main(self, most_chars: int) -> str:
        """The part of the text to show: the main error and what stands near it, or else the end."""
        main = self.main
        first, last = (len(self.lines), len(self.lines) - 1) if main is None else (main.first, main.last)
        before = len(self.lines) if main is None else LINES_BEFORE
        own, room = _shown(self.lines[first : last + 1]), most_chars
        if _size(own) > most_chars:
            return "\n".join(_middle_left_out(own, most_chars))
        room -= _size(own)
        above = _fitting(_shown(self.lines[max(0, first - before) : first])[::-1], room)[::-1]
        room -= _size(above)
        below = _fitting(_shown(self.lines[last + 1 : last + 1 + LINES_AFTER]), room)
        return "\n".join([*above, *own, *below]).strip("\n")


def read_output(text: str) -> Output:
    """Find the errors in a text. It takes a while for a long one: for a thread."""
    lines = _lines(text)
    left, found = list(lines), []
    for find in FORMATS:
        for one in find(tuple(left)):
            found.append(one)
            left[one.first : one.last + 1] = [""] * (one.last + 1 - one.first)
    return Output(lines, tuple(sorted(map(_once, found), key=lambda one: one.first)))


def _lines(text: str) -> tuple[str, ...]:
    """Without colours, and of what a progress bar has overwritten the last state."""
    lines = _ESCAPE.sub("", text[-MAX_CHARS:].replace("\r\n", "\n")).split("\n")
    plain = [without_control(line.rstrip("\r").rpartition("\r")[2][:MAX_LINE_CHARS]).rstrip() for line in lines]
    marked = [found for line in plain if line and (found := _SERVICE.match(line))]
    if len(marked) * 2 > sum(map(bool, plain)):
        plain = [_SERVICE.sub("", line, count=1) for line in plain]
    return tuple(plain)


def _once(one: Complaint) -> Complaint:
    return replace(one, messages=tuple(dict.fromkeys(one.messages)))


def _shown(lines: Sequence[str]) -> list[str]:
    return [line if len(line) <= SHOWN_LINE_CHARS else line[:SHOWN_LINE_CHARS] + "…" for line in lines]


def _size(lines: Sequence[str]) -> int:
    return sum(map(len, lines)) + len(lines)


def _fitting(lines: Sequence[str], room: int) -> list[str]:
    """The first of them, as many as fit."""
    kept: list[str] = []
    for line in lines:
        room -= len(line) + 1
        if room < 0:
            break
        kept.append(line)
    return kept


def _middle_left_out(lines: Sequence[str], most_chars: int) -> list[str]:
    """The beginning and the end, which have the message and the innermost places in nearly all formats."""
    room = max(0, most_chars - len(LEFT_OUT) - 8)
    above = _fitting(lines, room // 2)
    below = _fitting(lines[len(above) :][::-1], room - _size(above))[::-1]
    return [*above, LEFT_OUT.format(len(lines) - len(above) - len(below)), *below]
