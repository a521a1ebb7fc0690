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
import sys
from asyncio.subprocess import PIPE
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Self

from mistral_lsp.bench import tgi_answers
from mistral_lsp.bench.connection import Connection, Hangup, Received
from mistral_lsp.bench.tgi_script import Fault, Script, Step

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping
    from types import TracebackType

KEPT = 10_000  # requests and hang-ups remembered, so that a long benchmark doesn't grow
PATIENCE_S = 10.0  # with an event that a test waits for
ACCEPT_TURNS = 5  # of the loop, from a socket that was accepted to its protocol's first call, and one to spare


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
        self.open_connections: set[Connection] = set()
        self._host = host
        self._port = port
        self._tls = tls
        self.is_closing = False  # it has been left: a client who comes now is turned away
        self._waiters: list[asyncio.Future[None]] = []

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: Connection(self), self._host, self._port, ssl=self._tls)
        self._port = self._server.sockets[0].getsockname()[1]
        self.is_closing = False
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.is_closing = True
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


def tls_of(certificate: Path) -> ssl.SSLContext:
    """What a server with this certificate speaks; the file holds its key too."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return context


@contextlib.asynccontextmanager
async def endpoint_process(*options: str) -> AsyncIterator[str]:
    """The URL of a stand-in in a process of its own, which ends with this one however that ends."""
    command = [sys.executable, "-m", "mistral_lsp.bench.endpoint", "--end-with-stdin", *options]
    process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, start_new_session=True)
    try:
        line = await process.stdout.readline() if process.stdout else b""
        yield json.loads(line)["url"]
    finally:
        process.kill()
        await process.wait()


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
    parser.add_argument("--end-with-stdin", action="store_true", help="stop where stdin ends, too")
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
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    if arguments.end_with_stdin:
        loop.add_reader(sys.stdin, stop.set)  # nobody writes to it
    async with Endpoint(script, port=arguments.port, tls=arguments.tls and tls_of(arguments.tls)) as endpoint:
        print(json.dumps({"url": endpoint.url}), flush=True)
        await stop.wait()


if __name__ == "__main__":
    main()
