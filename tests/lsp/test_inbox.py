from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from support.pipe_client import note, request

from mistral_lsp.lsp.answers import Answers, Request
from mistral_lsp.lsp.converter import tolerant_converter
from mistral_lsp.lsp.framing import Malformed
from mistral_lsp.lsp.inbox import Inbox


class Desk:
    """An inbox whose requests each start a task, and a record of what happened in which order."""

    def __init__(self) -> None:
        self.happened: list[str] = []
        self.sent: list[Any] = []
        self.tasks: list[asyncio.Task[None]] = []
        self.answers = Answers(
            tolerant_converter(), lambda frame: self.sent.append(json.loads(frame.split(b"\r\n\r\n")[1]))
        )
        self.inbox = Inbox(self.answers, self.handle)

    def handle(self, message: Any) -> bool:
        if not isinstance(message, Request):
            if message["method"] == "bad":
                raise ValueError("a secret of the user")
            self.happened.append(message["method"])
            return False
        if self.answers.is_open(message):
            self.tasks.append(asyncio.ensure_future(self.work(message.method)))
        return True

    async def work(self, name: str) -> None:
        self.happened.append(name)

    async def settled(self) -> list[str]:
        for _ in range(20):
            await asyncio.sleep(0)
        return self.happened


async def test_a_tasks_first_step_comes_before_the_next_message_of_its_burst() -> None:
    desk = Desk()
    desk.inbox.receive([note("edit 1"), request(1, "ask"), note("edit 2"), request(2, "ask again"), note("edit 3")])
    assert await desk.settled() == ["edit 1", "ask", "edit 2", "ask again", "edit 3"]


async def test_a_tasks_first_step_comes_before_a_burst_that_follows_at_once() -> None:
    desk = Desk()
    desk.inbox.receive([request(1, "ask")])
    desk.inbox.receive([note("edit")])
    assert await desk.settled() == ["ask", "edit"]


async def test_a_cancel_of_a_later_burst_overtakes_what_stands_in_line() -> None:
    desk = Desk()
    desk.inbox.receive([request(1, "ask"), request(2, "ask again")])
    desk.inbox.receive([note("$/cancelRequest", {"id": 2})])
    assert await desk.settled() == ["ask"]
    assert [message["id"] for message in desk.sent] == [2]


async def test_a_message_that_cannot_be_handled_holds_up_none_behind_it(caplog: pytest.LogCaptureFixture) -> None:
    desk = Desk()
    desk.inbox.receive([note("bad"), note("edit")])
    assert await desk.settled() == ["edit"]
    assert "ValueError" in caplog.text
    assert "secret" not in caplog.text


@pytest.mark.parametrize(
    ("message", "code"), [(Malformed("cut"), -32700), ([], -32600), ("x", -32600), ({"id": 1}, -32600)], ids=repr
)
async def test_what_is_no_message_is_refused_before_its_turn(message: object, code: int) -> None:
    desk = Desk()
    desk.inbox.receive([message])
    assert [sent["error"]["code"] for sent in desk.sent] == [code]
