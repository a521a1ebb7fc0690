"""Step: an answer that nobody has asked for yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mistral_lsp.core.document import Cursor
    from mistral_lsp.features.answer import Answer


@dataclass(frozen=True, slots=True)
class Step:
    """How an answer goes on from another one's suggestion, as if that were accepted."""

    base: Answer
    lead: str  # what is taken for typed behind the suggestion: an Enter and its indentation
    cursor: Cursor  # behind both
