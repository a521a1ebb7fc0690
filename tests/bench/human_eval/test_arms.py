"""The plain prefix; the engine's side needs the real server, see test_command.py."""

from __future__ import annotations

import pytest
from support.fake_model import FakeModel

from mistral_lsp.bench.human_eval.arms import MAX_TOKENS, line_after
from mistral_lsp.core.prompt import Prompt
from mistral_lsp.model.base import Broken

PREFIX = "def add(a, b):\n    "


async def line(prefix: str, reply: str, *, held_back: str = "") -> str | None:
    """What is put at the cursor; the reason, where there is none."""
    answer = await line_after(prefix, FakeModel(reply), held_back=held_back)
    assert (answer.reason is None) == bool(answer.text)
    return answer.reason.name if answer.reason else answer.text


@pytest.mark.parametrize(
    ("reply", "wanted"),
    [
        ("return a + b", "return a + b"),
        ("return a + b  \n\ndef", "return a + b"),
        (" return a", " return a"),  # as it was written: that this doesn't parse is the model's own doing
        ("\n    return a + b", "EMPTY"),
        ("  \n", "EMPTY"),
        ("", "EMPTY"),
    ],
)
async def test_the_line_is_what_was_written(reply: str, wanted: str) -> None:
    assert await line(PREFIX, reply) == wanted


@pytest.mark.parametrize(
    ("prefix", "reply", "wanted"),
    [
        (PREFIX, " return a + b\n", "return a + b"),
        (PREFIX, "  return a", " return a"),
        (PREFIX, "return a + b", "return a + b"),
        (PREFIX, "\n return a", "EMPTY"),
        ("", " x", " x"),  # nothing was held back of it
    ],
)
async def test_the_space_that_was_held_back_is_written_again(prefix: str, reply: str, wanted: str) -> None:
    assert await line(prefix, reply, held_back=" ") == wanted


async def test_the_prefix_is_sent_as_it_is_but_for_what_is_held_back() -> None:
    model = FakeModel("x")
    await line_after(PREFIX, model)
    await line_after(PREFIX, model, held_back=" ")
    assert model.prompts == [Prompt(PREFIX, MAX_TOKENS), Prompt("def add(a, b):\n   ", MAX_TOKENS)]


async def test_the_model_is_left_at_the_lines_end() -> None:
    model = FakeModel("a\nb\nc")
    await line_after(PREFIX, model)
    assert (model.sent, model.hung_up) == (["a", "\n"], 1)


async def test_what_comes_with_the_lines_end_is_none_of_it() -> None:
    assert (await line_after(PREFIX, FakeModel(["ret", "urn a\n    return b"]))).text == "return a"


async def test_a_model_that_fails_within_its_answer_has_failed() -> None:
    with pytest.raises(Broken):
        await line_after(PREFIX, FakeModel("ret", error=Broken("cut", advice="again")))
