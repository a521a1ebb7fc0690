"""Ghost text: from a cursor to a Suggestion, or to the Reason why there is none."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mistral_lsp.core.context import CHARS_PER_TOKEN, build_context, snippet_budget
from mistral_lsp.core.document import Span
from mistral_lsp.core.lexing import Kind
from mistral_lsp.core.prompt_file import PromptFileError
from mistral_lsp.core.reason import Reason
from mistral_lsp.core.suggestion import Suggestion
from mistral_lsp.core.trigger import Shape, shape_at
from mistral_lsp.features.answer import Answer
from mistral_lsp.features.reuse import Reuse
from mistral_lsp.features.rhythm import Rhythm

if TYPE_CHECKING:
    from collections.abc import Callable

    from mistral_lsp.core.context import Snippet
    from mistral_lsp.core.document import Cursor, Document
    from mistral_lsp.core.healing import Healing
    from mistral_lsp.core.prompt import Prompt, PromptLibrary
    from mistral_lsp.core.syntax import Syntax, SyntaxCache
    from mistral_lsp.features.surroundings import Surroundings
    from mistral_lsp.model.base import Model, ModelInfo

log = logging.getLogger(__name__)

AUTO = "auto"
MAX_BYTES = 16 * 2**20  # a larger document is data, not code
NEAR_CHARS = 1_000  # to each side of the cursor, to see whether a document is binary


@dataclass(frozen=True, slots=True)
class CompletionRequest:
    """What the editor asked, frozen before anything is awaited."""

    cursor: Cursor
    invoked: bool  # by hand; otherwise automatic, while typing
    root_uri: str = ""  # the workspace folder that the document is in
    cells_above: tuple[Document, ...] = ()  # in a notebook: the cells before this one, in order
    popup: Span | None = None  # what the editor's open menu would replace, in `cursor.document` with that text in place
    waited_s: float = 0.0  # for a pause in the typing, by the editor


@dataclass(frozen=True, slots=True, kw_only=True)
class CompletionOptions:
    """What the user's settings say of ghost text."""

    enabled: bool = True
    family: str = "auto"  # "auto" asks the model what it is, once
    delay_s: float | None = None  # to wait for a pause; None follows how the user types
    in_comments: bool = True
    in_strings: bool = True
    deadline_s: float = 5.0
    max_tokens: int = 64
    context_tokens: int = 1024
    disabled_languages: frozenset[str] = frozenset()
    snippets: bool = True  # text from other files in prompts


