from __future__ import annotations

import pytest

from mistral_lsp.core.gpus import GPUS
from mistral_lsp.core.sizing import Architecture, fit, times

MISTRAL_7B = Architecture(billions=7.25, layers=32, kv_heads=8, head_dim=128)


def test_a_token_of_mistral_7b_takes_128_kib_of_cache() -> None:
    assert MISTRAL_7B.kv_bytes_per_token == 128 * 1024


@pytest.mark.parametrize(
    ("gpu", "precision", "warm_ms", "cold_ms"),
    [
        # 12 x (4.15 GB of weights + 0.2 of cache) / 600 GB/s / 0.8; cold: 1500 x 14.5 GFLOP / 70 TFLOPS / 0.5 more.
        ("a10g", "awq", 109, 730),
        ("h100", "fp8", 33.3, 77),
        ("cpu-ddr5", "gguf", 1172, 29_857),  # reading a prompt is what a processor is slow at
    ],
)
def test_a_line_takes_as_long_as_memory_and_arithmetic_let_it(
    gpu: str, precision: str, warm_ms: float, cold_ms: float
) -> None:
    found = times(MISTRAL_7B, precision, GPUS[gpu])
    assert found.warm_s * 1000 == pytest.approx(warm_ms, rel=0.01)
    assert found.cold_s * 1000 == pytest.approx(cold_ms, rel=0.01)


def test_half_the_bytes_are_nearly_twice_the_tokens() -> None:
    rates = [times(MISTRAL_7B, precision, GPUS["h100"]).tokens_per_s for precision in ("fp16", "fp8")]
    assert 1.9 < rates[1] / rates[0] < 2


def test_what_the_weights_leave_is_for_requests() -> None:
    found = fit(MISTRAL_7B, "fp16", GPUS["a10g"], 8192)
    assert found.weights_gb == 14.5
    assert found.context_gb == pytest.approx(1.07, abs=0.01)
    assert found.contexts == 5  # (24 x 0.9 - 1.5 - 14.5) / 1.07
    assert fit(MISTRAL_7B, "fp16", GPUS["t4"], 8192).contexts == 0
