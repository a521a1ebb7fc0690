"""In a pause, the endpoint reads the prompt that comes next."""

from __future__ import annotations

import asyncio

import pytest
from support.cursor import at
from support.fake_model import FakeModel
from support.typist import Typist
from support.waiting import until

from mistral_lsp.core.prompt import Prompt
from mistral_lsp.core.reason import Reason
from mistral_lsp.features import prompting, warmup
from mistral_lsp.features.idle import Idle
from mistral_lsp.features.request import CompletionRequest
from mistral_lsp.features.warmup import WORTH_CHARS, WarmUp
from mistral_lsp.model.base import Overloaded, Unreachable

FILLER = "".join(f"value_{number} = {number}\n" for number in range(2_030))
OTHER = "# from elsewhere\n" * 30
REQUEST = CompletionRequest(at("x = █\n"), invoked=False)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warmup, "QUIET_S", 0.01)


class Case:
    """A warm-up whose next prompt the test knows."""

    def __init__(self, text: str | None, model: FakeModel | None = None) -> None:
        self.model = model or FakeModel("a")
        self.text = text
        self.made = 0
        self.warm_up = WarmUp(self.model, Idle(), self._make)
        self.warm_up.sent(Prompt("def f():\n", 64))

    async def _make(self, _request: CompletionRequest) -> Prompt | None:
        self.made += 1
        return None if self.text is None else Prompt(self.text, 64, ("\n",), begins_with="x")

    async def run(self) -> None:
        self.warm_up.plan(REQUEST)
        await until(lambda: self.made == 1)
        await until(lambda: not self.warm_up._is_sending)


async def test_a_prompt_that_begins_otherwise_is_read_and_nothing_written() -> None:
    case = Case(OTHER + "def f():\n")
    await case.run()
    assert case.model.prompts == [Prompt(OTHER + "def f():\n", 0)]


@pytest.mark.parametrize("text", ["def f():\n    return 1\n", "def f():\n" + "x" * (WORTH_CHARS - 1), None])
async def test_nothing_is_sent_where_that_is_not_worth_it_or_not_wanted(text: str | None) -> None:
    case = Case(text)
    await case.run()
    assert case.model.prompts == []


async def test_the_same_prompt_is_sent_once() -> None:
    case = Case(OTHER)
    await case.run()
    case.made = 0
    await case.run()
    assert len(case.model.prompts) == 1


async def test_an_engine_that_can_do_with_no_less_writes_one_token() -> None:
    case = Case(OTHER, FakeModel(["a", "b", "c"]))
    await case.run()
    assert case.model.sent == ["a"]
    assert case.model.hung_up == 1


async def test_who_asks_goes_first() -> None:
    case = Case(OTHER, FakeModel("a", gate=asyncio.Event()))
    case.warm_up.plan(REQUEST)
    await case.model.waiting.wait()
    case.warm_up.make_way()
    await until(lambda: case.model.hung_up == 1)


async def test_a_plan_that_waits_for_a_pause_is_not_given_up_for_a_request() -> None:
    case = Case(OTHER)
    case.warm_up.plan(REQUEST)
    case.warm_up.make_way()
    await until(lambda: len(case.model.prompts) == 1)


@pytest.mark.parametrize("error", [Unreachable("down", advice=""), Overloaded("busy", advice="")])
async def test_an_endpoint_that_fails_is_left_alone_until_the_next_pause(error: Exception) -> None:
    case = Case(OTHER, FakeModel(error=error))
    await case.run()
    case.made = 0
    await case.run()
    assert len(case.model.prompts) == 2


async def test_after_a_burst_the_completer_sends_the_prompt_that_the_next_request_has(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(prompting, "PAUSE_S", 0.0)  # every request begins a burst of its own
    model = FakeModel("foo\n")
    typist = Typist(model, warm_up=True, context_tokens=500)
    await typist.at(FILLER + "total = █\n")
    for _ in range(10):
        typist.completer.budget.counted("python", "x" * 5_000, 1_000)
    await until(lambda: len(model.prompts) == 2)
    assert model.prompts[1].max_tokens == 0
    await typist.at(FILLER + "total = f(█\n")
    assert model.prompts[2].text.startswith(model.prompts[1].text)
    typist.completer.end()


@pytest.mark.parametrize("why", ["it has too much to do", "a stream comes in"])
async def test_nothing_is_sent_to_an_endpoint_that_is_busy(monkeypatch: pytest.MonkeyPatch, why: str) -> None:
    monkeypatch.setattr(prompting, "PAUSE_S", 0.0)
    monkeypatch.setattr(warmup, "QUIET_S", 0.3)
    typist = Typist(FakeModel("foo\n"), warm_up=True, context_tokens=500)
    await typist.at(FILLER + "total = █\n")
    for _ in range(10):
        typist.completer.budget.counted("python", "x" * 5_000, 1_000)
    waiting = None
    if why == "a stream comes in":
        typist.model.gate = asyncio.Event()
        waiting = typist.asks("y = █\n")
        await until(lambda: typist.asked == 2)
    else:
        typist.completer.circuit.failed(Overloaded("busy", advice="Wait.", retry_after_s=60))
    asked = typist.asked
    await asyncio.sleep(2 * warmup.QUIET_S)
    assert typist.asked == asked
    typist.completer.end()
    if waiting is not None:
        assert await waiting is Reason.MOVED_ON


async def test_switched_off_nothing_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prompting, "PAUSE_S", 0.0)
    typist = Typist(FakeModel("foo\n"), context_tokens=500)
    await typist.at(FILLER + "total = █\n")
    for _ in range(10):
        typist.completer.budget.counted("python", "x" * 5_000, 1_000)
    await asyncio.sleep(5 * warmup.QUIET_S)
    assert typist.asked == 1
