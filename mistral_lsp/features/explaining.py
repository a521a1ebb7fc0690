"""Explaining: what a hover on a diagnostic says, prepared while the user pauses, and never waited for too long.

What is known without a model shows at once where the model can't answer: the message, the rule's own text, and what
the code names.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from mistral_lsp.core.names import marked
from mistral_lsp.core.prose import safe_markdown
from mistral_lsp.core.template import PromptFileError
from mistral_lsp.core.turn_file import On
from mistral_lsp.features.asking import room_chars
from mistral_lsp.features.grounding import TooLarge
from mistral_lsp.features.guarding import Guard, Withheld
from mistral_lsp.model.base import ModelError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from mistral_lsp.core.diagnostic import Diagnostic
    from mistral_lsp.core.document import Document, Span
    from mistral_lsp.core.material import Material
    from mistral_lsp.core.turn_file import TurnFile
    from mistral_lsp.features.circuit import Circuit
    from mistral_lsp.features.grounding import Ground, Grounding
    from mistral_lsp.model.base import Model

log = logging.getLogger(__name__)

MAX_KEPT = 200  # explanations, of some 1 KB each
COMING = "*The explanation is being written: hover again in a moment.*"
MAX_GROUND_ROOM = 9_000  # characters, of what a hover's prompt shows
RULE_CHARS = 1_200  # of a rule's documentation, where it is all there is to show


class Key(NamedTuple):
    """What an explanation depends on: the diagnostic, and the code as it was shown."""

    diagnostic: tuple[str, str, str]
    code: str
    line: int  # within the code


@dataclass(frozen=True, slots=True)
class Asked:
    """Whom is asked, and how."""

    model: Model
    explain: TurnFile
    symbol: TurnFile
    output: TurnFile
    control_tokens: tuple[str, ...]
    circuit: Circuit
    guard: Guard = field(default_factory=Guard)


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a hover shows, as Markdown that can do nothing."""

    markdown: str
    is_whole: bool = True  # otherwise more is to come
    error: ModelError | None = None  # why there is no more


