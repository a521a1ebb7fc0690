"""From a request to its prompt: what is learnt of the model, and what stays while the user types."""

from __future__ import annotations

from typing import Any

import pytest
from support.cursor import at
from support.fake_model import INFO, FakeModel
from support.syntax import tree_at
from support.typist import PROMPTS, Typist

from mistral_lsp.core.budget import Budget
from mistral_lsp.core.reason import Reason
from mistral_lsp.core.trigger import Shape
from mistral_lsp.features.options import CompletionOptions
from mistral_lsp.features.patience import PAST_DEADLINE_S
from mistral_lsp.features.prompting import Prompting
from mistral_lsp.features.request import CompletionRequest
from mistral_lsp.features.surroundings import NEAR_LINES, PAUSE_S
from mistral_lsp.model.base import ModelInfo, TooLong, Usage

FILLER = "".join(f"value_{number} = {number}\n" for number in range(2_030))
TOO_LONG = TooLong("the prompt has 900 tokens", advice="Shorten it.", limit_tokens=400, given_tokens=900)


class Writer:
    """Makes prompts at cursors, at times of its own."""

    def __init__(self, **options: Any) -> None:
        self.now_s = 0.0
        chosen = CompletionOptions(**{"family": "base", "context_tokens": 500, **options})
        self.budget = Budget()
        self.prompting = Prompting(
            FakeModel(), PROMPTS, chosen, surroundings=None, budget=self.budget, clock=lambda: self.now_s
        )

    async def at(self, marked: str, uri: str = "file:///project/a.py") -> str:
        cursor = at(marked, uri=uri)
        prompted = await self.prompting.prompt(CompletionRequest(cursor, invoked=False), Shape.LINE, tree_at(cursor))
        assert not isinstance(prompted, Reason)
        prompt, _ = prompted
        return prompt.text

    def counts(self, ratio: float) -> None:
        """The endpoint counts so many characters a token, often enough to be believed."""
        for _ in range(10):
            self.budget.counted("python", "x" * int(1000 * ratio), 1000)


async def test_within_a_burst_a_prompt_is_the_next_one_s_beginning_though_the_estimate_rises() -> None:
    writer = Writer()
    before = await writer.at(FILLER + "total =█")
    writer.counts(5.0)
    writer.now_s += PAUSE_S - 0.1
    now = await writer.at(FILLER + "total = value_1 +\\\n   █")
    assert now.startswith(before)


@pytest.mark.parametrize(
    ("pause_s", "marked", "uri"),
    [
        pytest.param(PAUSE_S, FILLER + "total = 1█", "file:///project/a.py", id="a pause"),
        pytest.param(0.0, FILLER + "\n" * (NEAR_LINES + 1) + "█", "file:///project/a.py", id="far away"),
        pytest.param(0.0, FILLER + "total = 1█", "file:///project/b.py", id="another file"),
    ],
)
async def test_after_a_burst_more_is_shown_by_a_higher_estimate(pause_s: float, marked: str, uri: str) -> None:
    writer = Writer()
    before = await writer.at(FILLER + "total =█")
    writer.counts(5.0)
    writer.now_s += pause_s
    assert len(await writer.at(marked, uri)) > 1.2 * len(before)


async def test_a_prompt_says_how_long_its_answer_is_of_use() -> None:
    model = FakeModel("1\n")
    await Typist(model, family="base", deadline_s=2.5).at("total = █")
    assert model.prompts[0].time_limit_s == 2.5 + PAST_DEADLINE_S


async def test_a_lower_estimate_counts_at_once() -> None:
    writer = Writer()
    before = await writer.at(FILLER + "total =█")
    writer.counts(1.5)
    assert len(await writer.at(FILLER + "total = 1█")) < 0.7 * len(before)


async def test_the_endpoint_s_counts_are_followed_from_one_request_to_the_next() -> None:
    model = FakeModel("foo\n", usage=Usage(prompt_tokens=4_000))  # more than were reckoned with
    typist = Typist(model, context_tokens=1_000)
    await typist.at(FILLER + "a = █")
    model.reply = ["foo"]  # to its end, where the usage is told
    await typist.at(FILLER + "b = █")
    await typist.at(FILLER + "c = █")
    first, _, last = (len(prompt.text) for prompt in model.prompts)
    assert last < first / 2


async def test_a_prompt_that_is_too_long_is_cut_and_asked_once_more_and_later_ones_fit() -> None:
    model = _Strict(limit_tokens=400)
    typist = Typist(model, context_tokens=1_000, max_tokens=32)
    assert await typist.at(FILLER + "total = █") == "foo"
    assert len(model.prompts) == 2
    assert await typist.at(FILLER + "other = █") == "foo"
    assert len(model.prompts) == 3


async def test_one_that_is_too_long_again_is_an_error() -> None:
    model = _Strict(limit_tokens=1)
    with pytest.raises(TooLong):
        await Typist(model, context_tokens=1_000).at(FILLER + "total = █")
    assert len(model.prompts) == 2


async def test_what_the_endpoint_says_it_takes_is_kept_to_from_the_first_prompt() -> None:
    model = FakeModel("foo\n", info=ModelInfo("fake", INFO.name, "1.0", context_tokens=600))
    typist = Typist(model, family="auto", context_tokens=10_000, max_tokens=32)
    await typist.at(FILLER + "total = █")
    assert len(model.prompts[0].text) < 3 * 600


async def test_a_cell_s_prompt_has_the_cells_above_it() -> None:
    writer = Writer()
    cell = at("█import pandas as pd", uri="vscode-notebook-cell:/a.ipynb#1").document
    cursor = at("df = pd.█", uri="vscode-notebook-cell:/a.ipynb#2")
    request = CompletionRequest(cursor, invoked=False, cells_above=(cell,))
    prompted = await writer.prompting.prompt(request, Shape.LINE, tree_at(cursor))
    assert not isinstance(prompted, Reason)
    prompt, _ = prompted
    assert prompt.text.endswith("import pandas as pd\n\ndf = pd.")


async def test_a_model_that_does_not_say_in_time_what_it_is_is_not_ready() -> None:
    class Silent(FakeModel):
        async def describe(self) -> ModelInfo:
            raise TimeoutError

    assert await Typist(Silent(), family="auto").at("x = █") is Reason.NOT_READY


class _Strict(FakeModel):
    """It refuses what it reckons, at two characters a token, to be too long."""

    def __init__(self, limit_tokens: int) -> None:
        super().__init__("foo\n")
        self.limit_tokens = limit_tokens

    async def stream(self, prompt: Any, on_usage: Any = None) -> Any:
        given = len(prompt.text) // 2
        self.error = None
        self.reply = "foo\n"
        if given + prompt.max_tokens > self.limit_tokens:
            self.reply = ""
            self.error = TooLong("too long", advice="", limit_tokens=self.limit_tokens, given_tokens=given)
        async for chunk in super().stream(prompt, on_usage):
            yield chunk
