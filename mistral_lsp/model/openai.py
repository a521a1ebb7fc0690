"""OpenAI's completions API: vLLM, and whatever else takes raw prompts at `/v1/completions`."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from mistral_lsp.model import cache_salt
from mistral_lsp.model import openai_wire as wire
from mistral_lsp.model.base import ModelError, ModelInfo, Refused, Usage, WrongModel
from mistral_lsp.model.engines import ANY, BY_OWNER, VLLM, Engine
from mistral_lsp.model.http import Http, Reply, UnexpectedReply
from mistral_lsp.model.openai_stream import texts
from mistral_lsp.model.words import clean

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from mistral_lsp.core.prompt import Prompt
    from mistral_lsp.model.address import Address


class OpenAiModel:
    """A Model behind an OpenAI-compatible endpoint."""

    def __init__(self, address: Address, http: Http | None = None) -> None:
        """Where the address names no model, the first that the endpoint lists is asked. Raises ModelError."""
        self._http = http or Http(address)
        self._name = address.adapter or address.model  # an adapter is listed and asked as a model
        self._served: _Served | None = None
        self._salt_file = address.salt_file
        self._cache_salt = ""  # once the endpoint is known to take one

    async def warm_up(self) -> None:
        """Pay for the imports before the first prompt has to."""
        await self._http.warm_up()

    def connect(self) -> None:
        """Begin to open a connection for the next prompt."""
        self._http.connect()

    async def stream(
        self, prompt: Prompt, on_usage: Callable[[Usage], None] | None = None
    ) -> AsyncGenerator[str, None]:
        """Yield the answer's text, up to the first of the prompt's stop strings."""
        where, served = self._http.where, await self._asked()
        if not prompt.max_tokens and not served.engine.reads_ahead:
            return
        body = wire.body_of(prompt, model=served.name, engine=served.engine, cache_salt=self._cache_salt)
        try:
            events = self._http.events(wire.path_of(prompt), body)
            answer = texts(events, prompt, on_usage, where=where, event_of=partial(wire.event_of, where))
            async with contextlib.aclosing(events), contextlib.aclosing(answer):
                async for text in answer:
                    yield text
        except UnexpectedReply as unexpected:
            problem = wire.problem_of_reply(where, unexpected.reply)
        else:
            return
        raise problem  # here, so that no context holds the reply

    async def describe(self) -> ModelInfo:
        """Ask `/v1/models` for the model, and vLLM for its version."""
        self._served = None
        served = await self._asked()
        version, has_chat = None, None
        if served.engine is VLLM:
            with contextlib.suppress(ModelError):
                version = _text((await self._http.get("/version")).json, "version")
                has_chat = await self._has_chat(served.name)
        engine = served.engine
        name, adapter = (served.adapts, served.name) if served.adapts else (served.name, None)
        return ModelInfo(engine.title, name, version, served.context_tokens, has_chat, engine.prefills, adapter)

    async def close(self) -> None:
        """Hang up everything."""
        await self._http.close()

    async def _has_chat(self, name: str) -> bool | None:
        """Whether vLLM can put a turn into the model's template: it says no with a 400, and generates nothing."""
        turn = {"role": "user", "content": "Hello"}
        reply = await self._http.post("/tokenize", {"model": name, "messages": [turn]})
        return {200: True, 400: False}.get(reply.status)

    async def _asked(self) -> _Served:
        """What answers there, asked once. Where it doesn't list its models, the one that the user names has to do."""
        if self._served is None:
            reply = await self._http.get("/v1/models")
            models = _models(reply)
            if models is None and not self._name:
                raise _no_models(self._http.where, reply)
            served = _served(models or [], self._name, self._http.where)
            if served.engine.cache_salt and not self._cache_salt:
                self._cache_salt = await asyncio.to_thread(cache_salt.salt, self._salt_file, self._http.where)
            if served.engine is not ANY:
                self._http.stay()
            self._served = served
        return self._served


@dataclass(frozen=True, slots=True)
class _Served:
    """The model that is asked, and what serves it."""

    name: str
    engine: Engine
    context_tokens: int | None
    adapts: str | None = None  # the model that it is an adapter of


def _served(models: list[dict[str, Any]], wanted: str, where: str) -> _Served:
    chosen = next((model for model in models if not wanted or model["id"] == wanted), None)
    if chosen is None and models:
        names = ", ".join(clean(model["id"]) for model in models[:8])
        raise WrongModel(f"{where} serves no model {clean(wanted)}, but {names}", advice=wire.ADVICE_MODEL)
    if chosen is None:
        return _Served(wanted, ANY, None)
    # vLLM's entrypoints/openai/models: an adapter has a parent, and no length of its own.
    parent = next((model for model in models if model["id"] == chosen.get("parent")), chosen)
    owner, context_tokens = _text(chosen, "owned_by") or "", parent.get("max_model_len")
    return _Served(
        chosen["id"],
        BY_OWNER.get(owner, ANY),
        context_tokens if type(context_tokens) is int else None,
        adapts=clean(parent["id"]) if parent is not chosen else None,
    )


def _models(reply: Reply) -> list[dict[str, Any]] | None:
    """The models that an endpoint lists; None where that is no such list."""
    payload = reply.json if reply.status == 200 else None
    data = payload.get("data") if isinstance(payload, dict) else None
    if not isinstance(data, list):
        return None
    return [model for model in data if isinstance(model, dict) and isinstance(model.get("id"), str)] or None


def _no_models(where: str, reply: Reply) -> ModelError:
    if reply.status in (200, 404):
        advice = f"{wire.ADVICE_URL} If it is right, set endpoint.model to the name of the model to ask."
        return Refused(f"{where} lists no models at /v1/models", advice=advice)
    return wire.problem_of_reply(where, reply)


def _text(payload: Any, key: str) -> str | None:
    value = payload.get(key) if isinstance(payload, dict) else None
    return clean(value) if isinstance(value, str) else None
