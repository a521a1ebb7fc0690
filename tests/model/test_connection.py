"""HTTP as endpoints speak it, and as they don't: each answer is bytes of a server that says nothing else."""

from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.stream_server import served
from support.waiting import until

from mistral_lsp.model.connection import (
    MAX_HEAD_BYTES,
    MAX_WAITING_BYTES,
    Compressed,
    Connection,
    Cut,
    Head,
    NotHttp,
    Stale,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

ASK = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nab\r\n\r\n3;x=1\r\ncde\r\n0\r\nTrailer: x\r\n\r\n"
SIZED = b"HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\nab\r\ncde"
INTERIM = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
UNTIL_CLOSED = b"HTTP/1.1 200 OK\r\n\r\nab\r\ncde"
BODY = b"ab\r\ncde"


class Wire(asyncio.Transport):
    """A transport without a socket."""

    def __init__(self, connection: Connection) -> None:
        super().__init__()
        self.written = b""
        self.is_paused = False
        self._connection = connection
        self._is_closing = False

    def write(self, data: bytes) -> None:  # type: ignore[override]
        self.written += data

    def is_closing(self) -> bool:
        return self._is_closing

    def abort(self) -> None:
        self.lose()

    def pause_reading(self) -> None:
        self.is_paused = True

    def resume_reading(self) -> None:
        self.is_paused = False

    def lose(self, error: Exception | None = None) -> None:
        """The other end is gone; as asyncio tells it, in a round of the loop of its own."""
        if not self._is_closing:
            self._is_closing = True
            asyncio.get_running_loop().call_soon(self._connection.connection_lost, error)


def connected() -> tuple[Connection, Wire]:
    connection = Connection()
    wire = Wire(connection)
    connection.connection_made(wire)
    return connection, wire


async def asked(connection: Connection, wire: Wire, parts: Iterable[bytes], *, ends: bool = False) -> Head:
    """Ask, and have the answer come in parts; `ends` closes the connection behind it."""
    asking = asyncio.ensure_future(connection.ask(ASK))
    await asyncio.sleep(0)
    for part in parts:
        connection.data_received(part)
    if ends:
        wire.lose()
    return await asking


async def whole(connection: Connection, wire: Wire, answer: bytes) -> bytes:
    """The body of an answer that comes at once, with the connection's end behind it."""
    await asked(connection, wire, [answer] if answer else [], ends=True)
    return await body(connection)


async def body(connection: Connection) -> bytes:
    found = b""
    while block := await connection.block():
        found += block
    return found


def split(data: bytes, places: Iterable[int]) -> list[bytes]:
    marks = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[a:b] for a, b in itertools.pairwise(marks) if a < b]


@given(
    st.sampled_from([CHUNKED, SIZED, INTERIM + CHUNKED, INTERIM + INTERIM + SIZED, UNTIL_CLOSED]),
    st.lists(st.integers(0, 200), max_size=20),
)
def test_an_answer_is_the_same_wherever_it_is_split(answer: bytes, places: list[int]) -> None:
    async def main() -> None:
        connection, wire = connected()
        ends = answer is UNTIL_CLOSED
        head = await asked(connection, wire, split(answer, places), ends=ends)
        assert head.status == 200
        assert await body(connection) == BODY
        assert connection.is_free is not ends
        assert wire.written == ASK

    asyncio.run(main())


@given(st.sampled_from([CHUNKED, SIZED]), st.integers(1, 200))
def test_one_that_is_cut_anywhere_is_never_taken_for_a_whole_one(answer: bytes, place: int) -> None:
    async def main() -> None:
        connection, wire = connected()
        part = answer[: place % len(answer)]
        has_head = b"\r\n\r\n" in part
        with pytest.raises(Cut if has_head else ConnectionResetError):
            await whole(connection, wire, part)
        assert not connection.is_free

    asyncio.run(main())


async def test_what_came_before_the_cut_is_read_first() -> None:
    connection, wire = connected()
    await asked(connection, wire, [CHUNKED[: CHUNKED.index(b"3;")]], ends=True)
    await until(wire.is_closing)
    assert await connection.block() == b"ab\r\n"
    with pytest.raises(Cut):
        await connection.block()


async def test_a_connection_serves_one_answer_after_the_other() -> None:
    connection, wire = connected()
    for answer in (CHUNKED, SIZED, INTERIM + SIZED):
        head = await asked(connection, wire, [answer])
        assert (head.status, {"trailer", "link"} & set(head.headers)) == (200, set())
        assert not connection.is_free  # before it was read
        assert await body(connection) == BODY
        assert connection.is_free


