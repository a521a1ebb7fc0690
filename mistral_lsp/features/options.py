"""Options: what the user's settings say of ghost text."""

from __future__ import annotations

from dataclasses import dataclass

AUTO = "auto"


@dataclass(frozen=True, slots=True, kw_only=True)
class CompletionOptions:
    """Of one completer; a change of settings makes another."""

    enabled: bool = True
    family: str = AUTO  # otherwise of the prompts; this one asks the model what it is, once
    delay_s: float | None = None  # to wait for a pause; None follows how the user types
    deadline_s: float = 5.0
    max_tokens: int = 64
    context_tokens: int = 2048
    in_comments: bool = True
    in_strings: bool = True
    snippets: bool = True  # text from other files in prompts
    fetch_ahead: str = "off"  # or idle, or always
    warm_up: bool = False  # let the endpoint read the next prompt in a pause
    min_confidence: float = 0.0  # how likely an answer must be; 0 takes any
    risky: str = "mark"  # or drop, or allow
    disabled_languages: frozenset[str] = frozenset()
