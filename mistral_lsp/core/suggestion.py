"""Suggestion: ghost text and the place it belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mistral_lsp.core.document import Span


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Text that replaces a span of one line; an empty span is an insertion. The text is never empty."""

    text: str
    span: Span
