"""Connection: HTTP as a stand-in endpoint speaks it, and what it notes of its clients."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from mistral_lsp.bench.tgi_script import Step, Then, response

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mistral_lsp.bench.endpoint import Endpoint

MAX_BODY_BYTES = 16 * 2**20


@dataclass(frozen=True, slots=True)
class Received:
    """One request as it came."""

    method: str
    path: str
    headers: dict[str, str]  # lower-case names
    body: Any  # parsed, or None where it isn't JSON
    at_s: float  # on the event loop's clock


@dataclass(frozen=True, slots=True)
class Hangup:
    """A client that left before the answer's end."""

    at_s: float
    after_s: float  # since its request
    writes: int  # parts of the answer sent until then: the head, then one for each event


class Connection(asyncio.Protocol):
    """One client: reads requests, plays the steps of each answer. Without a wait in them, at once and in one write."""

    def __init__(self, endpoint: Endpoint) -> None:
        """Of this stand-in."""
        self._endpoint = endpoint
        self._loop = asyncio.get_running_loop()
        self._buffer = bytearray()
        self._steps: Iterator[Step] | None = None  # of the answer being given
        self._began_s = 0.0
        self._writes = 0
        self._paused = False
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The client is there."""
        self._transport = cast("asyncio.Transport", transport)
        self._endpoint.connection_count += 1
        self._endpoint.open_connections.add(self)
        if self._endpoint.is_closing:  # accepted just before; nobody else would close it
            self.abort()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's name
        """It has gone; within an answer that is a hang-up."""
        self._endpoint.open_connections.discard(self)
        if self._timer:
            self._timer.cancel()
        if self._steps is not None:
            now = self._loop.time()
            self._endpoint.note(Hangup(now, now - self._began_s, self._writes))
            self._steps = None

    def abort(self) -> None:
        """End it at once."""
        self._transport.abort()

    def pause_writing(self) -> None:
        """The client reads too slowly."""
        self._paused = True

    def resume_writing(self) -> None:
        """It has caught up."""
        self._paused = False
        self._play()

    def data_received(self, data: bytes) -> None:
        """More of a request, or of several."""
        self._buffer += data
        self._answer_next()

    def _answer_next(self) -> None:
        while self._steps is None and (request := self._take_request()):
            self._endpoint.note(request[0])
            method, path, headers = request[0].method, request[0].path, request[0].headers
            self._began_s, self._writes = request[0].at_s, 0
            self._steps = self._endpoint.steps(method, path, headers, request[1])
            self._play()

    def _take_request(self) -> tuple[Received, bytes] | None:
        if self._buffer and not self._buffer[:1].isalpha():  # such as the beginning of a TLS handshake
            self._transport.write(response(400))
            self._transport.close()
            return None
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return None
        first, *lines = self._buffer[:end].decode("latin-1").split("\r\n")
        headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        length = int(headers.get("content-length", "0"))
        if length > MAX_BODY_BYTES or "transfer-encoding" in headers:
            self._transport.write(response(411))
            self._transport.close()
            return None
        if len(self._buffer) < end + 4 + length:
            return None
        body = bytes(self._buffer[end + 4 : end + 4 + length])
        del self._buffer[: end + 4 + length]
        method, path, _ = first.split(" ", 2)
        return Received(method, path, headers, _parsed(body), self._loop.time()), body

    def _play(self) -> None:
        """Play steps until one waits, the client reads too slowly, or the answer is whole."""
        self._timer = None
        ready: list[bytes] = []
        while self._steps is not None and not self._paused:
            step = next(self._steps, None)
            if isinstance(step, bytes):
                ready.append(step)
                self._writes += 1
            elif step:  # a wait, or the end; a wait of 0 is none
                self._flush(ready)
                self._hold(step)
                return
            elif step is None:
                self._steps = None
        self._flush(ready)
        if self._buffer:
            self._answer_next()

    def _flush(self, ready: list[bytes]) -> None:
        if ready:
            self._transport.write(b"".join(ready))
            ready.clear()

    def _hold(self, step: float | Then) -> None:
        if step is Then.CLOSE:
            self._steps = None
            self._transport.close()
        elif step is not Then.NEVER:
            self._timer = self._loop.call_later(step, self._play)


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None
