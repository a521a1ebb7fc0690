"""Kept: the result of each case in a file of JSON lines as soon as there is one, so that a run can go on later.

A line belongs to one case in one configuration: a result of another model, seed or option is never taken for it.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mistral_lsp.commands.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping


class Kept:
    """The results of one configuration."""

    def __init__(self, path: Path, configuration: Mapping[str, Any], *, is_fresh: bool = False) -> None:
        """Read what is there. Raises Problem where the file can't be read or written."""
        self.path = path
        self._configuration = json.dumps(configuration, sort_keys=True)
        self._results: dict[str, dict[str, Any]] = {}
        self.used = 0  # results that needn't be found again
        self.added = 0
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if is_fresh:
                path.unlink(missing_ok=True)
            text = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
            self._file = path.open("a", encoding="utf-8")
        except OSError as error:
            raise Problem(f"{path} can't hold the results: {error.strerror}") from None
        if text and not text.endswith("\n"):  # the end of a line was lost
            self._file.write("\n")
        for line in text.splitlines():
            self._take(line)

    def get(self, lane: str, case: str) -> dict[str, Any] | None:
        """What was found before."""
        result = self._results.get(self._key(lane, case))
        self.used += result is not None
        return result

    def put(self, lane: str, case: str, result: Mapping[str, Any]) -> None:
        """Keep a result; it is on the disk when this returns."""
        key = self._key(lane, case)
        line = json.dumps({"key": key, "lane": lane, "case": case, "result": result})
        try:
            self._file.write(line + "\n")
            self._file.flush()
        except OSError as error:
            raise Problem(f"{self.path} can't hold the results: {error.strerror}") from None
        self._results[key] = dict(result)
        self.added += 1

    def close(self, *, is_done: bool = False) -> None:
        """End; a file whose run is done may go."""
        self._file.close()
        if is_done:
            self.path.unlink(missing_ok=True)

    def _key(self, lane: str, case: str) -> str:
        return hashlib.sha256(f"{self._configuration}\0{lane}\0{case}".encode()).hexdigest()[:24]

    def _take(self, line: str) -> None:
        try:
            row = json.loads(line)
            self._results[str(row["key"])] = dict(row["result"])
        except (ValueError, KeyError, TypeError):  # a line that was cut off
            return


def usual_path(bench: str, configuration: Mapping[str, Any]) -> Path:
    """Where an interrupted run of this very configuration is kept."""
    base = Path(os.environ.get("XDG_CACHE_HOME", ""))
    if not base.is_absolute():
        base = Path.home() / ".cache"
    name = hashlib.sha256(json.dumps(configuration, sort_keys=True).encode()).hexdigest()[:16]
    return base / "mistral-lsp" / "bench" / f"{bench}-{name}.jsonl"
