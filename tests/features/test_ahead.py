"""What comes after a suggestion is there before anybody asks."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from support.cursor import at
from support.fake_model import FakeModel
from support.typist import Typist
from support.waiting import until

from mistral_lsp.core.reason import Reason
from mistral_lsp.features.completion import MAX_STREAMS
from mistral_lsp.features.request import CompletionRequest
from mistral_lsp.model.base import Overloaded, Unreachable


async def shown_then(typist: Typist, marked: str, following: str) -> None:
    """A suggestion is shown here; the model says `following` to whoever asks next, and somebody does."""
    asked = typist.asked
    await typist.at(marked)
    typist.model.reply = following
    await until(lambda: typist.asked == asked + 2 and not typist.model.open_streams)


def eager(reply: str = "foo(1)\n", **options: Any) -> Typist:
    return Typist(FakeModel(reply), fetch_ahead="always", **options)


async def test_accepted_the_next_line_is_there_at_once() -> None:
    typist = eager()
    await shown_then(typist, "x = █\n", "y = bar(x)\nz\n")
    assert await typist.at("x = foo(1)█\n") == "\ny = bar(x)"
    assert await typist.at("x = foo(1)\n█\n") == "y = bar(x)"
    assert await typist.at("x = foo(1)\ny = b█\n") == "ar(x)"


async def test_the_prompt_is_that_of_the_next_line() -> None:
    typist = eager()
    await shown_then(typist, "def f():\n    x = █\n", " y = bar(x)\n")
    assert typist.model.prompts[1].text.endswith("def f():\n    x = foo(1)\n   ")
    assert await typist.at("def f():\n    x = foo(1)\n    █\n") == "y = bar(x)"


async def test_typing_through_the_suggestion_keeps_what_comes_after() -> None:
    typist = eager()
    await shown_then(typist, "x = █\n", "y = bar(x)\n")
    for typed in ("f", "foo", "foo(1"):
        assert await typist.at(f"x = {typed}█\n") == "foo(1)".removeprefix(typed)
    asked = typist.asked
    assert await typist.at("x = foo(1)█\n") == "\ny = bar(x)"
    assert typist.asked == asked


async def test_another_text_typed_ends_the_stream_at_once() -> None:
    typist = eager()
    await typist.at("x = █\n")
    typist.model.gate = asyncio.Event()
    await until(lambda: typist.asked == 2)
    typist.goes_to("x = g█\n")
    await until(lambda: not typist.model.open_streams)
    assert typist.model.hung_up >= 1


async def test_the_step_is_read_on_while_the_suggestion_is_typed() -> None:
    typist = eager()
    await typist.at("x = █\n")
    typist.model.gate = asyncio.Event()
    typist.model.reply = "y = bar(x)\n"
    await until(lambda: typist.asked == 2)
    typist.goes_to("x = fo█\n")
    assert typist.model.open_streams == 1
    typist.model.gate.set()
    assert await typist.at("x = foo(1)█\n") == "\ny = bar(x)"
    assert typist.asked == 2 or typist.model.prompts[2].text != typist.model.prompts[1].text


async def test_a_request_never_waits_for_a_stream_that_nobody_asked_for() -> None:
    typist = eager()
    await typist.at("x = █\n")
    typist.model.gate = asyncio.Event()
    await until(lambda: typist.asked == 2)
    elsewhere = CompletionRequest(at("a = 1\nb = █\n", uri="file:///project/b.py"), invoked=False)
    other = asyncio.ensure_future(typist.completer.complete(elsewhere))
    await until(lambda: typist.asked == 3)
    assert typist.model.open_streams <= MAX_STREAMS
    typist.model.gate.set()
    await other


async def test_nothing_is_fetched_ahead_beside_two_streams_that_somebody_waits_for() -> None:
    typist = eager()
    await typist.at("x = █\n", invoked=True)
    typist.model.gate = asyncio.Event()
    waiting = []
    for number, uri in enumerate(("file:///project/b.py", "file:///project/c.py"), typist.asked + 1):
        request = CompletionRequest(at("b = █\n", uri=uri), invoked=False)
        waiting.append(asyncio.ensure_future(typist.completer.complete(request)))
        await until(lambda number=number: typist.asked == number)  # type: ignore[misc] # mypy can't tell a default
    assert await typist.at("x = f█\n") == "oo(1)"  # from memory: what follows it could be asked for
    for _ in range(20):
        await asyncio.sleep(0)
    assert typist.model.open_streams == len(waiting)
    typist.model.gate.set()
    assert [getattr(shown, "text", None) for shown in await asyncio.gather(*waiting)] == ["foo(1)"] * 2


@pytest.mark.parametrize(
    ("marked", "reply", "why"),
    [
        ("def f():\n    █\n", "return 1\n", "the block ends"),
        ("x = foo(█)\n", "1", "it stands within brackets"),
        ("def f():\n    if █\n", " a:\n", "how deep the block stands is open"),
    ],
)
async def test_nothing_is_fetched_where_it_would_not_be_typed(marked: str, reply: str, why: str) -> None:
    typist = eager(reply)
    assert isinstance(await typist.at(marked), str), why
    for _ in range(20):
        await asyncio.sleep(0)
    assert typist.asked == 1, why


async def test_off_fetches_nothing() -> None:
    typist = Typist(FakeModel("foo(1)\n"), fetch_ahead="off")
    await typist.at("x = █\n")
    for _ in range(20):
        await asyncio.sleep(0)
    assert typist.asked == 1


async def test_idle_waits_for_a_pause_as_long_as_reading_takes() -> None:
    typist = Typist(FakeModel("foo(1)\n"), fetch_ahead="idle")
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    await typist.at("x = █\n")
    await until(lambda: typist.asked == 2)
    assert loop.time() - began_s > 0.25


async def test_a_new_request_calls_the_plan_off() -> None:
    typist = Typist(FakeModel("foo(1)\n"), fetch_ahead="idle")
    await typist.at("x = █\n")
    typist.model.reply = ""
    assert await typist.at("x = █\ny = 2\n") is Reason.EMPTY
    await asyncio.sleep(0.35)  # longer than reading takes: that is the point
    assert typist.asked == 2


async def test_an_overloaded_endpoint_is_asked_for_nothing_more() -> None:
    typist = eager()
    await typist.at("x = █\n", invoked=True)
    typist.completer.circuit.failed(Overloaded("busy", advice="Wait.", retry_after_s=60))
    asked = typist.asked
    assert await typist.at("x = f█\n") == "oo(1)"  # from memory
    for _ in range(20):
        await asyncio.sleep(0)
    assert typist.asked == asked


async def test_a_fault_ahead_is_nobodys_business() -> None:
    typist = eager()
    await typist.at("x = █\n")
    typist.model.reply, typist.model.error = "", Unreachable("gone", advice="Start it.")
    await until(lambda: typist.asked == 2 and not typist.model.open_streams)
    typist.model.reply, typist.model.error = "y = 1\n", None
    assert await typist.at("x = foo(1)\n█\n") == "y = 1"
