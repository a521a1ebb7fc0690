"""One HTTP client: streams of server-sent events and small questions, its failures already our ModelErrors."""

from __future__ import annotations

import asyncio
import json
import re
import secrets
import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from mistral_lsp import __version__
from mistral_lsp.model.address import Address, checked, checked_token
from mistral_lsp.model.base import Closed
from mistral_lsp.model.connection import Stale
from mistral_lsp.model.deadlines import Deadlines
from mistral_lsp.model.dialing import Dialer
from mistral_lsp.model.http_errors import FOREIGN, problem_before, problem_within
from mistral_lsp.model.pool import Pool
from mistral_lsp.model.sse import EventParser

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    from mistral_lsp.model.base import ModelError
    from mistral_lsp.model.connection import Connection, Head

MAX_REPLY_BYTES = 65_536  # of anything but a stream
SESSION_HEADER = "X-Session-Id"  # what `deploy` configures balancers for


@dataclass(frozen=True, slots=True)
class Reply:
    """A response that isn't a stream of events."""

    status: int
    content_type: str
    text: str  # the first 64 KB
    retry_after_s: float | None

    @property
    def json(self) -> Any:
        """The parsed text, or None where it isn't JSON."""
        try:
            return json.loads(self.text)
        except (ValueError, RecursionError):
            return None


class UnexpectedReply(Exception):  # noqa: N818 - each protocol makes its own ModelError of it
    """Something other than a stream of events came back."""

    def __init__(self, reply: Reply) -> None:
        """`reply` isn't for the user's eyes: it may repeat the prompt."""
        super().__init__(f"HTTP {reply.status}, {reply.content_type}")
        self.reply = reply


