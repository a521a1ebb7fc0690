"""PrefixCache: how much of a prompt an inference server needn't compute again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mistral_lsp.core.common import common_start

if TYPE_CHECKING:
    from mistral_lsp.bench.replay.tokens import Tokens


class PrefixCache:
    """The sequences that a server has seen last. vLLM keeps whole blocks of 16 tokens, TGI of 1 or of 256."""

    def __init__(self, *, sequences: int = 16, block_tokens: int = 1) -> None:
        """Remember so many sequences; the one that was used least recently goes first."""
        self._most = sequences
        self._block_tokens = block_tokens
        self._seen: list[Tokens] = []

    def hit(self, tokens: Tokens) -> int:
        """How many tokens of a prompt's beginning are there; at least its last one is computed anew."""
        best, index = 0, None
        for number, seen in enumerate(self._seen):
            shared = common_start(seen, tokens)
            if shared > best:
                best, index = shared, number
        if index is not None:
            self._seen.append(self._seen.pop(index))
        best = max(0, min(best, len(tokens) - 1))
        return best - best % self._block_tokens

    def add(self, tokens: Tokens) -> None:
        """Remember a sequence; one that is only its beginning is no longer needed."""
        self._seen = [seen for seen in self._seen if len(seen) > len(tokens) or common_start(seen, tokens) < len(seen)]
        self._seen.append(tokens)
        del self._seen[: -self._most]
