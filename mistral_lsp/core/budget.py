"""Budget: how many characters a number of tokens is, learnt from what endpoints count.

Mistral's tokenizers make about 3.07 characters of Python a token; prose has more, minified or non-Latin text fewer. So
each language of a model has an estimate of its own, which begins at the common one and follows the counts. It moves in
steps: with each of them a prompt's window changes, and the endpoint's prefix cache is of no use once.
"""

from __future__ import annotations

from collections import deque

CHARS_PER_TOKEN = 3.0  # before anything was counted
LEAST, MOST = 0.5, 6.0  # what any tokenizer makes of any text that is worth a prompt
COUNTS = 16  # that an estimate is made of
FEWEST_COUNTS = 4  # before one is raised
FEWEST_TOKENS = 64  # of a prompt: a shorter one says little, and its begin-of-sequence token much
QUANTILE = 8  # of the counts: the estimate is over the truth for about one prompt of eight
STEP = 1.15  # it is raised by so much at least; it is lowered where it would be over the truth

FRAME_TOKENS = 200  # what prompt files write around the code
LEFT = 3 / 4  # of a prompt that was refused without a limit


class Budget:
    """What is known of one model's tokens: how long they are, and how many it takes."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._ratios: dict[str, deque[float]] = {}
        self._estimates: dict[str, float] = {}
        self.limit_tokens: int | None = None  # of prompt and answer together, once that was learnt

    def chars_per_token(self, language: str) -> float:
        """The estimate for a language: seldom more than the truth, so that a budget is kept."""
        return self._estimates.get(language, CHARS_PER_TOKEN)

    def counted(self, language: str, prompt: str, prompt_tokens: int | None) -> None:
        """An endpoint has counted a prompt."""
        if prompt_tokens is None or prompt_tokens < FEWEST_TOKENS:
            return
        ratios = self._ratios.setdefault(language, deque(maxlen=COUNTS))
        ratios.append(min(max(len(prompt) / prompt_tokens, LEAST), MOST))
        found, now = sorted(ratios)[len(ratios) // QUANTILE], self.chars_per_token(language)
        if found < now or (found > now * STEP and len(ratios) >= FEWEST_COUNTS):
            self._estimates[language] = found

    def allowed(self, context_tokens: int, *, max_tokens: int) -> int:
        """How many of the wanted tokens of code fit beside an answer and what prompt files write."""
        if self.limit_tokens is None:
            return context_tokens
        return max(0, min(context_tokens, self.limit_tokens - max_tokens - FRAME_TOKENS))

    def limit(self, tokens: int | None) -> None:
        """The endpoint says how much it takes: it can only be less than was known."""
        if tokens is not None and tokens > 0:
            self.limit_tokens = min(tokens, self.limit_tokens or tokens)

    def refused(self, language: str, prompt: str, *, given_tokens: int | None, limit_tokens: int | None) -> None:
        """An endpoint refused a prompt as too long, and may have said by how much."""
        self.counted(language, prompt, given_tokens)
        tokens = given_tokens or int(len(prompt) / self.chars_per_token(language))
        self.limit(limit_tokens or int(tokens * LEFT))
