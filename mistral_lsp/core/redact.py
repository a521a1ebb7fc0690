"""Redact: what is changed in a text before it goes into a prompt: secrets, unseen characters, control tokens.

A file may hold the very text that a model's template is made of ("[/INST]", "</s>"): an endpoint would read it as a
control token, and the file could end the user's turn and begin one of its own. One visible space breaks it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from mistral_lsp.core.secrets import mask
from mistral_lsp.core.unseen import show_unseen

if TYPE_CHECKING:
    from collections.abc import Callable


@lru_cache(maxsize=64)  # most of a prompt is the same at the next key
def redacted(text: str, control_tokens: tuple[str, ...]) -> str:
    """The text with its secrets masked, its unseen characters spelled out, and a family's control tokens broken."""
    return neutraliser(control_tokens)(show_unseen(mask(text)))


def redacted_to_cursor(text: str, control_tokens: tuple[str, ...]) -> str:
    """The same for a text whose last line is being typed."""
    end = text.rfind("\n") + 1
    return redacted(text[:end], control_tokens) + redacted(text[end:], control_tokens)


@lru_cache(maxsize=32)
def neutraliser(control_tokens: tuple[str, ...]) -> Callable[[str], str]:
    """A function that breaks a family's control tokens in a text: "[/INST]" becomes "[ /INST]".

    Each is matched as it is written, or as the beginning of one ("[control_").
    """
    if not control_tokens:
        return str
    anywhere = re.compile("|".join(map(re.escape, sorted(control_tokens, key=len, reverse=True))))

    def neutralise(text: str) -> str:
        if not any(map(text.__contains__, control_tokens)):
            return text  # nearly always
        return anywhere.sub(lambda found: f"{found[0][0]} {found[0][1:]}", text)

    return neutralise
