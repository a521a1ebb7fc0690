"""Measure: what the benchmarks share: a process's figures from /proc, percentiles, tables, and a report."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PAUSE_S = 0.005  # between servers that take turns, so that what one still does doesn't fall into another's time

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


def cpu_ms(pid: int) -> float:
    """User and system time that a process and its threads have used, in steps of 10 ms."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / _TICKS_PER_S  # utime and stime, proc(5)


def rss_mb(pid: int) -> float:
    """Memory in use, with what is shared with other processes."""
    return _kilobytes(Path(f"/proc/{pid}/status"), "VmRSS:") / 1024


def pss_mb(pid: int) -> float:
    """Memory in use, with a fair part of what is shared."""
    return _kilobytes(Path(f"/proc/{pid}/smaps_rollup"), "Pss:") / 1024


def _kilobytes(path: Path, name: str) -> int:
    return next(int(line.split()[1]) for line in path.read_text(encoding="ascii").splitlines() if line.startswith(name))


def percentile(values: Sequence[float], percent: int) -> float:
    """The value below which so many of 100 are."""
    return quantiles(values, n=100, method="inclusive")[percent - 1] if len(values) > 1 else values[0]


@dataclass(frozen=True, slots=True)
class Bar:
    """What was promised, and what came out."""

    name: str
    value: float
    limit: float
    unit: str

    @property
    def holds(self) -> bool:
        """Whether the promise is kept."""
        return self.value <= self.limit

    def __str__(self) -> str:
        verdict = "PASS" if self.holds else "FAIL"
        return f"{verdict}  {self.name}: {_cell(self.value)}{self.unit and ' ' + self.unit} (bar {self.limit:g})"


def arguments(
    description: str | None, argv: Sequence[str] | None, *, line_counts: Sequence[int] = ()
) -> argparse.Namespace:
    """The options that every benchmark takes; with `line_counts`, which of such files are measured is one more."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="small numbers, to see that it works")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    if line_counts:
        sizes = " ".join(map(str, line_counts))
        parser.add_argument("--lines", type=int, nargs="+", default=line_counts, help=f"of each file; {sizes}")
    if not Path("/proc/self/stat").exists():
        parser.error("it reads /proc, which this system doesn't have")
    return parser.parse_args(argv)


def report(options: argparse.Namespace, rows: Sequence[Mapping[str, Any]], bars: Sequence[Bar]) -> int:
    """Print the rows as a table, then the bars; the exit status, which is 1 where a bar doesn't hold."""
    facts = machine()
    print(", ".join(f"{name} {value}" for name, value in facts.items()), end="\n\n")
    print(table(rows), end="\n\n")
    print(*bars, sep="\n")
    if options.json:
        verdicts = [
            {"name": b.name, "value": b.value, "limit": b.limit, "unit": b.unit, "holds": b.holds} for b in bars
        ]
        figures = {"machine": facts, "seed": options.seed, "quick": options.quick, "rows": rows, "bars": verdicts}
        options.json.write_text(json.dumps(figures, indent=2, default=dict) + "\n", encoding="utf-8")
    return 0 if all(bar.holds for bar in bars) else 1


def machine() -> dict[str, Any]:
    """What a figure depends on."""
    return {
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 2),
        "Python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "date": time.strftime("%Y-%m-%d"),
    }


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows with the same keys as aligned columns, numbers to the right; None is a dash."""
    cells = [list(rows[0]), *([_cell(value) for value in row.values()] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    is_number = [any(isinstance(row[name], int | float) for row in rows) for name in rows[0]]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(line, widths, is_number, strict=True)
        ).rstrip()
        for line in cells
    )


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:.2f}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)


def server_command() -> list[str]:
    """How to start the server under test."""
    return [sys.executable, "-m", "mistral_lsp"]


def server_env(home: str, url: str) -> dict[str, str]:
    """Settings by environment alone: this endpoint, no waiting, and no settings of the user's."""
    return {
        "XDG_CONFIG_HOME": home,
        "MISTRAL_LSP_ENDPOINT_KIND": "tgi",
        "MISTRAL_LSP_ENDPOINT_URL": url,
        "MISTRAL_LSP_ENDPOINT_FAMILY": "mistral-v3",
        "MISTRAL_LSP_COMPLETION_DELAY_MS": "0",
        # Who types here never takes what is suggested: the model would be left alone as one that is wrong.
        "MISTRAL_LSP_COMPLETION_MIN_CONFIDENCE": "0",
    }
