"""The random id by which a balancer of the user's keeps a session with one replica."""

from __future__ import annotations

import re

import pytest
from support.endpoint import said, tgi, vllm

from mistral_lsp.bench.endpoint import Endpoint
from mistral_lsp.bench.tgi_script import Script
from mistral_lsp.deploy.paths import SESSION_HEADER as BALANCED_BY
from mistral_lsp.model import auto
from mistral_lsp.model.address import Address
from mistral_lsp.model.http import SESSION_HEADER

NAME = SESSION_HEADER.lower()


async def ids_at(engine: str, *, kind: str = "auto", prompts: int = 2, **script: str) -> list[str | None]:
    """What each prompt carried."""
    async with Endpoint(Script(engine=engine, **script)) as endpoint:  # type: ignore[arg-type] # all are text
        model = auto.make(kind, Address(url=endpoint.url))
        try:
            for _ in range(prompts):
                await said(model)
        finally:
            await model.close()
        return [
            one.headers.get(NAME) for one in endpoint.requests if isinstance(one.body, dict) and one.body.get("stream")
        ]


@pytest.mark.parametrize("engine", ["vllm", "llamacpp"])
async def test_prompts_of_one_session_carry_one_random_id(engine: str) -> None:
    (first, second), (other, _) = await ids_at(engine), await ids_at(engine)
    assert first is not None
    assert re.fullmatch(r"[0-9a-f]{32}", first)
    assert first == second
    assert first != other  # another session's, of the same user


async def test_text_generation_inference_gets_it_too() -> None:
    async with tgi() as (endpoint, model):
        await said(model)
        assert re.fullmatch(r"[0-9a-f]{32}", endpoint.requests[-1].headers[NAME])


async def test_a_host_of_nobody_knows_whom_gets_none() -> None:
    """It could tie together there what a user asks; and it is no balancer of ours."""
    assert await ids_at("vllm", kind="openai", owner="acme-cloud") == [None, None]
    async with vllm(owner="acme-cloud") as (endpoint, model):
        await said(model)
        assert all(NAME not in one.headers for one in endpoint.requests)


def test_the_balancer_goes_by_what_the_client_sends() -> None:
    assert BALANCED_BY == NAME
