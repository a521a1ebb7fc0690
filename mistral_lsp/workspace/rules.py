"""Rules: what an installed linter's own documentation says of a rule. Only asked in hovers and code actions.

The linter is looked for on the PATH alone, and never inside a folder that the user may have cloned.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import re
import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

log = logging.getLogger(__name__)

TIMEOUT_S = 3.0
MAX_CHARS = 3_000  # of a rule's text
MAX_KEPT = 300
_RUFF_CODE = re.compile(r"[A-Z]{1,6}[0-9]{1,5}")
_OPTIONS = re.compile(r"\n## (?:Options|References)\b.*", re.DOTALL)


class LinterRules:
    """Texts by source and code, asked of the linters once each."""

    def __init__(self, roots: Callable[[], Iterable[str]] = tuple, *, path: str | None = None) -> None:
        """`roots` are the folders of the workspace, as paths; `path` stands in for PATH."""
        self._roots = roots
        self._path = path
        self._kept: dict[str, str] = {}

    async def text(self, source: str, code: str) -> str:
        """What the rule's own documentation says; empty where none is installed, or it takes too long."""
        if source.lower() != "ruff" or not _RUFF_CODE.fullmatch(code):
            return ""
        if code not in self._kept:
            if len(self._kept) >= MAX_KEPT:
                self._kept.clear()
            self._kept[code] = await self._ask_ruff(code)
        return self._kept[code]

    async def _ask_ruff(self, code: str) -> str:
        ruff = await asyncio.to_thread(self._find, "ruff")
        if ruff is None:
            return ""
        try:
            async with asyncio.timeout(TIMEOUT_S):
                return await _output(ruff, "rule", code, "--output-format", "json")
        except (OSError, TimeoutError, ValueError) as error:
            log.info("ruff says nothing of a rule: %s", type(error).__name__)
            return ""

    def _find(self, name: str) -> str | None:
        """A program on the PATH that no repository has brought along."""
        folders = (self._path if self._path is not None else os.environ.get("PATH", "")).split(os.pathsep)
        roots = [os.path.realpath(root) + os.sep for root in self._roots()]
        safe = [folder for folder in folders if os.path.isabs(folder) and not _is_inside(folder, roots)]
        return shutil.which(name, path=os.pathsep.join(safe))


def _is_inside(folder: str, roots: list[str]) -> bool:
    return any((os.path.realpath(folder) + os.sep).startswith(root) for root in roots)


async def _output(*command: str) -> str:
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        cwd=os.path.dirname(command[0]),
        env={"PATH": os.environ.get("PATH", ""), "HOME": os.environ.get("HOME", "")},
    )
    try:
        data, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    reply = json.loads(data)
    explanation = reply.get("explanation") if isinstance(reply, dict) else None
    if not isinstance(explanation, str):
        return ""
    return _OPTIONS.sub("", explanation).strip()[:MAX_CHARS]
