"""Profiles: how fast an endpoint is, by its GPU.

Mistral 7B's 14.5 GFLOP a token at half of a GPU's peak, and its weights read once a token at 80 % of the bandwidth.
"""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Profile:
    """Times of one endpoint."""

    name: str
    fixed_s: float  # before the first token, whatever the prompt
    prefill_per_s: float  # prompt tokens that aren't cached
    token_s: float  # between tokens

    def first_token_s(self, uncached: int) -> float:
        """From the request to the first token."""
        return self.fixed_s + uncached / self.prefill_per_s


PROFILES = {
    profile.name: profile
    for profile in (
        Profile("a10g-4bit", 0.020, 2_300, 1 / 116),
        Profile("a100-fp16", 0.020, 10_200, 1 / 114),
        Profile("h100-fp8", 0.015, 35_000, 1 / 370),
        Profile("l4-4bit", 0.020, 4_000, 1 / 58),
        Profile("cpu-4bit", 0.050, 50, 1 / 15),
    )
}


def parse_profile(text: str) -> Profile:
    """A profile by its name, or by three numbers: "fixed ms,tokens a second of a prompt,ms a token"."""
    if text in PROFILES:
        return PROFILES[text]
    try:
        fixed_ms, prefill_per_s, token_ms = map(float, text.split(","))
    except ValueError:
        raise ValueError(f"{text!r} is none of {', '.join(PROFILES)}, nor three numbers") from None
    if fixed_ms < 0 or prefill_per_s <= 0 or token_ms < 0:
        raise ValueError(f"{text!r}: times can't be negative, and the prompt's rate must be above 0")
    return Profile(text, fixed_ms / 1000, prefill_per_s, token_ms / 1000)


def fixed(profile: Profile, latency_ms: float) -> Profile:
    """The profile with one time to the first token, whatever the prompt."""
    return replace(profile, name=f"{latency_ms:g} ms", fixed_s=latency_ms / 1000, prefill_per_s=float("inf"))
