"""Races: two versions of a function run on the same inputs, in a limited process on a copy of the project."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING

from mistral_lsp.core.module_paths import python_module
from mistral_lsp.core.raced import Raced
from mistral_lsp.core.tools import NoCopy
from mistral_lsp.running.process import Limits, environment, run

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    from mistral_lsp.running.copies import Copy

CHILD = os.path.join(os.path.dirname(__file__), "race_child.py")
LIMITS = Limits(wall_s=30.0, cpu_s=25, memory_bytes=2**30, file_bytes=2**20, output_bytes=2**16)
SEED = 1
_FLAGS = ("-I", "-S", "-B", "-X", "utf8")


class Races:
    """Runs them; implements `features.racing.Races`."""

    def __init__(self, copy_of: Callable[[str], AbstractAsyncContextManager[Copy]], limits: Limits = LIMITS) -> None:
        """`copy_of` takes a document's URI; raises NoCopy."""
        self._copy_of = copy_of
        self._limits = limits

    async def race(self, uri: str, before: str, after: str, name: str) -> Raced:
        """What comes of the function of this name, such as "Class.method", in two texts of a Python file."""
        try:
            async with self._copy_of(uri) as copy:
                path = copy.file.replace(os.sep, "/")
                job = {"before": before, "after": after, "name": name, "path": path, "module": python_module(path)}
                stdin = json.dumps(job | {"seed": SEED}).encode()
                ran = await run(
                    (sys.executable, *_FLAGS, CHILD),
                    cwd=copy.root,
                    env=environment(),
                    limits=self._limits,
                    stdin=stdin,
                )
        except NoCopy as error:
            return Raced(why=str(error))
        try:
            return Raced(**json.loads(ran.output))
        except (ValueError, TypeError):
            return Raced(why=ran.fault or "it ended the process")
