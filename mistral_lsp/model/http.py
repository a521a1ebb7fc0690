"""One pooled HTTP client: streams of server-sent events and small GETs, its failures already our ModelErrors.

aiohttp is imported in a thread on first need: it costs 0.2 s and nothing before the first prompt wants it.
"""

from __future__ import annotations

import asyncio
import importlib
import io
import json
import re
import secrets
import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from mistral_lsp import __version__
from mistral_lsp.model.address import Address, checked, checked_token
from mistral_lsp.model.base import Closed, Unreachable
from mistral_lsp.model.deadlines import Deadlines
from mistral_lsp.model.spare import Spare
from mistral_lsp.model.sse import EventParser

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncGenerator, Mapping

    import aiohttp
    from aiohttp.connector import Connection

    from mistral_lsp.model.base import ModelError

MAX_REPLY_BYTES = 65_536  # of anything but a stream
MAX_CONNECTIONS = 16
SESSION_HEADER = "X-Session-Id"  # what `deploy` configures balancers for

_NO_HOST = "http://localhost"  # what HTTP over a socket of this machine says


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
    """A client of one address. Never retries, follows no redirect, keeps no cookie, reads no proxy variable."""

    def __init__(self, address: Address) -> None:
        """Raise ModelError where the URL or the token can't be right."""
        self.where = checked(address)  # safe to show: no user, no password, no query
        self._base = _NO_HOST if address.socket else self.where
        self._token = checked_token(address.token)
        # With each request: what a session has of its own, aiohttp tells a proxy too.
        self._headers = {"User-Agent": f"mistral-lsp/{__version__}", "Accept-Encoding": "identity"}
        if self._token:
            self._headers["Authorization"] = f"Bearer {self._token}"
        self._address = address
        self._session: aiohttp.ClientSession | None = None
        self._spare = Spare(self._connection, idle_s=address.idle_s)
        self._opening = asyncio.Lock()
        self._streams: set[aiohttp.ClientResponse] = set()
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
        """Pay for the imports before the first request has to."""
        await self._opened()

    def connect(self) -> None:
        """Begin to open a connection for the next request, where none is open and that could save time."""
        address = self._address
        if address.idle_s and not address.socket and not self._is_closed:
            self._spare.prepare()

    async def events(self, path: str, body: bytes) -> AsyncGenerator[list[str], None]:
        """POST, and yield the data of events, of those together that came together, until the response ends.

        Raises ModelError or UnexpectedReply.

        Closing the generator hangs up. Only one that ran to its end gives its connection back to the pool.
        """
        session = await self._opened()
        from mistral_lsp.model import http_errors as errors

        parser, response = EventParser(), None
        deadlines = Deadlines(self._address, asyncio.get_running_loop().time)
        try:
            async with asyncio.timeout_at(deadlines.next_s) as waiting:
                await self._spare.use()
                response = await session.post(
                    self._base + path, data=_payload(body), headers=self._headers | _STREAM, allow_redirects=False
                )
                self._streams.add(response)
                await _check_for_events(response)
            while True:
                if (block := _come(response.content)) is None:
                    async with asyncio.timeout_at(deadlines.next_s) as waiting:
                        block = await response.content.readany()
                if not block:
                    return
                if events := parser.feed(block):
                    yield events
                    deadlines.heard()
        except errors.FOREIGN as error:
            problem: ModelError
            if self._is_closed:
                problem = Closed()
            elif waiting.expired():
                problem = deadlines.missed(where=self.where)
            elif deadlines.has_begun:
                problem = errors.problem_within(where=self.where)
            else:
                problem = errors.problem_before(error, self._address, where=self.where)
        finally:
            if response is not None:
                self._streams.discard(response)
                response.close()  # no more than a release where the response was read to its end
        raise problem  # here, so that no context holds the request with its headers

    async def get(self, path: str) -> Reply:
        """GET whatever is there. Raises ModelError."""
        return await self._ask("GET", path)

    async def post(self, path: str, payload: Mapping[str, Any]) -> Reply:
        """POST a small question in JSON. Raises ModelError."""
        return await self._ask("POST", path, json=payload)

    async def _ask(self, method: str, path: str, **content: Any) -> Reply:
        session = await self._opened()
        from mistral_lsp.model import http_errors as errors

        try:
            async with asyncio.timeout(self._address.timeout_s):
                await self._spare.use()
                content |= {"headers": self._headers, "allow_redirects": False}
                async with session.request(method, self._base + path, **content) as response:
                    return await _reply(response)
        except errors.FOREIGN as error:
            problem = Closed() if self._is_closed else errors.problem_before(error, self._address, where=self.where)
        raise problem

    async def close(self) -> None:
        """Hang up everything."""
        self._is_closed = True
        for response in tuple(self._streams):
            response.close()  # the session's own end wakes nobody who waits for more of one
        await self._spare.close()
        async with self._opening:
            if self._session is not None:
                await self._session.close()

    async def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            async with self._opening:
                if self._session is None:
                    self._session = await self._open()
        if self._is_closed:
            raise Closed
        return self._session

    async def _connection(self) -> Connection:
        """One out of the pool, or a new one."""
        session = await self._opened()
        import aiohttp
        from yarl import URL

        # What the pool goes by is a request. This one is never sent.
        proxy = URL(self._address.proxy) if self._address.proxy else None
        loop = asyncio.get_running_loop()
        request = aiohttp.ClientRequest("GET", URL(self._base), loop=loop, session=session, proxy=proxy)
        if session.connector is None:
            raise aiohttp.ClientConnectionError
        try:
            return await session.connector.connect(request, [], session.timeout)
        except TimeoutError:
            raise aiohttp.ConnectionTimeoutError from None

    async def _open(self) -> aiohttp.ClientSession:
        await asyncio.to_thread(importlib.import_module, "mistral_lsp.model.http_errors")  # and aiohttp with it
        import aiohttp

        address = self._address
        context = await asyncio.to_thread(_trust, address.ca_file) if address.ca_file else True
        reuse: dict[str, Any] = {"keepalive_timeout": address.idle_s} if address.idle_s else {"force_close": True}
        connector = (
            aiohttp.UnixConnector(address.socket, limit=MAX_CONNECTIONS, **reuse)
            if address.socket
            else aiohttp.TCPConnector(limit=MAX_CONNECTIONS, ssl=context, **reuse)
        )
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            proxy=address.proxy or None,
            timeout=aiohttp.ClientTimeout(total=None, connect=address.connect_s),
            trust_env=False,
        )


