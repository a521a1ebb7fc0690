"""Fetch all that the tests with editors need, at the same time: `python tests/support/prefetch.py`, while others run.

What can't be had is left to the tests, which say why.
"""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1]))

from support import code_server, programs

if TYPE_CHECKING:
    from collections.abc import Callable

FETCHES: tuple[Callable[[], object], ...] = (
    code_server.install,
    programs.emacs,
    programs.lsp_mode,
    programs.helix,
    lambda: programs.neovim("0.12.4"),
    lambda: programs.neovim("0.11"),
)


def main() -> int:
    """Wait for all of them; 1 where one failed."""
    with ThreadPoolExecutor(len(FETCHES)) as pool:
        failures = [error for one in [pool.submit(fetch) for fetch in FETCHES] if (error := one.exception())]
    for error in failures:
        sys.stderr.write(f"not fetched: {error}\n")
    return int(bool(failures))


if __name__ == "__main__":
    raise SystemExit(main())
