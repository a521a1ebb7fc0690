"""llama.cpp's server: `/completion`, with the prompt's cache kept in a slot of the client's own."""

from __future__ import annotations

import contextlib
import secrets
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mistral_lsp.model import llamacpp_wire as wire
from mistral_lsp.model.base import Broken, ModelError, ModelInfo, Refused, Usage
from mistral_lsp.model.chunks import Chunks
from mistral_lsp.model.engines import LLAMA_CPP
from mistral_lsp.model.http import Http, UnexpectedReply
from mistral_lsp.model.words import ADVICE_ADAPTER, ADVICE_LOG, clean

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from mistral_lsp.core.prompt import Prompt
    from mistral_lsp.model.address import Address


class LlamaCppModel:
    """A Model behind llama.cpp's server."""

    def __init__(self, address: Address, _http: Http | None = None) -> None:
        """Raise ModelError where the address can't be right."""
        if address.adapter:  # chosen by request, its prompt cache would mix up adapters: ggml-org/llama.cpp#26207
            raise Refused("llama.cpp's server is asked for no adapter", advice=ADVICE_ADAPTER)
        # It closes connections after a stream without a word, and one that waits takes a thread from those who ask.
        self._http = Http(replace(address, idle_s=0))
        self._http.stay()
        self._slot: int | None = None
        self._streams = 0

    async def warm_up(self) -> None:
        """Pay for the imports before the first prompt has to."""
        await self._http.warm_up()

    def connect(self) -> None:
        """Begin to open a connection for the next prompt."""
        self._http.connect()

    async def stream(
        self, prompt: Prompt, on_usage: Callable[[Usage], None] | None = None
    ) -> AsyncGenerator[str, None]:
        """Yield the answer's text, up to a stop string."""
        # A second stream at once would wait for the slot: any other one will do for it.
        slot = self._slot if not self._streams else None
        self._streams += 1
        try:
            body = wire.body_of(prompt, slot=slot)
            texts = answer(self._http, self._http.where, wire.path_of(prompt), body, on_usage)
            async with contextlib.aclosing(texts):
                async for text in texts:
                    yield text
        finally:
            self._streams -= 1

    async def describe(self) -> ModelInfo:
        """Ask `/props`; of several slots one becomes ours."""
        reply = await self._http.get("/props")
        properties = reply.json if reply.status == 200 else None
        if not isinstance(properties, dict) or "default_generation_settings" not in properties:
            if reply.status in (200, 404, 405):
                raise Refused(f"{self._http.where} isn't llama.cpp's server", advice=wire.ADVICE_URL)
            raise wire.problem_of_reply(self._http.where, reply)
        self._slot = _slot_of(properties.get("total_slots"), self._slot)
        return info_of(properties, engine="llama.cpp")

    async def close(self) -> None:
        """Hang up everything."""
        await self._http.close()


async def answer(
    http: Http, where: str, path: str, body: bytes, on_usage: Callable[[Usage], None] | None
) -> AsyncGenerator[str, None]:
    """The text of one answer, as llama.cpp at `http` gives it; errors call it `where`. Raises ModelError."""
    problem: ModelError = Broken(f"{where} ended its answer without the final event", advice=ADVICE_LOG)
    chunks = Chunks()
    try:
        async with contextlib.aclosing(http.events(path, body)) as events:
            async for together in events:
                for event in (wire.event_of(where, data) for data in together):
                    if on_usage is not None and (usage := wire.usage_in(event)) is not None:
                        on_usage(usage)
                    tokens, is_last = wire.tokens_in(event)
                    for text, probability in tokens:
                        chunks.feed(text, probability)
                    if chunk := chunks.take():
                        yield chunk
                    if is_last:
                        return
    except UnexpectedReply as unexpected:
        problem = wire.problem_of_reply(where, unexpected.reply)
    raise problem  # here, so that no context holds the reply


def _slot_of(slots: Any, before: int | None) -> int | None:
    """One of several, the same as before while it is there: llama.cpp waits for ever for one that isn't."""
    if type(slots) is not int or slots < 2:
        return None
    return before if before is not None and before < slots else secrets.randbelow(slots)


def info_of(properties: dict[str, Any], *, engine: str) -> ModelInfo:
    """What `/props` says: the model's file without its folder, the build, and a slot's context."""
    settings = properties.get("default_generation_settings")
    context_tokens = settings.get("n_ctx") if isinstance(settings, dict) else None
    alias, path = properties.get("model_alias"), properties.get("model_path")
    name = next((text for text in (alias, path) if isinstance(text, str) and text), "")
    build = properties.get("build_info")
    return ModelInfo(
        engine=engine,
        name=clean(name.replace("\\", "/").rpartition("/")[2].removesuffix(".gguf")),
        version=clean(build) if isinstance(build, str) else None,
        context_tokens=context_tokens if type(context_tokens) is int else None,
        has_chat=bool(properties.get("chat_template")),
        prefills=LLAMA_CPP.prefills,
    )
