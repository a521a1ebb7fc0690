"""Connection: HTTP/1.1 over one transport, one request at a time. llhttp, by httptools, tells its bytes apart."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import httptools

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_HEAD_BYTES = 65_536
MAX_WAITING_BYTES = 2**18  # of an answer, until somebody reads it: then the endpoint is held up


class NotHttp(Exception):  # noqa: N818 - a finding about the endpoint
    """What came is no HTTP."""


class Compressed(NotHttp):
    """The answer is compressed, which was never offered."""


class Stale(ConnectionError):  # noqa: N818
    """A connection that was kept for later has been closed at its other end: endpoints do so with those that idle."""


class Cut(ConnectionError):  # noqa: N818
    """The connection was lost within an answer."""


@dataclass(frozen=True, slots=True)
class Head:
    """What an answer begins with."""

    status: int
    headers: Mapping[str, str]  # by lower-case name; where one comes twice, the last

    @property
    def content_type(self) -> str:
        """Without its parameters, in lower case; empty where it isn't said."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


class Connection(asyncio.Protocol):
    """One to an endpoint. `ask`, then `block` until it gives nothing; then it `is_free` for the next, or of no use."""

    def __init__(self) -> None:
        """For a transport that is about to be made."""
        self.was_kept = False  # open for a while before it was asked
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpResponseParser(self)
        # Sloppy servers are understood as browsers do; between us and an endpoint there is nothing to smuggle.
        self._parser.set_dangerous_leniencies(
            lenient_headers=True, lenient_optional_cr_before_lf=True, lenient_spaces_after_chunk_size=True
        )
        self._waiter: asyncio.Future[None] | None = None
        self._fault: Exception | None = None
        self._keeps = True  # open behind the answer
        self._is_done = True  # the answer has come, or none was asked for
        self._is_held_up = False
        # Of the answer:
        self._head: Head | None = None
        self._head_bytes = 0
        self._headers: dict[str, str] = {}
        self._blocks: list[bytes] = []  # that nobody has read yet
        self._waiting_bytes = 0

    # --- For whoever asks ---

    @property
    def transport(self) -> asyncio.Transport:
        """What it runs over. Raises ConnectionError where it is closed."""
        if self._transport is None or self._transport.is_closing():
            raise ConnectionResetError
        return self._transport

    @property
    def is_free(self) -> bool:
        """Whether it can be asked: it is open, and the last answer was read to its end."""
        is_open = self._transport is not None and not self._transport.is_closing()
        return self._is_done and self._keeps and is_open and not self._blocks

    async def ask(self, request: bytes) -> Head:
        """Send a request, and wait for its answer's head. Raises NotHttp, Stale or another OSError."""
        self._head, self._head_bytes, self._is_done = None, 0, False
        self.transport.write(request)
        while (head := self._head) is None:
            if self._fault is not None:
                raise self._fault
            await self._wait()
        if head.headers.get("content-encoding", "identity") != "identity":
            raise Compressed
        return head

    def come(self) -> bytes | None:
        """What has come of the body: nothing at its end, None where more must be waited for. Raises as `block`."""
        if self._blocks:
            block = self._blocks[0] if len(self._blocks) == 1 else b"".join(self._blocks)
            self._blocks.clear()
            self._waiting_bytes = 0
            if self._is_held_up:
                self._hold_up(is_held_up=False)
            return block
        if self._is_done:
            return b""
        if self._fault is not None:
            raise self._fault
        return None

    async def block(self) -> bytes:
        """The next part of the body; nothing at its end. Raises NotHttp, or OSError where it was cut off."""
        while (block := self.come()) is None:
            await self._wait()
        return block

    def abort(self) -> None:
        """Hang up, at once."""
        if self._transport is not None:
            self._transport.abort()

    # --- For the transport ---

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It is open."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Bytes of an answer."""
        if self._is_done:
            self._keeps = False  # nobody has asked for these
            self.abort()
            return
        if self._head is None:
            self._head_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._fail(NotHttp())
        if self._head is None and self._head_bytes > MAX_HEAD_BYTES:
            self._fail(NotHttp())
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        """It is closed: the end of an answer that gives no other, and else the end of nothing good."""
        if not self._is_done:
            if exc is None and self._ends_with_connection:
                self._is_done = True
            else:
                self._fault = self._fault or self._loss(exc)
        self._keeps = False
        self._wake()

    # --- For the parser ---

    def on_message_begin(self) -> None:
        """Behind the answer that was asked for, nothing may."""
        self._keeps = self._keeps and not self._is_done

    def on_header(self, name: bytes, value: bytes) -> None:
        """One is whole. Those behind a body say nothing of it."""
        if self._head is None:
            self._headers[name.decode("latin-1").lower()] = value.decode("latin-1").strip()

    def on_headers_complete(self) -> None:
        """All are. Interim answers (1xx) are passed over."""
        status = self._parser.get_status_code()
        if status >= 200 and self._head is None:
            self._head = Head(status, self._headers)
        self._headers = {}

    def on_body(self, block: bytes) -> None:
        """Some of it."""
        self._blocks.append(block)
        self._waiting_bytes += len(block)
        if self._waiting_bytes > MAX_WAITING_BYTES and not self._is_held_up:
            self._hold_up(is_held_up=True)

    def on_message_complete(self) -> None:
        """An answer has ended."""
        if self._head is not None:
            self._is_done = True
            self._keeps = self._keeps and self._parser.should_keep_alive()

    # --- Itself ---

    @property
    def _ends_with_connection(self) -> bool:
        """Whether the answer says no other end."""
        if self._head is None:
            return False
        headers = self._head.headers
        is_chunked = headers.get("transfer-encoding", "").lower().endswith("chunked")
        return "content-length" not in headers and not is_chunked

    def _loss(self, error: Exception | None) -> Exception:
        if self._head is not None:
            return Cut()
        return Stale() if self.was_kept and not self._head_bytes else error or ConnectionResetError()

    def _hold_up(self, *, is_held_up: bool) -> None:
        self._is_held_up = is_held_up
        if self._transport is not None and not self._transport.is_closing():
            (self._transport.pause_reading if is_held_up else self._transport.resume_reading)()

    def _fail(self, fault: Exception) -> None:
        if not self._is_done:  # else it stands behind the answer, which is whole
            self._fault = fault
        self._keeps = False
        self.abort()

    async def _wait(self) -> None:
        self._waiter = self._loop.create_future()
        await self._waiter

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
