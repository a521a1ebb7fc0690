"""Guarding: what stands before every question, and the model's own verdict on questions and answers of prose.

A verdict that can't be had counts as a bad one: whoever has texts judged wants to see none that wasn't. An answer is
held back until it is judged. Ghost text and edits are never judged, and nothing stands before ghost text.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mistral_lsp.core.guardrail_files import VERDICTS, Category
from mistral_lsp.core.prompt import Prompt
from mistral_lsp.core.structured import Unfit
from mistral_lsp.features import asking, structured

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator

    from mistral_lsp.core.guardrail_files import GuardrailFiles
    from mistral_lsp.model.base import Model

log = logging.getLogger(__name__)

QUESTION, ANSWER = "a programmer's question with code", "an answer of the assistant's"
PIECE_CHARS = 6_000  # of a long text, judged piece by piece: nothing of it goes unseen
OVERLAP_CHARS = 200  # so that no sentence is cut for both pieces
FEWEST_CHARS = 500


class Withheld(Exception):  # noqa: N818 - read as "withheld"
    """A question or an answer was refused: `str(error)` says which, why, and how to change it; for people."""

    def __init__(self, what: str, category: Category | None, why: str = "") -> None:
        """A `category` of None is no verdict, and `why` says why there is none."""
        whose = "your question" if what == QUESTION else "the answer"
        if category is None:
            said = (
                f"Withheld: the model could not judge {whose} ({why}). "
                'To see texts that are not judged, set guardrails.moderation to "off"'
            )
        else:
            said = (
                f'Withheld: the model judged {whose} as "{category.in_words}". If that is wrong, take '
                f'"{category.value}" out of guardrails.categories, or set guardrails.moderation to "off"'
            )
        super().__init__(said)
        self.category = category


@dataclass(frozen=True, slots=True)
class Guard:
    """The guardrails in force; without anything said, there are none."""

    before: str = ""  # every question
    judges_questions: bool = False
    judges_answers: bool = False
    categories: frozenset[Category] = frozenset()  # that are refused
    files: GuardrailFiles | None = None
    control_tokens: tuple[str, ...] = ()

    def put_before(self, turn: str) -> str:
        """The question as it is sent."""
        return f"{self.before}\n\n{turn}" if self.before else turn

    async def prose(self, model: Model, turn: str, *, max_tokens: int) -> AsyncGenerator[str, None]:
        """What the answer is so far, as `asking.prose` has it; whole and at once where answers are judged.

        Raises Withheld and ModelError.
        """
        if self.judges_questions:
            await self._pass(model, turn, QUESTION)
        texts = asking.prose(model, self.put_before(turn), max_tokens=max_tokens)
        text = ""
        try:
            async for text in texts:
                if not self.judges_answers:
                    yield text
        finally:
            await texts.aclose()
        if self.judges_answers and text.strip():
            await self._pass(model, text, ANSWER)
            yield text

    async def _pass(self, model: Model, text: str, what: str) -> None:
        """Return where the text may go on. Raises Withheld and ModelError."""
        verdict = await self.verdict(model, text, what)
        if verdict in self.categories:
            log.info("withheld as %s: %d characters", verdict.value, len(text))
            raise Withheld(what, verdict)

    async def verdict(self, model: Model, text: str, what: str) -> Category:
        """The first piece's category that is refused, or ACCEPTABLE. Raises Withheld where there is none."""
        if self.files is None:
            raise Withheld(what, None, "the prompt for it is missing")
        if (await model.describe()).has_chat is False:
            raise Withheld(what, None, "it has no chat template, and follows no instructions")
        room = await asking.room_chars(model, max_tokens=self.files.max_tokens)
        empty = len(self.files.moderation("", what, ()))
        for piece in _pieces(text, min(PIECE_CHARS, max(FEWEST_CHARS, room - empty))):
            turn = self.files.moderation(piece, what, self.control_tokens)
            prompt = Prompt("", self.files.max_tokens, user=turn)
            try:
                category = Category(await structured.ask(model, prompt, VERDICTS))
            except Unfit as error:
                raise Withheld(what, None, str(error)) from None
            if category in self.categories:
                return category
        return Category.ACCEPTABLE


def _pieces(text: str, most: int) -> Iterator[str]:
    start = 0
    while start + most < len(text):
        yield text[start : start + most]
        start += most - OVERLAP_CHARS
    yield text[start:]