class Explainer:
    """One session's explanations of diagnostics."""

    def __init__(
        self,
        grounding: Grounding,
        asked: Callable[[], Awaitable[Asked]],
    ) -> None:
        """`asked` gives the model in force, and the guardrails."""
        self._grounding = grounding
        self._asked = asked
        self._kept: OrderedDict[Key, str] = OrderedDict()
        self._coming: dict[Key, asyncio.Task[str]] = {}
        self._prepared: Key | None = None  # what is coming and nobody has asked for

    async def explain(self, document: Document, diagnostics: Sequence[Diagnostic], *, deadline_s: float) -> Explanation:
        """What there is to say within the deadline of the first of the diagnostics; the others are named.

        What isn't whole by then goes on, and the next call has it. Raises nothing of the model's.
        """
        first = diagnostics[0]
        ground = await self._ground(document, first)
        head = _head(diagnostics)
        key = _key(first, ground, document)
        if (kept := self._kept.get(key)) is not None:
            self._kept.move_to_end(key)
            return Explanation(_joined(head, kept))
        asked = await self._asked()
        task = self._by_hand(key, ground, asked, asked.explain)
        return await self._within(task, head, ground, deadline_s=deadline_s)

    async def symbol(self, word: Span, *, deadline_s: float) -> Explanation:
        """The same of a name that nothing is wrong with."""
        ground = await self._grounding.of(
            word.document, word.start, word.end, on=On.FUNCTION, room_chars=MAX_GROUND_ROOM
        )
        ground = replace(ground, material=replace(ground.material, selected=word.text))
        key = Key(("", "", word.text), ground.material.code, -1)
        if (kept := self._kept.get(key)) is not None:
            return Explanation(kept)
        asked = await self._asked()
        task = self._by_hand(key, ground, asked, asked.symbol)
        return await self._within(task, "", ground, deadline_s=deadline_s)

    async def _within(self, task: asyncio.Task[str], head: str, ground: Ground, *, deadline_s: float) -> Explanation:
        done, _ = await asyncio.wait([task], timeout=deadline_s)
        if not done:
            return Explanation(_joined(head, COMING, _grounds(ground.material)), is_whole=False)
        if task.cancelled():
            return Explanation(_joined(head, _grounds(ground.material)), is_whole=False)
        error = task.exception()
        if error is None:
            return Explanation(_joined(head, task.result()))
        why = f"*No explanation: {error}.*" if isinstance(error, ModelError) else "*No explanation this time.*"
        markdown = _joined(head, safe_markdown(why), _grounds(ground.material))
        return Explanation(markdown, error=error if isinstance(error, ModelError) else None)

    async def prepare(self, document: Document, diagnostic: Diagnostic) -> bool:
        """Have an explanation ready before it is asked for; whether the model was asked. Raises ModelError."""
        ground = await self._ground(document, diagnostic)
        key = _key(diagnostic, ground, document)
        asked = await self._asked()
        if key in self._kept or key in self._coming or self._coming or asked.circuit.is_open:
            return False
        task = self._begin(key, ground, asked, asked.explain)
        self._prepared = key
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            if self._prepared == key:
                task.cancel()
            raise
        finally:
            self._prepared = None if self._prepared == key else self._prepared
        return True

    def end(self) -> None:
        """End what is being written."""
        for task in tuple(self._coming.values()):
            task.cancel()

    def forget_all(self) -> None:
        """Another model answers now."""
        self.end()
        self._kept.clear()

    async def _ground(self, document: Document, diagnostic: Diagnostic) -> Ground:
        try:
            return await self._grounding.of(
                document,
                diagnostic.start,
                diagnostic.end,
                on=On.DIAGNOSTIC,
                diagnostics=[diagnostic],
                room_chars=MAX_GROUND_ROOM,
                is_exact=False,
            )
        except TooLarge:  # one long line: its neighbourhood is no help
            return self._grounding.of_place(document, diagnostic)

    def _by_hand(self, key: Key, ground: Ground, asked: Asked, turn: TurnFile) -> asyncio.Task[str]:
        """What is coming, or else begins now; what is only prepared makes way for it."""
        if self._prepared is not None and self._prepared != key and self._prepared in self._coming:
            self._coming[self._prepared].cancel()
        self._prepared = None
        return self._coming.get(key) or self._begin(key, ground, asked, turn)

    def _begin(self, key: Key, ground: Ground, asked: Asked, turn: TurnFile) -> asyncio.Task[str]:
        task = asyncio.ensure_future(self._written(ground, asked, turn))
        self._coming[key] = task
        task.add_done_callback(lambda done: self._finished(key, done))
        return task

    def _finished(self, key: Key, task: asyncio.Task[str]) -> None:
        self._coming.pop(key, None)
        if task.cancelled():
            return
        error = task.exception()
        if error is None:
            self._kept[key] = task.result()
            while len(self._kept) > MAX_KEPT:
                self._kept.popitem(last=False)
        elif not isinstance(error, ModelError | PromptFileError):
            log.error("an explanation failed: %s", type(error).__name__, exc_info=error)

    async def _written(self, ground: Ground, asked: Asked, file: TurnFile) -> str:
        """The model's own words, safe to show; or that they were withheld."""
        text = ""
        try:
            room = await room_chars(asked.model, max_tokens=file.max_tokens)
            turn = file.render(_shrunk(ground.material, room), asked.control_tokens)
            async with contextlib.aclosing(asked.guard.prose(asked.model, turn, max_tokens=file.max_tokens)) as texts:
                async for so_far in texts:
                    text = so_far
        except ModelError as error:
            asked.circuit.failed(error)
            raise
        except Withheld as withheld:
            text = f"*{withheld}.*"
        asked.circuit.succeeded()
        return await asyncio.to_thread(_shown, text, ground.material)


def _shown(text: str, material: Material) -> str:
    words = text.strip() or "*The model had nothing to say.*"
    return safe_markdown(marked(words, material.seen, material.language))


def _shrunk(material: Material, room: int) -> Material:
    """Less of what is only helpful, where the model has little room."""
    if len(material.code) + len(material.definitions) + len(material.rule_text) + len(material.imports) < room:
        return material
    return replace(material, definitions="", rule_text=material.rule_text[: RULE_CHARS // 2], imports="")


def _key(diagnostic: Diagnostic, ground: Ground, document: Document) -> Key:
    line = document.text.position(diagnostic.start)[0] + 1 - ground.material.first_line
    return Key(diagnostic.key, ground.material.code, line)


def _head(diagnostics: Sequence[Diagnostic]) -> str:
    """The diagnostics themselves, since some editors show none beside a hover."""
    return _listed(tuple(one.headline for one in diagnostics[:5]))


@lru_cache(maxsize=128)  # somebody who hovers hovers again
def _listed(headlines: tuple[str, ...]) -> str:
    return safe_markdown("\n".join(f"- {headline}" for headline in headlines))


def _grounds(material: Material) -> str:
    """What is known without a model."""
    parts = []
    if material.rule_text:
        parts.append(safe_markdown(material.rule_text[:RULE_CHARS]))
    if material.definitions:
        parts.append(safe_markdown(f"```{material.language}\n{material.definitions}\n```"))
    return "\n\n".join(parts)


def _joined(*parts: str) -> str:
    return "\n\n".join(part for part in parts if part)
