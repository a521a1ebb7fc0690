from __future__ import annotations

import pytest

from mistral_lsp.core.families import FAMILIES, PLAIN, family_of


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("mistralai/Mistral-7B-Instruct-v0.1", "mistral-v1"),
        ("TheBloke/Mistral-7B-Instruct-v0.2-AWQ", "mistral-v1"),
        ("/data/mistral-7b-instruct-v0.2.Q4_K_M.gguf", "mistral-v1"),
        ("mistralai/Mixtral-8x7B-Instruct-v0.1", "mistral-v1"),
        ("mistralai/Mistral-7B-Instruct-v0.3", "mistral-v3"),
        ("models--mistralai--Mistral-7B-Instruct-v0.3", "mistral-v3"),
        ("mistral:7b-instruct", "mistral-v3"),
        ("mistralai/Mixtral-8x22B-Instruct-v0.1", "mistral-v3"),
        ("mistralai/Mathstral-7B-v0.1", "mistral-v3"),
        ("mistralai/mamba-codestral-7B-v0.1", "mistral-v3"),
        ("mistralai/Codestral-22B-v0.1", "codestral"),
        ("SmolLM2-135M-Instruct.Q4_1.gguf", "smollm2"),
        ("mistralai/Mistral-7B-v0.3", "base"),
        ("bigcode/starcoder2-3b", "base"),
        ("", "base"),
    ],
)
def test_a_name_tells_the_family(name: str, family: str) -> None:
    assert family_of(name) == family


def test_an_unknown_model_gets_no_control_tokens() -> None:
    assert family_of("someone/something-else") == PLAIN
    assert PLAIN not in {family for _, family in FAMILIES}
