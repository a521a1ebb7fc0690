"""Output traces: what Python, Node, Java, Go and Rust print when a program fails."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from mistral_lsp.core.complaint import Complaint, Frame, Link, Part, chained

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    Lines = Sequence[str]

_PY_FRAME = re.compile(r'([ |]*)File "([^"]+)", line (\d+)(?:, in (.+))?$')
_PY_ERROR = re.compile(r"[^\W\d][\w.]*(?::|$)")
_PY_CHAINED = ("The above exception was the direct cause", "During handling of the above exception")
_PY_INNER = re.compile(r"[ |+]+-{4,} (?:\d+|\.\.\.) -{4,}$|[ |]*\+-\+-{4,}")

_AT = re.compile(
    r"\s+at (?:async )?(?:(?:new )?(?P<name>[^()]*(?:\[as [^\]]*\])?) \()?"
    r"(?P<path>(?:[\w-]+:(?://)?)?[^\s():][^():]*):(?P<line>\d+):(?P<column>\d+)\)?(?: \{)?$"
)
_AT_JAVA = re.compile(
    r"\s+at (?:[\w.@-]*/){0,3}(?P<name>[\w.$<>]+)\((?P<file>[\w$-]+\.(?:java|kt|scala|groovy|clj)):(?P<line>\d+)\)"
)
_AT_OTHER = re.compile(r"\s+(?:at (?:[\w.$<>/@-]+\((?:Native Method|Unknown Source|[\w.]+)\)|.*<anonymous>.*)|\.\.\. )")
_THROWN = re.compile(r"(?:[\w.$/]*(?:Error|Exception|Throwable)\b)")
_CAUSES = re.compile(r"\s*(?:\[cause\]: |Caused by: |Suppressed: )")
_THREAD = re.compile(r'(?:Exception in thread "[^"]*" |Uncaught |\[cause\]: |Caused by: |Suppressed: )+')
_NODE_PLACE = re.compile(r"((?:file://)?/[^\s:]+|[A-Za-z]:[^\s:]+):(\d+)$")
MESSAGE_LINES = 12  # above a trace in which its message is looked for

_GO_BEGINS = re.compile(r"(?:panic|fatal error): ")
_GO_FRAME = re.compile(r"\t(\S.*\.(?:go|s)):(\d+)(?: \+0x[0-9a-f]+)?$")
GO_LINES = 40  # of messages, before the first goroutine's frames
GO_PANICS = 200  # of one text
_GO_NAME = re.compile(r"(?:created by )?(.*?)(?:\([^()]*\)| in goroutine \d+)?$")

_RUST_BEGINS = re.compile(r"thread '([^']*)' (?:\(\d+\) )?panicked at (?:'(?P<said>.*)', )?(?P<place>\S.*:\d+:\d+):?$")
_RUST_PLACE = re.compile(r"(.+):(\d+):(\d+)$")
_RUST_NAME = re.compile(r"\s*\d+: (?:0x[0-9a-f]+ - )?(.+)$")
_RUST_AT = re.compile(r"\s+at (.+):(\d+):(\d+)$")


def python(lines: Lines) -> list[Complaint]:
    """Tracebacks, with what they were raised from, exception groups and syntax errors."""
    return chained(_python_parts(lines))


def _python_parts(lines: Lines) -> Iterator[Part]:
    frames: list[Frame] = []
    first, indent, link, is_in_group = 0, 0, Link.NONE, False
    for number, line in enumerate(lines):
        body = line.removeprefix("E ").lstrip(" |")
        depth = len(line) - len(body)
        if found := _PY_FRAME.match(line.removeprefix("E ")):
            first, indent = (first if frames else number), depth
            frames.append(Frame(found[2], int(found[3]), name=found[4] or ""))
        elif frames and (not body or depth > indent):
            if body and not frames[-1].text:
                frames[-1] = replace(frames[-1], text=body)
        elif frames and depth < indent:
            if _PY_ERROR.match(body):
                yield Part(Complaint(first, number, (body,), tuple(reversed(frames))), link)
                link = Link.CAUSE_OF_LAST if is_in_group else Link.NONE
            frames = []
        elif body.startswith(_PY_CHAINED):
            link = Link.CAUSED_BY_LAST
        elif _PY_INNER.match(line):
            link, is_in_group = Link.CAUSE_OF_LAST, True
        elif not line.startswith((" ", "|")) and body.startswith("Traceback (most"):
            link, is_in_group = (link if link is Link.CAUSED_BY_LAST else Link.NONE), False


def stacks(lines: Lines) -> list[Complaint]:
    """Node's and Java's, and of their kin: a message, and below it one line "at" for each frame."""
    return chained(_stack_parts(lines))


def _stack_parts(lines: Lines) -> Iterator[Part]:
    number = 0
    while number < len(lines):
        if not (_AT.match(lines[number]) or _AT_JAVA.match(lines[number])):
            number += 1
            continue
        begin, frames = number, []
        while number < len(lines) and (
            (found := _at(lines[number])) is not None or _AT_OTHER.match(lines[number]) is not None
        ):
            frames += [found] if found is not None and not found.path.startswith("node:") else []
            number += 1
        at = _message_line(lines, begin)
        place = _node_place(lines, at)
        if place is not None and place not in frames:
            frames.insert(0, place)
        link = Link.CAUSE_OF_LAST if _CAUSES.match(lines[at]) else Link.NONE
        message = _THREAD.sub("", lines[at].strip()).removesuffix(" {")
        yield Part(Complaint(at, number - 1, (message,), tuple(frames)), link)


def _at(line: str) -> Frame | None:
    if found := _AT_JAVA.match(line):
        package = "/".join(found["name"].split(".")[:-2])
        path = f"{package}/{found['file']}" if package else found["file"]
        return Frame(path, int(found["line"]), name=".".join(found["name"].split(".")[-2:]))
    if found := _AT.match(line):
        return Frame(found["path"], int(found["line"]), int(found["column"]), (found["name"] or "").strip())
    return None


def _message_line(lines: Lines, begin: int) -> int:
    """Above the first frame: the line that names what was thrown, since messages may have several lines."""
    above = range(begin - 1, max(-1, begin - 1 - MESSAGE_LINES), -1)
    nearest = next((at for at in above if lines[at].strip()), max(0, begin - 1))
    thrown = (at for at in above if _THROWN.match(_THREAD.sub("", lines[at].strip())) and not _at(lines[at]))
    return next(thrown, nearest)


def _node_place(lines: Lines, at: int) -> Frame | None:
    """Node shows the place of an error in the code itself above its message."""
    for number in range(at - 1, max(-1, at - 8), -1):
        if found := _NODE_PLACE.match(lines[number]):
            text = lines[number + 1].strip() if number + 1 < at else ""
            return Frame(found[1], int(found[2]), text=text)
    return None


def go(lines: Lines) -> Iterator[Complaint]:
    """A panic, or what the runtime calls a fatal error: of the goroutine that failed."""
    number = count = 0
    while number < len(lines) and count < GO_PANICS:
        if not _GO_BEGINS.match(lines[number]):
            number += 1
            continue
        one = _go_complaint(lines, number)
        yield one
        number, count = one.last + 1, count + 1


def _go_complaint(lines: Lines, first: int) -> Complaint:
    """What it says, from the last panic to the first one, and the frames of the first goroutine that is told."""
    messages, frames = [lines[first].partition(": ")[2]], list[Frame]()
    near = range(first + 1, min(first + GO_LINES, len(lines)))
    begin = next((at for at in near if _GO_FRAME.match(lines[at])), None)
    for at in range(first + 1, begin or first + 1):
        if _GO_BEGINS.match(lines[at].lstrip("\t")):
            messages.insert(0, lines[at].partition(": ")[2])
    last = at = first
    for at in range(begin or len(lines), len(lines)):
        if not lines[at]:
            break
        if found := _GO_FRAME.match(lines[at]):
            name = _GO_NAME.match(lines[at - 1])
            frames.append(Frame(found[1], int(found[2]), name=name[1] if name else ""))
            last = at
    return chained([Part(Complaint(first, last, tuple(messages), tuple(frames)))])[0]


def rust(lines: Lines) -> Iterator[Complaint]:
    """A panic, with its backtrace where one was asked for."""
    for number, line in enumerate(lines):
        begins = _RUST_BEGINS.match(line)
        place = _RUST_PLACE.match(begins["place"]) if begins else None
        if begins is None or place is None:
            continue
        frames = [Frame(place[1], int(place[2]), int(place[3]))]
        last, said = number, begins["said"] or ""
        if not said and number + 1 < len(lines):
            last, said = number + 1, lines[number + 1]
        if number + 2 < len(lines) and any(one.startswith("stack backtrace") for one in lines[last + 1 : last + 6]):
            last = _backtrace(lines, last + 1, frames)
        yield from chained([Part(Complaint(number, last, (said or "it panicked",), tuple(frames)))])


def _backtrace(lines: Lines, number: int, frames: list[Frame]) -> int:
    """Read Rust's; gives its last line."""
    while not lines[number].startswith("stack backtrace"):
        number += 1
    last, name = number, ""
    for at in range(number + 1, len(lines)):
        if found := _RUST_AT.match(lines[at]):
            frames.append(Frame(found[1], int(found[2]), int(found[3]), name))
        elif found := _RUST_NAME.match(lines[at]):
            name = found[1]
        else:
            break
        last = at
    return last
