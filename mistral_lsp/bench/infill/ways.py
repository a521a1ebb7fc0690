"""Ways to fill a hole: through the real server as an editor does, or by a family's prompt alone.

The prompt alone has nothing that judges where the answer ends. So it gets what no editor knows, as a help: as many
lines as the hole had, and in a line that goes on behind the hole, all up to where that rest comes again.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from mistral_lsp.bench.human_eval.arms import from_server
from mistral_lsp.bench.runs.asked import greedy, said
from mistral_lsp.core.context import build_context
from mistral_lsp.core.document import Cursor, Document
from mistral_lsp.core.reason import Reason
from mistral_lsp.core.text import Text
from mistral_lsp.core.trigger import Shape

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from mistral_lsp.bench.human_eval.cuts import Cut
    from mistral_lsp.bench.runs.session import Session
    from mistral_lsp.core.prompt import PromptLibrary

    Fill = Callable[[Cut], Awaitable[dict[str, Any]]]

CONTEXT_TOKENS = 2_048
MAX_TOKENS = 160  # the longest holes have about 120
SPARE_LINES = 2  # a rest that never comes


@contextlib.asynccontextmanager
async def server(session: Session, *, options: dict[str, Any]) -> AsyncIterator[Fill]:
    """The real server over stdio, asked by hand with the cursor in the hole."""
    async with from_server(session, options, invoked=True) as ask:

        async def fill(cut: Cut) -> dict[str, Any]:
            answer = await ask(cut)
            reason = answer.reason.name if answer.reason else None
            return {"text": answer.text, "total_s": round(answer.took_s, 4), "reason": reason}

        yield fill


@contextlib.asynccontextmanager
async def prompt(session: Session, prompts: PromptLibrary, *, family: str) -> AsyncIterator[Fill]:
    """One family's template, sent to the endpoint as it stands."""

    async def fill(cut: Cut) -> dict[str, Any]:
        document = Document("untitled:solution.py", "python", 1, Text.of(cut.prefix + cut.suffix))
        tokens = prompts.context_tokens(family, CONTEXT_TOKENS)
        context = build_context(Cursor(document, len(cut.prefix)), budget_tokens=tokens)
        made, healing = prompts.completion(
            family, context, Shape.BLOCK, max_tokens=MAX_TOKENS, prefills=session.info.prefills
        )
        answer = await said(session.model, greedy(made, seed=session.seed))
        healed = healing.match(answer.text)
        reason = healed.name if isinstance(healed, Reason) else None
        text = "" if healed is None or isinstance(healed, Reason) else ended(healed, cut)
        return {"text": text, "reason": reason, **answer.times}

    yield fill


def ended(text: str, cut: Cut) -> str:
    """As much of an answer as the hole had lines; up to the rest of the hole's last line, where that comes again."""
    lines = text.split("\n")
    count = cut.line.count("\n") + 1
    rest = cut.suffix.partition("\n")[0]
    if not rest.strip():
        return "\n".join(lines[:count]).rstrip()
    found = "\n".join(lines[: count + SPARE_LINES])
    at = found.find(rest)
    return found[:at] if at >= 0 else "\n".join(lines[:count])
