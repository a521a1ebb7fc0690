"""Judging: what becomes of a suggestion that adds something risky, as the user's setting says.

Ghost text can't carry a mark of its own: who only sees the text itself is told by what is beside it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mistral_lsp.core.reason import Reason
from mistral_lsp.core.risk_table import Risk
from mistral_lsp.core.risks import risks_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mistral_lsp.core.suggestion import Suggestion
    from mistral_lsp.features.request import CompletionRequest

MARK, DROP, ALLOW = "mark", "drop", "allow"

REASONS: Mapping[Risk, Reason] = {
    Risk.KEY: Reason.ADDS_KEY,
    Risk.NO_TLS_CHECK: Reason.ADDS_NO_TLS_CHECK,
    Risk.EXECUTION: Reason.ADDS_EXECUTION,
    Risk.UNKNOWN_PACKAGE: Reason.ADDS_UNKNOWN_PACKAGE,
}


def judge(suggestion: Suggestion, request: CompletionRequest, *, risky: str) -> Suggestion | Reason:
    """The suggestion with its risks, or without the texts that have some; `risky` is one of the three words above."""
    if risky == ALLOW:
        return suggestion
    texts = (suggestion.text, *suggestion.others)
    risks = {text: risks_in(text, request.cursor, known=request.packages) for text in texts}
    if not any(risks.values()):
        return suggestion
    if risky == MARK:
        return replace(suggestion, risks=tuple(dict.fromkeys(risk for found in risks.values() for risk in found)))
    safe = [text for text in texts if not risks[text]]
    if not safe:
        return REASONS[risks[suggestion.text][0]]
    return replace(suggestion, text=safe[0], others=tuple(safe[1:]))


def misses_package(outcome: Suggestion | Reason) -> bool:
    """Whether it came out that a package isn't known; it may have been installed since that was looked up."""
    if isinstance(outcome, Reason):
        return outcome is Reason.ADDS_UNKNOWN_PACKAGE
    return Risk.UNKNOWN_PACKAGE in outcome.risks
