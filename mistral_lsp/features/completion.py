"""Ghost text: from a cursor to a Suggestion, or to the Reason why there is none."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from mistral_lsp.core.budget import Budget
from mistral_lsp.core.document import Span
from mistral_lsp.core.reason import Reason
from mistral_lsp.core.suggestion import Suggestion
from mistral_lsp.core.trigger import shape_at
from mistral_lsp.features.ahead import Ahead
from mistral_lsp.features.answer import Answer
from mistral_lsp.features.candidates import other_texts, others_left
from mistral_lsp.features.circuit import Circuit
from mistral_lsp.features.heard import Heard, Said
from mistral_lsp.features.idle import Idle
from mistral_lsp.features.judging import judge
from mistral_lsp.features.listener import Listener, nobody
from mistral_lsp.features.parsing import Tree
from mistral_lsp.features.prompting import Prompting
from mistral_lsp.features.reuse import Reuse
from mistral_lsp.features.rhythm import Rhythm
from mistral_lsp.features.unwanted import shape_wanted, unwanted_at
from mistral_lsp.features.warmup import WarmUp
from mistral_lsp.model.base import Broken, ModelError, TooLong, Unreachable

if TYPE_CHECKING:
    from collections.abc import Callable

    from mistral_lsp.core.document import Document
    from mistral_lsp.core.healing import Healing
    from mistral_lsp.core.prompt import Prompt, PromptLibrary
    from mistral_lsp.core.syntax import SyntaxCache
    from mistral_lsp.core.trigger import Shape
    from mistral_lsp.features.heard import Odds
    from mistral_lsp.features.options import CompletionOptions
    from mistral_lsp.features.request import CompletionRequest
    from mistral_lsp.features.step import Step
    from mistral_lsp.features.surroundings import Surroundings
    from mistral_lsp.model.base import Model, ModelInfo

MAX_STREAMS = 2  # of one client at a time
_MAY_PASS = (Unreachable, Broken)


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
        before: Completer | None = None,
    ) -> None:
        """Go on with what the completer `before` this one has learnt of the same model.

        Without `surroundings` a prompt has nothing from other files.
        """
        self.model = model
        self.syntax = syntax
        self.budget: Budget = before.budget if before else Budget()
        self.circuit: Circuit = before.circuit if before else Circuit()
        self.rhythm: Rhythm = before.rhythm if before else Rhythm()
        self._options = options
        self._prompting = Prompting(model, prompts, options, surroundings=surroundings, budget=self.budget)
        self._misses = self._prompting.misses
        self._reuse = Reuse()
        self._heard = Heard()
        idle = surroundings.idle if surroundings else Idle()
        self._ahead = Ahead(options.fetch_ahead, idle, self._step, is_slow=lambda: self.rhythm.is_slow)
        self._warm_up = WarmUp(model, idle, self._next_prompt) if options.warm_up else None

    @property
    def family(self) -> str | None:
        """Of the prompts; None until the model was asked, where that decides."""
        return self._prompting.family

    @property
    def info(self) -> ModelInfo | None:
        """What the model said of itself, if it was asked."""
        return self._prompting.info

    async def warm_up(self) -> None:
        """Load, in threads, what the first request would otherwise wait for; asks the endpoint for nothing."""
        await asyncio.gather(self.model.warm_up(), self._prompting.warm_up())

    def connect(self) -> None:
        """See to it that a request which may come soon finds a connection."""
        if self._options.enabled and not self.circuit.is_open:
            self.model.connect()

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
        cursor = request.cursor
        if reason := unwanted_at(cursor, self._options):
            return reason
        self._ahead.end()
        if self._warm_up is not None:
            self._warm_up.make_way()
        turned_down, found = self._reuse.turned_down_at(request), self._reuse.find(request)
        if found is None and (turned_down is not None or self._has_deleted(request)):
            return Reason.DELETED if turned_down is None else Reason.TURNED_DOWN
        text: str | Reason | None = None
        if found is not None:
            answer, typed = found
            is_from_memory = not answer.is_streaming
            text = await answer.text_at(typed, deadline_s=self._options.deadline_s)
        if text is None:  # none fits, or what was typed turned out to be something else: that request has waited
            is_from_memory, typed = False, ""
            asked = await self._ask(request, self._listener(request, on_text, on_first_text), has_waited=bool(found))
            if isinstance(asked, Reason):
                return self._misses.noted(request, asked)
            answer, text = asked
        if self._warm_up is not None and not request.invoked:
            self._warm_up.plan(request)
        if isinstance(text, Reason) or text == turned_down:
            return self._misses.noted(request, text if isinstance(text, Reason) else Reason.TURNED_DOWN)
        others = await self._others(answer, typed) if request.invoked else ()
        suggestion = Suggestion(text, Span(cursor.document, cursor.offset, cursor.offset), is_from_memory, others)
        judged = judge(suggestion, request, risky=self._options.risky)
        if not isinstance(judged, Reason):
            self._ahead.shown(request, answer)
        return self._misses.noted(request, judged)

    def follow(self, document: Document) -> None:
        """A document was opened or changed: a stream that disagrees with that ends, and a request may come soon."""
        self.connect()
        self.rhythm.typed(document)
        self._misses.follow(document)
        self._reuse.follow(document, is_seen_elsewhere=self._prompting.looks_elsewhere)

    def forget(self, uri: str) -> None:
        """A document was closed: end its streams and free its tree."""
        self._reuse.forget(uri)
        self.rhythm.forget(uri)
        self._misses.forget(uri)
        self.syntax.forget(uri)

    def end(self) -> None:
        """End all streams; the model stays open."""
        self._ahead.end()
        if self._warm_up is not None:
            self._warm_up.end()
        self._reuse.forget_all()
        self._heard.forget_all()

    async def _ask(
        self, request: CompletionRequest, listener: Listener, *, has_waited: bool
    ) -> tuple[Answer, str | Reason] | Reason:
        """Ask the model, unless the place speaks against it; the answer stays in memory.

        Asked for by hand, what may have been a moment's fault is tried once more.
        """
        tree = Tree(self.syntax, request.cursor)
        shape = await shape_wanted(request, tree, self._options)
        if isinstance(shape, Reason):
            return shape
        if reason := self._refusal(request, shape):
            return reason
        for is_last in (False, True):
            prompted = await self._prompted(request, shape, tree)
            if isinstance(prompted, Reason):
                return prompted
            prompt, healing = prompted
            said = None if request.invoked else self._heard.answer_to(prompt, healing)
            if isinstance(said, Reason):
                return said
            if said is None and not has_waited and (delay_s := self._delay_s(request)):
                await asyncio.sleep(delay_s)  # a newer keystroke cancels us here
            has_waited = True
            found = self._reuse.find(request)  # another request, for the menu say, was quicker
            answer, typed = found or (Answer(request, shape, healing, listener, tree=tree), "")
            if found is None:
                # Another one may have gone ahead meanwhile.
                if said is None and (reason := self._refusal(request, shape)):
                    return reason
                self._begin(answer, prompt, said)
            text = await self._first_text(request, answer, typed, is_last=is_last)
            if text is not None:
                return answer, text
        raise AssertionError  # the second time either returns or raises

    async def _first_text(
        self, request: CompletionRequest, answer: Answer, typed: str, *, is_last: bool
    ) -> str | Reason | None:
        """What to show of an answer; None where the model is worth asking once more. Raises ModelError."""
        try:
            return await answer.text_at(typed, deadline_s=self._options.deadline_s) or Reason.EMPTY
        except TooLong as error:
            self._prompting.refused(request.cursor.document.language, answer.prompt, error)
            if is_last:
                raise
        except _MAY_PASS:  # in a moment; who types will ask again anyway
            if is_last or not request.invoked or answer.has_begun:
                raise
        return None

    async def _prompted(self, request: CompletionRequest, shape: Shape, tree: Tree) -> tuple[Prompt, Healing] | Reason:
        try:
            return await self._prompting.prompt(request, shape, tree)
        except ModelError as error:
            self.circuit.failed(error)
            raise

    def _refusal(self, request: CompletionRequest, shape: Shape) -> Reason | None:
        """Why the endpoint isn't to be asked; what is asked for by hand always is."""
        if request.invoked:
            return None
        return self._misses.refusal(request.cursor, shape) or self.circuit.refusal(is_trying=self._reuse.streams > 0)

    async def _others(self, answer: Answer, typed: str) -> tuple[str, ...]:
        """Further texts beside an answer's own, asked for by hand."""
        if not answer.is_streaming and not self.circuit.is_open:
            self._reuse.make_room(0)
            await other_texts(answer, self.model, self._reuse.host)
        return others_left(answer, typed)

    def _begin(self, answer: Answer, prompt: Prompt, said: Said | None) -> None:
        self._reuse.make_room(MAX_STREAMS - 1)
        answer.begin(said or self.model, prompt)
        self._reuse.add(answer)
        if said is None:
            self.circuit.tried()
            if self._warm_up is not None:
                self._warm_up.sent(prompt)

    async def _step(self, request: CompletionRequest, step: Step) -> None:
        """Ask for what follows a suggestion, as if it were accepted: nobody waits for it."""
        if self.circuit.is_open or self._reuse.streams >= MAX_STREAMS or self._reuse.find(request) is not None:
            return
        beyond = replace(request, cursor=step.cursor)
        tree = Tree(self.syntax, step.cursor)
        shape = await shape_wanted(beyond, tree, self._options)
        if isinstance(shape, Reason):
            return
        prompted = await self._prompted(beyond, shape, tree)
        if isinstance(prompted, Reason):
            return
        prompt, healing = prompted
        said = self._heard.answer_to(prompt, healing)
        if not isinstance(said, Reason):
            listener = self._listener(request, None, None)
            self._begin(Answer(request, shape, healing, listener, step=step, tree=tree), prompt, said)

    async def _next_prompt(self, request: CompletionRequest) -> Prompt | None:
        """What would be asked at the place of a request now; None while anything else is to be done first."""
        if self.circuit.is_open or self._reuse.streams or self.family is None:
            return None
        tree = Tree(self.syntax, request.cursor)
        shape = shape_at(request.cursor, await tree.syntax(), invoked=False)
        prompted = shape if isinstance(shape, Reason) else await self._prompted(request, shape, tree)
        return None if isinstance(prompted, Reason) else prompted[0]

    def _listener(
        self,
        request: CompletionRequest,
        on_text: Callable[[str], None] | None,
        on_first_text: Callable[[], None] | None,
    ) -> Listener:
        language = request.cursor.document.language
        return Listener(
            on_text=on_text,
            on_first_text=on_first_text or nobody,
            on_latency=self.rhythm.answered,
            on_usage=lambda prompt, usage: self.budget.counted(language, prompt.text, usage.prompt_tokens),
            on_end=self._ended,
            on_left=self.connect,  # hanging up has closed the connection that was there
            on_fault=self.circuit.failed,
        )

    def _ended(self, prompt: Prompt, text: str, is_whole: bool, odds: Odds) -> None:  # noqa: FBT001 - a Listener's
        if text or is_whole:  # else it was left before the endpoint said anything
            self.circuit.succeeded()
        self._heard.note(prompt, text, is_whole, odds)

    def _has_deleted(self, request: CompletionRequest) -> bool:
        return not request.invoked and self.rhythm.has_deleted_at(request.cursor)

    def _delay_s(self, request: CompletionRequest) -> float:
        if request.invoked:
            return 0.0
        fixed_s = self._options.delay_s
        return max(0.0, (self.rhythm.delay_s(request.cursor) if fixed_s is None else fixed_s) - request.waited_s)