class Http:
    """A client of one address. Follows no redirect, keeps no cookie, reads no proxy variable.

    A prompt is sent once. A small question is asked again where the connection that was kept for it had been closed.
    """

    def __init__(self, address: Address) -> None:
        """Raise ModelError where the URL or the token can't be right."""
        self.where = checked(address)  # safe to show: no user, no password, no query
        self._token = checked_token(address.token)
        self._address = address
        self._dialer = Dialer(address, self.where)
        self._target = self._dialer.target
        self._headers = {"Host": self._dialer.host, "User-Agent": f"mistral-lsp/{__version__}", "Accept": "*/*"}
        self._headers |= {"Accept-Encoding": "identity"} | self._dialer.introduction
        if self._token:
            self._headers["Authorization"] = f"Bearer {self._token}"
        self._pool: Pool | None = None  # made in the event loop
        self._is_closed = False

    def stay(self) -> None:
        """Let requests carry a random id, so that a balancer of the user's brings them to one replica and its cache.

        It is made anew for each client, so that it tells of no user and no code. Hosts of others don't get it.
        """
        self._headers.setdefault(SESSION_HEADER, secrets.token_hex(16))

    @property
    def has_token(self) -> bool:
        """Whether requests carry one."""
        return self._token is not None

    async def warm_up(self) -> None:
        """Read the certificates to trust before the first request has to. Raises ModelError."""
        await self._dialer.prepare()

    def connect(self) -> None:
        """Begin to open a connection for the next request, where none is open and that could save time."""
        if not self._address.socket and not self._is_closed:
            self._connections().prepare()

    async def events(self, path: str, body: bytes) -> AsyncGenerator[list[str], None]:
        """POST, and yield the data of events, of those together that came together, until the response ends.

        Raises ModelError or UnexpectedReply.

        Closing the generator hangs up. Only one that ran to its end gives its connection back to the pool.
        """
        pool, connection, parser = self._connections(), None, EventParser()
        deadlines = Deadlines(self._address, asyncio.get_running_loop().time)
        try:
            async with asyncio.timeout_at(deadlines.next_s) as waiting:
                connection = await pool.take()
                head = await connection.ask(self._request("POST", path, body, "text/event-stream"))
                if head.status != 200 or head.content_type != "text/event-stream":
                    raise UnexpectedReply(await _reply(head, connection))
            while True:
                if (block := connection.come()) is None:
                    async with asyncio.timeout_at(deadlines.next_s) as waiting:
                        block = await connection.block()
                if not block:
                    return
                if events := parser.feed(block):
                    yield events
                    deadlines.heard()
        except FOREIGN as error:
            is_late = waiting.expired() and not self._is_closed
            problem = deadlines.missed(where=self.where) if is_late else self._problem(error, deadlines)
        finally:
            if connection is not None:
                pool.put(connection)
        raise problem  # here, so that no context holds the request with its headers

    async def get(self, path: str) -> Reply:
        """GET whatever is there. Raises ModelError."""
        return await self._ask("GET", path)

    async def post(self, path: str, payload: Mapping[str, Any]) -> Reply:
        """POST a small question in JSON. Raises ModelError."""
        return await self._ask("POST", path, json.dumps(payload).encode())

    async def _ask(self, method: str, path: str, body: bytes | None = None) -> Reply:
        pool, connection = self._connections(), None
        try:
            async with asyncio.timeout(self._address.timeout_s):
                connection, head = await _asked(pool, self._request(method, path, body))
                return await _reply(head, connection)
        except FOREIGN as error:
            problem = self._problem(error)
        finally:
            if connection is not None:
                pool.put(connection)
        raise problem

    async def close(self) -> None:
        """Hang up everything."""
        self._is_closed = True
        if self._pool is not None:
            await self._pool.close()

    def _connections(self) -> Pool:
        """Raise Closed."""
        if self._is_closed:
            raise Closed
        if self._pool is None:
            self._pool = Pool(self._dialer.dial, idle_s=self._address.idle_s)
        return self._pool

    def _problem(self, error: Exception, deadlines: Deadlines | None = None) -> ModelError:
        if self._is_closed:
            return Closed()
        if deadlines is not None and deadlines.has_begun:
            return problem_within(where=self.where)
        return problem_before(error, self._address, where=self.where)

    def _request(self, method: str, path: str, body: bytes | None, accept: str | None = None) -> bytes:
        """The bytes of a request."""
        headers = self._headers if accept is None else self._headers | {"Accept": accept}
        if body is not None:
            headers = headers | {"Content-Type": "application/json", "Content-Length": str(len(body))}
        lines = [f"{name}: {value}" for name, value in headers.items()]
        head = "\r\n".join([f"{method} {self._target}{path} HTTP/1.1", *lines, "", ""])
        return head.encode("latin-1") + (body or b"")


def encodable(text: str) -> str:
    """Text that UTF-8 can hold: surrogate pairs joined, lone ones replaced."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


async def _asked(pool: Pool, request: bytes) -> tuple[Connection, Head]:
    """Ask over a connection that is to be `put` back; over another one where that turns out to be closed."""
    while True:
        connection = await pool.take()
        try:
            return connection, await connection.ask(request)
        except Stale:
            pool.put(connection)
        except BaseException:
            pool.put(connection)
            raise


async def _reply(head: Head, connection: Connection) -> Reply:
    body = bytearray()
    while len(body) < MAX_REPLY_BYTES and (block := await connection.block()):
        body += block
    return Reply(
        status=head.status,
        content_type=head.content_type,
        text=bytes(body[:MAX_REPLY_BYTES]).decode(errors="replace"),
        retry_after_s=_seconds(head.headers.get("retry-after", "")),
    )


def _seconds(retry_after: str) -> float | None:
    """A Retry-After in seconds, or until its date: RFC 9110, 10.2.3."""
    if re.fullmatch(r"[0-9]{1,6}", retry_after):
        return float(retry_after)
    try:
        return max(0.0, parsedate_to_datetime(retry_after[:64]).timestamp() - time.time())
    except (ValueError, OverflowError, OSError):
        return None
