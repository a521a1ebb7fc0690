"""Diagnostic: what another server, or our own parser, says is wrong at a place, and how it moves with the text."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum
from typing import TYPE_CHECKING

from mistral_lsp.core.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mistral_lsp.core.text import Change

MAX_MESSAGE_CHARS = 2_000
MAX_NAME_CHARS = 80  # of a code or a source


class Severity(IntEnum):
    """As LSP numbers them; the worst is the least."""

    ERROR = 1
    WARNING = 2
    INFORMATION = 3
    HINT = 4


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One of them. The offsets are code points of the document that it stands beside; make one with `Diagnostic.of`."""

    start: int
    end: int
    message: str
    severity: Severity = Severity.ERROR
    source: str = ""  # who says so, such as "Ruff"
    code: str = ""  # the rule's, such as "F841"

    @classmethod
    def of(
        cls, start: int, end: int, message: str, *, severity: object = 1, source: str = "", code: str = ""
    ) -> Diagnostic:
        """Bounded, and without what acts on a terminal; a severity that LSP doesn't know counts as an error."""
        known = Severity(severity) if isinstance(severity, int) and 1 <= severity <= len(Severity) else Severity.ERROR
        said = message if len(message) <= MAX_MESSAGE_CHARS else message[:MAX_MESSAGE_CHARS].rstrip() + "…"
        lines = (visible(line) for line in said.split("\n"))
        return cls(start, max(start, end), "\n".join(lines).strip(), known, _name(source), _name(code))

    @property
    def key(self) -> tuple[str, str, str]:
        """What it says, wherever it stands."""
        return self.source, self.code, self.message

    @property
    def headline(self) -> str:
        """Its message's first line, and who says so: "Local variable is never used (Ruff F841)"."""
        said_by = " ".join(part for part in (self.source, self.code) if part)
        first = self.message.partition("\n")[0]
        return f"{first} ({said_by})" if said_by else first

    def touches(self, start: int, end: int) -> bool:
        """Whether it stands at these offsets; both ends count, since a cursor stands between characters."""
        return self.start <= end and start <= self.end


def moved(diagnostics: Iterable[Diagnostic], change: Change) -> tuple[Diagnostic, ...]:
    """Where they stand after an edit, without those that it went into: of these nothing is known."""
    shift = change.new_end - change.old_end
    kept = []
    for one in diagnostics:
        if one.start >= change.old_end and one.end > change.start:
            kept.append(replace(one, start=one.start + shift, end=one.end + shift) if shift else one)
        elif one.end <= change.start:
            kept.append(one)
    return tuple(kept)


def worst_first(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """By severity, then by place."""
    return sorted(diagnostics, key=lambda one: (one.severity, one.start, one.end))


def _name(text: str) -> str:
    return visible(text[:MAX_NAME_CHARS]).strip()
