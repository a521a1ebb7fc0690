from __future__ import annotations

from mistral_lsp.core.budget import CHARS_PER_TOKEN, FRAME_TOKENS, Budget


def counted(*tokens: int, chars: int = 3000) -> Budget:
    budget = Budget()
    for number in tokens:
        budget.counted("python", "x" * chars, number)
    return budget


def test_before_anything_is_counted_the_common_estimate_holds() -> None:
    assert Budget().chars_per_token("python") == CHARS_PER_TOKEN


def test_denser_text_lowers_the_estimate_at_once() -> None:
    assert counted(2000).chars_per_token("python") == 1.5
    assert counted(2000).chars_per_token("lua") == CHARS_PER_TOKEN


def test_it_is_raised_after_some_counts_and_in_steps_alone() -> None:
    assert counted(750, 750, 750).chars_per_token("python") == CHARS_PER_TOKEN
    assert counted(750, 750, 750, 750).chars_per_token("python") == 4.0
    assert counted(*[900] * 16).chars_per_token("python") == CHARS_PER_TOKEN  # 3.33 is no step up from 3


def test_one_odd_prompt_among_many_does_not_set_it() -> None:
    assert counted(*[750] * 15, 2900).chars_per_token("python") == 4.0


def test_a_short_prompt_says_nothing() -> None:
    assert counted(10, chars=10).chars_per_token("python") == CHARS_PER_TOKEN


def test_nonsense_counts_stay_within_reason() -> None:
    assert counted(10**9).chars_per_token("python") == 0.5
    assert counted(*[64] * 4, chars=10**6).chars_per_token("python") == 6.0


def test_a_limit_leaves_room_for_the_answer_and_the_frame() -> None:
    budget = Budget()
    assert budget.allowed(2048, max_tokens=64) == 2048
    budget.limit(1024)
    assert budget.allowed(2048, max_tokens=64) == 1024 - 64 - FRAME_TOKENS
    assert budget.allowed(100, max_tokens=64) == 100
    budget.limit(4096)
    assert budget.limit_tokens == 1024
    budget.limit(None)
    budget.limit(0)
    assert budget.limit_tokens == 1024
    assert budget.allowed(2048, max_tokens=5000) == 0


def test_a_refusal_tells_the_limit_and_the_density() -> None:
    budget = Budget()
    budget.refused("python", "x" * 3000, given_tokens=1500, limit_tokens=1024)
    assert budget.limit_tokens == 1024
    assert budget.chars_per_token("python") == 2.0


def test_a_refusal_without_numbers_leaves_three_quarters() -> None:
    budget = Budget()
    budget.refused("python", "x" * 3000, given_tokens=None, limit_tokens=None)
    assert budget.limit_tokens == 750
