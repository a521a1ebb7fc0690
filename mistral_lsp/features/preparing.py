"""Preparing: in a pause, the explanation of the diagnostic nearest to the cursor is written before anybody hovers."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING

from mistral_lsp.core.syntax_errors import SOURCE
from mistral_lsp.model.base import ModelError

if TYPE_CHECKING:
    from mistral_lsp.core.document import Cursor
    from mistral_lsp.features.diagnostics import Diagnostics
    from mistral_lsp.features.explaining import Explainer
    from mistral_lsp.features.idle import Idle

log = logging.getLogger(__name__)

PAUSE_S = 1.5
NEAR_LINES = 30
MOST = 3  # for one place of the cursor


class Preparing:
    """One thing at a time, and the first to make way for anything else."""

    def __init__(self, explainer: Explainer, diagnostics: Diagnostics, idle: Idle) -> None:
        """Nothing is prepared until `soon` is called."""
        self._explainer = explainer
        self._diagnostics = diagnostics
        self._idle = idle
        self._cursor: Cursor | None = None
        self._work: asyncio.Task[bool] | None = None
        self._is_waiting = False
        idle.way.on_taken = self.make_way

    async def soon(self, cursor: Cursor | None) -> None:
        """Prepare what is near the cursor in the next pause; a later call moves the cursor."""
        self._cursor = cursor or self._cursor
        if self._is_waiting:
            return
        self._is_waiting = True
        try:
            await self._idle.quiet_for(PAUSE_S)
        finally:
            self._is_waiting = False
        with contextlib.suppress(ModelError):  # nobody asked for it
            await self._prepare()

    def make_way(self) -> None:
        """Something is asked for that a user waits for."""
        if self._work is not None:
            self._work.cancel()

    async def _prepare(self) -> None:
        cursor = self._cursor
        if cursor is None or self._work is not None:
            return
        document, text = cursor.document, cursor.document.text
        near = [
            (abs(text.position(one.start)[0] - cursor.line), one.severity, one.start, one)
            for one in self._diagnostics.of(document)
            if one.source != SOURCE  # what is half written has errors that go away by themselves
        ]
        for distance, _, _, one in sorted(near, key=lambda row: row[:3])[:MOST]:
            if distance > NEAR_LINES or self._idle.quiet_s < PAUSE_S:
                return
            self._work = asyncio.ensure_future(self._explainer.prepare(document, one))
            try:
                await self._work
            except asyncio.CancelledError:
                task = asyncio.current_task()
                if task is not None and task.cancelling():
                    raise
                return  # it made way
            finally:
                self._work = None
