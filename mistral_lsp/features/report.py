"""Report: findings as lines for a terminal."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mistral_lsp.core.visible import visible

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

WORTH_TELLING_S = 0.001
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
    took_s: float = 0.0  # looking


def render(findings: Sequence[Finding], *, colour: bool) -> str:
    """The findings as lines that end with a newline; what an endpoint said in them can't act on the terminal."""
    return "".join(f"{line}\n" for finding in findings for line in _lines(finding, colour=colour))


def as_json(findings: Sequence[Finding]) -> str:
    """The findings for a program, with the verdict."""
    rows = [
        {"title": f.title, "ok": f.ok, "detail": f.detail, "cure": f.cure, "took_ms": round(f.took_s * 1000, 1)}
        for f in findings
    ]
    return json.dumps({"ok": not exit_status(findings), "findings": rows}, indent=1) + "\n"


async def timed(findings: AsyncIterator[Finding]) -> AsyncIterator[Finding]:
    """Each with the time since the one before."""
    began_s = time.perf_counter()
    async for finding in findings:
        now_s = time.perf_counter()
        yield replace(finding, took_s=now_s - began_s)
        began_s = time.perf_counter()


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
    if finding.took_s >= WORTH_TELLING_S:
        first += _painted(f"  ({finding.took_s * 1000:,.0f} ms)", _COLOURS[None], colour=colour)
    indent = " " * (WIDTH + 2)
    cure = (
        [indent + _painted(f"→ {visible(finding.cure)}", _COLOURS[finding.ok], colour=colour)] if finding.cure else []
    )
    return [f"{mark} {title}{first}", *(indent + line for line in more), *cure]


def _painted(text: str, style: str, *, colour: bool) -> str:
    return f"\x1b[{style}m{text}\x1b[0m" if colour else text