@pytest.mark.parametrize(
    "answer",
    [
        SIZED.replace(b"OK\r\n", b"OK\r\nConnection: close\r\n"),
        SIZED.replace(b"HTTP/1.1", b"HTTP/1.0"),
        SIZED + b"HTTP/1.1 200 OK\r\n",  # more than was asked for
    ],
)
async def test_it_is_not_used_again_where_it_does_not_stay_open_or_says_too_much(answer: bytes) -> None:
    connection, wire = connected()
    await asked(connection, wire, [answer])
    assert await body(connection) == BODY
    assert not connection.is_free


async def test_headers_are_found_by_name_however_they_are_written() -> None:
    connection, wire = connected()
    lines = [b"HTTP/1.1 200 OK", b"CONTENT-Type:  Text/HTML; charset=x ", b"empty:", b"odd: \xff", b"content-length: 0"]
    head = await asked(connection, wire, [b"\r\n".join([*lines, b"", b""])])
    assert head.content_type == "text/html"
    assert (head.headers.get("empty", ""), head.headers["odd"]) == ("", "\xff")
    assert await body(connection) == b""


async def test_a_sloppy_server_is_understood() -> None:
    connection, wire = connected()
    lines = b"HTTP/1.1 200 OK\nodd: \x7f\x01\ntransfer-encoding: chunked\n\n7 \r\nab\r\ncde\r\n0\r\n\r\n"
    assert (await asked(connection, wire, [lines])).status == 200
    assert await body(connection) == BODY


async def test_bytes_that_nobody_asked_for_end_it() -> None:
    connection, wire = connected()
    connection.data_received(SIZED)
    assert wire.is_closing()
    assert not connection.is_free


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
        b"\x15\x03\x01\x00\x02\x02\x46",  # TLS: "I don't understand"
        b"HTTP/1.1 200 OK\r\ncontent-length: 7\r\ncontent-length: 8\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nx: " + b"y" * MAX_HEAD_BYTES,
        b"HTTP/1.1 100 Continue\r\n\r\n" * (MAX_HEAD_BYTES // 25 + 1),
        b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n",
    ],
)
async def test_what_is_no_http_or_has_no_end_is_told_and_hung_up_on(answer: bytes) -> None:
    connection, wire = connected()
    with pytest.raises(NotHttp):
        await asked(connection, wire, [answer])
    assert wire.is_closing()


async def test_chunks_that_are_none_end_the_answer() -> None:
    connection, wire = connected()
    await asked(connection, wire, [CHUNKED.replace(b"3;x=1", b"zz")])
    assert await connection.block() == b"ab\r\n"
    with pytest.raises(NotHttp):
        await connection.block()
    assert wire.is_closing()


@pytest.mark.parametrize("coding", [b"gzip", b"br"])
async def test_a_compressed_answer_is_no_text(coding: bytes) -> None:
    connection, wire = connected()
    with pytest.raises(Compressed):
        await asked(connection, wire, [SIZED.replace(b"OK\r\n", b"OK\r\nContent-Encoding: " + coding + b"\r\n")])


@pytest.mark.parametrize(("was_kept", "fault"), [(True, Stale), (False, ConnectionResetError)])
async def test_one_that_was_kept_and_is_closed_before_a_byte_is_stale(
    was_kept: bool,  # noqa: FBT001 - a parameter of the test
    fault: type[Exception],
) -> None:
    connection, wire = connected()
    connection.was_kept = was_kept
    with pytest.raises(fault):
        await asked(connection, wire, [], ends=True)


async def test_closed_before_it_is_asked_it_says_so() -> None:
    connection, wire = connected()
    wire.lose()
    with pytest.raises(ConnectionError):
        await connection.ask(ASK)


async def test_an_endpoint_that_is_quicker_than_its_reader_is_held_up() -> None:
    connection, wire = connected()
    size = MAX_WAITING_BYTES + 1
    await asked(connection, wire, [b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % size])
    connection.data_received(b"x" * size)
    assert wire.is_paused
    assert len(await connection.block()) == size
    assert not wire.is_paused


async def test_over_a_real_socket_too() -> None:
    heard: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for answer in (CHUNKED, SIZED):
            heard.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(answer)

    async with served(serve) as where:
        host, _, port = where.partition(":")
        _, connection = await asyncio.get_running_loop().create_connection(Connection, host, int(port))
        for _ in range(2):
            assert (await connection.ask(ASK)).status == 200
            assert await body(connection) == BODY
        await until(lambda: not connection.is_free)  # the server has left
    assert heard == [ASK, ASK]
