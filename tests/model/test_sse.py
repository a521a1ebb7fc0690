from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mistral_lsp.model.base import Broken
from mistral_lsp.model.sse import MAX_EVENT_BYTES, EventParser


def events(*blocks: bytes) -> list[str]:
    parser = EventParser()
    return [event for block in blocks for event in parser.feed(block)]


def test_an_event_ends_with_an_empty_line() -> None:
    assert events(b"data: a\n\ndata: b\n\ndata: cut off\n") == ["a", "b"]


def test_the_space_after_the_colon_is_optional_and_only_one_is_taken() -> None:
    assert events(b"data:a\n\ndata: b\n\ndata:  c\n\n") == ["a", "b", " c"]


def test_data_of_several_lines_is_joined() -> None:
    assert events(b"data: a\ndata\ndata: b\n\n") == ["a\n\nb"]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_each_kind_of_line_end(end: bytes) -> None:
    assert events(b"data: a" + end + b"data: b" + end + end) == ["a\nb"]


def test_a_line_end_of_two_characters_may_be_split() -> None:
    assert events(b"data: a\r", b"\ndata: b\r", b"\n\r", b"\n") == ["a\nb"]


def test_comments_names_and_ids_are_no_data() -> None:
    assert events(b":\n\n: keep-alive\n\nevent: x\nid: 1\nretry: 5\n\ndata: a\n\n") == ["a"]


def test_a_byte_order_mark_is_no_text() -> None:
    assert events(b"\xef\xbb", b"\xbfdata: a\n\n") == ["a"]


def test_bytes_that_are_no_utf8_are_replaced() -> None:
    assert events(b"data: a\xff\n\n") == ["a\N{REPLACEMENT CHARACTER}"]


def test_an_event_of_more_than_a_megabyte_is_refused_before_it_ends() -> None:
    with pytest.raises(Broken, match="more than a megabyte"):
        events(*(b"x" * 65_536 for _ in range(MAX_EVENT_BYTES // 65_536 + 1)))


def test_an_event_of_many_small_lines_is_measured_too() -> None:
    with pytest.raises(Broken):
        events(b"data: x\n" * (MAX_EVENT_BYTES // 6))


def test_many_events_in_one_block_may_be_more_than_a_megabyte() -> None:
    assert len(events(b"data: " + b"x" * 1000 + b"\n\n" + b"data: y\n\n" * 200_000)) == 200_001


PIECES = st.sampled_from(
    [b"data", b":", b" ", b"a", "é".encode(), "🙂".encode(), b"\n", b"\r", b"\r\n", b"\n\n", b"data: x"]
)


@given(st.lists(PIECES, max_size=40).map(b"".join), st.data())
def test_any_split_gives_the_same_events(stream: bytes, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=12)))
    edges = [0, *cuts, len(stream)]
    assert events(*(stream[a:b] for a, b in itertools.pairwise(edges))) == events(stream)


@given(st.lists(st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"])), max_size=5))
def test_what_is_written_is_read(texts: list[str]) -> None:
    stream = "".join(f"data: {text}\n\n" for text in texts).encode()
    assert events(*(bytes([byte]) for byte in stream)) == texts
