"""Listener: who hears how an answer comes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from mistral_lsp.core.prompt import Prompt
    from mistral_lsp.model.base import ModelError, Usage


def nobody(*_heard: object) -> None:
    """Hear nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """Who hears how an answer comes."""

    on_text: Callable[[str], None] | None = None  # what is certain so far, in whole lines, as it comes
    on_first_text: Callable[[], None] = nobody
    on_latency: Callable[[float], None] = nobody  # seconds until the first text
    on_fault: Callable[[ModelError], None] = nobody  # in place of its end
    on_usage: Callable[[Prompt, Usage], None] = nobody  # at its end, where the endpoint has counted
    on_left: Callable[[], None] = nobody  # after its end, once the endpoint has nothing more to do with it
    # All that came, whether the model ended it, and the odds of its tokens, where it was left for those.
    on_end: Callable[[Prompt, str, bool, tuple[tuple[int, float], ...]], None] = nobody
