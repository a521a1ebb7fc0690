"""Trial: one real completion, timed and judged."""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mistral_lsp.core.context import build_context
from mistral_lsp.core.document import Cursor, Document
from mistral_lsp.core.place import Place
from mistral_lsp.core.postprocess import tidy
from mistral_lsp.core.prompt_file import PromptFileError
from mistral_lsp.core.reason import Reason
from mistral_lsp.core.text import Text
from mistral_lsp.core.trigger import Shape
from mistral_lsp.features.report import Finding
from mistral_lsp.model.base import ModelError

if TYPE_CHECKING:
    from mistral_lsp.core.healing import Healing
    from mistral_lsp.core.prompt import Prompt, PromptLibrary
    from mistral_lsp.model.base import Model

TITLE = "Completion"
SAMPLE = "def add(a, b):\n    return "
CONTEXT_TOKENS = 256
MAX_TOKENS = 32
MAX_CHARS = 100 * MAX_TOKENS  # an endpoint that sends more doesn't keep to max_tokens
LIMIT_S = 60.0
SLOW_S = 1.0  # a first token that takes longer mostly comes when the user has typed on

_CONTROL_TOKEN = re.compile(r"\[/?(?:INST|PREFIX|SUFFIX|MIDDLE)\]|<\|\w+\|>|</?s>")


async def complete_once(
    model: Model, prompts: PromptLibrary, family: str, *, deadline_s: float, prefills: bool = True
) -> Finding:
    """Ask the model to end a line of Python, with one of the families that `prompts` has."""
    cursor = Cursor(Document("untitled:sample.py", "python", 1, Text.of(SAMPLE)), len(SAMPLE))
    context = build_context(cursor, budget_tokens=CONTEXT_TOKENS)
    try:
        prompt, healing = prompts.completion(family, context, Shape.LINE, max_tokens=MAX_TOKENS, prefills=prefills)
        answer = await _ask(model, prompt)
    except PromptFileError as error:
        return Finding(TITLE, ok=False, detail=f"{family}: {error}", cure="Correct your prompt file.")
    except TimeoutError:
        cure = "Use a smaller model or a quicker machine."
        return Finding(TITLE, ok=False, detail=f"not complete after {LIMIT_S:.0f} s", cure=cure)
    except ModelError as error:
        return Finding(TITLE, ok=False, detail=str(error), cure=error.advice)
    return _fault(answer, deadline_s) or _shown(answer, healing, cursor)


@dataclass(frozen=True, slots=True)
class _Answer:
    text: str
    first_s: float
    total_s: float

    def __str__(self) -> str:
        first_ms, total_ms = self.first_s * 1000, self.total_s * 1000
        return f"first text after {first_ms:.0f} ms, {len(self.text)} characters after {total_ms:.0f} ms"


async def _ask(model: Model, prompt: Prompt) -> _Answer:
    text, first_s, started = "", 0.0, time.perf_counter()
    async with asyncio.timeout(LIMIT_S), contextlib.aclosing(model.stream(prompt)) as chunks:
        async for chunk in chunks:
            first_s = first_s or time.perf_counter() - started
            text += chunk
            if len(text) > MAX_CHARS:
                break
    return _Answer(text, first_s, time.perf_counter() - started)


def _fault(answer: _Answer, deadline_s: float) -> Finding | None:
    token = _CONTROL_TOKEN.search(answer.text)
    rows = (
        (
            not answer.text.strip(),
            "the model answered with nothing",
            "Set endpoint.family to the model's own family, or try another model.",
        ),
        (
            token,
            f"the answer holds the control token {token and token[0]}",
            "The prompts are another family's: set endpoint.family to the model's own.",
        ),
        (
            len(answer.text) > MAX_CHARS,
            f"the answer goes on beyond the {MAX_TOKENS} tokens that were asked for",
            "Check what answers at endpoint.url: it doesn't keep to max_new_tokens.",
        ),
        (
            answer.total_s > deadline_s,
            f"{answer}; completion.deadline_ms is {deadline_s * 1000:.0f}",
            "Use a smaller model or a quicker machine, lower completion.max_tokens, or raise the deadline.",
        ),
    )
    return next((Finding(TITLE, ok=False, detail=detail, cure=cure) for is_so, detail, cure in rows if is_so), None)


def _shown(answer: _Answer, healing: Healing, cursor: Cursor) -> Finding:
    healed = healing.match(answer.text) or Reason.EMPTY
    text = healed if isinstance(healed, Reason) else tidy(healed, Place(cursor, Shape.LINE))
    if isinstance(text, Reason):
        return Finding(TITLE, ok=None, detail=f"{answer}\nnot shown: {text}", cure="Another model may do better.")
    detail = f"{answer}\n{cursor.line_prefix.strip()} {text}"
    if answer.first_s > SLOW_S:
        cure = "Typing rarely pauses for that long: use a smaller model or a quicker machine."
        return Finding(TITLE, ok=None, detail=detail, cure=cure)
    return Finding(TITLE, ok=True, detail=detail)
