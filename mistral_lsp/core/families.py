"""Families: which prompt file fits a model, told by its name."""

from __future__ import annotations

PLAIN = "base"  # continues text from left to right and sends no control token, so it is right for any model

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
)


def family_of(model_name: str) -> str:
    """The family of a model by the name that its endpoint gives; PLAIN where the name says nothing.

    Names are what endpoints have: "mistralai/Mistral-7B-Instruct-v0.3", "/data/mistral-7b-instruct-v0.2.Q4_K_M.gguf".
    """
    name = model_name.lower()
    return next((family for words, family in FAMILIES if all(word in name for word in words)), PLAIN)
