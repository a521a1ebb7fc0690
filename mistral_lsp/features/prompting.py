"""Prompting: from a request to the prompt that its answer begins with, and what is learnt of the model on the way."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from mistral_lsp.core.context import CHARS_PER_TOKEN, build_context, snippet_budget
from mistral_lsp.core.families import PLAIN
from mistral_lsp.core.prompt_file import PromptFileError
from mistral_lsp.core.reason import Reason
from mistral_lsp.features.misses import Misses
from mistral_lsp.features.options import AUTO
from mistral_lsp.features.patience import PAST_DEADLINE_S
from mistral_lsp.features.surroundings import NEAR_LINES, PAUSE_S

if TYPE_CHECKING:
    from collections.abc import Callable

    from mistral_lsp.core.budget import Budget
    from mistral_lsp.core.context import Snippet
    from mistral_lsp.core.document import Cursor
    from mistral_lsp.core.healing import Healing
    from mistral_lsp.core.prompt import Prompt, PromptLibrary
    from mistral_lsp.core.trigger import Shape
    from mistral_lsp.core.window import Window
    from mistral_lsp.features.options import CompletionOptions
    from mistral_lsp.features.parsing import Tree
    from mistral_lsp.features.request import CompletionRequest
    from mistral_lsp.features.surroundings import Surroundings
    from mistral_lsp.model.base import Model, ModelInfo, TooLong

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Burst:
    """What prompts keep while the user types, so that each is the next one's beginning."""

    uri: str
    line: int  # of the cursor that the window was made for
    chars_per_token: float  # it may become less, not more
    window: Window | None
    at_s: float  # when the last prompt was made


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
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`budget` is what is known of the model's tokens."""
        self._model = model
        self._prompts = prompts
        self._options = options
        self._surroundings = surroundings if options.snippets else None
        self.budget = budget
        self.misses = Misses(count=options.min_confidence > 0)  # after some the model has to be surer
        self._clock = clock
        self._burst: _Burst | None = None
        self.family = None if options.family == AUTO else options.family  # None until the model was asked
        self.info: ModelInfo | None = None  # what it said of itself

    @property
    def looks_elsewhere(self) -> bool:
        """Whether prompts may have text of other documents."""
        return self._surroundings is not None

    async def warm_up(self) -> None:
        """Load, in threads, what the first prompt would otherwise wait for."""
        work = [asyncio.to_thread(self._prompts.warm_up, self.family)]
        if self._surroundings is not None:
            work.append(asyncio.to_thread(self._surroundings.warm_up))
        await asyncio.gather(*work)

    async def prompt(self, request: CompletionRequest, shape: Shape, tree: Tree) -> tuple[Prompt, Healing] | Reason:
        """The prompt, and what its answer has to begin with. Raises ModelError where the model can't say what it is."""
        try:
            return await self._prompt(request, shape, tree, family=await self._known_family())
        except TimeoutError:
            return Reason.NOT_READY
        except PromptFileError as error:
            log.warning("the prompt file failed: %s", error)
            return Reason.PROMPT_FAILED

    async def _prompt(
        self, request: CompletionRequest, shape: Shape, tree: Tree, *, family: str
    ) -> tuple[Prompt, Healing]:
        cursor = request.cursor
        wanted = self._prompts.context_tokens(family, self._options.context_tokens)
        tokens = self.budget.allowed(wanted, max_tokens=self._options.max_tokens)
        kept = self._kept(cursor)
        estimate = self.budget.chars_per_token(cursor.document.language)
        chars_per_token = min(estimate, kept.chars_per_token) if kept else estimate
        gather = partial(
            build_context,
            cursor,
            budget_tokens=tokens,
            chars_per_token=chars_per_token,
            root_uri=request.root_uri,
            cells_above=request.cells_above,
            snippets=await self._snippets(request, family, tokens),
            window=kept.window if kept else None,
            with_below=self._prompts.uses_below(family),
        )
        context = gather(syntax=tree.known)
        if tree.known is None and not (kept and _is_same(kept.window, context.window)):
            context = gather(syntax=await tree.syntax())  # where a window begins, the code around it decides
        line = kept.line if kept and _is_same(kept.window, context.window) else cursor.line
        self._burst = _Burst(cursor.document.uri, line, chars_per_token, context.window, self._clock())
        prompt, healing = self._prompts.completion(
            family,
            context,
            shape,
            max_tokens=self._options.max_tokens,
            prefills=self.info is not None and self.info.prefills,
        )
        time_limit_s = self._options.deadline_s + PAST_DEADLINE_S
        min_confidence = 0.0 if request.invoked else self._options.min_confidence  # by hand, any is better than none
        is_doubted = self.misses.are_near(cursor, shape)
        prompt = replace(prompt, time_limit_s=time_limit_s, min_confidence=min_confidence, is_doubted=is_doubted)
        return prompt, healing

    def refused(self, language: str, prompt: Prompt, error: TooLong) -> None:
        """The model takes less than that: later prompts keep to it."""
        log.info("a prompt was too long: %s tokens, where %s fit", error.given_tokens, error.limit_tokens)
        self.budget.refused(language, prompt.text, given_tokens=error.given_tokens, limit_tokens=error.limit_tokens)

    def _kept(self, cursor: Cursor) -> _Burst | None:
        """What the last prompt was cut by, where this one is of the same burst of typing."""
        burst = self._burst
        if burst is None or burst.uri != cursor.document.uri or abs(burst.line - cursor.line) > NEAR_LINES:
            return None
        return burst if self._clock() - burst.at_s < PAUSE_S else None

    async def _known_family(self) -> str:
        """The family; where that, or how its answers can be begun, is for the endpoint to say, it is asked once."""
        if self.family is None or (self.info is None and self._prompts.is_chat(self.family)):
            await self._ask_the_model()
        return self.family or PLAIN

    async def _ask_the_model(self) -> None:
        async with asyncio.timeout(self._options.deadline_s):
            self.info = await self._model.describe()
        self.budget.limit(self.info.context_tokens)
        self.family = self.family or self._prompts.family_of(self.info.name, has_chat=self.info.has_chat)
        log.info("prompt family: %s", self.family)

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


def _is_same(before: Window | None, now: Window | None) -> bool:
    return before is not None and now is not None and (before.first, before.heads) == (now.first, now.heads)
