"""How long the scanners of a prompt take: for secrets, and for characters that nobody sees.

`python -m mistral_lsp.bench.scanners`

On 100 KB of ordinary code, and on a megabyte of each input that is made to be hard for one of their patterns.
"""

from __future__ import annotations

import sys
import sysconfig
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mistral_lsp.bench.measure import Bar, arguments, report
from mistral_lsp.core.secrets import mask
from mistral_lsp.core.unseen import show_unseen

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ORDINARY_CHARS, HARD_CHARS = 100_000, 1_000_000
ORDINARY_MS, HARD_MS = 10.0, 100.0  # the bars
RUNS = 5
FILES = ("argparse.py", "ssl.py", "http/client.py", "typing.py")

# The beginnings of secrets, over and over: each may be the one that is found, and none is.
HARD = (
    *("a", "A+/=", "://a:b", 'token="', "password = ", "-----BEGIN PRIVATE KEY-----\n" + "A" * 64 + "\n"),
    *("eyJaaaaaaaaa.", "sk-", "Bearer ", "A" * 64 + "\n", "12345678:AA", "xoxb-", "='", "\u200d", "a\u200b", " "),
)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print, and say by the exit status whether the bars hold."""
    options = arguments(__doc__, argv)
    code = _ordinary()
    rows: list[dict[str, Any]] = []
    for name, scan in (("secrets", mask), ("unseen", show_unseen)):
        hard = {text: _took_ms(scan, text * (HARD_CHARS // len(text)), 1 if options.quick else RUNS) for text in HARD}
        worst = max(hard, key=lambda text: hard[text])
        rows.append(
            {"scanner": name, "100 KB ms": _took_ms(scan, code, RUNS), "1 MB ms": hard[worst], "of": ascii(worst)}
        )
    ordinary = sum(row["100 KB ms"] for row in rows)
    bars = [Bar("both, 100 KB of code", ordinary, ORDINARY_MS, "ms")]
    bars += [Bar(f"{row['scanner']}, 1 MB at worst", row["1 MB ms"], HARD_MS, "ms") for row in rows]
    return report(options, rows, bars)


def _ordinary() -> str:
    """Code with one character beyond ASCII, so that nothing is skipped."""
    folder = Path(sysconfig.get_path("stdlib"))
    return "".join((folder / name).read_text("utf-8") for name in FILES)[: ORDINARY_CHARS - 1] + "é"


def _took_ms(scan: Callable[[str], str], text: str, runs: int) -> float:
    """The best of some runs: what others on the machine take isn't the scanner's."""
    best = float("inf")
    for _ in range(runs):
        started = time.perf_counter()
        scan(text)
        best = min(best, time.perf_counter() - started)
    return best * 1000


if __name__ == "__main__":
    sys.exit(main())
