"""Families: which prompt file fits a model, told by its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

PLAIN = "base"  # continues text from left to right and sends no control token
CHAT = "chat"  # asks through the engine, which has the model's own template

# The first row whose words are all in the name counts.
FAMILIES = (
    (("smollm",), "smollm2"),
    # Codestral fills in the middle; its Mamba variant follows instructions alone.
    # https://huggingface.co/mistralai/mamba-codestral-7B-v0.1/discussions/2
    (("mamba", "codestral"), "mistral-v3"),
    (("codestral",), "codestral"),
    # These two came out with version numbers of their own, and the tokenizer of Mistral 7B v0.3.
    (("mixtral", "8x22b", "instruct"), "mistral-v3"),
    (("mathstral",), "mistral-v3"),
    (("mistral", "instruct", "v0.1"), "mistral-v1"),
    (("mistral", "instruct", "v0.2"), "mistral-v1"),
    (("mixtral", "instruct", "v0.1"), "mistral-v1"),
    (("mistral", "instruct"), "mistral-v3"),
    # These only continue text, whatever template lies beside them.
    (("mistral-7b-v0",), PLAIN),
    (("starcoder",), PLAIN),
    (("base",), PLAIN),
)


def family_of(
    model_name: str, *, has_chat: bool | None = None, rows: Iterable[tuple[tuple[str, ...], str]] = ()
) -> str:
    """The family of a model by the name that its endpoint gives; the user's rows come first.

    Where the name says nothing it is CHAT, so that no other family's control tokens are sent; PLAIN where the model is
    known to have no chat template, or the endpoint doesn't name it. Names are what endpoints have:
    "mistralai/Mistral-7B-Instruct-v0.3", "/data/mistral-7b-instruct-v0.2.Q4_K_M.gguf".
    """
    name = model_name.lower()
    unknown = PLAIN if has_chat is False or not name else CHAT
    return next((family for words, family in (*rows, *FAMILIES) if all(word in name for word in words)), unknown)


def row_of(text: str) -> tuple[tuple[str, ...], str] | None:
    """A row as a user writes it, "qwen coder = base": words of a model's name, and the family. None if it is none."""
    words, _, family = text.partition("=")
    known = tuple(words.lower().split())
    return (known, family.strip()) if known and family.strip() else None
