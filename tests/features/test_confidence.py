"""Where the model is unsure it is stopped, and what it was sure of is shown."""

from __future__ import annotations

import asyncio

import pytest
from support.cursor import at
from support.fake_model import FakeModel

from mistral_lsp.core.postprocess import sure_part
from mistral_lsp.core.reason import Reason
from mistral_lsp.features.request import CompletionRequest
from mistral_lsp.model.base import Chunk

from .test_completion import completer


def said(*tokens: tuple[str, float]) -> list[Chunk]:
    return [Chunk.of(text, ((0, rate),)) for text, rate in tokens]


async def shown(
    marked: str, *tokens: tuple[str, float], min_confidence: float = 0.3, invoked: bool = False
) -> tuple[str | Reason, FakeModel]:
    model = FakeModel(said(*tokens))
    request = CompletionRequest(at(marked), invoked=invoked)
    outcome = await completer(model, min_confidence=min_confidence).complete(request)
    return outcome if isinstance(outcome, Reason) else outcome.text, model


SURE_THEN_NOT = ((" first", 0.9), (".", 0.8), ("name", 0.1), (" + b", 0.9), ("\n", 0.9))


async def test_what_it_was_sure_of_is_shown_and_the_stream_ends() -> None:
    text, model = await shown("total = █\n", *SURE_THEN_NOT)
    assert text == "first."
    assert model.sent == [" first", ".", "name"]
    assert model.hung_up == 1


async def test_several_likely_tokens_together_are_less_likely() -> None:
    tokens = ((" a", 0.35), (" + b", 0.35), (" + c", 0.35), (" + d", 0.35), ("\n", 0.9))
    assert (await shown("total = █\n", *tokens, min_confidence=0.3))[0] == "a + b + c"


async def test_where_it_begins_unsure_nothing_is_shown() -> None:
    text, model = await shown("total = █\n", (" first", 0.2), (".", 0.9), ("\n", 0.9))
    assert (text, len(model.sent)) == (Reason.UNSURE, 1)


async def test_a_half_of_a_word_is_not_shown() -> None:
    assert (await shown("total = █\n", (" a +", 0.9), (" nam", 0.9), ("es", 0.1)))[0] == "a +"


async def test_of_several_lines_the_whole_ones_are_shown() -> None:
    tokens = ((" c", 0.9), (" = a\n", 0.9), ("   ", 0.9), (" d", 0.9), (" = e", 0.1))
    assert (await shown("def f(a):\n   █\n", *tokens))[0] == "c = a"


async def test_of_what_the_user_has_typed_there_is_no_doubt() -> None:
    assert (await shown("total = fir█\n", (" first", 0.1), ("\n", 0.9)))[0] == "st"


@pytest.mark.parametrize("off", [{"min_confidence": 0.0}, {"invoked": True}], ids=["by a setting", "by hand"])
async def test_where_all_is_wanted_all_is_shown(off: dict[str, float | bool]) -> None:
    text, model = await shown("total = █\n", *SURE_THEN_NOT, **off)  # type: ignore[arg-type] # a dict of both
    assert text == "first.name + b"
    assert model.prompts[0].min_confidence == 0.0


async def test_asked_again_it_is_as_unsure_without_a_request() -> None:
    model = FakeModel(said((" first", 0.2)))
    one = completer(model, min_confidence=0.3)
    for _ in range(2):
        assert await one.complete(CompletionRequest(at("total = █\n"), invoked=False)) is Reason.UNSURE
    assert len(model.prompts) == 1


async def test_once_its_beginning_is_typed_its_rest_is_shown_without_a_request() -> None:
    model = FakeModel(said((" first", 0.2)))
    one = completer(model, min_confidence=0.3)
    await one.complete(CompletionRequest(at("total = █\n"), invoked=False))
    outcome = await one.complete(CompletionRequest(at("total = f█\n"), invoked=False))
    assert (getattr(outcome, "text", outcome), len(model.prompts)) == ("irst", 1)


async def test_once_that_is_there_it_is_asked_how_it_goes_on() -> None:
    model = FakeModel(said((" first", 0.2)))
    one = completer(model, min_confidence=0.3)
    await one.complete(CompletionRequest(at("total = █\n"), invoked=False))
    model.reply = said((" first", 0.2), (".b", 0.9), ("\n", 0.9))
    outcome = await one.complete(CompletionRequest(at("total = first█\n"), invoked=False))
    assert (getattr(outcome, "text", outcome), len(model.prompts)) == (".b", 2)


async def test_nothing_is_fetched_ahead_behind_half_a_line() -> None:
    model = FakeModel(said(*SURE_THEN_NOT))
    one = completer(model, min_confidence=0.3, fetch_ahead="always")
    await one.complete(CompletionRequest(at("total = █\n"), invoked=False))
    for _ in range(20):
        await asyncio.sleep(0)
    assert len(model.prompts) == 1


async def test_behind_what_was_shown_the_doubt_is_remembered() -> None:
    model = FakeModel(said(*SURE_THEN_NOT))
    one = completer(model, min_confidence=0.3)
    await one.complete(CompletionRequest(at("total = █\n"), invoked=False))
    assert await one.complete(CompletionRequest(at("total = first.█\n"), invoked=False)) is Reason.UNSURE
    assert len(model.prompts) == 1


@pytest.mark.parametrize(
    ("raw", "doubt", "sure"),
    [
        (" a.b", 3, " a."),
        (" abcd", 3, " "),
        ("a\nb = c", 5, "a\n"),
        ("\n  a = b", 7, "\n  a = "),
        ("x", 0, ""),
    ],
)
def test_the_sure_part(raw: str, doubt: int, sure: str) -> None:
    assert sure_part(raw, doubt) == sure


async def test_nothing_is_fetched_ahead_behind_what_is_unlikely() -> None:
    async def requests(rate: float) -> int:
        model = FakeModel(said((" a", rate), (" + b", rate), ("\n", 0.9)))
        one = completer(model, min_confidence=0.1, fetch_ahead="always")
        await one.complete(CompletionRequest(at("total = █\n"), invoked=False))
        for _ in range(20):
            await asyncio.sleep(0)
        return len(model.prompts)

    assert (await requests(0.6), await requests(0.3)) == (2, 1)
