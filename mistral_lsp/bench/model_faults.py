"""What models write besides what is right: each fault takes a hole in real code, and spoils what stood there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mistral_lsp.core.lexing import indentation
from mistral_lsp.core.place import Place
from mistral_lsp.core.trigger import Shape

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from mistral_lsp.core.document import Cursor
    from mistral_lsp.core.syntax import Syntax

    Case = tuple[str, str | None]  # what the model writes, and what is right to show of it
    Fault = Callable[["Hole", random.Random], Case | None]


@dataclass(frozen=True, slots=True)
class Hole:
    """A place that a suggestion is made for, and what stood there."""

    cursor: Cursor
    shape: Shape
    middle: str
    below: tuple[str, ...]  # lines
    syntax: Syntax

    @property
    def place(self) -> Place:
        """A fresh one, with nothing looked up yet."""
        return Place(self.cursor, self.shape, self.syntax)


def nothing(hole: Hole, _chance: random.Random) -> Case:
    """The true middle and nothing else."""
    return hole.middle + "\n", hole.middle


def runs_on(hole: Hole, _chance: random.Random) -> Case:
    """It goes on with what stands below."""
    return "\n".join((hole.middle, *hole.below[:8])), hole.middle


def runs_on_later(hole: Hole, _chance: random.Random) -> Case | None:
    """It goes on with what stands below, then with something else."""
    return "\n".join((hole.middle, *hole.below[:3], "something = else_altogether(here)", "done()")), hole.middle


def spaced(hole: Hole, _chance: random.Random) -> Case | None:
    """The same, with other spacing."""
    below = [line.replace("(", "( ").replace("=", " =") for line in hole.below[:4]]
    return "\n".join((hole.middle, *below, "something = else_altogether(here)")), hole.middle


def again(hole: Hole, _chance: random.Random) -> Case | None:
    """The last line over and over."""
    lines = hole.middle.split("\n")
    own = hole.cursor.line_prefix + lines[0] if len(lines) == 1 else lines[-1]
    is_worded = any(map(str.isalpha, own))
    return (hole.middle + ("\n" + own) * 4, hole.middle) if is_worded else None


def in_circles(hole: Hole, _chance: random.Random) -> Case | None:
    """All of it over and over, where that is two to four lines."""
    lines = hole.middle.split("\n")
    if hole.cursor.line_prefix.strip() or not 2 <= len(lines) <= 4 or len(set(lines)) != len(lines):
        return None
    return "\n".join((hole.middle, *([hole.cursor.line_prefix + lines[0], *lines[1:]] * 3))), hole.middle


def copied(hole: Hole, _chance: random.Random) -> Case | None:
    """The line above over again."""
    above = hole.cursor.lines_before(1)
    if hole.cursor.line_prefix.strip() or not above or not any(map(str.isalpha, above[0])):
        return None
    if indentation(above[0]) != indentation(hole.cursor.line_prefix):
        return None
    return above[0].strip(), None


def closes_too_much(hole: Hole, chance: random.Random) -> Case | None:
    """A closer too many at the end of a line."""
    if hole.shape is not Shape.LINE or "#" in hole.middle or hole.place.kind is not None:
        return None
    return hole.middle + chance.choice((")", "})", "]", ");")) + "\n", hole.middle


def lone_closer(hole: Hole, chance: random.Random) -> Case | None:
    """Closers and nothing else, where the line leaves nothing open."""
    above = hole.cursor.line_prefix
    if above.strip() or hole.shape is not Shape.LINE or hole.place.kind is not None or hole.place.open_brackets:
        return None
    return chance.choice((")", "]", "});")), None


def _indented(hole: Hole, mend: Callable[[str], str]) -> Case | None:
    if "\n" not in hole.middle or any(quotes in hole.middle for quotes in ('"""', "'''")):
        return None
    first, *rest = hole.middle.split("\n")
    raw = "\n".join((first, *(mend(line) for line in rest)))
    return (raw, hole.middle) if raw != hole.middle else None


def tabs(hole: Hole, _chance: random.Random) -> Case | None:
    """Tabs for the file's spaces."""
    return _indented(hole, lambda line: line.replace("    ", "\t"))


def narrow(hole: Hole, _chance: random.Random) -> Case | None:
    """Two columns for each level that it opens itself."""
    base = len(hole.cursor.line_prefix) - len(hole.cursor.line_prefix.lstrip())

    def mend(line: str) -> str:
        deeper = len(line) - len(line.lstrip()) - base
        return line[: base + deeper // 2] + line.lstrip() if deeper > 0 else line

    return _indented(hole, mend) if hole.cursor.line_prefix.strip() or "\n" in hole.middle else None


def slips(hole: Hole, _chance: random.Random) -> Case | None:
    """A column too few on every line but the first."""
    return _indented(hole, lambda line: line[1:] if line.startswith("  ") else line)


FAULTS = {
    "none": nothing,
    "runs on into what stands below": runs_on,
    "the same, then goes elsewhere": runs_on_later,
    "the same, spaced otherwise": spaced,
    "the last line again and again": again,
    "all lines again and again": in_circles,
    "the line above again": copied,
    "closes too much": closes_too_much,
    "closes and nothing else": lone_closer,
    "tabs for spaces": tabs,
    "indents by two": narrow,
    "indents by a column less": slips,
}
