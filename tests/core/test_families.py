from __future__ import annotations

import pytest

from mistral_lsp.core.families import CHAT, PLAIN, family_of, row_of


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
        ("Qwen/Qwen2.5-Coder-7B-base", "base"),
        ("Qwen/Qwen2.5-Coder-7B-Instruct", "chat"),
        ("", "base"),
    ],
)
def test_a_name_tells_the_family(name: str, family: str) -> None:
    assert family_of(name) == family


def test_an_unknown_model_is_asked_in_its_own_template_and_one_without_gets_plain_text() -> None:
    assert family_of("someone/something-else") == CHAT
    assert family_of("someone/something-else", has_chat=True) == CHAT
    assert family_of("someone/something-else", has_chat=False) == PLAIN


def test_the_rows_of_the_user_come_first() -> None:
    rows = [(("qwen", "coder"), "my-fim"), (("mistral",), "mine")]
    assert family_of("Qwen/Qwen2.5-Coder-7B", rows=rows) == "my-fim"
    assert family_of("mistralai/Mistral-7B-Instruct-v0.3", rows=rows) == "mine"
    assert family_of("Codestral-22B-v0.1", rows=rows) == "codestral"


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("Qwen coder = base", (("qwen", "coder"), "base")),
        ("qwen=chat", (("qwen",), "chat")),
        ("= base", None),
        ("qwen", None),
        ("qwen =", None),
        ("", None),
    ],
)
def test_a_row_is_words_of_a_name_and_a_family(text: str, row: tuple[tuple[str, ...], str] | None) -> None:
    assert row_of(text) == row
