"""Terminal: colour, progress and plain lines, for people; on stderr, so that stdout is the answer alone."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING, Self, TextIO

if TYPE_CHECKING:
    from types import TracebackType

BAR_WIDTH = 30


def has_colour(stream: TextIO) -> bool:
    """Whether to colour what goes there; see https://no-color.org."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def report(*lines: str) -> None:
    """Say something that isn't the command's answer."""
    for line in lines:
        print(line, file=sys.stderr)


class _Bar:
    """A line that is drawn again and again on a terminal, and ended once."""

    def __init__(self, title: str) -> None:
        """Nothing is drawn before the first `update`."""
        self._title = title
        self._has_begun = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._has_begun and sys.stderr.isatty():
            sys.stderr.write("\n")

    def _draw(self, done: int, total: int, about: str) -> None:
        filled = BAR_WIDTH * done // max(total, 1)
        bar = "█" * filled + "·" * (BAR_WIDTH - filled)
        sys.stderr.write(f"\r{self._title} {bar} {about}\x1b[K")
        sys.stderr.flush()


class Progress(_Bar):
    """A bar for a download, drawn on a terminal; elsewhere one line at its start."""

    def update(self, done: int, total: int) -> None:
        """Draw: bytes there, bytes in all."""
        if sys.stderr.isatty():
            self._draw(done, total, f"{done / 1e6:5.1f} of {total / 1e6:.1f} MB")
        elif not self._has_begun:
            report(f"{self._title}, {total / 1e6:.0f} MB")
        self._has_begun = True


class Steps(_Bar):
    """A bar for work that comes in pieces, with its time; where there is no terminal, a line at each tenth."""

    def __init__(self, title: str) -> None:
        """Nothing is drawn before the first `update`."""
        super().__init__(title)
        self._began_s = time.monotonic()
        self._first = 0  # what was there at the start
        self._told = -1

    def update(self, done: int, total: int) -> None:
        """Draw: pieces done, pieces in all."""
        if not self._has_begun:
            self._has_begun, self._first = True, done
        tenth = 10 * done // max(total, 1)
        about = f"{done} of {total}{self._left(done, total)}"
        if sys.stderr.isatty():
            self._draw(done, total, about)
        elif tenth > self._told:
            report(f"{self._title}: {about}")
        self._told = tenth

    def _left(self, done: int, total: int) -> str:
        took_s, new = time.monotonic() - self._began_s, done - self._first
        if not new or done >= total:
            return f", {took_s:.0f} s"
        return f", about {took_s / new * (total - done):.0f} s left"
