"""Framing: bytes to JSON messages and back, forgiving what real and broken clients send.

A wrong length costs no more than the frames it covers: valid JSON can't hold a raw header line (a newline inside a
string is escaped), so the next `Content-Length` line always ends what stands before it.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

MAX_BODY_BYTES = 256 * 2**20
_MAX_HEADER_BYTES = 4096
_LONGEST_HEADER_LINE = 64  # what may be the begin of a Content-Length line is never thrown away

# How nearly all clients write all of their headers.
_PLAIN = re.compile(rb"Content-Length: (\d{1,9})\r\n\r\n")
_LENGTH = re.compile(rb"content-length[ \t]*:[ \t]*([^\r\n]{0,40}?)[ \t]*\r?\n", re.IGNORECASE)
_BLANK = re.compile(rb"\r?\n\r?\n")
_OTHER_HEADERS = re.compile(rb"\s*(?:[A-Za-z-]+[ \t]*:[^\r\n]*\r?\n\s*)*")
# Inside a body. A literal begin lets `re` search at the speed of `bytes.find`.
_STRAY_BEGUN = re.compile(rb"content-length[ \t]*:[ \t]*\d{0,20}[ \t]*\r?")
_STRAY = re.compile(rb"ontent-[Ll]ength[ \t]*:[ \t]*\d{1,20}[ \t]*\r?\n")


@dataclass(frozen=True, slots=True)
class Skipped:
    """Bytes that were no frame; `why` holds nothing of them."""

    why: str


@dataclass(frozen=True, slots=True)
class Malformed:
    """A body that is no JSON; `why` holds nothing of it."""

    why: str


class Frames:
    """Cuts a stream of bytes into bodies, whatever pieces it comes in."""

    def __init__(self, max_body_bytes: int = MAX_BODY_BYTES) -> None:
        """A frame that claims more than `max_body_bytes` is skipped."""
        self._max_body_bytes = max_body_bytes
        self._buffer = bytearray()
        self._length: int | None = None  # of the body under way; None between frames
        self._searched = 0  # bytes of the body under way that hold no stray header
        self._skipped = 0

    def feed(self, data: bytes) -> list[bytes | Skipped]:
        """Take the next bytes and return the bodies that they complete, in order."""
        found: list[bytes | Skipped] = []
        if not self._buffer and self._length is None and not self._skipped:
            data = self._plain(data, found)
            if not data:
                return found
        self._buffer += data
        while (item := self._header() if self._length is None else self._body()) is not None:
            found += item
        return found

    def _plain(self, data: bytes, found: list[bytes | Skipped]) -> bytes:
        """Cut off what stands whole and plain at the start, as each key's messages do; the rest.

        A body without a newline has no header in it, and one that ends with a brace doesn't end with the begin of one.
        """
        done, end = 0, len(data)
        while (header := _PLAIN.match(data, done)) is not None:
            start = header.end()
            size = int(header[1])
            stop = start + size
            if stop > end or size > self._max_body_bytes or not data.endswith(b"}", start, stop):
                break
            if data.find(b"\n", start, stop) >= 0:
                break
            found.append(data[start:stop])
            done = stop
        return data[done:] if done else data

    def _header(self) -> list[bytes | Skipped] | None:
        """Read up to the blank line that ends a header with a length; None when more bytes are needed."""
        match = _LENGTH.search(self._buffer)
        if match is None:
            if len(self._buffer) > _MAX_HEADER_BYTES:
                self._drop(len(self._buffer) - _LONGEST_HEADER_LINE)
            return None
        start, end = match.span()
        del match  # it keeps the buffer from being resized
        blank = _BLANK.search(self._buffer, end - 2, end + _MAX_HEADER_BYTES)
        if blank is None:
            if len(self._buffer) < end + _MAX_HEADER_BYTES:
                return None
            self._drop(end)
            return []
        stop = blank.end()
        del blank
        value = _LENGTH.findall(self._buffer, start, stop)[-1]  # the others lost their bodies
        self._skipped += _garbage_bytes(bytes(self._buffer[:start]))
        del self._buffer[:stop]
        return self._begin(value)

    def _begin(self, value: bytes) -> list[bytes | Skipped]:
        """Begin a body of a length that may be nonsense."""
        skipped: list[bytes | Skipped] = []
        if self._skipped:
            skipped.append(Skipped(f"{self._skipped} bytes between frames"))
            self._skipped = 0
        if not value.isdigit() or int(value) > self._max_body_bytes:
            return [*skipped, Skipped("a frame whose length is no number or too large")]
        self._length, self._searched = int(value), 0
        return skipped

    def _body(self) -> list[bytes | Skipped] | None:
        """Cut off the body under way; None when more bytes are needed."""
        length = self._length or 0
        end = length
        if len(self._buffer) >= length and _is_header_begun(
            bytes(self._buffer[max(0, length - _LONGEST_HEADER_LINE) : length])
        ):
            end += _LONGEST_HEADER_LINE  # the length points into the next header
        stray = _STRAY.search(self._buffer, max(0, self._searched - _LONGEST_HEADER_LINE), end)
        if stray is not None:
            length = stray.start() - 1  # the C
            del stray
        elif len(self._buffer) < end:
            self._searched = len(self._buffer)
            return None
        body = bytes(self._buffer[:length])
        del self._buffer[:length]
        self._length = None
        return [body]

    def _drop(self, count: int) -> None:
        self._skipped += count
        del self._buffer[:count]


def decode(body: bytes) -> object:
    """The JSON value of a body, or Malformed. NaN and Infinity are let in, as JavaScript's clients may send them."""
    try:
        text = body.decode("utf-8")
        # Most of what `loads` does goes to what may stand around a value, and nothing does.
        value, end = _DECODER.raw_decode(text) if text.startswith("{") else (None, -1)
        return value if end == len(text) else json.loads(text)
    except UnicodeDecodeError:
        return Malformed("the body is not UTF-8")
    except RecursionError:
        return Malformed("the body is nested too deeply")
    except ValueError as error:  # JSONDecodeError, and an integer of more digits than Python converts
        return Malformed(f"the body is not JSON ({type(error).__name__})")


def encode(message: object) -> bytes:
    """One frame. Raises ValueError, TypeError or RecursionError for what JSON can't say."""
    try:
        body = _READABLE.encode(message).encode("utf-8")
    except UnicodeEncodeError:  # a lone surrogate: it has no UTF-8, but an escape
        body = _ESCAPED.encode(message).encode("ascii")
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


_DECODER = json.JSONDecoder()
_READABLE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False, check_circular=False)
_ESCAPED = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"), allow_nan=False, check_circular=False)


def _garbage_bytes(before: bytes) -> int:
    """How much of what stood before a Content-Length line was neither white space nor another header."""
    return 0 if _OTHER_HEADERS.fullmatch(before) else len(before)


def _is_header_begun(tail: bytes) -> bool:
    """Whether a body ends with the begin of a header, as no JSON message does."""
    begun = tail[max(0, tail.rfind(b"C"), tail.rfind(b"c")) :].lower()
    return begun.startswith(b"c") and (b"content-length".startswith(begun) or bool(_STRAY_BEGUN.fullmatch(begun)))
