"""A client on a real pipe: it can send bad bytes, bursts and nothing more, and it counts the answers."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType

Message = dict[str, Any]

PATIENCE_S = 20.0  # how long a busy machine may take; nothing waits so long where all is well


def frame(message: object) -> bytes:
    """One well-formed frame."""
    body = json.dumps(message).encode()
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


def request(msg_id: object, method: str, params: object = None) -> Message:
    return {"jsonrpc": "2.0", "id": msg_id, "method": method, "params": params}


def note(method: str, params: object = None) -> Message:
    return {"jsonrpc": "2.0", "method": method, "params": params}


class PipeClient:
    """Runs a server and speaks to it. Leaving the `with` block ends it in order and checks what must always hold:

    every request was answered exactly once, every byte on stdout belongs to a frame, stderr has no traceback.
    """

    def __init__(self, command: Sequence[str], *, env: dict[str, str] | None = None) -> None:
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the client
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            env={**os.environ, **(env or {})},
        )
        self.received: list[Message] = []
        self.stray: bytes = b""  # what came on stdout and was no frame
        self._arrived_s: list[float] = []
        self._asked: Counter[tuple[str, object]] = Counter()
        self._ids = iter(range(1000, sys.maxsize))
        self._changed = threading.Condition()
        self._reads = threading.Event()
        self._reads.set()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None) -> None:
        try:
            self._end()
            if kind is None:
                self.check()
        finally:
            self._stderr.close()

    # Sending

    def send(self, *messages: Message) -> None:
        """Send messages in one write."""
        for message in messages:
            if "method" in message and "id" in message:
                self._asked[_key(message["id"])] += 1
        self.send_bytes(b"".join(map(frame, messages)))

    def send_bytes(self, data: bytes) -> None:
        """Send anything; requests in it must be announced by `expect`."""
        assert self.process.stdin is not None
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def expect(self, msg_id: object) -> None:
        """Count on an answer with this id."""
        self._asked[_key(msg_id)] += 1

    def forgive(self, msg_id: object) -> None:
        """Don't count on the answer to a request that was sent."""
        self._asked[_key(msg_id)] -= 1

    def close_stdin(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()

    # Asking

    def ask(self, method: str, params: object = None) -> int:
        """Send a request and return its id."""
        msg_id = next(self._ids)
        self.send(request(msg_id, method, params))
        return msg_id

    def call(self, method: str, params: object = None) -> Any:
        """The result of a request."""
        answer = self.answer(self.ask(method, params))
        assert "result" in answer, answer
        return answer["result"]

    def error(self, method: str, params: object = None) -> Message:
        """The error of a request."""
        answer = self.answer(self.ask(method, params))
        assert "error" in answer, answer
        error: Message = answer["error"]
        return error

    def initialize(self, **params: object) -> Any:
        """Begin the session."""
        result = self.call("initialize", {"processId": None, "rootUri": None, "capabilities": {}, **params})
        self.send(note("initialized", {}))
        return result

    # Waiting

    def answer(self, msg_id: object, *, within_s: float = PATIENCE_S) -> Message:
        """Wait for the answer to a request."""
        return self.wait_for(lambda m: "method" not in m and _key(m.get("id")) == _key(msg_id), within_s=within_s)

    def wait_for(self, is_it: Callable[[Message], bool], *, within_s: float = PATIENCE_S) -> Message:
        """Wait for the first message, of all that ever came, that fits."""
        deadline = time.monotonic() + within_s
        seen = 0
        with self._changed:
            while True:
                for message in self.received[seen:]:
                    if is_it(message):
                        return message
                seen = len(self.received)
                left = deadline - time.monotonic()
                if left <= 0 or (not self._reader.is_alive() and seen == len(self.received)):
                    raise TimeoutError(f"no such message among {len(self.received)}; stderr: {self.stderr()[-2000:]}")
                self._changed.wait(min(left, 0.5))

    def arrived_s(self, message: Message) -> float:
        """When a message came, by time.monotonic."""
        return self._arrived_s[next(i for i, known in enumerate(self.received) if known is message)]

    def wait(self, within_s: float = PATIENCE_S) -> int:
        """Wait for the process to leave; its exit status."""
        return self.process.wait(within_s)

    def answers(self, msg_id: object) -> list[Message]:
        """All answers with an id."""
        return [m for m in self.received if "method" not in m and _key(m.get("id")) == _key(msg_id)]

    def notes(self, method: str) -> list[Any]:
        """The params of all notifications of a method."""
        return [m.get("params") for m in self.received if m.get("method") == method]

    def stderr(self) -> str:
        return os.pread(self._stderr.fileno(), 10**7, 0).decode(errors="replace")

    def stop_reading(self) -> None:
        """Take nothing more from the server until `read_on`."""
        self._reads.clear()

    def read_on(self) -> None:
        self._reads.set()

    # Ending

    def check(self) -> None:
        """What must always hold, once the process has left."""
        self._reader.join(PATIENCE_S)
        answered = Counter(_key(m["id"]) for m in self.received if "method" not in m and m.get("id") is not None)
        assert answered == self._asked, f"not once: {(answered - self._asked) + (self._asked - answered)}"
        assert self.stray == b""
        assert "Traceback" not in self.stderr(), self.stderr()

    def _end(self) -> None:
        self.read_on()
        if self.process.poll() is None and self.process.stdin is not None and not self.process.stdin.closed:
            try:
                self.send(request("the end", "shutdown"), note("exit"))
            except BrokenPipeError:
                self.forgive("the end")
        try:
            self.process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        finally:
            if self.process.stdin is not None:
                _close_quietly(self.process.stdin)
            self._reader.join(PATIENCE_S)
            if self.process.stdout is not None:
                self.process.stdout.close()

    def _read(self) -> None:
        assert self.process.stdout is not None
        buffer = b""
        while True:
            self._reads.wait()
            data = os.read(self.process.stdout.fileno(), 65536)
            if not data:
                break
            buffer = self._cut(buffer + data)
        self.stray += buffer
        with self._changed:
            self._changed.notify_all()

    def _cut(self, buffer: bytes) -> bytes:
        """Take whole frames off, strictly; what is no frame stays."""
        while buffer.startswith(b"Content-Length: "):
            header, blank, rest = buffer.partition(b"\r\n\r\n")
            length = int(header.split(b"\r\n")[0].removeprefix(b"Content-Length: ")) if blank else 0
            if not blank or len(rest) < length:
                break
            with self._changed:
                self.received.append(json.loads(rest[:length]))
                self._arrived_s.append(time.monotonic())
                self._changed.notify_all()
            buffer = rest[length:]
        return buffer


def _key(msg_id: object) -> tuple[str, object]:
    """`1` and `"1"` are two ids, and so are 1 and true."""
    return type(msg_id).__name__, msg_id


def _close_quietly(pipe: Any) -> None:
    with contextlib.suppress(BrokenPipeError):
        pipe.close()
