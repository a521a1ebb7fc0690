from __future__ import annotations

import pytest

from mistral_lsp.bench.replay.profiles import PROFILES, fixed, parse_profile


def test_what_is_not_cached_costs_time() -> None:
    gpu = PROFILES["a10g-4bit"]
    assert gpu.first_token_s(2300) == pytest.approx(1.02)
    assert gpu.first_token_s(0) == pytest.approx(0.02)


def test_a_fixed_latency_is_the_same_for_every_prompt() -> None:
    assert fixed(PROFILES["a10g-4bit"], 350).first_token_s(100_000) == pytest.approx(0.35)


def test_three_numbers_are_a_profile() -> None:
    one = parse_profile("30,1000,10")
    assert one.first_token_s(1000) == pytest.approx(1.03)
    assert one.token_s == pytest.approx(0.01)


@pytest.mark.parametrize("text", ["abacus", "1,2", "1,0,3", "-1,1,1", ""])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"none of|negative"):
        parse_profile(text)
