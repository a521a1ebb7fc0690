"""What a server under `audited.py` did that it must not: start a process, reach another place, write anywhere."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable

SCRIPT = Path(__file__).with_name("audited.py")


def command(log: Path, *arguments: str) -> list[str]:
    """How to start the server so."""
    return [sys.executable, "-B", str(SCRIPT), str(log), *arguments]


def violations(log: Path, *, urls: Iterable[str], cache: Path | None = None, state: Path | None = None) -> list[str]:
    """What is in a log besides connections to these endpoints, the embedded engine, and files of the cache.

    Of `state`, the user's folder of that name, one file may be written, and what it lies in made.
    """
    allowed = [place for url in urls for place in _places(url)]
    kept = _kept(state) if state else set()
    found = []
    for line in log.read_text().splitlines() if log.exists() else []:
        kind, event, *about = json.loads(line)
        told = f"{kind} {event} {' '.join(about)}"
        if kind == "reaches" and not any(place in told for place in allowed):
            found.append(told)
        if kind == "starts" and "mistral_lsp/model/engine.py" not in told:
            found.append(told)
        is_kept = (event, *about[:1]) in kept or about[:1] == ["/dev/null"]
        if kind == "writes" and not is_kept and not (cache and about[0].startswith(f"{cache}/")):
            found.append(told)
    return found


def _kept(state: Path) -> set[tuple[str, ...]]:
    """What becomes of the secret of the cache salt, and of nothing else."""
    file = state / "mistral-lsp" / "cache-salt"
    return {("open", str(file)), ("os.mkdir", str(file.parent)), ("os.mkdir", str(state))}


def _places(url: str) -> list[str]:
    """How an endpoint is spelled in a log: "('127.0.0.1', 8080" where it is reached, "host 8080" where looked up."""
    if url.startswith("unix:"):
        return [url.removeprefix("unix:")]
    parts = urlsplit(url)
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme, 0)
    hosts = {parts.hostname or "", *(("127.0.0.1", "::1") if parts.hostname == "localhost" else ())}
    return [spelled for host in hosts for spelled in (f"('{host}', {port}", f"{host} {port}")]
