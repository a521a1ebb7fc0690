"""The text in a stream of OpenAI's events: vLLM's and its kin's, and those of TGI's chats."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mistral_lsp.model import openai_wire as wire
from mistral_lsp.model.base import Broken, ModelError
from mistral_lsp.model.chunks import Chunks
from mistral_lsp.model.sse import drain
from mistral_lsp.model.words import ADVICE_LOG

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Mapping

    from mistral_lsp.core.prompt import Prompt
    from mistral_lsp.model.base import Usage


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
    chunks, has_ended, is_done = Chunks(prompt.stop), False, False
    async for together in events:
        fault: ModelError | None = None
        for data in together:
            if is_done := data == wire.DONE:
                break
            try:
                event = event_of(data)
            except ModelError as error:
                fault = error
                break
            if on_usage is not None and (usage := wire.usage_in(event)) is not None:
                on_usage(usage)
            tokens, is_last = wire.tokens_in(event)
            for text, probability in tokens:
                chunks.feed(text, probability)
            if is_last:
                chunks.end()
                has_ended = True  # what it counts may still come
            if chunks.is_stopped and not has_ended:
                break
        if chunk := chunks.take():
            yield chunk
        if fault is not None:
            raise fault
        if chunks.is_stopped and not has_ended:
            return
        if is_done:
            break
    await drain(events)
    if not has_ended:
        raise Broken(f"{where} ended its answer without saying why", advice=ADVICE_LOG)
