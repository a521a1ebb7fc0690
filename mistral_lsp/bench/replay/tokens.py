"""Tokens: how a text is counted. Mistral's own tokenizer where it is installed, else three characters a token."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    Tokens = tuple[Hashable, ...]

CHARS_PER_TOKEN = 3  # Mistral's tokenizers on Python source: 3.07

# About as long as Mistral's pieces: a space goes with the word behind it, a newline stands alone.
_PIECE = re.compile(r"\n| ?[^\W_]{1,5}|_+| {1,15}|[^\w\s]{1,2}|.", re.DOTALL)


def pieces(text: str) -> list[str]:
    """A text cut as a model would write it; not the exact tokens, but as many of them."""
    return _PIECE.findall(text)


@cache
def tokenizer() -> tuple[str, Callable[[str], Tokens]]:
    """Its name, and what gives the tokens of a prompt. Loading it takes a second."""
    try:
        from mistral_common.tokens.tokenizers.mistral import MistralTokenizer
    except ImportError:
        return "characters / 3", _thirds
    model: Any = MistralTokenizer.v3().instruct_tokenizer.tokenizer
    return "mistral v3", lambda text: tuple(model.encode(text, bos=True, eos=False))


def _thirds(text: str) -> tuple[str, ...]:
    return tuple(text[start : start + CHARS_PER_TOKEN] for start in range(0, len(text), CHARS_PER_TOKEN))
