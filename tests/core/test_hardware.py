from __future__ import annotations

import pytest

from mistral_lsp.core.hardware import billions_of, limit_of


@pytest.mark.parametrize(
    ("name", "billions"),
    [
        ("mistralai/Mistral-7B-Instruct-v0.3", 7.25),
        ("/data/mistral-7b-instruct-v0.2.Q4_K_M.gguf", 7.25),
        ("mistralai/Codestral-22B-v0.1", 22.0),
        ("Qwen/Qwen2.5-Coder-1.5B", 1.5),
        ("SmolLM2-135M-Instruct.Q4_1", 0.135),
        ("mistralai/Mixtral-8x7B-Instruct-v0.1", None),  # not all of it is read for a token
        ("our-own-tune", None),
        ("", None),
    ],
)
def test_a_name_tells_a_model_s_size(name: str, billions: float | None) -> None:
    assert billions_of(name) == billions


@pytest.mark.parametrize(
    ("gpu", "precision", "tokens_per_s"), [("a10g", "fp16", 41), ("a10g", "awq", 144), ("h100", "fp8", 462)]
)
def test_the_limit_is_bandwidth_over_weights(gpu: str, precision: str, tokens_per_s: int) -> None:
    limit = limit_of("mistralai/Mistral-7B-Instruct-v0.3", gpu, precision)
    assert limit is not None
    assert int(limit.tokens_per_s) == tokens_per_s
    assert "GB/s" in limit.about


def test_without_a_size_there_is_no_limit_and_an_unknown_gpu_is_a_mistake() -> None:
    assert limit_of("our-own-tune", "a10g", "fp16") is None
    with pytest.raises(KeyError):
        limit_of("Mistral-7B", "abacus", "fp16")
