"""The faults of stock pygls that lsp/wire.py mends: when one of these tests fails, pygls has mended it itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.pipe_client import PipeClient, note, request
from support.tiny import hover, tiny

if TYPE_CHECKING:
    from collections.abc import Iterator

HOVER = "textDocument/hover"
SHORTLY_S = 0.5  # an answer that isn't there by then doesn't come


class Stock(PipeClient):
    def check(self) -> None:
        """Nothing of it holds."""


@pytest.fixture
def client() -> Iterator[PipeClient]:
    client = tiny("--stock")
    client.__class__ = Stock
    with client:
        client.initialize()
        yield client
        client.process.kill()


def never_answered(client: PipeClient, msg_id: object) -> bool:
    client.answer(client.ask(HOVER, hover(0, 0)))  # later, so that the answer would have come before
    return client.answers(msg_id) == []


def test_wrong_params_are_never_answered_and_shown_to_the_user(client: PipeClient) -> None:
    assert never_answered(client, client.ask(HOVER, {}))
    assert client.notes("window/showMessage")


def test_an_unknown_enum_value_is_never_answered(client: PipeClient) -> None:
    place = {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 1}}
    context = {"diagnostics": [{"range": place, "message": "", "severity": 9}]}
    params = {"textDocument": {"uri": "a"}, "range": place, "context": context}
    assert never_answered(client, client.ask("textDocument/codeAction", params))


def test_a_nested_key_called_jsonrpc_loses_the_message(client: PipeClient) -> None:
    params = {"command": "test.echo", "arguments": [{"jsonrpc": "2.0"}]}
    assert never_answered(client, client.ask("workspace/executeCommand", params))


def test_a_lower_case_header_deafens_it(client: PipeClient) -> None:
    client.send_bytes(b"content-length: 2\r\n\r\n{}")
    with pytest.raises(TimeoutError):
        client.answer(client.ask(HOVER, hover(0, 0)), within_s=SHORTLY_S)


def test_an_error_carries_a_stack_trace(client: PipeClient) -> None:
    error = client.error("test/raise")
    assert error["data"]["traceback"]
    assert "secret" in error["message"]


def test_a_request_after_shutdown_is_never_answered(client: PipeClient) -> None:
    client.call("shutdown")
    with pytest.raises(TimeoutError):
        client.answer(client.ask(HOVER, hover(0, 0)), within_s=SHORTLY_S)


def test_exit_without_shutdown_is_0(client: PipeClient) -> None:
    client.send(note("exit"))
    assert client.wait() == 0


def test_a_cancelled_command_runs_on(client: PipeClient) -> None:
    asked = client.ask("workspace/executeCommand", {"command": "test.wait"})
    client.wait_for(lambda m: m.get("method") == "test/started")
    client.send(note("$/cancelRequest", {"id": asked}))
    assert client.answer(asked)["error"]["code"] == -32800
    client.call(HOVER, hover(0, 0))
    assert client.notes("test/cancelled") == []


def test_stray_prints_corrupt_the_stream(client: PipeClient) -> None:
    client.send(request("print", "test/print"))
    with pytest.raises(TimeoutError):
        client.answer("print", within_s=SHORTLY_S)
