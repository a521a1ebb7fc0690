"""Answer: what the model says at one cursor, while it comes in and after, for every request that it still fits."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
from typing import TYPE_CHECKING

from mistral_lsp.core.place import Place
from mistral_lsp.core.reason import Reason
from mistral_lsp.core.suggestion import agrees, is_unchanged_around, rest, typed_between
from mistral_lsp.core.trigger import Shape
from mistral_lsp.features.draft import Draft
from mistral_lsp.features.heard import Said
from mistral_lsp.features.listener import Listener
from mistral_lsp.features.patience import PAST_DEADLINE_S, TAKE_OVER_S, TYPED_ON_S, Patience, wait_for
from mistral_lsp.model.base import ModelError

if TYPE_CHECKING:
    from mistral_lsp.core.document import Cursor
    from mistral_lsp.core.healing import Healing
    from mistral_lsp.core.prompt import Prompt
    from mistral_lsp.features.parsing import Tree
    from mistral_lsp.features.request import CompletionRequest
    from mistral_lsp.features.step import Step
    from mistral_lsp.model.base import Model, Usage

log = logging.getLogger(__name__)

MAX_CHARS_TYPED = 2  # for each character of an answer: its \n may be typed as \r\n

WRITTEN_ROUNDS = 3  # of the loop, after which a request is on its way


class Answer:
    """One answer. It is postprocessed for the cursor where it began; later cursors get what is left of it."""

    def __init__(
        self,
        request: CompletionRequest,
        shape: Shape,
        healing: Healing,
        listener: Listener | None = None,
        *,
        step: Step | None = None,
        tree: Tree | None = None,
    ) -> None:
        """`step` is for an answer that nobody has asked for yet. Without a `tree` code isn't parsed."""
        self.request = request
        self.step = step
        self.others: tuple[str, ...] | None = None  # further texts for its place, once somebody asked by hand
        cursor = request.cursor
        self.uri = cursor.document.uri
        self.offset = cursor.offset  # of where it began, and what stands after that
        self.tail = len(cursor.document.text) - cursor.offset
        self.limit = sys.maxsize  # how much can have been typed of it; -1 where it can't serve any more
        self.was_typed_into = False  # of what was shown of it
        self.is_turned_down = False  # typed in part, then deleted to before its start
        self._typed = ""  # what the user has typed of it since, as far as is known
        self.shape = shape
        self.healing = healing
        self._listener = listener or Listener()
        self._tree = tree
        origin, lead = (cursor, "") if step is None else (step.cursor, step.lead)
        self._draft = Draft(Place(origin, shape, tree.known if tree else None), healing, lead=lead)
        self._outcome: str | Reason | None = None  # for its own cursor; None while it comes, or where it was ended
        self._fault: Exception | None = None
        self.is_streaming = False  # whether more may come
        self._is_ended = False  # before it was complete; hanging up takes a moment
        self.has_begun = False  # whether any text has come
        self._waiting = 0
        self._patience = Patience(self.end)

    def begin(self, model: Model | Said, prompt: Prompt) -> None:
        """Ask the model, or hear again what it said."""
        self.prompt = prompt
        self._draft.begin(prompt)
        self._is_asked = not isinstance(model, Said)
        self._usage: Usage | None = None
        self._begun_s, self._ended_s = asyncio.get_running_loop().time(), 0.0
        self._reading, self.is_streaming = asyncio.ensure_future(self._read(model, prompt)), True
        self._preparing = asyncio.ensure_future(self._prepare())
        self._known = asyncio.Event()
        self._reading.add_done_callback(lambda _: self._known.set())  # it may be cancelled before it begins

    def end(self, *, keeps_shown: bool = False) -> None:
        """Hang up, where it still comes in; what was shown of it may stay as all of it."""
        if keeps_shown and not self._known.is_set():
            self._outcome = self._draft.shown
        self._is_ended, self.is_streaming = True, False
        self._reading.cancel()
        self._preparing.cancel()

    async def settled(self) -> None:
        """Wait until no more of it comes, whatever the reason."""
        await asyncio.wait({self._reading})

    @property
    def sureness(self) -> float:
        """How likely the model holds all of it together: 0 where it was ended for doubt, 1 where it doesn't tell."""
        return self._draft.sureness

    @property
    def took_s(self) -> float:
        """Seconds from its request until now, or until it was complete."""
        return (self._ended_s or asyncio.get_running_loop().time()) - self._begun_s

    @property
    def is_lost(self) -> bool:
        """Whether it was ended, or failed: it can't serve any more."""
        return not self.is_streaming and self._outcome is None

    @property
    def text(self) -> str | None:
        """The whole suggestion, once there is one."""
        return self._outcome if isinstance(self._outcome, str) else None

    def typed_at(self, request: CompletionRequest) -> str | None:
        """What the user has typed of it on the way to a request that it fits; None where it doesn't."""
        own = self.request
        is_elsewhere = request.root_uri != own.root_uri or request.cells_above != own.cells_above
        return None if is_elsewhere or not self._has_enough_for(request) else self.typed_to(request.cursor)

    def could_serve(self, offset: int, tail: int, before: str) -> bool:
        """Whether it may fit a cursor, by numbers and one character: this is asked of every answer at every key.

        `before` is what stands before that cursor, or the end of that.
        """
        typed = offset - self.offset
        if self.tail != tail or not 0 <= typed <= self.limit:
            return False
        if not 0 < typed <= len(before) or not isinstance(self._outcome, str):
            return True
        return before[-typed] in (self._outcome[0], "\r")

    def typed_to(self, cursor: Cursor) -> str | None:
        """What the user has typed of it on the way to a cursor; None where anything disagrees or nothing is left."""
        origin = self.request.cursor
        typed = typed_between(origin, cursor)
        if typed is None or not self._may_serve(typed) or not is_unchanged_around(origin, cursor):
            return None
        return typed

    def may_come_to(self, cursor: Cursor) -> bool:
        """Whether the user may still get to where it begins: by accepting, or typing, what it goes on from."""
        return self.step is not None and self.step.base.typed_to(cursor) is not None

    def note_typed(self, typed: str) -> None:
        """The user has typed so much of it: what comes has to agree with that."""
        if typed != self._typed and self._patience.is_limited:
            self._patience.limit(TYPED_ON_S)
        self._typed = typed
        self.was_typed_into |= bool(typed and (self.text or self._draft.shown))

    async def text_at(self, typed: str, *, deadline_s: float) -> str | Reason | None:
        """What to show where `typed` was typed since it began; None where it turns out to be something else.

        At the deadline that is the whole lines that have come, and the stream goes on. Raises ModelError.
        """
        self.note_typed(typed)
        if self.is_streaming:
            await self._wait(typed, deadline_s)
        if self._fault is not None:
            raise self._fault
        return self._shown(typed)

    def _has_enough_for(self, request: CompletionRequest) -> bool:
        """Asked for by hand, there may be more to suggest, and silence isn't an answer."""
        if not request.invoked:
            return True
        is_as_long = self.request.invoked or self.shape is Shape.BLOCK
        return is_as_long and not isinstance(self._outcome, Reason)

    def _may_serve(self, typed: str) -> bool:
        if self.is_streaming:
            return self._draft.may_begin_with(typed)
        if isinstance(self._outcome, Reason):
            return not typed  # for the very same text it would be the same silence
        return self._outcome is not None and rest(self._outcome, typed) is not None

    def _shown(self, typed: str) -> str | Reason | None:
        if self.is_streaming:
            lines = self._draft.whole_lines()
            if not isinstance(lines, str) or not (shown := rest(lines, typed)):
                return Reason.TOO_SLOW
            self._draft.show()
            return shown
        if isinstance(self._outcome, str):
            return rest(self._outcome, typed)
        if self._outcome is None and agrees(self._draft.text, typed):
            return Reason.MOVED_ON  # it was ended for another reason than what this request knows of
        return None if typed else self._outcome

    async def _wait(self, typed: str, deadline_s: float) -> None:
        """Until it is complete or its deadline; then up to the request's own, while there is nothing to show."""
        loop = asyncio.get_running_loop()
        patience_s = PAST_DEADLINE_S
        self._waiting += 1
        self._patience.lift()
        try:
            first_s = max(0.0, self._begun_s + deadline_s - loop.time())
            await wait_for(self._known, first_s)
            if first_s < deadline_s and not isinstance(self._shown(typed), str):
                await wait_for(self._known, deadline_s - first_s)
        except asyncio.CancelledError:
            patience_s = TAKE_OVER_S if typed == self._typed else TYPED_ON_S
            raise
        finally:
            self._waiting -= 1
            if not self._waiting and self.is_streaming:
                self._patience.limit(patience_s)

    async def _read(self, model: Model | Said, prompt: Prompt) -> None:
        """Read until the shape is complete or what comes isn't what was typed, then hang up."""
        is_whole = False
        try:
            async with contextlib.aclosing(model.stream(prompt, self._note_usage)) as chunks:
                async for chunk in chunks:
                    if chunk and not self._draft.raw:
                        self._note_first_text()
                        await self._preparing
                    self._draft.add(chunk)
                    if self._is_settled():
                        break
                else:
                    is_whole = True
            self._finish(is_whole=is_whole)
        except Exception as error:  # noqa: BLE001 - whoever waits raises it
            self._fault = error
            if isinstance(error, ModelError):
                self._listener.on_fault(error)
            if not self._waiting:
                log.warning("a stream that no request waited for any more failed: %s", type(error).__name__)
        finally:
            self._conclude(is_whole=False)
            if self._usage is not None:
                self._listener.on_usage(prompt, self._usage)
            if self._fault is None and self._is_asked:
                self._listener.on_left()

    def _finish(self, *, is_whole: bool) -> None:
        """No more text comes: whoever waits for it gets it now, and the rest of the response is waited for behind."""
        if not self._known.is_set():
            ended = self._usage.ends_before(self.prompt.max_tokens) if self._usage is not None and is_whole else None
            self._outcome = None if self._is_ended else self._draft.whole(is_ended=ended)
            self._conclude(is_whole=is_whole)

    def _conclude(self, *, is_whole: bool) -> None:
        """It is what it is, whether it was finished, ended or failed."""
        self.is_streaming = False
        if self._known.is_set():
            return
        if self._fault is None and self._is_asked:
            odds = () if self._draft.doubt is None else tuple(self._draft.odds)
            self._listener.on_end(self.prompt, self._draft.raw, is_whole, odds)
        asyncio.get_running_loop().call_soon(self._draft.let_go)  # whoever waits for it doesn't wait for that
        self._ended_s = asyncio.get_running_loop().time()
        self.limit = self._limit()
        self._patience.lift()
        self._known.set()

    async def _prepare(self) -> None:
        """Find out what has to be known of the place while the endpoint works: once the request is written."""
        for _ in range(WRITTEN_ROUNDS):
            await asyncio.sleep(0)
        if self._tree is not None:
            self._draft.know(await self._tree.carried())
        if self._is_asked and not self.has_begun:  # else it would only be waited for
            self._draft.prepare()

    def _note_first_text(self) -> None:
        self.has_begun = True
        self._listener.on_first_text()
        if self._is_asked:
            self._listener.on_latency(asyncio.get_running_loop().time() - self._begun_s)

    def _note_usage(self, usage: Usage) -> None:
        self._usage = usage
        if usage.is_final and self._preparing.done() and not self._is_ended:
            self._finish(is_whole=True)

    def _limit(self) -> int:
        if isinstance(self._outcome, str):
            return MAX_CHARS_TYPED * len(self._outcome)
        return -1 if self._outcome is None else 0

    def _is_settled(self) -> bool:
        """Whether more of the stream can change nothing."""
        draft = self._draft
        if not agrees(draft.text, self._typed):
            self._is_ended, self.is_streaming = True, False
            return True
        if self._listener.on_text is not None and draft.text and isinstance(text := draft.show(), str):
            self._listener.on_text(text)
        return draft.is_enough
