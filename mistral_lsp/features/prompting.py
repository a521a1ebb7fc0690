"""Prompting: from a request to the prompt that its answer begins with, and what is learnt of the model on the way."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from mistral_lsp.core.context import CHARS_PER_TOKEN, build_context, snippet_budget
from mistral_lsp.features.options import AUTO

if TYPE_CHECKING:
    from mistral_lsp.core.budget import Budget
    from mistral_lsp.core.context import Snippet
    from mistral_lsp.core.healing import Healing
    from mistral_lsp.core.prompt import Prompt, PromptLibrary
    from mistral_lsp.core.syntax import Syntax
    from mistral_lsp.core.trigger import Shape
    from mistral_lsp.features.options import CompletionOptions
    from mistral_lsp.features.request import CompletionRequest
    from mistral_lsp.features.surroundings import Surroundings
    from mistral_lsp.model.base import Model, ModelInfo, TooLong

log = logging.getLogger(__name__)


class Prompting:
    """Makes the prompts for one model."""

    def __init__(
        self,
        model: Model,
        prompts: PromptLibrary,
        options: CompletionOptions,
        *,
        surroundings: Surroundings | None,
        budget: Budget,
    ) -> None:
        """`budget` is what is known of the model's tokens."""
        self._model = model
        self._prompts = prompts
        self._options = options
        self._surroundings = surroundings if options.snippets else None
        self.budget = budget
        self.family = None if options.family == AUTO else options.family  # None until the model was asked
        self.info: ModelInfo | None = None  # what it said of itself

    async def warm_up(self) -> None:
        """Load, in threads, what the first prompt would otherwise wait for."""
        work = [asyncio.to_thread(self._prompts.warm_up, self.family)]
        if self._surroundings is not None:
            work.append(asyncio.to_thread(self._surroundings.warm_up))
        await asyncio.gather(*work)

    async def prompt(self, request: CompletionRequest, shape: Shape, syntax: Syntax) -> tuple[Prompt, Healing]:
        """The prompt, and what its answer has to begin with.

        Raises TimeoutError while the model isn't ready to say what it is, ModelError, and PromptFileError.
        """
        family = self.family or await self._asked_family()
        wanted = self._prompts.context_tokens(family, self._options.context_tokens)
        tokens = self.budget.allowed(wanted, max_tokens=self._options.max_tokens)
        context = build_context(
            request.cursor,
            budget_tokens=tokens,
            chars_per_token=self.budget.chars_per_token(request.cursor.document.language),
            root_uri=request.root_uri,
            syntax=syntax,
            cells_above=request.cells_above,
            snippets=await self._snippets(request, family, tokens),
        )
        return self._prompts.completion(family, context, shape, max_tokens=self._options.max_tokens)

    def refused(self, language: str, prompt: Prompt, error: TooLong) -> None:
        """The model takes less than that: later prompts keep to it."""
        log.info("a prompt was too long: %s tokens, where %s fit", error.given_tokens, error.limit_tokens)
        self.budget.refused(language, prompt.text, given_tokens=error.given_tokens, limit_tokens=error.limit_tokens)

    async def _asked_family(self) -> str:
        """The family of the model that the endpoint serves, asked once."""
        async with asyncio.timeout(self._options.deadline_s):
            self.info = await self._model.describe()
        self.budget.limit(self.info.context_tokens)
        self.family = self._prompts.family_of(self.info.name)
        log.info("prompt family: %s", self.family)
        return self.family

    async def _snippets(self, request: CompletionRequest, family: str, budget_tokens: int) -> tuple[Snippet, ...]:
        """Text from elsewhere, where the family's prompt has a place for it."""
        if self._surroundings is None or not self._prompts.uses_snippets(family):
            return ()
        share = snippet_budget(budget_tokens)
        # Not by the estimate of the model's tokens: a selection would change with each step of that.
        return await self._surroundings.snippets(
            request,
            budget_chars=int(share * CHARS_PER_TOKEN),
            window_chars=int((budget_tokens - share) * CHARS_PER_TOKEN),
        )
