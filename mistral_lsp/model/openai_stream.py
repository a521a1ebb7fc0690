"""The text in a stream of OpenAI's events: vLLM's and its kin's, and those of TGI's chats."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mistral_lsp.model import openai_wire as wire
from mistral_lsp.model.base import Broken
from mistral_lsp.model.sse import drain
from mistral_lsp.model.stops import StopFilter
from mistral_lsp.model.words import ADVICE_LOG

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Mapping

    from mistral_lsp.core.prompt import Prompt
    from mistral_lsp.model.base import Usage


async def texts(
    events: AsyncGenerator[str, None],
    prompt: Prompt,
    on_usage: Callable[[Usage], None] | None,
    *,
    where: str,
    event_of: Callable[[str], Mapping[str, Any]],
) -> AsyncGenerator[str, None]:
    """Yield it up to the first of the prompt's stop strings.

    `event_of` makes an event of its data, or raises what an error says. Raises Broken where the answer has no end.
    """
    stops, has_ended = StopFilter(prompt.stop), False
    async for data in events:
        if data == wire.DONE:
            break
        event = event_of(data)
        if on_usage is not None and (usage := wire.usage_in(event)) is not None:
            on_usage(usage)
        text, is_last = wire.text_in(event)
        has_ended = has_ended or is_last  # what it counts may still come
        text = stops.feed(text) + (stops.end() if is_last else "")
        if text:
            yield text
        if stops.is_stopped and not has_ended:
            return
    await drain(events)
    if not has_ended:
        raise Broken(f"{where} ended its answer without saying why", advice=ADVICE_LOG)
