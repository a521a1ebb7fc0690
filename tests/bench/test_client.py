"""The client holds a server to its promises: here are servers that break them, one each."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from pathlib import Path

import pytest

from mistral_lsp.bench import client
from mistral_lsp.bench.client import Client, Refusal, Unclean

# A server that is right, but for one line: what it does about a request called "x".
SERVER = """
import json, os, subprocess, sys, time
from mistral_lsp.bench.passthrough import _answer as answer, _messages as messages
def send(**message):
    body = json.dumps({{"jsonrpc": "2.0", **message}}).encode()
    sys.stdout.buffer.write(b"Content-Length: %d\\r\\n\\r\\n%s" % (len(body), body))
    sys.stdout.buffer.flush()
for message in messages(sys.stdin.buffer):
    match message.get("method"):
        case "initialize": answer(message, {{"capabilities": {{}}, "env": dict(os.environ)}})
        case "shutdown": answer(message, None)
        case "exit": sys.exit({status})
        case None: send(method="replied", params=message)
        case "x": {x}
"""


def server(x: str = "pass", *, status: int = 0) -> list[str]:
    return [sys.executable, "-c", SERVER.format(x=x, status=status)]


async def ask_x(command: list[str]) -> object:
    async with Client.start(command) as session:
        return await session.request("x")


async def test_a_right_server_passes() -> None:
    assert await ask_x(server("answer(message, 7)")) == 7


@pytest.mark.parametrize(
    ("command", "finding"),
    [
        (server("answer(message, 1); answer(message, 2)"), "an answer that nobody waits for"),
        (server("answer(message, 1)", status=3), "left with status 3"),
        (server("answer(message, 1); print('Traceback (most recent call last)', file=sys.stderr)"), "a traceback"),
        (server("answer(message, 1); print('hello', flush=True)"), "no LSP"),
        (server("answer(message, 1); print('\\n\\nhello', flush=True)"), "no LSP"),
    ],
)
async def test_a_broken_promise_is_found_at_the_end(command: list[str], finding: str) -> None:
    with pytest.raises(Unclean, match=finding):
        await ask_x(command)


async def test_a_request_without_an_answer_is_found_at_the_end() -> None:
    with pytest.raises(Unclean, match="request 2, x, has no answer"):
        async with Client.start(server()) as session:
            session.ask("x")


async def test_a_child_that_outlives_the_server_is_found_and_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "EXIT_S", 0.3)
    with pytest.raises(Unclean, match="outlives it"):
        async with Client.start(server("answer(message, subprocess.Popen(['sleep', '60']).pid)")) as session:
            child = await session.request("x")
    await is_gone(child)


async def test_a_server_that_stays_is_found_and_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "EXIT_S", 0.3)
    with pytest.raises(Unclean, match="still there"):
        async with Client.start(server("answer(message, os.getpid()); time.sleep(60)")) as session:
            pid = await session.request("x")
    await is_gone(pid)


async def test_a_server_that_dies_says_so_to_who_waits_with_the_end_of_its_log() -> None:
    with pytest.raises(ConnectionError, match="the server has gone") as caught:
        await ask_x(server("sys.exit('no such file, sorry')"))
    assert caught.value.__notes__ == ["The server's log ends with:\nno such file, sorry"]


async def test_a_server_that_cannot_start_fails_at_once() -> None:
    with pytest.raises(ConnectionError, match="the server has gone"):
        await ask_x([sys.executable, "-m", "no_such_module"])


async def test_nothing_is_left_behind_when_the_session_fails() -> None:
    pids = []
    with contextlib.suppress(ZeroDivisionError):
        async with Client.start(server()) as session:
            pids.append(session.pid)
            raise ZeroDivisionError
    await is_gone(pids[0])


async def test_an_error_is_a_refusal() -> None:
    with pytest.raises(Refusal, match="-32602: no") as caught:
        await ask_x(server("send(id=message['id'], error={'code': -32602, 'message': 'no', 'data': 5})"))
    assert (caught.value.code, caught.value.data) == (-32602, 5)


@pytest.mark.parametrize(
    ("asked", "reply"),
    [
        (
            "send(id=9, method='workspace/configuration', params=message['params'])",
            [{"enabled": False}, None, {"mistralLsp": {"completion": {"enabled": False}}}],
        ),
        ("send(id=9, method='client/registerCapability', params={})", None),
        (
            "send(id=9, method='window/showMessageRequest', params={'actions': [{'title': 'No'}, {'title': 'Yes'}]})",
            {"title": "Yes"},
        ),
    ],
)
async def test_what_the_server_asks_is_answered(asked: str, reply: object) -> None:
    settings = {"mistralLsp": {"completion": {"enabled": False}}}
    async with Client.start(server(asked), settings=settings) as session:
        session.choice = "Yes"
        sections = ("mistralLsp.completion", "mistralLsp.no.such", None)
        session.notify("x", {"items": [{"section": section} for section in sections]})
        assert await session.notified("replied") == {"jsonrpc": "2.0", "id": 9, "result": reply}


async def test_what_no_editor_knows_is_refused() -> None:
    async with Client.start(server("send(id=9, method='editor/format', params={})")) as session:
        session.notify("x")
        assert (await session.notified("replied"))["error"]["code"] == client.METHOD_NOT_FOUND


async def test_a_notification_is_found_whether_it_came_already_or_not() -> None:
    async with Client.start(server("send(method='news', params=message['params'])")) as session:
        session.notify("x", {"number": 1})
        assert await session.notified("news") == {"number": 1}
        later = asyncio.ensure_future(session.notified("news", lambda params: params["number"] == 2))
        session.notify("x", {"number": 2})
        assert await later == {"number": 2}
        assert await session.notified("news") == {"number": 1}


async def test_the_users_own_settings_stay_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MISTRAL_LSP_TOKEN", "the user's")
    async with Client.start(server(), env={"MISTRAL_LSP_LOG": "debug"}) as session:
        env = {name: value for name, value in session.server["env"].items() if name.startswith("MISTRAL_LSP")}
    assert env == {"MISTRAL_LSP_LOG": "debug"}


async def test_a_lone_surrogate_goes_through() -> None:
    async with Client.start(server("answer(message, message['params'])")) as session:
        assert await session.request("x", ["\ud800", "😀"]) == ["\ud800", "😀"]


async def is_gone(pid: int) -> None:
    """Wait until a process that was killed has left: the kernel takes its time. Raises TimeoutError."""
    async with asyncio.timeout(10):
        while is_running(pid):
            await asyncio.sleep(0.001)


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it went just now
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    return False
