"""Every silence has a reason, and every reason an advice."""

from __future__ import annotations

import re

import pytest

from mistral_lsp.core.advice import ADVICE
from mistral_lsp.core.reason import Reason
from mistral_lsp.settings.reference import as_markdown_table


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_says_what_happened_and_what_to_do(reason: Reason) -> None:
    assert re.fullmatch(r"[a-z].*[a-z]", str(reason))
    assert re.fullmatch(r"[A-Z].*\.", ADVICE[reason])


def test_no_two_reasons_read_the_same() -> None:
    assert len({str(reason) for reason in Reason}) == len(Reason)


def test_the_settings_that_an_advice_names_are_there() -> None:
    named = set(re.findall(r"\b(?:completion|endpoint)\.\w+", " ".join(ADVICE.values())))
    assert named
    assert {name for name in named if f"`{name}`" not in as_markdown_table()} == set()
