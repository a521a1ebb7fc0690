"""Lists: what is shipped for the questions, written for it."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"


def pairs() -> list[dict[str, Any]]:
    """Slow functions and fast ones that do the same, with what makes their arguments."""
    return list(_read("pairs")["pairs"])


def diagnostics() -> list[tuple[str, int, dict[str, str]]]:
    """Each kind of problem, with its number and what a linter says."""
    return [
        (kind, number, row) for kind, rows in _read("diagnostics").items() for number, row in enumerate(rows, start=1)
    ]


@cache
def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((DATA / f"{name}.toml").read_text(encoding="utf-8"))
