"""Heard: what the model said to the last prompts. Greedy, it says the same again, and needn't be asked.

The word at the cursor is held back from a prompt's end, so that each key within it makes the same prompt. An answer
that begins with another word is as wrong at the next key as it was at this one. And where the user types what it said,
it goes on as it went on then, even where that was no suggestion.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mistral_lsp.core.reason import Reason
from mistral_lsp.features.confidence import doubt_in
from mistral_lsp.model.base import Chunk

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from mistral_lsp.core.healing import Healing
    from mistral_lsp.core.prompt import Prompt
    from mistral_lsp.model.base import Usage

    Odds = tuple[tuple[int, float], ...]

MAX_PROMPTS = 32


@dataclass(frozen=True, slots=True)
class Said:
    """What came of an answer."""

    text: str
    is_whole: bool  # the model ended it, and wasn't hung up on
    begins_with: str  # what it was asked to begin with
    odds: Odds = ()  # where each token begins and how likely it was, where it was left since the model was unsure

    async def stream(self, _prompt: Prompt, _on_usage: Callable[[Usage], None] | None = None) -> AsyncGenerator[str]:
        """Say it again, as a model does."""
        yield Chunk.of(self.text, self.odds)


class Heard:
    """The last answers of one model, by prompt."""

    def __init__(self) -> None:
        """Nothing was said yet."""
        self._said: list[tuple[Prompt, Said]] = []  # the last is last; not by prompt: to hash one costs most
        self._keeps_to_beginning = True  # until it is seen to answer otherwise than it was asked to begin

    def note(self, prompt: Prompt, text: str, is_whole: bool, odds: Odds = ()) -> None:  # noqa: FBT001 - a Listener's
        """So much came in answer to a prompt."""
        begins_with = prompt.begins_with
        self._keeps_to_beginning &= text.startswith(begins_with) or begins_with.startswith(text)
        if (text or is_whole) and not prompt.temperature:
            said = prompt, Said(text, is_whole, begins_with, odds)
            others = [kept for kept in self._said if kept[0].text != prompt.text or _key(kept[0]) != _key(prompt)]
            self._said = [*others[1 - MAX_PROMPTS :], said]

    def forget_all(self) -> None:
        """Nothing was said."""
        self._said.clear()

    def answer_to(self, prompt: Prompt, healing: Healing) -> Said | Reason | None:
        """What it would say, or why that is nothing; None where it must be asked."""
        for asked, said in reversed(self._said):
            if not 0 <= len(prompt.text) - len(asked.text) < len(said.text):
                continue  # nearly always, and told without looking at all that they say
            if (rest := _rest(asked, said, prompt)) is None or not prompt.text.startswith(asked.text):
                continue
            if isinstance(healed := healing.match(rest), Reason):
                is_same_beginning = said.begins_with == prompt.begins_with and asked.text == prompt.text
                return healed if is_same_beginning or not self._keeps_to_beginning else None
            has_line = isinstance(healed, str) and "\n" in healed  # then nothing that follows changes a line's answer
            gone = len(said.text) - len(rest)
            odds = tuple((start - gone, rate) for start, rate in said.odds if start >= gone)
            least, is_doubted = prompt.min_confidence, prompt.is_doubted
            doubt = doubt_in(rest, odds, healing, min_confidence=least, is_doubted=is_doubted)
            # A word that it was unsure of, and that the user has begun to type: what is known of it is shown first.
            is_begun = bool(said.odds and isinstance(healed, str) and healed.strip())
            is_enough = has_line or said.is_whole or doubt is not None or is_begun
            return Said(rest, said.is_whole, prompt.begins_with, odds) if is_enough else None
        return None


def _key(prompt: Prompt) -> Prompt:
    return replace(prompt, begins_with="", is_doubted=False)


def _rest(asked: Prompt, said: Said, prompt: Prompt) -> str | None:
    """What is left of an answer at a prompt that goes on with its beginning; None where it says nothing of that.

    Whether the prompt's own beginning is what was asked is not looked at here.
    """
    typed = prompt.text[len(asked.text) :]
    if not said.text.startswith(typed):
        return None
    is_as_long = set(asked.stop) <= set(prompt.stop) and asked.max_tokens >= prompt.max_tokens
    return said.text[len(typed) :] if is_as_long and asked.temperature == prompt.temperature else None
