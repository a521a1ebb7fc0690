"""text-generation-inference: `/generate_stream`, with the request, events and errors of its own client's package.

That client opens a connection for each call, puts one time limit on the whole stream and takes a cut stream for a
success, so the transport is ours.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from mistral_lsp.model import openai_wire, tgi_wire
from mistral_lsp.model.base import Broken, ModelError, ModelInfo, Refused, Usage
from mistral_lsp.model.chunks import Chunks
from mistral_lsp.model.engines import TGI
from mistral_lsp.model.http import Http, Reply, UnexpectedReply
from mistral_lsp.model.openai_stream import texts
from mistral_lsp.model.sse import drain
from mistral_lsp.model.tgi_errors import ADVICE_URL, problem_of_chat_event, problem_of_event, problem_of_reply
from mistral_lsp.model.words import ADVICE_LOG, clean

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from mistral_lsp.core.prompt import Prompt
    from mistral_lsp.model.address import Address


class TgiModel:
    """A Model behind text-generation-inference."""

    def __init__(self, address: Address, http: Http | None = None) -> None:
        """The address's URL may have a path. Raises ModelError."""
        self._http = http or Http(address)
        self._http.stay()
        self._adapter = address.adapter
        self._wire: tgi_wire.Wire | None = None

    async def warm_up(self) -> None:
        """Pay for the imports, in a thread, before the first prompt has to."""
        await self._loaded()
        await self._http.warm_up()

    def connect(self) -> None:
        """Begin to open a connection for the next prompt."""
        self._http.connect()

    async def stream(
        self, prompt: Prompt, on_usage: Callable[[Usage], None] | None = None
    ) -> AsyncGenerator[str, None]:
        """Yield the answer's text without special tokens, up to the first of the prompt's stop strings."""
        wire, chunks = self._wire or await self._loaded(), Chunks(prompt.stop)
        if prompt.user is not None:
            async with contextlib.aclosing(self._chat(wire, prompt, on_usage)) as texts:
                async for text in texts:
                    yield text
            return
        body = tgi_wire.body_of(wire, prompt, adapter=self._adapter)
        problem: ModelError = Broken(f"{self._http.where} ended its answer without the final event", advice=ADVICE_LOG)
        try:
            async with contextlib.aclosing(self._http.events("/generate_stream", body)) as events:
                async for together in events:
                    final, fault = self._take(wire, together, chunks)
                    _tell(on_usage, final)
                    if text := chunks.take():
                        yield text
                    _tell(on_usage, final, is_final=True)
                    if fault is not None:
                        raise fault
                    if final is not None:
                        await drain(events)
                    if final is not None or chunks.is_stopped:
                        return
        except UnexpectedReply as unexpected:
            problem = problem_of_reply(wire, self._http.where, unexpected.reply)
        raise problem  # here, so that no context holds the reply

    async def _chat(
        self, wire: tgi_wire.Wire, prompt: Prompt, on_usage: Callable[[Usage], None] | None
    ) -> AsyncGenerator[str, None]:
        """The same by `/v1/chat/completions`, whose events are OpenAI's, and whose errors are TGI's own."""
        where = self._http.where

        def event_of(data: str) -> dict[str, Any]:
            if (event := tgi_wire.chat_event_of(data)) is None:
                raise problem_of_chat_event(wire, where, data)
            return event

        try:
            body = tgi_wire.chat_body_of(prompt, adapter=self._adapter)
            events = self._http.events(openai_wire.path_of(prompt), body)
            answer = texts(events, prompt, on_usage, where=where, event_of=event_of)
            async with contextlib.aclosing(events), contextlib.aclosing(answer):
                async for text in answer:
                    yield text
        except UnexpectedReply as unexpected:
            problem = problem_of_reply(wire, where, unexpected.reply)
        else:
            return
        raise problem

    async def describe(self) -> ModelInfo:
        """Ask `/info`; where that isn't TGI's, the error says what answers instead."""
        reply = await self._http.get("/info")
        info = reply.json if reply.status == 200 else None
        if isinstance(info, dict) and isinstance(info.get("model_id"), str) and "max_total_tokens" in info:
            version = info.get("version")
            return ModelInfo(
                engine="tgi",
                name=clean(info["model_id"]),
                version=clean(version) if isinstance(version, str) else None,
                context_tokens=_context_tokens(info),
                has_chat=await self._has_chat(),
                prefills=TGI.prefills,
                adapter=self._adapter or None,
            )
        if reply.status not in (200, 404, 405):
            raise problem_of_reply(await self._loaded(), self._http.where, reply)
        raise Refused(
            f"{self._http.where} is {await self._who(reply)}, not text-generation-inference", advice=ADVICE_URL
        )

    async def _has_chat(self) -> bool | None:
        """Whether it can put a turn into the model's template; asking for the tokens of one generates nothing."""
        turn = {"role": "user", "content": "Hello"}
        try:
            reply = await self._http.post("/chat_tokenize", {"model": "tgi", "messages": [turn]})
        except ModelError:
            return None
        return {200: True, 404: None, 405: None}.get(reply.status, False if 400 <= reply.status < 500 else None)

    async def close(self) -> None:
        """Hang up everything."""
        await self._http.close()

    async def _loaded(self) -> tgi_wire.Wire:
        if self._wire is None:
            self._wire = await asyncio.to_thread(tgi_wire.load)
        return self._wire

    def _take(self, wire: tgi_wire.Wire, together: list[str], chunks: Chunks) -> tuple[str | None, ModelError | None]:
        """Take the text of events; the data of the final one, and what an error among them says."""
        try:
            for data in together:
                event = self._event(wire, data)
                if not event.token.special:
                    logprob = event.token.logprob
                    chunks.feed(event.token.text, None if logprob is None else math.exp(min(0.0, logprob)))
                if event.generated_text is not None:
                    chunks.end()
                    return data, None
                if chunks.is_stopped:
                    break
        except ModelError as fault:
            return None, fault
        return None, None

    def _event(self, wire: tgi_wire.Wire, data: str) -> Any:
        """One StreamResponse; raise what an error event says."""
        try:
            return wire.types.StreamResponse.model_validate_json(data)
        except ValueError:  # pydantic's, which would repeat the model's words
            problem = problem_of_event(wire, self._http.where, data)
        raise problem

    async def _who(self, info: Reply) -> str:
        """What answers there, for the words of an error."""
        if "html" in info.content_type:
            return "a web page"
        with contextlib.suppress(ModelError, TypeError, LookupError):
            models = (await self._http.get("/v1/models")).json
            return _OWNERS[models["data"][0]["owned_by"]]
        return "something else"


def _context_tokens(info: dict[str, Any]) -> int | None:
    """A prompt at its longest, and one token: an old launcher keeps half of all for the answer."""
    prompt, total = info.get("max_input_tokens", info.get("max_input_length")), info["max_total_tokens"]
    if type(total) is not int:
        return None
    return min(total, prompt + 1) if type(prompt) is int else total


def _tell(on_usage: Callable[[Usage], None] | None, final: str | None, *, is_final: bool = False) -> None:
    """Tell what the final event counts, where it has come."""
    if on_usage is not None and final is not None:
        on_usage(replace(_usage(final), is_final=is_final))


@lru_cache(maxsize=1)  # it is told twice
def _usage(final: str) -> Usage:
    """What the final event counts; the package's type of it leaves the prompt's length out."""
    details = json.loads(final).get("details") or {}
    prompt, answer = details.get("input_length"), details.get("generated_tokens")
    return Usage(
        prompt_tokens=prompt if isinstance(prompt, int) else None,
        answer_tokens=answer if isinstance(answer, int) else None,
    )


_OWNERS = {"vllm": "vLLM", "llamacpp": "llama.cpp", "library": "Ollama", "sglang": "SGLang"}
