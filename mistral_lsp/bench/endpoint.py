"""A stand-in for text-generation-inference on loopback, which answers at once, or as badly as a script says.

In a test: `async with Endpoint(Script(reply="a + b")) as endpoint: ... endpoint.url, endpoint.requests`. For a
benchmark, as a process of its own: `python -m mistral_lsp.bench.endpoint --reply 'a + b'` prints `{"url": ...}`.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import signal
import ssl
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, cast

from mistral_lsp.bench import tgi_answers
from mistral_lsp.bench.tgi_script import Fault, Script, Step, Then, response

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import TracebackType

KEPT = 10_000  # requests and hang-ups remembered, so that a long benchmark doesn't grow
PATIENCE_S = 10.0  # with an event that a test waits for
MAX_BODY_BYTES = 16 * 2**20
ACCEPT_TURNS = 5  # of the loop, from a socket that was accepted to its protocol's first call, and one to spare


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


class Endpoint:
    """The stand-in. `script` may be replaced at any time, for the requests to come."""

    def __init__(
        self,
        script: Script | None = None,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """Listen on loopback when entered; port 0 takes a free one."""
        self.script = script or Script()
        self.requests: deque[Received] = deque(maxlen=KEPT)
        self.hangups: deque[Hangup] = deque(maxlen=KEPT)
        self.connection_count = 0
        self.open_connections: set[_Connection] = set()
        self._host = host
        self._port = port
        self._tls = tls
        self._closing = False
        self._waiters: list[asyncio.Future[None]] = []

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Connection(self), self._host, self._port, ssl=self._tls)
        self._port = self._server.sockets[0].getsockname()[1]
        self._closing = False
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing = True
        with contextlib.suppress(NotImplementedError):  # by Windows' loop
            for listener in self._server.sockets:  # closed at once, it would lose a socket that is being accepted
                asyncio.get_running_loop().remove_reader(listener)
        for connection in tuple(self.open_connections):
            connection.abort()
        for _ in range(ACCEPT_TURNS):
            await asyncio.sleep(0)
        while self.open_connections:  # noqa: ASYNC110 - each closes itself in the loop's next turns
            await asyncio.sleep(0)
        self._server.close()
        await self._server.wait_closed()

    @property
    def closing(self) -> bool:
        """Whether it has been left, so that a client who comes now is turned away."""
        return self._closing

    @property
    def url(self) -> str:
        """The base URL, with the script's prefix."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http{'s' if self._tls else ''}://{host}:{self._port}{self.script.prefix}"

    async def next_request(self, *, after: int = 0) -> Received:
        """Wait until more than `after` requests have come; the newest one."""
        while len(self.requests) <= after:
            await self._next_event()
        return self.requests[-1]

    async def next_hangup(self, *, after: int = 0) -> Hangup:
        """Wait until more than `after` clients have hung up; the newest one."""
        while len(self.hangups) <= after:
            await self._next_event()
        return self.hangups[-1]

    def note(self, event: Received | Hangup) -> None:
        """Remember one, and wake those who wait for it."""
        if isinstance(event, Received):
            self.requests.append(event)
        else:
            self.hangups.append(event)
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    def steps(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Iterator[Step]:
        """What the answer to one request is made of; it is dropped where the client hangs up."""
        return tgi_answers.steps(self.script, method, path, headers, body)

    async def _next_event(self) -> None:
        waiter = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        async with asyncio.timeout(PATIENCE_S):
            await waiter


class _Connection(asyncio.Protocol):
    """One client: reads requests, plays the steps of each answer. Without a wait in them, at once and in one write."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._loop = asyncio.get_running_loop()
        self._buffer = bytearray()
        self._steps: Iterator[Step] | None = None  # of the answer being given
        self._began_s = 0.0
        self._writes = 0
        self._paused = False
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._endpoint.connection_count += 1
        self._endpoint.open_connections.add(self)
        if self._endpoint.closing:  # accepted just before; nobody else would close it
            self.abort()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's name
        self._endpoint.open_connections.discard(self)
        if self._timer:
            self._timer.cancel()
        if self._steps is not None:
            now = self._loop.time()
            self._endpoint.note(Hangup(now, now - self._began_s, self._writes))
            self._steps = None

    def abort(self) -> None:
        self._transport.abort()

    def pause_writing(self) -> None:
        self._paused = True

    def resume_writing(self) -> None:
        self._paused = False
        self._play()

    def data_received(self, data: bytes) -> None:
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


def tls_of(certificate: Path) -> ssl.SSLContext:
    """What a server with this certificate speaks; the file holds its key too."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return context


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


def main() -> None:
    """Serve until told to stop."""
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(_arguments()))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m mistral_lsp.bench.endpoint", description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--reply", default="pass", help="what the model says")
    parser.add_argument("--chars-per-token", type=int, default=4)
    parser.add_argument("--first-token-ms", type=float, default=0)
    parser.add_argument("--token-ms", type=float, default=0, help="between tokens")
    parser.add_argument("--token", help="the API key that it asks for")
    parser.add_argument("--tls", type=Path, metavar="FILE", help="a certificate and its key, in PEM")
    parser.add_argument("--fault", type=Fault, choices=list(Fault), help="what goes wrong")
    parser.add_argument("--fault-after", type=int, default=0, help="after so many tokens")
    return parser.parse_args()


async def _serve(arguments: argparse.Namespace) -> None:
    script = Script(
        reply=arguments.reply,
        chars_per_token=arguments.chars_per_token,
        first_token_s=arguments.first_token_ms / 1000,
        token_s=arguments.token_ms / 1000,
        token=arguments.token,
        fault=arguments.fault,
        fault_after=arguments.fault_after,
    )
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with Endpoint(script, port=arguments.port, tls=arguments.tls and tls_of(arguments.tls)) as endpoint:
        print(json.dumps({"url": endpoint.url}), flush=True)
        await stop.wait()


if __name__ == "__main__":
    main()
