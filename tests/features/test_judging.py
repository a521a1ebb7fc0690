"""Risky suggestions are marked, dropped or allowed, as the user says."""

from __future__ import annotations

import pytest
from support.cursor import at
from support.fake_model import FakeModel

from mistral_lsp import templates
from mistral_lsp.core.document import Span
from mistral_lsp.core.packages import KnownPackages
from mistral_lsp.core.prompt import PromptLibrary
from mistral_lsp.core.reason import Reason
from mistral_lsp.core.risk_table import Risk
from mistral_lsp.core.suggestion import Suggestion
from mistral_lsp.core.syntax import SyntaxCache
from mistral_lsp.features.completion import Completer
from mistral_lsp.features.judging import REASONS, judge, misses_package
from mistral_lsp.features.options import CompletionOptions
from mistral_lsp.features.request import CompletionRequest

MARKED = "total = a\nrequests.get(url, █)\n"
RISKY = "verify=False"


def completer(model: FakeModel, *, risky: str) -> Completer:
    options = CompletionOptions(family="base", delay_s=0.0, risky=risky)
    return Completer(model, PromptLibrary(templates.load().sources), SyntaxCache(clock=lambda: 0.0), options)


def request(marked: str = MARKED, *, invoked: bool = False) -> CompletionRequest:
    return CompletionRequest(at(marked), invoked, packages=KnownPackages({"python": frozenset()}))


def judged(risky: str, text: str, *others: str) -> Suggestion | Reason:
    asked = request()
    span = Span(asked.cursor.document, asked.cursor.offset, asked.cursor.offset)
    return judge(Suggestion(text, span, others=others), asked, risky=risky)


async def completed(risky: str, reply: str = RISKY + ")\n") -> Suggestion | Reason:
    return await completer(FakeModel(reply), risky=risky).complete(request())


async def test_mark_shows_it_and_says_what_it_adds() -> None:
    outcome = await completed("mark")
    assert isinstance(outcome, Suggestion)
    assert (outcome.text, outcome.risks) == (RISKY, (Risk.NO_TLS_CHECK,))


async def test_drop_shows_nothing_and_says_why() -> None:
    assert await completed("drop") is Reason.ADDS_NO_TLS_CHECK


async def test_allow_says_nothing() -> None:
    outcome = await completed("allow")
    assert isinstance(outcome, Suggestion)
    assert (outcome.text, outcome.risks) == (RISKY, ())


@pytest.mark.parametrize("risky", ["mark", "drop"])
async def test_others_are_shown_as_they_are(risky: str) -> None:
    outcome = await completed(risky, "timeout=3)\n")
    assert isinstance(outcome, Suggestion)
    assert (outcome.text, outcome.risks) == ("timeout=3", ())


def test_of_several_texts_the_risky_ones_are_dropped() -> None:
    outcome = judged("drop", RISKY, "timeout=3", "verify=False, timeout=3", "stream=True")
    assert isinstance(outcome, Suggestion)
    assert (outcome.text, outcome.others, outcome.risks) == ("timeout=3", ("stream=True",), ())
    assert judged("drop", RISKY, "verify=False, timeout=3") is Reason.ADDS_NO_TLS_CHECK


def test_of_several_texts_one_that_is_risky_marks_them() -> None:
    outcome = judged("mark", "timeout=3", RISKY)
    assert isinstance(outcome, Suggestion)
    assert (outcome.others, outcome.risks) == ((RISKY,), (Risk.NO_TLS_CHECK,))


@pytest.mark.parametrize("risk", Risk)
def test_every_risk_has_a_reason_of_its_own(risk: Risk) -> None:
    assert len(set(REASONS.values())) == len(Risk)
    assert REASONS[risk].name == f"ADDS_{risk.name}"


async def test_a_package_that_is_missed_is_told_from_other_risks() -> None:
    for risky in ("mark", "drop"):
        model = FakeModel(" madeup\n")
        outcome = await completer(model, risky=risky).complete(request("import █\n"))
        assert misses_package(outcome)
        assert not misses_package(await completed(risky))
