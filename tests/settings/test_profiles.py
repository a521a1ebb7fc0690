"""Other endpoints that a user has named."""

from __future__ import annotations

import pytest

from mistral_lsp.settings.profiles import profiles


def test_a_profile_has_its_own_token_or_none() -> None:
    found, problems = profiles(
        ["gpu = https://gpu.example/ mistral-7b token_env=GPU_TOKEN kind=openai", "small = embedded"]
    )
    assert problems == []
    gpu, small = found["gpu"], found["small"]
    assert (gpu["url"], gpu["model"], gpu["token_env"], gpu["kind"]) == (
        "https://gpu.example",
        "mistral-7b",
        "GPU_TOKEN",
        "openai",
    )
    assert (small["kind"], small["url"], small["token_env"]) == ("embedded", "", "")


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("gpu", "needs an address"),
        ("= http://a.example", "begins with a name"),
        ("a b = http://a.example", "begins with a name"),
        ("gpu = ftp://a.example", "url must be"),
        ("gpu = http://user:secret@a.example", "url must be"),
        ("gpu = http://a.example proxy=http://b.example", "can't set proxy"),
        ("gpu = http://a.example kind=magic", "kind must be"),
    ],
)
def test_what_is_wrong_with_one_is_said_without_its_words(text: str, what: str) -> None:
    found, [problem] = profiles([text])
    assert found == {}
    assert what in problem
    assert "secret" not in problem
