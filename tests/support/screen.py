"""A screen that Neovim draws on (`:help ui-linegrid`): what a person sees, each time that it is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH, HEIGHT = 80, 24


class Screen:
    """Its rows as text, and those of each moment since it was last forgotten."""

    def __init__(self) -> None:
        """Begin empty."""
        self._rows = [[" "] * WIDTH for _ in range(HEIGHT)]
        self.moments: list[list[str]] = []

    def take(self, batches: Sequence[Sequence[Any]]) -> None:
        """Draw what one notification tells."""
        for name, *calls in batches:
            for call in calls:
                if name == "grid_line":
                    self._write(*call[1:4])
                elif name == "grid_clear":
                    self._rows = [[" "] * WIDTH for _ in range(HEIGHT)]
                elif name == "grid_scroll":
                    self._scroll(*call[1:6])
                elif name == "flush":
                    self.moments.append(["".join(row).rstrip() for row in self._rows])

    def _write(self, row: int, column: int, cells: Sequence[Sequence[Any]]) -> None:
        for text, *more in cells:
            count = more[1] if len(more) > 1 else 1
            self._rows[row][column : column + count] = [text] * count
            column += count

    def _scroll(self, top: int, bottom: int, left: int, right: int, rows: int) -> None:
        before = [list(row) for row in self._rows]
        for row in range(top, bottom):
            if top <= row + rows < bottom:
                self._rows[row][left:right] = before[row + rows][left:right]
