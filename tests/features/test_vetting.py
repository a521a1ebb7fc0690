"""Risky text is marked, dropped or shown, as the user wants it."""

from __future__ import annotations

import pytest
from support.fake_model import FakeModel
from support.typist import Typist

from mistral_lsp.core.reason import Reason
from mistral_lsp.core.risks import Risk
from mistral_lsp.core.suggestion import Suggestion

RISKY = "get(url, verify=False)\n"


async def test_marked_it_is_shown_with_its_risk() -> None:
    outcome = await Typist(FakeModel(RISKY), risky="mark").outcome("x = █\n")
    assert isinstance(outcome, Suggestion)
    assert outcome.text == "get(url, verify=False)"
    assert outcome.risks == (Risk.UNCHECKED,)


async def test_dropped_it_is_silent_also_when_half_of_it_was_typed() -> None:
    typist = Typist(FakeModel(RISKY), risky="drop")
    assert await typist.at("x = █\n") is Reason.RISKY
    assert await typist.at("x = get(url, verify=Fa█\n") is Reason.RISKY
    assert await Typist(FakeModel("get(url)\n"), risky="drop").at("x = █\n") == "get(url)"


async def test_allowed_nobody_looks() -> None:
    outcome = await Typist(FakeModel(RISKY), risky="allow").outcome("x = █\n")
    assert isinstance(outcome, Suggestion)
    assert outcome.risks == ()


@pytest.mark.parametrize("risky", ["mark", "drop"])
async def test_by_hand_it_is_no_other(risky: str) -> None:
    outcome = await Typist(FakeModel(RISKY), risky=risky).outcome("x = █\n", invoked=True)
    assert outcome is Reason.RISKY if risky == "drop" else isinstance(outcome, Suggestion)
