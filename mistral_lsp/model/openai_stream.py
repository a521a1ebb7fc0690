"""The text in a stream of OpenAI's events: vLLM's and its kin's, and those of TGI's chats."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mistral_lsp.model import openai_wire as wire
from mistral_lsp.model.base import Broken, ModelError, Usage
from mistral_lsp.model.chunks import Chunks
from mistral_lsp.model.sse import drain
from mistral_lsp.model.words import ADVICE_LOG

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Mapping

    from mistral_lsp.core.prompt import Prompt


async def texts(
    events: AsyncGenerator[list[str], None],
    prompt: Prompt,
    on_usage: Callable[[Usage], None] | None,
    *,
    where: str,
    event_of: Callable[[str], Mapping[str, Any]],
) -> AsyncGenerator[str, None]:
    """Yield it up to the first of the prompt's stop strings.

    `event_of` makes an event of its data, or raises what an error says. Raises Broken where the answer has no end.
    """
    answer = _Answer(prompt, on_usage, event_of)
    async for together in events:
        fault = answer.take(together)
        if chunk := answer.chunks.take():
            yield chunk
        if fault is not None:
            raise fault
        if answer.chunks.is_stopped and not answer.has_ended:
            return
        if answer.is_done:
            break
    if answer.has_ended:
        answer.tell(is_final=True)
    await drain(events)
    if not answer.has_ended:
        raise Broken(f"{where} ended its answer without saying why", advice=ADVICE_LOG)


class _Answer:
    """What has come of one."""

    def __init__(
        self, prompt: Prompt, on_usage: Callable[[Usage], None] | None, event_of: Callable[[str], Mapping[str, Any]]
    ) -> None:
        self.chunks = Chunks(prompt.stop)
        self.has_ended = False  # what it counts may still come
        self.is_done = False
        self._usage = Usage()
        self._on_usage = on_usage
        self._event_of = event_of

    def take(self, together: list[str]) -> ModelError | None:
        """Take events up to the answer's end, or to an error, which is given back: what came before it counts."""
        for data in together:
            self.is_done = data == wire.DONE
            if self.is_done or (self.chunks.is_stopped and not self.has_ended):
                return None
            try:
                self._take(self._event_of(data))
            except ModelError as error:
                return error
        return None

    def tell(self, *, is_final: bool = False) -> None:
        """Tell what was counted so far."""
        if self._on_usage is not None:
            self._on_usage(replace(self._usage, is_final=is_final))

    def _take(self, event: Mapping[str, Any]) -> None:
        if (usage := wire.usage_in(event)) is not None:
            self._usage = usage
            self.tell()
        tokens, is_last = wire.tokens_in(event)
        for text, probability in tokens:
            self.chunks.feed(text, probability)
        if is_last:
            self.chunks.end()
            self.has_ended = True
