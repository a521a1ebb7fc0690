"""Budget: how many characters a number of tokens is, learnt from what endpoints count.

Mistral's tokenizers make about 3.07 characters of Python a token; prose has more, minified or non-Latin text fewer. So
each language of a model has an estimate of its own, which begins at the common one and follows the counts.
"""

from __future__ import annotations

from collections import deque

CHARS_PER_TOKEN = 3.0  # before anything was counted
LEAST, MOST = 0.5, 6.0  # what any tokenizer makes of any text that is worth a prompt
COUNTS = 16  # that an estimate is made of
FEWEST_TOKENS = 64  # of a prompt: a shorter one says little, and its begin-of-sequence token much
# An estimate that is right on average is too high for half of the prompts; this one is for about one of eight.
QUANTILE = 8


class Budget:
    """What is known of one model's tokens: how long they are, and how many it takes."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._ratios: dict[str, deque[float]] = {}
        self.limit_tokens: int | None = None  # of prompt and answer together, once that was learnt

    def chars_per_token(self, language: str) -> float:
        """The estimate for a language: seldom more than the truth, so that a budget is kept."""
        ratios = sorted(self._ratios.get(language, ()))
        return ratios[len(ratios) // QUANTILE] if ratios else CHARS_PER_TOKEN

    def counted(self, language: str, prompt: str, prompt_tokens: int | None) -> None:
        """An endpoint has counted a prompt."""
        if prompt_tokens is not None and prompt_tokens >= FEWEST_TOKENS:
            ratio = min(max(len(prompt) / prompt_tokens, LEAST), MOST)
            self._ratios.setdefault(language, deque(maxlen=COUNTS)).append(ratio)

    def allowed(self, context_tokens: int, *, max_tokens: int) -> int:
        """How many of the wanted tokens fit beside an answer."""
        if self.limit_tokens is None:
            return context_tokens
        return max(0, min(context_tokens, self.limit_tokens - max_tokens))

    def limit(self, tokens: int | None) -> None:
        """The endpoint says how much it takes, or refused more: it can only be less than was known."""
        if tokens is not None and tokens > 0:
            self.limit_tokens = min(tokens, self.limit_tokens or tokens)
