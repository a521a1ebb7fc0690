"""The wire over a real pipe. Each client checks, when it ends, that every request was answered exactly once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from support.pipe_client import PipeClient, frame, note, request
from support.tiny import hover, tiny

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HOVER = "textDocument/hover"


@pytest.fixture(scope="module")
def shared() -> Iterator[PipeClient]:
    with tiny() as client:
        client.initialize()
        yield client


@pytest.fixture
def client(shared: PipeClient) -> Iterator[PipeClient]:
    """A session under way, which still answers after the test and showed the user nothing."""
    shown = len(shared.notes("window/showMessage"))
    yield shared
    assert shared.call(HOVER, hover(7, 7)) == {"contents": "7:7"}
    assert len(shared.notes("window/showMessage")) == shown


def new_errors(client: PipeClient, data: bytes) -> list[int]:
    """Codes of the errors for nothing in particular that some bytes bring about."""
    before = len(client.answers(None))
    client.send_bytes(data)
    client.call(HOVER, hover(0, 0))
    return [error["error"]["code"] for error in client.answers(None)[before:]]


def body(data: bytes) -> bytes:
    return b"Content-Length: %d\r\n\r\n%b" % (len(data), data)


# Messages that are none


@pytest.mark.parametrize(
    "data", [b"{", b"", b"nonsense", b"\xff\xfe", b"[" * 100_000, b'{"a":' * 100_000, b"9" * 10_000]
)
def test_a_body_that_is_no_json_is_a_parse_error(client: PipeClient, data: bytes) -> None:
    assert new_errors(client, body(data)) == [-32700]


@pytest.mark.parametrize(
    "value",
    [
        [],
        [request(1, HOVER, hover(0, 0))],
        3,
        "text",
        None,
        {},
        {"jsonrpc": "2.0"},
        {"method": "x"},
        {"jsonrpc": "1.0", "method": "x"},
        {"jsonrpc": "2.0", "method": 5},
        {"jsonrpc": "2.0", "id": None, "method": HOVER},
        {"jsonrpc": "2.0", "id": True, "method": HOVER},
        {"jsonrpc": "2.0", "id": 1.5, "method": HOVER},
        {"jsonrpc": "2.0", "id": {"a": 1}, "method": HOVER},
    ],
)
def test_json_that_is_no_message_is_an_invalid_request(client: PipeClient, value: object) -> None:
    assert new_errors(client, frame(value)) == [-32600]


def test_a_request_without_jsonrpc_is_refused_by_its_id(client: PipeClient) -> None:
    client.expect("bare")
    client.send_bytes(frame({"id": "bare", "method": HOVER, "params": hover(0, 0)}))
    assert client.answer("bare")["error"]["code"] == -32600


def test_replies_to_nothing_are_never_answered(client: PipeClient) -> None:
    replies: list[dict[str, Any]] = [
        {"id": 5, "result": 1},
        {"id": None, "error": {"code": 1, "message": ""}},
        {"id": [], "result": 1},
    ]
    assert new_errors(client, b"".join(frame({"jsonrpc": "2.0", **reply}) for reply in replies)) == []


@pytest.mark.parametrize(
    "garbage",
    [
        b"Content-Length: abc\r\n\r\n{}",
        b"Content-Length: -1\r\n\r\n",
        b"Content-Length: 99999999999\r\n\r\n{}",
        b"garbage\x00\xff\r\n\r\n",
    ],
)
def test_reading_goes_on_after_bytes_that_are_no_frame(client: PipeClient, garbage: bytes) -> None:
    assert new_errors(client, garbage) == []


def test_headers_of_other_cases_and_types_are_read(client: PipeClient) -> None:
    client.expect("lower")
    data = json.dumps(request("lower", HOVER, hover(1, 2))).encode()
    client.send_bytes(b"Content-Type:x\r\ncontent-length:%d\r\n\r\n" % len(data) + data)
    assert client.answer("lower")["result"] == {"contents": "1:2"}


# Calls


def test_wrong_params_are_told_to_the_request(client: PipeClient) -> None:
    wrong: tuple[object, ...] = (
        None,
        {},
        [],
        {"textDocument": 5, "position": {}},
        hover(-1, 0),
        {"textDocument": {"uri": "a"}},
    )
    for params in wrong:
        assert client.error(HOVER, params)["code"] == -32602
    assert client.error("workspace/executeCommand", {"command": "unknown"})["code"] == -32602


def test_an_unknown_method_is_told_and_an_unknown_notification_is_not(client: PipeClient) -> None:
    assert client.error("no/such")["code"] == -32601
    assert client.error("$/no/such")["code"] == -32601
    assert new_errors(client, frame(note("no/such", {"a": 1})) + frame(note("$/no/such"))) == []
    assert "no/such" not in client.stderr()


def test_a_key_called_jsonrpc_is_like_any_other(client: PipeClient) -> None:
    arguments = [{"jsonrpc": "2.0", "id": 1, "method": "x"}, {"a": {"jsonrpc": None}}]
    assert client.call("workspace/executeCommand", {"command": "test.echo", "arguments": arguments}) == arguments
    assert client.call("test/echo", arguments) == arguments


def test_ids_of_two_types_are_two_ids(client: PipeClient) -> None:
    wait = {"name": "ids"}
    client.send(request(1, "test/wait", wait), request("1", "test/wait", wait), note("$/cancelRequest", {"id": "1"}))
    assert client.answer("1")["error"]["code"] == -32800
    assert client.answers(1) == []
    client.send(note("$/cancelRequest", {"id": 1}))
    assert client.answer(1)["error"]["code"] == -32800


def test_a_second_request_with_an_id_under_way_is_refused(client: PipeClient) -> None:
    client.send(request("twice", "test/wait", {"name": "twice"}), request("twice", HOVER, hover(0, 0)))
    assert client.answer("twice")["error"]["code"] == -32600
    client.send(note("$/cancelRequest", {"id": "twice"}))
    client.call(HOVER, hover(0, 0))
    assert [answer["error"]["code"] for answer in client.answers("twice")] == [-32600, -32800]
    client.send(request("twice", HOVER, hover(3, 3)))  # free again
    client.call(HOVER, hover(0, 0))
    assert client.answers("twice")[2]["result"] == {"contents": "3:3"}


# Handlers


@pytest.mark.parametrize("method", ["test/raise", "test/unsayable"])
def test_a_handlers_error_says_nothing_of_what_it_worked_on(client: PipeClient, method: str) -> None:
    assert client.error(method) == {
        "code": -32603,
        "message": f"Internal error in {method}; the server's log says where",
    }
    assert "secret" not in client.stderr()
    assert f"request {method} failed: " in client.stderr()


def test_an_errors_data_that_json_cannot_say_is_left_out(client: PipeClient) -> None:
    assert client.error("test/oddError") == {"code": -32001, "message": "told"}


def test_an_error_in_a_notification_is_logged_by_its_place(client: PipeClient) -> None:
    assert new_errors(client, frame(note("test/raiseNote"))) == []
    assert "notification test/raiseNote failed: ValueError at" in client.stderr()
    assert "secret" not in client.stderr()


def test_nan_and_lone_surrogates_do_not_break_an_answer(client: PipeClient) -> None:
    assert client.call("test/echo", "é\ud83d") == "é\ud83d"
    client.expect("nan")
    client.send_bytes(body(b'{"jsonrpc":"2.0","id":"nan","method":"test/echo","params":NaN}'))
    assert client.answer("nan")["error"]["code"] == -32603, "which JSON can't say"


def test_a_handler_sees_the_text_that_its_request_was_sent_for(client: PipeClient) -> None:
    uri = "file:///burst.py"
    item = {"uri": uri, "languageId": "python", "version": 1, "text": "0"}
    edits = [
        note(
            "textDocument/didChange", {"textDocument": {"uri": uri, "version": n}, "contentChanges": [{"text": str(n)}]}
        )
        for n in range(1, 50)
    ]
    asks = [request(f"text {n}", "test/text", {"uri": uri}) for n in range(1, 50)]
    pairs = [message for pair in zip(edits, asks, strict=True) for message in pair]
    client.send(note("textDocument/didOpen", {"textDocument": item}), *pairs)
    assert [client.answer(f"text {n}")["result"] for n in range(1, 50)] == [str(n) for n in range(1, 50)]


def test_a_sync_handler_does_not_stop_the_reading(client: PipeClient, tmp_path: Path) -> None:
    client.send(request("block", "test/block", {"until": str(tmp_path / "read")}))
    filler = note("unknown/filler", "x" * 2**20)  # many times what a pipe holds
    client.send(*[filler] * 3)  # returns only when all of it was read
    assert client.answers("block") == []
    (tmp_path / "read").touch()
    assert client.answer("block")["result"] == "blocked"


def test_handlers_in_threads_hold_up_nobody(client: PipeClient, tmp_path: Path) -> None:
    threads = [client.ask("test/thread", {"until": str(tmp_path / "cancelled")}) for _ in range(10)]
    assert client.call(HOVER, hover(1, 1)) == {"contents": "1:1"}
    assert not any(client.answers(thread) for thread in threads)
    for thread in threads:
        client.send(note("$/cancelRequest", {"id": thread}))
    assert all(client.answer(thread)["error"]["code"] == -32800 for thread in threads)
    (tmp_path / "cancelled").touch()


# Cancelling


@pytest.mark.parametrize(
    ("method", "params", "name"),
    [
        ("test/wait", {"name": "a wait"}, "a wait"),
        ("test/stubborn", None, "stubborn"),
        ("workspace/executeCommand", {"command": "test.wait"}, "command"),
    ],
)
def test_a_cancel_is_answered_at_once_and_stops_the_work(
    client: PipeClient, method: str, params: object, name: str
) -> None:
    took_s = []
    for turn in range(1, 6):
        asked = client.ask(method, params)
        client.wait_for(lambda _, turn=turn: client.notes("test/started").count(name) == turn)  # type: ignore[misc] # mypy #15459
        client.send(request(f"before {name} {turn}", HOVER, hover(0, 0)), note("$/cancelRequest", {"id": asked}))
        before, answer = client.answer(f"before {name} {turn}"), client.answer(asked)
        assert answer["error"]["code"] == -32800
        took_s.append(client.arrived_s(answer) - client.arrived_s(before))
        client.wait_for(lambda _, turn=turn: client.notes("test/cancelled").count(name) == turn)  # type: ignore[misc] # as above
    assert min(map(abs, took_s)) < 0.010, "between the answers to two messages of one burst"


def test_a_request_whose_cancel_came_with_it_is_never_started(client: PipeClient) -> None:
    wait = {"name": "never"}
    command = {"command": "test.echo", "arguments": ["never"]}
    client.send(
        request("gone 1", "test/wait", wait),
        request("gone 2", "workspace/executeCommand", command),
        note("$/cancelRequest", {"id": "gone 1"}),
        note("$/cancelRequest", {"id": "gone 2"}),
    )
    assert [client.answer(f"gone {n}")["error"]["code"] for n in (1, 2)] == [-32800, -32800]
    client.call(HOVER, hover(0, 0))
    assert "never" not in client.notes("test/started")


@pytest.mark.parametrize("params", [None, 5, [], {}, {"id": None}, {"id": "none such"}, {"id": {"a": 1}}, {"id": True}])
def test_a_cancel_of_nothing_is_ignored(client: PipeClient, params: object) -> None:
    assert new_errors(client, frame(note("$/cancelRequest", params))) == []


def test_a_superseded_handler_answers_null(client: PipeClient) -> None:
    assert client.call("test/superseded") is None


def test_a_reply_to_a_cancelled_question_is_ignored(client: PipeClient) -> None:
    asked = client.ask("test/ask")
    question = client.wait_for(lambda m: m.get("method") == "workspace/configuration")
    client.send(note("$/cancelRequest", {"id": asked}))
    assert client.answer(asked)["error"]["code"] == -32800
    client.send({"jsonrpc": "2.0", "id": question["id"], "result": [1]})
    client.call(HOVER, hover(0, 0))
    assert "InvalidStateError" not in client.stderr()


@pytest.mark.parametrize(
    "reply", [{"result": ["yes"]}, {"error": {"code": 1, "message": "no"}}, {"error": 5}, {"result": 7}], ids=str
)
def test_a_question_to_the_client_gets_its_reply(client: PipeClient, reply: dict[str, Any]) -> None:
    seen = {m["id"] for m in client.received if m.get("method") == "workspace/configuration"}
    asked = client.ask("test/ask")
    question = client.wait_for(lambda m: m.get("method") == "workspace/configuration" and m["id"] not in seen)
    client.send({"jsonrpc": "2.0", "id": question["id"], **reply})
    answer = client.answer(asked)
    assert answer["result"] == ["yes"] if reply == {"result": ["yes"]} else "error" in answer


def test_a_reply_cannot_stand_in_for_a_handler(client: PipeClient) -> None:
    client.send(request("mine", "test/wait", {"name": "mine"}), {"jsonrpc": "2.0", "id": "mine", "result": "forged"})
    client.call(HOVER, hover(0, 0))
    assert client.answers("mine") == []
    client.send(note("$/cancelRequest", {"id": "mine"}))
    assert client.answer("mine")["error"]["code"] == -32800


# Unknown values


def test_unknown_values_and_markup_messages_in_a_request_are_taken_as_they_are(client: PipeClient) -> None:
    place = {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 2**32 - 1}}
    markup = {"kind": "markdown", "value": "**bad**"}
    context = {
        "diagnostics": [{"range": place, "message": markup, "severity": 9, "tags": [1, 77], "code": "E1"}],
        "only": ["quickfix", "new.kind"],
        "triggerKind": 0,
    }
    params = {"textDocument": {"uri": "file:///a.py"}, "range": place, "context": context}
    (action,) = client.call("textDocument/codeAction", params)
    assert action["title"] == "**bad**"
    assert (action["diagnostics"][0]["severity"], action["diagnostics"][0]["tags"]) == (9, [1, 77])


def test_a_burst_of_everything_is_answered_once_each(client: PipeClient) -> None:
    messages = []
    for n in range(300):
        kind = n % 4
        method = (HOVER, "test/echo", "no/such", "test/wait")[kind]
        messages.append(request(f"burst {n}", method, hover(n, 0) if kind == 0 else {"name": "burst"}))
        if kind == 3:
            messages.append(note("$/cancelRequest", {"id": f"burst {n}"}))
    client.send(*messages)
    assert [client.answer(f"burst {n}").keys() >= {"result"} for n in range(300)] == [n % 4 < 2 for n in range(300)]


# The session's states

STRANGE: dict[str, Any] = {
    "trace": "compact",
    "initializationOptions": {"jsonrpc": "2.0", "id": 1},
    "rootUri": "file://[no uri",
    "locale": 5,
    "capabilities": {
        "general": {"positionEncodings": ["utf-7", "utf-32"], "markdown": {"version": "1"}},
        "textDocument": {
            "completion": {
                "completionItem": {"tagSupport": {"valueSet": [1, 99]}, "insertTextModeSupport": {"valueSet": [3]}}
            },
            "publishDiagnostics": {"tagSupport": {"valueSet": [3]}},
            "codeAction": {"tagSupport": {"valueSet": [2]}, "codeActionLiteralSupport": []},
            "hover": "no object",
            "somethingNew": {"a": [1]},
        },
        "notebookDocument": {},
        "workspace": {"symbol": {"symbolKind": {"valueSet": [200]}}, "workspaceEdit": {"failureHandling": "maybe"}},
    },
}


def test_initialize_takes_values_that_are_unknown_or_wrong() -> None:
    with tiny() as client:
        assert client.initialize(**STRANGE)["capabilities"]["positionEncoding"] == "utf-32"
        assert client.call(HOVER, hover(0, 0)) == {"contents": "0:0"}


def test_a_session_has_its_order() -> None:
    with tiny() as client:
        assert client.error(HOVER, hover(0, 0))["code"] == -32002
        client.send(note("textDocument/didOpen", {}))
        assert client.error("initialize", {"capabilities": "none"})["code"] == -32602
        client.initialize()
        assert client.error("initialize", {"processId": None, "rootUri": None, "capabilities": {}})["code"] == -32600
        waits = client.ask("test/wait", {"name": "the end"})
        assert client.call("shutdown") is None
        assert client.answer(waits)["error"]["code"] == -32800
        assert client.error(HOVER, hover(0, 0))["code"] == -32600
        assert client.error("shutdown")["code"] == -32600
        client.send(note("exit"))
        assert client.wait() == 0


def test_a_whole_session_in_one_write_is_answered() -> None:
    with tiny() as client:
        client.send(
            request(1, "initialize", {"processId": None, "rootUri": None, "capabilities": {}}),
            note("initialized", {}),
            request(2, HOVER, hover(1, 2)),
            request(3, "shutdown"),
            note("exit"),
        )
        assert client.wait() == 0
        assert "result" in client.answer(1)
        assert client.answer(3)["result"] is None


def test_logs_hold_no_text_of_the_user() -> None:
    with tiny() as client:
        client.initialize(initializationOptions={"token": "hidden words"})
        item = {"uri": "file:///a.py", "languageId": "python", "version": 1, "text": "hidden words"}
        client.send(note("textDocument/didOpen", {"textDocument": item}), note("test/echo", "hidden words"))
        client.send(note("textDocument/didChange", {"textDocument": "hidden words"}))
        assert client.call("test/echo", "hidden words") == "hidden words"
        assert client.error(HOVER, {"textDocument": "hidden words"})["code"] == -32602
        assert "hidden words" not in client.stderr()
