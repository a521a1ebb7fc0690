"""Probe: what an endpoint can do, seen by asking it: its speed, its prefix cache, its constraint, its lock."""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mistral_lsp.core.hardware import limit_of
from mistral_lsp.core.prompt import Prompt
from mistral_lsp.core.structured import Unfit, checked, one_of
from mistral_lsp.features.report import Finding
from mistral_lsp.model.base import ModelError, Overloaded, Unauthorised

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from mistral_lsp.model.base import Model, ModelInfo, Usage

LIMIT_S = 60.0
SPEED_TOKENS = 48
FEWEST_TOKENS = 8  # a rate of fewer says nothing
CACHE_LINES = 60  # about 700 tokens
CACHED_SHARE = 0.5  # of the first time to a token, or less, where the endpoint doesn't count
_CHOICES = one_of(["alpha", "omega"])
_OPEN = "Whoever reaches it can use it. Start the engine with a key, or let only a tunnel or a proxy reach it."
_STORY = "Once upon a time there was a programmer who"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hardware:
    """What the user says it runs on; empty where they don't."""

    gpu: str = ""
    precision: str = ""


async def probe(
    model: Model, info: ModelInfo, *, hardware: Hardware, keyless: Model | None = None
) -> AsyncIterator[Finding]:
    """Each finding as soon as it is known; `keyless` is the same endpoint without the user's token."""
    for step in (_speed(model, info, hardware), _cache(model), _constraint(model)):
        yield await step
    if keyless is not None:
        yield await _lock(keyless)


@dataclass(frozen=True, slots=True)
class _Answer:
    text: str
    chunks: int
    first_s: float
    total_s: float
    usage: Usage | None


async def _ask(model: Model, prompt: Prompt) -> _Answer:
    """Raises ModelError and TimeoutError."""
    text, chunks, first_s, usages, began_s = "", 0, 0.0, list["Usage"](), time.perf_counter()
    async with asyncio.timeout(LIMIT_S), contextlib.aclosing(model.stream(prompt, usages.append)) as stream:
        async for chunk in stream:
            first_s = first_s or time.perf_counter() - began_s
            text, chunks = text + chunk, chunks + 1
    return _Answer(text, chunks, first_s, time.perf_counter() - began_s, usages[-1] if usages else None)


async def _speed(model: Model, info: ModelInfo, hardware: Hardware) -> Finding:
    try:
        answer = await _ask(model, Prompt(_STORY, SPEED_TOKENS))
    except (ModelError, TimeoutError) as error:
        return _not_tried("Speed", error)
    tokens = (answer.usage and answer.usage.answer_tokens) or answer.chunks
    if tokens < FEWEST_TOKENS or answer.total_s <= answer.first_s:
        return Finding("Speed", ok=None, detail=f"not measured: the model wrote {tokens} tokens")
    own_rate = answer.usage and answer.usage.tokens_per_s
    rate = own_rate or (tokens - 1) / (answer.total_s - answer.first_s)
    detail = f"first token after {answer.first_s * 1000:.0f} ms, then {rate:.0f} tokens a second"
    if not hardware.gpu:
        return Finding("Speed", ok=True, detail=detail)
    limit = limit_of(info.name, hardware.gpu, hardware.precision or "fp16")
    if limit is None:
        return Finding("Speed", ok=True, detail=f"{detail}\nno limit is known: the model's name doesn't tell its size")
    share = rate / limit.tokens_per_s
    detail += f"\n{share:.0%} of the {limit.tokens_per_s:.0f} that memory allows: {limit.about}"
    if share > 1.2:
        cure = "Is it one such GPU, at this precision? Speculation, too, writes more than one token at a time."
        return Finding("Speed", ok=None, detail=detail, cure=cure)
    return Finding("Speed", ok=True, detail=detail)


async def _cache(model: Model) -> Finding:
    """Ask the same twice: the second time most of the prompt needn't be read."""
    unique = f"# {time.time_ns()}\n"  # nobody has asked this before
    text = unique + "".join(f"def step_{n}(value):\n    return value + {n}\n\n" for n in range(CACHE_LINES // 3))
    try:
        first, second = await _ask(model, Prompt(text, 1)), await _ask(model, Prompt(text, 1))
    except (ModelError, TimeoutError) as error:
        return _not_tried("Cache", error)
    times = f"first token after {first.first_s * 1000:.0f} ms, and {second.first_s * 1000:.0f} ms for the same again"
    usage = second.usage
    if usage is not None and usage.cached_tokens is not None and usage.prompt_tokens:
        works = usage.cached_tokens >= CACHED_SHARE * usage.prompt_tokens
        detail = f"{usage.cached_tokens} of {usage.prompt_tokens} tokens were still there; {times}"
    else:
        works = second.first_s <= CACHED_SHARE * first.first_s
        detail = times
    if works:
        return Finding("Cache", ok=True, detail=f"the prefix cache works: {detail}")
    cure = "Switch prefix caching on: --enable-prefix-caching in vLLM, cache_prompt in llama.cpp, TGI 3 has it on."
    return Finding("Cache", ok=None, detail=f"no prefix cache was seen: {detail}", cure=cure)


async def _constraint(model: Model) -> Finding:
    """Hold the model to one of two words that it would never write here."""
    try:
        answer = await _ask(model, Prompt(_STORY, 8, constraint=_CHOICES))
        word = checked(answer.text, _CHOICES)
    except Unfit:
        detail = "the endpoint doesn't hold answers to a schema; they are checked here, and asked for again"
        return Finding("Constraint", ok=None, detail=detail)
    except (ModelError, TimeoutError) as error:
        return _not_tried("Constraint", error)
    return Finding("Constraint", ok=True, detail=f'held to one of two words, the model wrote "{word}"')


def no_lock(*, is_near: bool) -> Finding:
    """An endpoint that answers to who has no token; `is_near` where its address is of this machine."""
    if is_near:
        return Finding(
            "Lock", ok=None, detail="no token is set, and it asks for none: so anybody on this machine can ask"
        )
    return Finding("Lock", ok=False, detail="no token is set, and it asks for none", cure=_OPEN)


async def _lock(keyless: Model) -> Finding:
    try:
        await _ask(keyless, Prompt("a", 1))
    except Unauthorised:
        return Finding("Lock", ok=True, detail="without the token it answers nobody")
    except Overloaded as error:
        return _not_tried("Lock", error)
    except (ModelError, TimeoutError) as error:
        return Finding("Lock", ok=True, detail=f"without the token it gives no answer ({type(error).__name__})")
    finally:
        await keyless.close()
    return Finding("Lock", ok=False, detail="it answers without the token as well", cure=_OPEN)


def _not_tried(title: str, error: Exception) -> Finding:
    return Finding(title, ok=None, detail=f"not measured: {str(error) or type(error).__name__}")
