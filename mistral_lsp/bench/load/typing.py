"""Typing: simulated editors at one endpoint, each in a file of its own, each with prompts that grow as one types."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mistral_lsp.bench.measure import percentile
from mistral_lsp.bench.runs.asked import said
from mistral_lsp.bench.source import calls, python_source
from mistral_lsp.core.context import build_context
from mistral_lsp.core.document import Cursor, Document
from mistral_lsp.core.text import Text
from mistral_lsp.core.trigger import Shape
from mistral_lsp.model.base import ModelError, Overloaded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mistral_lsp.bench.runs.session import Session
    from mistral_lsp.core.prompt import Prompt, PromptLibrary

FILE_LINES = 400
TYPED = "total + step * value"  # at each place, in pieces of a few characters
PIECE_CHARS = 3
CONTEXT_TOKENS = 1_024
MAX_TOKENS = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How they type."""

    seconds: float  # of each step
    every_s: float  # a request, in the mean


@dataclass(slots=True)
class Tally:
    """What they saw."""

    line_ms: list[float] = field(default_factory=list)  # until the first line was there
    first_ms: list[float] = field(default_factory=list)
    refused: int = 0  # 429 and 503
    failed: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    error: ModelError | None = None

    def as_result(self, took_s: float) -> dict[str, Any]:
        """For the report. Raises ModelError where nobody was answered."""
        if not self.line_ms and self.error is not None:
            raise self.error
        asked = len(self.line_ms) + self.refused + self.failed
        return {
            "requests": asked,
            "requests_per_s": round(len(self.line_ms) / took_s, 2),
            "line_p50_ms": round(percentile(self.line_ms, 50), 1) if self.line_ms else None,
            "line_p95_ms": round(percentile(self.line_ms, 95), 1) if self.line_ms else None,
            "first_p95_ms": round(percentile(self.first_ms, 95), 1) if self.first_ms else None,
            "refused": self.refused,
            "errors": self.failed,
            "cached": round(self.cached_tokens / self.prompt_tokens, 3) if self.prompt_tokens else None,
        }


async def typed(session: Session, prompts: PromptLibrary, family: str, count: int, pace: Pace) -> dict[str, Any]:
    """So many editors at once. Raises ModelError where none was answered."""
    tally, began_s = Tally(), time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for number in range(count):
            group.create_task(_editor(session, prompts, family, number, pace, tally))
    return tally.as_result(time.perf_counter() - began_s)


async def asked_once(session: Session, prompts: PromptLibrary, family: str) -> None:
    """One request that doesn't count. Raises ModelError and TimeoutError."""
    await said(session.model, next(_prompts(session, prompts, family, random.Random(0))), is_enough=True)


async def _editor(session: Session, prompts: PromptLibrary, family: str, number: int, pace: Pace, tally: Tally) -> None:
    r = random.Random(f"{session.seed} {number}")
    await asyncio.sleep(r.uniform(0, pace.every_s))  # nobody begins together
    loop = asyncio.get_running_loop()
    until_s = loop.time() + pace.seconds
    for made in _prompts(session, prompts, family, r):
        next_s = loop.time() + r.uniform(0.5, 1.5) * pace.every_s
        try:
            answer = await said(session.model, made, is_enough=True)
        except Overloaded as error:
            tally.refused, tally.error = tally.refused + 1, error
        except ModelError as error:
            tally.failed, tally.error = tally.failed + 1, error
        except TimeoutError:
            tally.failed += 1
        else:
            tally.line_ms.append(answer.total_s * 1000)
            tally.first_ms.append(answer.first_s * 1000)
            if answer.prompt_tokens and answer.cached_tokens is not None:
                tally.prompt_tokens += answer.prompt_tokens
                tally.cached_tokens += answer.cached_tokens
        if loop.time() >= until_s:
            return
        await asyncio.sleep(max(0.0, next_s - loop.time()))


def _prompts(session: Session, library: PromptLibrary, family: str, r: random.Random) -> Iterator[Prompt]:
    """One after the other, without end: at a place, after each piece that is typed there; then at another place."""
    source = python_source(FILE_LINES, seed=r.randrange(10**6))
    places = calls(source)
    tokens = library.context_tokens(family, CONTEXT_TOKENS)
    lines = source.splitlines(keepends=True)
    while True:
        line, column = r.choice(places)
        offset = sum(map(len, lines[:line])) + column
        for end in range(PIECE_CHARS, len(TYPED) + 1, PIECE_CHARS):
            text = source[:offset] + TYPED[:end] + source[offset:]
            cursor = Cursor(Document("untitled:load.py", "python", 1, Text.of(text)), offset + end)
            context = build_context(cursor, budget_tokens=tokens)
            prefills = session.info.prefills
            yield library.completion(family, context, Shape.LINE, max_tokens=MAX_TOKENS, prefills=prefills)[0]
