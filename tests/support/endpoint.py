"""The stand-ins for text-generation-inference and vLLM, with a model that asks them."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from mistral_lsp.bench.endpoint import Endpoint
from mistral_lsp.bench.tgi_script import Script
from mistral_lsp.core.prompt import Prompt
from mistral_lsp.model.address import Address
from mistral_lsp.model.openai import OpenAiModel
from mistral_lsp.model.tgi import TgiModel

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from mistral_lsp.bench.connection import Received
    from mistral_lsp.model.base import Model

PROMPT = Prompt("def add(a, b):\n    return", 32)


@contextlib.asynccontextmanager
async def tgi(
    *, timeout_s: float = 10.0, token: str | None = None, **script: Any
) -> AsyncIterator[tuple[Endpoint, TgiModel]]:
    """The stand-in with this script, and a model for it; `token` is the model's."""
    async with Endpoint(Script(**script)) as endpoint:
        model = TgiModel(Address(url=endpoint.url, token=token, timeout_s=timeout_s))
        try:
            yield endpoint, model
        finally:
            await model.close()


@contextlib.asynccontextmanager
async def vllm(
    *, timeout_s: float = 10.0, token: str | None = None, model: str = "", **script: Any
) -> AsyncIterator[tuple[Endpoint, OpenAiModel]]:
    """As `tgi`, for vLLM; `model` is the name that the user set."""
    async with Endpoint(Script(engine="vllm", **script)) as endpoint:
        client = OpenAiModel(Address(url=endpoint.url, model=model, token=token, timeout_s=timeout_s))
        try:
            yield endpoint, client
        finally:
            await client.close()


async def said(model: Model, prompt: Prompt = PROMPT) -> str:
    """All that the model says."""
    return "".join([chunk async for chunk in model.stream(prompt)])


def turns(endpoint: Endpoint) -> list[str]:
    """The user's turns that came, of questions asked in a chat template."""
    return [
        "".join(one["content"] for one in request.body["messages"])
        for request in endpoint.requests
        if _is_turn(request)
    ]


def _is_turn(request: Received) -> bool:
    return isinstance(request.body, dict) and bool(request.body.get("stream")) and "messages" in request.body
