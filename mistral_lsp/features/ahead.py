"""Ahead: what comes after a suggestion, fetched as if that were accepted, while the user still reads it.

A suggestion that ends a line is followed by an Enter and the indentation that editors give the next line; the model is
asked for what stands there. Accepted, the next line is there at once. What is typed instead ends it.
"""

from __future__ import annotations

import asyncio
import logging
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from mistral_lsp.core.document import Cursor
from mistral_lsp.core.language import pattern
from mistral_lsp.core.languages import language_of
from mistral_lsp.core.lexing import code_of
from mistral_lsp.core.trigger import Shape
from mistral_lsp.features.step import Step
from mistral_lsp.model.base import ModelError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from mistral_lsp.features.answer import Answer
    from mistral_lsp.features.idle import Idle
    from mistral_lsp.features.request import CompletionRequest

log = logging.getLogger(__name__)

LEAST_SURENESS = 0.1  # of a suggestion: behind less likely ones most of what is fetched is never come to
READ_S = 0.25  # before a person has begun to read a suggestion, and by character while they do
READ_CHARACTER_S = 0.01

# After one of these the next line is of an outer block, most of the time.
_ENDS_BLOCK = re.compile(r"\s*(?:return|raise|throw|break|continue|pass|goto)\b")


class Ahead:
    """Plans at most one step ahead, and begins it where the setting and the pause allow it."""

    def __init__(
        self,
        when: str,
        idle: Idle,
        begin: Callable[[CompletionRequest, Step], Awaitable[None]],
        *,
        is_slow: Callable[[], bool],
    ) -> None:
        """`when` is off, idle or always; `begin` asks the model. One user's pauses are `idle`'s.

        Where the endpoint isn't slow, idle asks for nothing: it answers in time when it is asked for what was accepted.
        """
        self._when = when
        self._idle = idle
        self._begin = begin
        self._is_slow = is_slow
        self._task: asyncio.Task[None] | None = None

    def shown(self, request: CompletionRequest, answer: Answer) -> None:
        """A suggestion of this answer was shown for this request."""
        self.end()
        if self._when != "off" and not request.invoked and request.popup is None:
            self._task = asyncio.ensure_future(self._run(request, answer))

    def end(self) -> None:
        """Something else was asked for."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    async def _run(self, request: CompletionRequest, answer: Answer) -> None:
        await answer.settled()
        if self._when == "idle" and not self._is_slow():
            return
        planned = plan(request, answer)
        if planned is None:
            return
        if self._when == "idle":
            await self._idle.quiet_for(READ_S + READ_CHARACTER_S * len(answer.text or ""))
        try:
            await self._begin(*planned)
        except ModelError as error:  # nobody has asked
            log.info("nothing was fetched ahead: %s", type(error).__name__)


def plan(request: CompletionRequest, answer: Answer) -> tuple[CompletionRequest, Step] | None:
    """What to ask for after a suggestion; None where that isn't worth it."""
    text, origin = answer.text, answer.request.cursor
    if text is None or answer.sureness < LEAST_SURENESS:
        return None
    if answer.shape is not Shape.LINE or origin.line_suffix.strip():
        return None
    document = origin.document
    accepted = document.changed(document.text.replace(origin.offset, origin.offset, text), document.version)
    cursor = Cursor(accepted, origin.offset + len(text))
    lead = _next_line(cursor)
    if lead is None:
        return None
    beyond = accepted.changed(accepted.text.replace(cursor.offset, cursor.offset, lead), document.version)
    step = Step(answer, lead, Cursor(beyond, cursor.offset + len(lead)))
    return replace(request, cursor=cursor, waited_s=0.0), step


def _next_line(cursor: Cursor) -> str | None:
    """An Enter at a line's end, and what editors indent the next line by; None where the block seems to end."""
    line = cursor.line_prefix
    language = language_of(cursor.document.language)
    code = code_of(language, line).rstrip()
    if not code or _ENDS_BLOCK.match(line):
        return None
    if pattern(language.opens).search(code):
        return None  # how deep the block stands is the user's to say
    return "\n" + line[: len(line) - len(line.lstrip())]
