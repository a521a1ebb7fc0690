"""Which engine answers at a URL? Asked when that is first needed, and again once what was found refuses a request."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING

from mistral_lsp.model.base import Model, ModelError, ModelInfo, Refused, TooLong, Usage
from mistral_lsp.model.engines import BY_OWNER, LLAMA_CPP
from mistral_lsp.model.http import Http, Reply
from mistral_lsp.model.llamacpp import LlamaCppModel
from mistral_lsp.model.openai import OpenAiModel
from mistral_lsp.model.openai_wire import problem_of_reply
from mistral_lsp.model.tgi import TgiModel

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from mistral_lsp.core.prompt import Prompt
    from mistral_lsp.model.address import Address

log = logging.getLogger(__name__)

ADVICE = "Set endpoint.url to where TGI, vLLM or llama.cpp answers, or endpoint.kind to what speaks there."


class AutoModel:
    """The Model behind an address, whatever its engine."""

    def __init__(self, address: Address, http: Http | None = None) -> None:
        """Raise ModelError where the URL or the token can't be right."""
        self._address = address
        self._http = http or Http(address)
        self._is_closed = False
        self._model: Model | None = None
        self._finding = asyncio.Lock()

    async def warm_up(self) -> None:
        """Pay for the imports before the first prompt has to."""
        await self._http.warm_up()

    def connect(self) -> None:
        """Begin to open a connection, for the first question or for the next prompt."""
        (self._model or self._http).connect()

    async def stream(
        self, prompt: Prompt, on_usage: Callable[[Usage], None] | None = None
    ) -> AsyncGenerator[str, None]:
        """As the engine's own model."""
        model = await self._found()
        try:
            async with contextlib.aclosing(model.stream(prompt, on_usage)) as chunks:
                async for chunk in chunks:
                    yield chunk
        except Refused as error:
            await self._forget(model, error)
            raise

    async def describe(self) -> ModelInfo:
        """Find out what answers, and ask that."""
        model = await self._found()
        try:
            return await model.describe()
        except Refused as error:
            await self._forget(model, error)
            raise

    async def close(self) -> None:
        """Hang up everything."""
        self._is_closed = True
        await self._http.close()
        if self._model is not None:
            await self._model.close()

    async def _found(self) -> Model:
        async with self._finding:
            if self._model is None:
                self._model = make(await self._kind(), self._address, self._http)
                await self._model.warm_up()
            return self._model

    async def _forget(self, model: Model, error: Refused) -> None:
        """Another engine may answer there by now, unless the prompt alone was at fault."""
        if self._model is model and not self._is_closed and not isinstance(error, TooLong):
            http, self._model, self._http = self._http, None, Http(self._address)
            await model.close()
            await http.close()

    async def _kind(self) -> str:
        """What `endpoint.kind` would say of it."""
        info, models = await asyncio.gather(self._http.get("/info"), self._http.get("/v1/models"))
        kind = _kind_of(info, models)
        if kind is None:
            raise _unknown(self._http.where, info, models)
        log.info("the endpoint speaks %s", kind)
        return kind


def make(kind: str, address: Address, http: Http | None = None) -> Model:
    """The Model of a kind that `endpoint.kind` names, but for the embedded engine. Raises ModelError.

    `http` is a client of that address to go on with, since its connections are open.
    """
    return _KINDS[kind](address, http)


_KINDS: dict[str, Callable[[Address, Http | None], Model]] = {
    "auto": AutoModel,
    "tgi": TgiModel,
    "openai": OpenAiModel,
    "llamacpp": LlamaCppModel,
}


def _kind_of(info: Reply, models: Reply) -> str | None:
    about = info.json if info.status == 200 else None
    if isinstance(about, dict) and "model_id" in about and "max_total_tokens" in about:
        return "tgi"
    owner = _owner(models)
    if owner is None:
        return None
    return "llamacpp" if BY_OWNER.get(owner) is LLAMA_CPP else "openai"


def _owner(models: Reply) -> str | None:
    """Who owns the first model that is listed; None where nothing is."""
    payload = models.json if models.status == 200 else None
    data = payload.get("data") if isinstance(payload, dict) else None
    if not isinstance(data, list) or not data or not isinstance(data[0], dict) or "id" not in data[0]:
        return None
    return str(data[0].get("owned_by", ""))


def _unknown(where: str, info: Reply, models: Reply) -> ModelError:
    for reply in (models, info):
        if reply.status not in (200, 404, 405):
            return problem_of_reply(where, reply)
    what = "a web page" if "html" in info.content_type + models.content_type else "something else"
    return Refused(f"{where} is {what}, no engine that is known", advice=ADVICE)
