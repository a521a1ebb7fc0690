"""Ghost text: from a cursor to a Suggestion, or to the Reason why there is none."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mistral_lsp.core.context import build_context
from mistral_lsp.core.document import Span
from mistral_lsp.core.postprocess import is_enough, tidy
from mistral_lsp.core.reason import Reason
from mistral_lsp.core.suggestion import Suggestion
from mistral_lsp.core.trigger import Shape, shape_at
from mistral_lsp.model.base import Model, ModelError

if TYPE_CHECKING:
    from collections.abc import Callable

    from mistral_lsp.core.document import Cursor
    from mistral_lsp.core.healing import Healing
    from mistral_lsp.core.prompt import Prompt, PromptLibrary
    from mistral_lsp.core.syntax import Syntax, SyntaxCache

log = logging.getLogger(__name__)

MAX_BYTES = 16 * 2**20  # a larger document is data, not code


@dataclass(frozen=True, slots=True)
class CompletionRequest:
    """What the editor asked, frozen before anything is awaited."""

    cursor: Cursor
    invoked: bool  # by hand; otherwise automatic, while typing


@dataclass(frozen=True, slots=True, kw_only=True)
class CompletionOptions:
    """What the user's settings say of ghost text."""

    enabled: bool = True
    family: str = "auto"  # "auto" asks the model what it is, once
    delay_s: float = 0.075
    deadline_s: float = 5.0
    max_tokens: int = 64
    context_tokens: int = 1024
    disabled_languages: frozenset[str] = frozenset()


class Completer:
    """Answers completion requests through one model; a change of settings makes another."""

    def __init__(
        self, model: Model, prompts: PromptLibrary, syntax: SyntaxCache, options: CompletionOptions
    ) -> None:
        """Share `syntax` with the completer before this one, so that no tree is lost."""
        self._model = model
        self._prompts = prompts
        self._syntax = syntax
        self._options = options
        self._family = None if options.family == "auto" else options.family

    async def complete(
        self, request: CompletionRequest, *, on_text: Callable[[str], None] | None = None
    ) -> Suggestion | Reason:
        """What to show at the cursor, or why nothing.

        `on_text` gets what is certain so far, in whole lines, as it comes. Raises ModelError.
        """
        cursor, options = request.cursor, self._options
        if reason := self._unwanted(cursor):
            return reason
        shape = shape_at(cursor, await self._parsed(cursor), invoked=request.invoked)
        if isinstance(shape, Reason):
            return shape
        if not request.invoked:
            await asyncio.sleep(options.delay_s)  # a newer keystroke cancels us here
        context = build_context(cursor, budget_tokens=options.context_tokens)
        prompt, healing = self._prompts.completion(
            await self._resolved_family(), context, shape, max_tokens=options.max_tokens
        )
        stream = _Stream(cursor, shape, healing, on_text)
        text = await stream.read(self._model, prompt, deadline_s=options.deadline_s)
        if isinstance(text, Reason):
            return text
        return Suggestion(text, Span(cursor.document, cursor.offset, cursor.offset))

    def _unwanted(self, cursor: Cursor) -> Reason | None:
        document = cursor.document
        if not self._options.enabled:
            return Reason.DISABLED
        if document.language in self._options.disabled_languages:
            return Reason.LANGUAGE_OFF
        if document.text.byte_count > MAX_BYTES:
            return Reason.TOO_LARGE
        if "\0" in cursor.line_prefix + cursor.line_suffix + "".join(cursor.lines_before(8)):
            return Reason.BINARY
        return None

    async def _parsed(self, cursor: Cursor) -> Syntax | None:
        """The syntax at the cursor, parsed in slices between which the editor is heard."""
        parse = self._syntax.parse(cursor)
        while not parse.step():
            await asyncio.sleep(0)
        return parse.syntax

    async def _resolved_family(self) -> str:
        if self._family is None:
            self._family = self._prompts.family_of((await self._model.describe()).name)
            log.info("prompt family: %s", self._family)
        return self._family


class _Stream:
    """One answer while it comes in."""

    def __init__(
        self, cursor: Cursor, shape: Shape, healing: Healing, on_text: Callable[[str], None] | None
    ) -> None:
        self._cursor = cursor
        self._shape = shape
        self._healing = healing
        self._on_text = on_text
        self._raw = ""

    async def read(self, model: Model, prompt: Prompt, *, deadline_s: float) -> str | Reason:
        """Read until the shape is complete or the deadline has come, then hang up."""
        try:
            async with asyncio.timeout(deadline_s), contextlib.aclosing(model.stream(prompt)) as chunks:
                async for chunk in chunks:
                    self._raw += chunk
                    if self._is_settled():
                        break
        except TimeoutError:
            return self._whole_lines()
        healed = self._healing.match(self._raw)
        return healed
