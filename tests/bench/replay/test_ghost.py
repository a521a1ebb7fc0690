"""The editor's side of ghost text, against a server that says what the test tells it."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING

import pytest

from mistral_lsp.bench.replay.ghost import Eager, GhostEditor

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

# A server that answers each request with the rest of a text behind what the line has of it, or with nothing.
SERVER = """
import json, sys
from mistral_lsp.bench.passthrough import _answer as answer, _messages as messages
text = sys.argv[1]
for message in messages(sys.stdin.buffer):
    if message["method"] == "exit": break
    elif message["method"] == "initialize": answer(message, {"capabilities": {}})
    elif message["method"] == "textDocument/inlineCompletion":
        at = message["params"]["position"]
        item = {"insertText": text[at["character"]:], "range": {"start": at, "end": at}}
        answer(message, {"items": [item] if at["character"] < len(text) else []})
    elif "id" in message: answer(message, None)
"""


@contextlib.asynccontextmanager
async def editor(text: str) -> AsyncIterator[GhostEditor]:
    async with Eager.start([sys.executable, "-c", SERVER, text]) as one:
        one.open("\n", "python")
        yield one
        await one.rest()


async def shown(one: GhostEditor) -> str | None:
    """What is on the screen once it has changed."""
    await one.news.wait()
    one.news.clear()
    return one.ghost.text if one.ghost else None


async def test_what_is_answered_is_shown_and_stays_while_it_is_typed() -> None:
    async with editor("return a") as one:
        one.change(0, "r")
        assert await shown(one) == "eturn a"
        one.change(0, "e")
        assert one.ghost is not None
        assert one.ghost.text == "turn a"
        await one.settle()
        assert len(one.appeared) == 1
        assert one.counts.typed_through == 1


@pytest.mark.parametrize("typed", ["x", "eturn ax"])
async def test_what_disagrees_takes_it_off_the_screen(typed: str) -> None:
    async with editor("return a") as one:
        one.change(0, "r")
        assert await shown(one) == "eturn a"
        one.change(0, typed)
        assert one.ghost is None


async def test_deleting_takes_it_off_the_screen() -> None:
    async with editor("return a") as one:
        one.change(0, "r")
        assert await shown(one) == "eturn a"
        one.change(1, "")
        assert one.ghost is None


async def test_accepting_puts_it_in() -> None:
    async with editor("return a") as one:
        one.change(0, "r")
        await shown(one)
        one.change(0, "e")
        assert one.ghost is not None
        one.take(one.ghost)
        assert str(one.text) == "return a\n"
        assert one.ghost is None


async def test_an_older_request_is_cancelled_and_its_answer_is_not_shown() -> None:
    async with editor("return a") as one:
        one.change(0, "r")
        one._ask()  # as if the wait were over
        one.change(0, "x")
        assert one.counts.cancelled == 1
        assert await shown(one) == "turn a"
        assert [there.text for there in one.appeared] == ["turn a"]


async def test_at_rest_nothing_is_shown_any_more() -> None:
    async with editor("return a") as one:
        one.change(0, "r")
        one._ask()
        await one.rest()
        assert one.ghost is None
        assert one.appeared == []
