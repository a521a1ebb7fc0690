"""`mistral-lsp settings`: every setting, its value and where that came from."""

from __future__ import annotations

from mistral_lsp import terminal
from mistral_lsp.settings import resolve, sources


def run() -> int:
    """Print a line for each setting; 1 where something is wrong with one."""
    resolved = resolve(sources.standard())
    rows = [(key, value, origin) for key, value, origin in resolved.rows()]
    keys, values = (max(len(row[column]) for row in rows) for column in (0, 1))
    for key, value, origin in rows:
        print(f"{key:<{keys}}  {value:<{values}}  {origin}")
    terminal.report(*map(str, resolved.problems))
    return int(bool(resolved.problems))
