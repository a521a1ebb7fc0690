"""Report: findings as lines for a terminal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mistral_lsp.core.visible import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH = 12  # of the titles' column, fixed so that findings can be shown as they come

_MARKS = {True: "✓", False: "✗", None: "–"}  # noqa: RUF001 - a dash as wide as the other marks
_COLOURS = {True: "32", False: "31", None: "2"}  # green, red, faint
_BOLD = "1"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    title: str
    ok: bool | None  # None is neither well nor a fault
    detail: str  # more lines where there is a list to show
    cure: str = ""  # what to do about it


def render(findings: Sequence[Finding], *, colour: bool) -> str:
    """The findings as lines that end with a newline; what an endpoint said in them can't act on the terminal."""
    return "".join(f"{line}\n" for finding in findings for line in _lines(finding, colour=colour))


def verdict(findings: Sequence[Finding], *, colour: bool) -> str:
    """The last line of a report."""
    faults = sum(finding.ok is False for finding in findings)
    told = {0: "All is well.", 1: "One fault."}.get(faults, f"{faults} faults.")
    return _painted(told, _COLOURS[not faults], colour=colour) + "\n"


def exit_status(findings: Sequence[Finding]) -> int:
    """1 where anything is at fault."""
    return int(any(finding.ok is False for finding in findings))


def _lines(finding: Finding, *, colour: bool) -> list[str]:
    mark = _painted(_MARKS[finding.ok], _COLOURS[finding.ok], colour=colour)
    title = _painted(finding.title.ljust(WIDTH), _BOLD, colour=colour)
    first, *more = map(visible, finding.detail.split("\n"))
    indent = " " * (WIDTH + 2)
    cure = (
        [indent + _painted(f"→ {visible(finding.cure)}", _COLOURS[finding.ok], colour=colour)] if finding.cure else []
    )
    return [f"{mark} {title}{first}", *(indent + line for line in more), *cure]


def _painted(text: str, style: str, *, colour: bool) -> str:
    return f"\x1b[{style}m{text}\x1b[0m" if colour else text