def encodable(text: str) -> str:
    """Text that UTF-8 can hold: surrogate pairs joined, lone ones replaced."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


_STREAM = {"Content-Type": "application/json", "Accept": "text/event-stream"}


def _payload(body: bytes) -> bytes | io.BytesIO:
    return body if len(body) < 2**20 else io.BytesIO(body)  # aiohttp writes one in blocks, and warns of the other


def _trust(ca_file: str) -> ssl.SSLContext:
    import ssl
    from pathlib import Path

    path = Path(ca_file).expanduser()
    try:
        return ssl.create_default_context(cafile=path)
    except (OSError, ValueError):  # ssl.SSLError is an OSError
        advice = "Set endpoint.ca_file to a certificate in PEM, or to nothing for the system's authorities."
        raise Unreachable(f"no certificate can be read from {path}", advice=advice) from None


async def _check_for_events(response: aiohttp.ClientResponse) -> None:
    if response.status != 200 or response.content_type != "text/event-stream":
        raise UnexpectedReply(await _reply(response))


def _come(content: aiohttp.StreamReader) -> bytes | None:
    """What has come already: nothing at the end, None where it must be waited for."""
    return content.read_nowait() or (b"" if content.at_eof() else None)


async def _reply(response: aiohttp.ClientResponse) -> Reply:
    body = bytearray()
    while len(body) < MAX_REPLY_BYTES and (block := await response.content.readany()):
        body += block
    return Reply(
        status=response.status,
        content_type=response.content_type,
        text=bytes(body[:MAX_REPLY_BYTES]).decode(errors="replace"),
        retry_after_s=_seconds(response.headers.get("Retry-After", "")),
    )


def _seconds(retry_after: str) -> float | None:
    """A Retry-After in seconds, or until its date: RFC 9110, 10.2.3."""
    if re.fullmatch(r"[0-9]{1,6}", retry_after):
        return float(retry_after)
    try:
        return max(0.0, parsedate_to_datetime(retry_after[:64]).timestamp() - time.time())
    except (ValueError, OverflowError, OSError):
        return None