class Completer:
    """Answers completion requests through one model; a change of settings makes another."""

    def __init__(
        self,
        model: Model,
        prompts: PromptLibrary,
        syntax: SyntaxCache,
        options: CompletionOptions,
        *,
        surroundings: Surroundings | None = None,
    ) -> None:
        """Share `model` and `syntax` with the completer before this one where they still fit.

        Without `surroundings` a prompt has nothing from other files.
        """
        self.model = model
        self.syntax = syntax
        self._prompts = prompts
        self._options = options
        self._surroundings = surroundings if options.snippets else None
        self._reuse = Reuse()
        self._rhythm = Rhythm()
        self._family = None if options.family == AUTO else options.family
        self._info: ModelInfo | None = None

    @property
    def family(self) -> str | None:
        """Of the prompts; None until the model was asked, where that decides."""
        return self._family

    @property
    def info(self) -> ModelInfo | None:
        """What the model said of itself, if it was asked."""
        return self._info

    async def warm_up(self) -> None:
        """Load, in threads, what the first request would otherwise wait for; asks the endpoint for nothing."""
        work = [self.model.warm_up(), asyncio.to_thread(self._prompts.warm_up, self._family)]
        if self._surroundings is not None:
            work.append(asyncio.to_thread(self._surroundings.warm_up))
        await asyncio.gather(*work)

    async def complete(
        self,
        request: CompletionRequest,
        *,
        on_text: Callable[[str], None] | None = None,
        on_first_text: Callable[[], None] | None = None,
    ) -> Suggestion | Reason:
        """What to show at the cursor, or why nothing.

        `on_text` gets what is certain so far, in whole lines, as it comes. `on_first_text` hears that the model begins
        to answer. Raises ModelError.
        """
        cursor, options = request.cursor, self._options
        if reason := self._unwanted(cursor):
            return reason
        turned_down, found = self._reuse.turned_down_at(request), self._reuse.find(request)
        if found is None and turned_down is not None:
            return Reason.TURNED_DOWN
        if found is None and not request.invoked and self._rhythm.has_deleted_at(cursor):
            return Reason.DELETED
        text: str | Reason | None = None
        is_from_memory = False
        if found is not None:
            answer, typed = found
            is_from_memory = not answer.is_streaming
            text = await answer.text_at(typed, deadline_s=options.deadline_s)
        if text is None:  # none fits, or what was typed turned out to be something else: that request has waited
            is_from_memory = False
            delay_s = 0.0 if found else self._delay_s(request)
            text = await self._ask(request, on_text, on_first_text, delay_s=delay_s)
        if text == turned_down:
            return Reason.TURNED_DOWN
        if isinstance(text, Reason):
            return text
        return Suggestion(text, Span(cursor.document, cursor.offset, cursor.offset), is_from_memory)

    def follow(self, document: Document) -> None:
        """A document was changed: a stream that disagrees with that ends."""
        self._rhythm.typed(document)
        self._reuse.follow(document)

    def forget(self, uri: str) -> None:
        """A document was closed: end its streams and free its tree."""
        self._reuse.forget(uri)
        self._rhythm.forget(uri)
        self.syntax.forget(uri)

    def end(self) -> None:
        """End all streams; the model stays open."""
        self._reuse.forget_all()

    async def _ask(
        self,
        request: CompletionRequest,
        on_text: Callable[[str], None] | None,
        on_first_text: Callable[[], None] | None,
        *,
        delay_s: float,
    ) -> str | Reason:
        """Ask the model, unless the place speaks against it; the answer stays in memory."""
        syntax = await self._parsed(request.cursor)
        shape = self._silence(request, syntax) or shape_at(request.cursor, syntax, invoked=request.invoked)
        if isinstance(shape, Reason):
            return shape
        if delay_s:
            await asyncio.sleep(delay_s)  # a newer keystroke cancels us here
        try:
            family = self._family or await self._asked_family()
            prompt, healing = await self._prompt(request, shape, family)
        except TimeoutError:
            return Reason.NOT_READY
        except PromptFileError as error:
            log.warning("the prompt file failed: %s", error)
            return Reason.PROMPT_FAILED
        if found := self._reuse.find(request):  # another request, for the menu say, was quicker
            return await found[0].text_at(found[1], deadline_s=self._options.deadline_s) or Reason.EMPTY
        answer = Answer(request, shape, healing, on_text, on_first_text)
        answer.begin(self.model, prompt, on_latency=self._rhythm.answered)
        self._reuse.add(answer)
        return await answer.text_at("", deadline_s=self._options.deadline_s) or Reason.EMPTY

    def _delay_s(self, request: CompletionRequest) -> float:
        if request.invoked:
            return 0.0
        fixed_s = self._options.delay_s
        wanted_s = self._rhythm.delay_s(request.cursor) if fixed_s is None else fixed_s
        return max(0.0, wanted_s - request.waited_s)

    def _silence(self, request: CompletionRequest, syntax: Syntax) -> Reason | None:
        """Why the user wants nothing in this part of the code."""
        if request.invoked or (self._options.in_comments and self._options.in_strings):
            return None
        kind = syntax.kind_at(request.cursor)
        if kind is Kind.COMMENT and not self._options.in_comments:
            return Reason.IN_COMMENT
        return Reason.IN_STRING if kind is Kind.STRING and not self._options.in_strings else None

    def _unwanted(self, cursor: Cursor) -> Reason | None:
        document = cursor.document
        if not self._options.enabled:
            return Reason.DISABLED
        if document.language in self._options.disabled_languages:
            return Reason.LANGUAGE_OFF
        if document.text.byte_count > MAX_BYTES:
            return Reason.TOO_LARGE
        if "\0" in document.text.slice(max(0, cursor.offset - NEAR_CHARS), cursor.offset + NEAR_CHARS):
            return Reason.BINARY
        return None

    async def _parsed(self, cursor: Cursor) -> Syntax:
        """The syntax at the cursor, parsed in slices between which the editor is heard."""
        parse = self.syntax.parse(cursor)
        while not parse.step():  # noqa: ASYNC110 - no wait for someone else, but the work itself
            await asyncio.sleep(0)
        return parse.syntax

    async def _asked_family(self) -> str:
        """The family of the model that the endpoint serves, asked once. Raises TimeoutError while it isn't ready."""
        async with asyncio.timeout(self._options.deadline_s):
            self._info = await self.model.describe()
        self._family = self._prompts.family_of(self._info.name)
        log.info("prompt family: %s", self._family)
        return self._family

    async def _prompt(self, request: CompletionRequest, shape: Shape, family: str) -> tuple[Prompt, Healing]:
        budget = self._prompts.context_tokens(family, self._options.context_tokens)
        snippets = await self._snippets(request, family, budget)
        context = build_context(request.cursor, budget_tokens=budget, root_uri=request.root_uri, snippets=snippets)
        return self._prompts.completion(family, context, shape, max_tokens=self._options.max_tokens)

    async def _snippets(self, request: CompletionRequest, family: str, budget_tokens: int) -> tuple[Snippet, ...]:
        """Text from elsewhere, where the family's prompt has a place for it."""
        if self._surroundings is None or not self._prompts.uses_snippets(family):
            return ()
        share = snippet_budget(budget_tokens)
        return await self._surroundings.snippets(
            request,
            budget_chars=int(share * CHARS_PER_TOKEN),
            window_chars=int((budget_tokens - share) * CHARS_PER_TOKEN),
        )
