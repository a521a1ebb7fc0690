"""Server-sent events out of bytes that may be split anywhere."""

from __future__ import annotations

import asyncio
import codecs
import contextlib
import re
from typing import TYPE_CHECKING

from mistral_lsp.model.base import Broken, ModelError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

DRAIN_S = 0.1  # after the final event, for the response's end, so that its connection can be used again
MAX_EVENT_BYTES = 2**20  # a token's event is about 200 bytes

_LINE_END = re.compile(rb"\r\n|\r|\n")


class EventParser:
    """Feed it what the socket gives; it gives the data of each event that is complete.

    Comments, ids, names and an event that the stream's end cut off are dropped, as the standard has it.
    """

    def __init__(self) -> None:
        """One parser for one response."""
        self._rest: list[bytes] = []  # of a line that has no end yet
        self._rest_bytes = 0
        self._data: list[bytes] = []  # the data lines of an event that has no end yet
        self._event_bytes = 0  # in whole lines since the last event
        self._is_first_line = True
        self._after_cr = False  # the last byte was \r, so a \n that follows belongs to it

    def feed(self, block: bytes) -> list[str]:
        """Raise Broken where one event is longer than any token's could be."""
        if self._after_cr and block:
            block = block.removeprefix(b"\n")
            self._after_cr = False
        self._rest.append(block)
        self._rest_bytes += len(block)
        events: list[str] = []
        if b"\n" in block or b"\r" in block:  # else don't join again and again what a hostile stream sends byte by byte
            *lines, rest = _LINE_END.split(b"".join(self._rest))
            self._rest, self._rest_bytes = [rest], len(rest)
            self._after_cr = block.endswith(b"\r")
            events = [event for line in lines if (event := self._take(line)) is not None]
        self._check_size(self._event_bytes + self._rest_bytes)
        return events

    def _take(self, line: bytes) -> str | None:
        if self._is_first_line:
            line = line.removeprefix(codecs.BOM_UTF8)
            self._is_first_line = False
        self._event_bytes += len(line)
        self._check_size(self._event_bytes)
        if not line:
            return self._end_event()
        name, _, value = line.partition(b":")
        if name == b"data":
            self._data.append(value.removeprefix(b" "))
        return None

    def _end_event(self) -> str | None:
        data, self._data, self._event_bytes = self._data, [], 0
        return b"\n".join(data).decode(errors="replace") if data else None

    def _check_size(self, size: int) -> None:
        if size > MAX_EVENT_BYTES:
            raise Broken(
                "the endpoint sent an event of more than a megabyte",
                advice="Check that endpoint.url is a model server's; `mistral-lsp doctor` says what answers there.",
            )


async def drain(events: AsyncGenerator[list[str], None]) -> None:
    """Read the little that follows an answer's final event; what doesn't end soon is left."""
    await asyncio.sleep(0)  # who waits for the answer goes first
    with contextlib.suppress(TimeoutError, ModelError):
        async with asyncio.timeout(DRAIN_S):
            async for _ in events:
                pass
