"""A model is asked for JSON or a word, and once more where its answer is unfit."""

from __future__ import annotations

import asyncio

import pytest
from support.fake_model import FakeModel

from mistral_lsp.core.prompt import Prompt
from mistral_lsp.core.structured import Unfit, json_of, one_of
from mistral_lsp.features.structured import ask
from mistral_lsp.model.base import Unreachable

COUNT = json_of({"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]})
PROMPT = Prompt("", 64, user="How many?")


class Answers(FakeModel):
    """It gives one answer after the other."""

    def __init__(self, *answers: str) -> None:
        super().__init__()
        self.answers = list(answers)

    async def stream(self, prompt, on_usage=None):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201 - as the base's
        self.reply = self.answers.pop(0)
        async for chunk in super().stream(prompt, on_usage):
            yield chunk


async def test_the_value_comes_back_and_the_prompt_says_what_is_wanted() -> None:
    model = Answers('{"n": 3}')
    assert await ask(model, PROMPT, COUNT) == {"n": 3}
    [prompt] = model.prompts
    assert prompt.constraint == COUNT
    assert prompt.user is not None
    assert prompt.user.startswith("How many?\n\nAnswer with JSON alone")
    assert COUNT.schema in prompt.user


async def test_an_unfit_answer_is_asked_for_once_more_with_what_is_wrong() -> None:
    model = Answers('{"n": "three"}', '{"n": 3}')
    assert await ask(model, PROMPT, COUNT) == {"n": 3}
    assert "/n isn't of type integer" in (model.prompts[1].user or "")


async def test_twice_unfit_is_an_error() -> None:
    model = Answers("{}", "{}", '{"n": 3}')
    with pytest.raises(Unfit, match="it has no n"):
        await ask(model, PROMPT, COUNT)
    assert len(model.prompts) == 2


async def test_what_can_not_become_right_is_hung_up_on() -> None:
    model = Answers("I would say that it is a bug." * 100, "bug")
    assert await ask(model, PROMPT, one_of(["bug", "style"])) == "bug"
    assert model.hung_up == 1
    assert len(model.sent) < 10


async def test_an_endpoint_that_fails_is_not_asked_twice() -> None:
    model = FakeModel(error=Unreachable("down", advice=""))
    with pytest.raises(Unreachable):
        await ask(model, PROMPT, COUNT)
    assert len(model.prompts) == 1


async def test_leaving_hangs_up() -> None:
    model = FakeModel(gate=asyncio.Event())
    asking = asyncio.ensure_future(ask(model, PROMPT, COUNT))
    await model.waiting.wait()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert model.hung_up == len(model.prompts) == 1


async def test_a_raw_prompt_is_refused_before_anything_is_sent() -> None:
    model = FakeModel()
    with pytest.raises(ValueError, match="raw prompt"):
        await ask(model, Prompt("How many?", 64), COUNT)
    assert model.prompts == []
