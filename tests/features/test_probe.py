"""What an endpoint can do, seen by asking it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from support.fake_model import INFO, FakeModel

from mistral_lsp.features.probe import Hardware, no_lock, probe
from mistral_lsp.features.report import Finding, as_json, render, timed
from mistral_lsp.model.base import ModelError, Overloaded, Refused, Unauthorised, Unreachable, Usage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

NOTHING = Hardware()


class Endpoint(FakeModel):
    """It counts, remembers prompts, and holds to a choice, as it is told."""

    def __init__(
        self, *, has_cache: bool = True, holds: bool = True, tokens_per_s: float | None = None, **about: Any
    ) -> None:
        super().__init__(**about)
        self.has_cache, self.holds, self.tokens_per_s = has_cache, holds, tokens_per_s
        self.seen: set[str] = set()

    async def stream(self, prompt: Any, on_usage: Any = None) -> Any:
        tokens = len(prompt.text) // 4
        cached = tokens if self.has_cache and prompt.text in self.seen else 0
        self.seen.add(prompt.text)
        self.reply = ["omega"] if prompt.constraint and self.holds else [" word"] * prompt.max_tokens
        self.usage = Usage(tokens, cached, len(self.reply), self.tokens_per_s)
        async for chunk in super().stream(prompt, on_usage):
            yield chunk


async def finding(title: str, model: FakeModel, hardware: Hardware = NOTHING, keyless: Any = None) -> Finding:
    found = [found async for found in probe(model, INFO, hardware=hardware, keyless=keyless)]
    assert model.open_streams == 0
    return next(one for one in found if one.title == title)


async def test_a_prefix_cache_is_seen_by_its_count() -> None:
    assert (await finding("Cache", Endpoint())).ok is True
    found = await finding("Cache", Endpoint(has_cache=False))
    assert found.ok is None
    assert "--enable-prefix-caching" in found.cure


async def test_a_constraint_is_seen_by_a_word_that_the_model_would_not_write() -> None:
    assert '"omega"' in (await finding("Constraint", Endpoint())).detail
    assert (await finding("Constraint", Endpoint(holds=False))).ok is None


async def test_the_speed_is_held_to_what_memory_allows() -> None:
    found = await finding("Speed", Endpoint(delay=0.005), Hardware(gpu="a10g", precision="awq"))
    assert "that memory allows: 600 GB/s over 4.2 GB of awq weights" in found.detail
    too_fast = await finding("Speed", Endpoint(), Hardware(gpu="cpu-ddr4", precision="fp16"))
    assert too_fast.ok is None  # it can't be that machine
    own = await finding("Speed", Endpoint(delay=0.005, tokens_per_s=61.5))
    assert "then 62 tokens a second" in own.detail
    assert "memory" not in (await finding("Speed", Endpoint())).detail


@pytest.mark.parametrize(
    ("error", "ok"),
    [
        (Unauthorised("no", advice=""), True),
        (Refused("no", advice=""), True),
        (Unreachable("no", advice=""), True),
        (Overloaded("busy", advice=""), None),
        (None, False),
    ],
)
async def test_a_lock_is_seen_from_outside(error: ModelError | None, ok: bool | None) -> None:  # noqa: FBT001 - a row's
    keyless = FakeModel("a", error=error)
    found = await finding("Lock", Endpoint(), keyless=keyless)
    assert found.ok is ok
    assert keyless.closed
    assert bool(found.cure) == (ok is False)


def test_an_endpoint_that_asks_nobody_for_a_token_is_a_fault_where_others_reach_it() -> None:
    far, near = no_lock(is_near=False), no_lock(is_near=True)
    assert (far.ok, near.ok) == (False, None)
    assert "Start the engine with a key" in far.cure
    assert "this machine" in near.detail


async def test_what_fails_is_said_and_the_rest_goes_on() -> None:
    model = FakeModel(error=Unreachable("gone", advice=""))
    found = [one async for one in probe(model, INFO, hardware=NOTHING)]
    assert [(one.title, one.ok) for one in found] == [("Speed", None), ("Cache", None), ("Constraint", None)]
    assert all("gone" in one.detail for one in found)


async def test_each_finding_has_its_time_and_a_program_gets_them_as_json() -> None:
    async def two() -> AsyncIterator[Finding]:
        yield Finding("A", ok=True, detail="well")
        yield Finding("B", ok=False, detail="\x1b[31m", cure="Do.")

    found = [one async for one in timed(two())]
    assert all(one.took_s > 0 for one in found)
    told = json.loads(as_json(found))
    assert told["ok"] is False
    assert [row["title"] for row in told["findings"]] == ["A", "B"]
    assert "(1,500 ms)" in render([Finding("A", ok=True, detail="well", took_s=1.5)], colour=False)
    assert "ms" not in render([Finding("A", ok=True, detail="well")], colour=False)
