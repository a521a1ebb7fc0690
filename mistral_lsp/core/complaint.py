"""Complaint: one error that a program or a tool tells of, and the places in the code that it names."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_FRAMES = 60  # of one complaint; a recursion that ran away has thousands


@dataclass(frozen=True, slots=True)
class Frame:
    """A place that is named."""

    path: str  # as it was printed
    line: int  # from 1
    column: int = 0  # from 1; 0: none is named
    name: str = ""  # of the function
    text: str = ""  # the line's, where it was printed too


@dataclass(frozen=True, slots=True)
class Complaint:
    """What went wrong, and where."""

    first: int  # lines of the output, from 0
    last: int
    messages: tuple[str, ...]  # what was thrown in the end, then what that came from
    frames: tuple[Frame, ...]  # where it came from first, each time the innermost first
    is_error: bool = True  # or else a warning
    is_compiler: bool = False

    @property
    def headline(self) -> str:
        """All that it says, on one line."""
        return ", because of ".join(self.messages)


class Link(Enum):
    """How a part of the output hangs together with the part before it."""

    NONE = "none"
    CAUSED_BY_LAST = "caused by the last"  # Python tells causes first
    CAUSE_OF_LAST = "cause of the last"  # Java and Node tell them last


@dataclass(frozen=True, slots=True)
class Part:
    """One trace of a chain."""

    complaint: Complaint
    link: Link = Link.NONE


def chained(parts: Iterable[Part]) -> list[Complaint]:
    """The complaints, each with all of its causes."""
    found: list[Complaint] = []
    for part in parts:
        one = part.complaint
        if part.link is Link.NONE or not found:
            found.append(one)
            continue
        last = found[-1]
        is_cause = part.link is Link.CAUSE_OF_LAST
        messages = (*last.messages, *one.messages) if is_cause else (*one.messages, *last.messages)
        frames = (*one.frames, *last.frames) if is_cause else (*last.frames, *one.frames)
        found[-1] = replace(last, last=one.last, messages=messages, frames=frames)
    return [replace(one, frames=_bounded(one.frames)) for one in found]


def _bounded(frames: tuple[Frame, ...]) -> tuple[Frame, ...]:
    return tuple(dict.fromkeys(frames))[:MAX_FRAMES]
