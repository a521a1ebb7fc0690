from __future__ import annotations

import json
import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mistral_lsp.lsp.framing import Frames, Malformed, Skipped, decode, encode


def bodies(*pieces: bytes, max_body_bytes: int = 1000) -> list[bytes]:
    frames = Frames(max_body_bytes)
    return [item for piece in pieces for item in frames.feed(piece) if isinstance(item, bytes)]


def framed(body: bytes, header: str = "Content-Length: {}\r\n\r\n") -> bytes:
    return header.format(len(body)).encode() + body


NEXT = framed(b'{"next":1}')


@pytest.mark.parametrize(
    "header",
    [
        "Content-Length: {}\r\n\r\n",
        "content-length: {}\r\n\r\n",
        "CONTENT-LENGTH:{}\r\n\r\n",
        "Content-Length :\t{}  \r\n\r\n",
        "Content-Length: {}\n\n",
        "Content-Type: application/vscode-jsonrpc; charset=utf-8\r\nContent-Length: {}\r\n\r\n",
        "Content-Length: {}\r\nContent-Type: application/vscode-jsonrpc; charset=utf8\r\n\r\n",
        "\r\n\r\nContent-Length: {}\r\n\r\n",
    ],
)
def test_a_header_is_read_as_any_client_writes_it(header: str) -> None:
    data = framed(b'{"a":1}', header) * 2
    assert bodies(data) == [b'{"a":1}'] * 2
    assert Frames().feed(data) == [b'{"a":1}'] * 2, "and nothing is reported as skipped"


@pytest.mark.parametrize("length", ["abc", "-5", "", "1e3", "99999999999999999999", "1001", "9" * 39, "\u0661"])
def test_a_frame_whose_length_is_nonsense_is_skipped(length: str) -> None:
    bad = f"Content-Length: {length}\r\n\r\n".encode() + b'{"bad":1}'
    assert bodies(bad + NEXT) == [b'{"next":1}']


def test_a_length_too_small_costs_its_own_message_alone() -> None:
    bad = b'Content-Length: 5\r\n\r\n{"jsonrpc":"2.0"}'
    assert bodies(bad + NEXT + NEXT) == [b'{"jso', b'{"next":1}', b'{"next":1}']


@pytest.mark.parametrize("claimed", [18, 19, 20, 26, 31, 32, 33, 35, 36, 40, 60, 1000])
def test_a_length_too_large_costs_nothing_once_the_next_header_is_there(claimed: int) -> None:
    bad = b'Content-Length: %d\r\n\r\n{"jsonrpc":"2.0"}' % claimed
    assert bodies(bad, NEXT, NEXT) == [b'{"jsonrpc":"2.0"}', b'{"next":1}', b'{"next":1}']


@pytest.mark.parametrize("body", [b'{"a":1}', b'{"a":"}"}', b"{\n}", b"[1]", b"", b"{}}"])
def test_frames_in_one_piece_are_cut_as_frames_in_many(body: bytes) -> None:
    data = framed(body) + NEXT + framed(body)
    found = Frames(1000).feed(data)
    assert found == [body, b'{"next":1}', body]
    pieces = Frames(1000)
    assert [item for byte in data for item in pieces.feed(bytes([byte]))] == found


def test_a_whole_frame_that_is_too_large_is_skipped() -> None:
    assert bodies(framed(b'{"a":1}') + NEXT, max_body_bytes=9) == [b'{"a":1}']


def test_text_that_mentions_the_header_is_left_alone() -> None:
    body = json.dumps({"text": "Content-Length: 5\r\n\r\nhello", "n": "Content-Length: 5"}, indent=0).encode()
    assert bodies(framed(body)) == [body]


def test_a_header_without_its_blank_line_gives_way_to_the_next() -> None:
    assert bodies(b"Content-Length: 7\r\n" + NEXT) == [b'{"next":1}']
    assert bodies(b"Content-Length: 7\r\n" + b"x" * 5000 + NEXT) == [b'{"next":1}']


def test_an_empty_body_is_a_body() -> None:
    assert bodies(b"Content-Length: 0\r\n\r\n" + NEXT) == [b"", b'{"next":1}']


def test_garbage_without_end_takes_no_memory() -> None:
    frames = Frames()
    for _ in range(100):
        frames.feed(b"x" * 100_000)
    assert len(frames._buffer) < 100_000
    assert frames.feed(NEXT) == [Skipped(f"{100 * 100_000} bytes between frames"), b'{"next":1}']


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
GARBAGE = st.binary(max_size=80).filter(lambda data: not re.search(rb"content-length", data, re.IGNORECASE))
STREAM = st.lists(st.tuples(GARBAGE, JSON), min_size=1, max_size=5)


def cut(data: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[start:end] for start, end in pairwise(edges)]


@given(STREAM, st.lists(st.integers(0, 10**6), max_size=10))
def test_garbage_between_frames_loses_at_most_the_garbage_however_the_stream_is_cut(
    stream: list[tuple[bytes, object]], places: list[int]
) -> None:
    data = b"".join(garbage + encode(value) for garbage, value in stream)
    found = bodies(*cut(data, places), max_body_bytes=10**6)
    assert list(map(decode, found)) == [value for _, value in stream]


NASTY = st.sampled_from(
    [
        b"Content-Length: ",
        b"content-length:",
        b"5",
        b"70",
        b"abc",
        b"-1",
        b"\r\n",
        b"\n",
        b"\r\n\r\n",
        b'{"a":1}',
        b"C",
        NEXT,
    ]
)


@given(st.lists(NASTY, max_size=30).map(b"".join), st.lists(st.integers(0, 10**6), max_size=10))
def test_any_stream_is_read_the_same_however_it_is_cut(data: bytes, places: list[int]) -> None:
    whole, pieces = Frames(1000), Frames(1000)
    assert whole.feed(data) == [item for piece in cut(data, places) for item in pieces.feed(piece)]


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff\xfe{}", b'{"a": "\xed\xa0\x80"}', b"{}x", b"[" * 10**5, b"1" * 5000, b'{"a":\n"\n"}']
)
def test_what_is_no_json_is_malformed_and_its_reason_says_nothing_of_it(body: bytes) -> None:
    assert isinstance(decode(body), Malformed)


def test_a_frame_counts_bytes() -> None:
    assert encode({"a": "é€😀"}) == b"Content-Length: 17\r\n\r\n" + '{"a":"é€😀"}'.encode()


def test_a_lone_surrogate_is_escaped() -> None:
    header, _, body = encode(["é\ud83d"]).partition(b"\r\n\r\n")
    assert header == b"Content-Length: %d" % len(body)
    assert json.loads(body) == ["é\ud83d"]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {1, 2}])
def test_what_json_cannot_say_raises(value: object) -> None:
    with pytest.raises((ValueError, TypeError)):
        encode([value])


def test_nan_is_let_in() -> None:
    assert str(decode(b"[NaN]")) == "[nan]"
