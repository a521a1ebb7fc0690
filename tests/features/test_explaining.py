"""Explanations: kept by code and diagnostic, in time or later, and what is known without a model."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from support.assistant import Rules, ask_of, grounding
from support.cursor import span
from support.fake_model import FakeModel
from support.waiting import until

from mistral_lsp.core.diagnostic import Diagnostic
from mistral_lsp.features.explaining import COMING, Explainer
from mistral_lsp.model.base import Unreachable

if TYPE_CHECKING:
    from mistral_lsp.core.document import Document

CODE = "def helper(a):\n    return a\n\n\ndef total(prices):\n    return helper(«prise»)\n"
DOWN = Unreachable("nobody is there", advice="Start it.")


def case(code: str = CODE, message: str = "Undefined name `prise`") -> tuple[Document, Diagnostic]:
    place = span(code)
    return place.document, Diagnostic.of(place.start, place.end, message, source="Ruff", code="F821")


def explainer(model: FakeModel, rule: str = "") -> Explainer:
    return Explainer(grounding(Rules(rule)), ask_of(model))


async def explained(one: Explainer, document: Document, diagnostic: Diagnostic, *, deadline_s: float = 5.0) -> str:
    return (await one.explain(document, [diagnostic], deadline_s=deadline_s)).markdown


async def test_an_explanation_is_kept() -> None:
    model = FakeModel("`prise` is a slip.")
    one = explainer(model)
    for _ in range(2):
        assert "`prise` is a slip." in await explained(one, *case())
    assert len(model.prompts) == 1


async def test_it_is_kept_while_the_text_changes_elsewhere() -> None:
    model = FakeModel("A slip.")
    one = explainer(model)
    await explained(one, *case())
    await explained(one, *case("# new line\n" + CODE))
    assert len(model.prompts) == 1
    await explained(one, *case(CODE.replace("helper(«", "helper(1 + «")))
    assert len(model.prompts) == 2


async def test_another_diagnostic_is_another_explanation() -> None:
    model = FakeModel("A slip.")
    one = explainer(model)
    await explained(one, *case())
    await explained(one, *case(message="Something else"))
    assert len(model.prompts) == 2


async def test_what_is_asked_holds_what_it_is_about() -> None:
    model = FakeModel("x")
    await explained(explainer(model, rule="Checks for undefined names."), *case())
    turn = model.prompts[0].user or ""
    assert "return helper(prise)" in turn
    assert "def helper(a)" in turn  # what the code names
    assert "Checks for undefined names." in turn
    assert "Line 6" in turn


async def test_two_hovers_at_once_are_one_question() -> None:
    model = FakeModel("A slip.", gate=asyncio.Event())
    one = explainer(model)
    both = asyncio.gather(explained(one, *case()), explained(one, *case()))
    await model.waiting.wait()
    assert model.gate is not None
    model.gate.set()
    assert len(set(await both)) == 1
    assert len(model.prompts) == 1


async def test_what_is_late_goes_on_and_is_there_the_next_time() -> None:
    model = FakeModel("A slip.", gate=asyncio.Event())
    one = explainer(model)
    first = await one.explain(*_wrapped(case()), deadline_s=0.01)
    assert not first.is_whole
    assert COMING in first.markdown
    assert model.gate is not None
    model.gate.set()
    await until(lambda: model.finished == 1)
    assert "A slip." in await explained(one, *case())
    assert len(model.prompts) == 1


async def test_with_the_model_down_the_ground_shows() -> None:
    explanation = await explainer(FakeModel(error=DOWN), "Checks for undefined names.").explain(
        *_wrapped(case()), deadline_s=5.0
    )
    assert explanation.error is DOWN
    for words in ("Undefined name", "Ruff F821", "nobody is there", "Checks for undefined names.", "def helper(a)"):
        assert words in explanation.markdown


async def test_hostile_words_can_do_nothing() -> None:
    model = FakeModel("![x](http://a.example) [run](command:evil) <script>alert(1)</script> http://b.example")
    text = await explained(explainer(model), *case())
    for evil in ("![", "](http", "](command", " <script", " http://b"):
        assert evil not in text


async def test_nothing_is_prepared_while_the_endpoint_is_left_alone() -> None:
    model = FakeModel("A slip.")
    ask = ask_of(model)
    (await ask()).circuit.failed(DOWN)
    (await ask()).circuit.failed(DOWN)
    (await ask()).circuit.failed(DOWN)
    assert not await Explainer(grounding(), ask).prepare(*case())
    assert model.prompts == []


async def test_preparing_hangs_up_when_it_makes_way() -> None:
    model = FakeModel("A slip.", gate=asyncio.Event())
    one = explainer(model)
    task = asyncio.ensure_future(one.prepare(*case()))
    await model.waiting.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await until(lambda: model.open_streams == 0)


async def test_what_is_prepared_goes_on_once_somebody_hovers() -> None:
    model = FakeModel("A slip.", gate=asyncio.Event())
    one = explainer(model)
    preparing = asyncio.ensure_future(one.prepare(*case()))
    await model.waiting.wait()
    hover = asyncio.ensure_future(explained(one, *case()))
    for _ in range(50):  # the hover gets as far as to wait
        await asyncio.sleep(0)
    preparing.cancel()
    assert model.gate is not None
    model.gate.set()
    assert "A slip." in await hover
    assert len(model.prompts) == 1


async def test_a_hover_elsewhere_ends_what_is_prepared() -> None:
    model = FakeModel("A slip.", gate=asyncio.Event())
    one = explainer(model)
    preparing = asyncio.ensure_future(one.prepare(*case()))
    await model.waiting.wait()
    hover = asyncio.ensure_future(explained(one, *case(message="Something else")))
    with pytest.raises(asyncio.CancelledError):
        await preparing
    assert model.gate is not None
    model.gate.set()
    assert "A slip." in await hover
    assert model.hung_up == 1


async def test_what_was_prepared_is_there() -> None:
    model = FakeModel("A slip.")
    one = explainer(model)
    assert await one.prepare(*case())
    assert not await one.prepare(*case())
    assert "A slip." in await explained(one, *case())
    assert len(model.prompts) == 1


def _wrapped(made: tuple[Document, Diagnostic]) -> tuple[Document, list[Diagnostic]]:
    return made[0], [made[1]]
