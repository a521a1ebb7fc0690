"""Vetting: the last look at a text before it becomes a suggestion: is it risky, and does the user mind?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mistral_lsp.core.document import Span
from mistral_lsp.core.reason import Reason
from mistral_lsp.core.risks import risks_in
from mistral_lsp.core.suggestion import Suggestion

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mistral_lsp.features.request import CompletionRequest

MARK, DROP, ALLOW = "mark", "drop", "allow"


def vetted(
    request: CompletionRequest, text: str, typed: str, others: Sequence[str], *, is_from_memory: bool, risky: str
) -> Suggestion | Reason:
    """The suggestion with its risks, or RISKY where the user wants none of those.

    `typed` is what was typed of it already: half of a risk shows none.
    """
    cursor = request.cursor
    risks = () if risky == ALLOW else risks_in(typed + text, cursor)
    if risky == DROP:
        others = [other for other in others if not risks_in(typed + other, cursor)]
        if risks and others:
            text, others, risks = others[0], others[1:], ()
    if risks and risky == DROP:
        return Reason.RISKY
    span = Span(cursor.document, cursor.offset, cursor.offset)
    return Suggestion(text, span, is_from_memory, tuple(others), risks)
