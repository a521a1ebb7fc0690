"""Text: lines, offsets and changes of an immutable text."""

from __future__ import annotations

import random
import weakref
from itertools import pairwise

import pytest

from mistral_lsp.core import text as module
from mistral_lsp.core.text import Change, Text, byte_length, encode, split_lines, without_terminator

FOREIGN_ENDS = "\v\f\x1c\x1d\x1e\x85\u2028\u2029"


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunk borders everywhere."""
    monkeypatch.setattr(module, "CHUNK_CHARS", 8)


def chunk_sizes(text: Text) -> list[int]:
    return [len(chunk.text) for chunk in text._chunks]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", [""]),
        ("a", ["a"]),
        ("a\n", ["a\n", ""]),
        ("\n", ["\n", ""]),
        ("a\r\nb", ["a\r\n", "b"]),
        ("a\rb\r", ["a\r", "b\r", ""]),
        ("a\n\rb", ["a\n", "\r", "b"]),
        ("\r\r\n\n", ["\r", "\r\n", "\n", ""]),
        ("a\fb\nc", ["a\fb\n", "c"]),
        ("a\f", ["a\f"]),
        (FOREIGN_ENDS, [FOREIGN_ENDS]),
        (f"{FOREIGN_ENDS}\r\n{FOREIGN_ENDS}\r", [f"{FOREIGN_ENDS}\r\n", f"{FOREIGN_ENDS}\r", ""]),
    ],
)
def test_lines_end_where_the_protocol_says_and_nowhere_else(text: str, lines: list[str]) -> None:
    assert split_lines(text) == lines
    assert list(Text.of(text).lines()) == lines
    assert Text.of(text).line_count == len(lines)


def test_a_line_shows_no_terminator() -> None:
    assert [without_terminator(line) for line in ("a \n", "a\r\n", "a\r", "a\f", "\n")] == ["a ", "a", "a", "a\f", ""]


def test_bytes_are_those_of_utf_8_and_lone_surrogates_are_three() -> None:
    assert [byte_length(char) for char in ("a", "é", "→", "😀", "\ud83d")] == [1, 2, 3, 4, 3]
    assert encode("é\ud83d") == b"\xc3\xa9\xed\xa0\xbd"


def test_an_empty_text_has_one_empty_line() -> None:
    text = Text.of("")

    assert (len(text), text.byte_count, text.line_count, text.line(0), str(text)) == (0, 0, 1, "", "")
    assert (text.offset(0, 0), text.offset(7, 3), text.position(0)) == (0, 0, (0, 0))
    assert (text.byte_offset(0), text.byte_count, text.slice(0, 0)) == (0, 0, "")
    assert str(text.replace(0, 0, "x\n")) == "x\n"


def test_a_text_can_become_empty_and_grow_again() -> None:
    text = Text.of("a\nb\n").replace(0, 4, "")

    assert (str(text), text.line_count, text.position(0)) == ("", 1, (0, 0))
    assert list(text.replace(0, 0, "c\r").lines()) == ["c\r", ""]


@pytest.mark.usefixtures("small_chunks")
def test_lines_and_slices_cross_chunks() -> None:
    source = "".join(f"line {number}\n" for number in range(40))
    text = Text.of(source)

    assert len(chunk_sizes(text)) > 10
    assert list(text.lines(3, 17)) == [f"line {number}\n" for number in range(3, 17)]
    assert list(text.lines(38)) == ["line 38\n", "line 39\n", ""]
    assert list(text.lines(5, 5)) == list(text.lines(50)) == []
    assert text.slice(9, 200) == source[9:200]
    assert text.slice(200, 9) == ""
    assert text.slice(0, len(source)) == source


@pytest.mark.parametrize("number", [-1, 3, 2**31])
def test_a_line_outside_the_text_is_an_error(number: int) -> None:
    with pytest.raises(IndexError, match="of 3"):
        Text.of("a\nb\n").line(number)


@pytest.mark.parametrize(
    ("place", "offset"),
    [((0, 99), 2), ((1, 1), 5), ((2, 0), 6), ((2, 9), 6), ((3, 0), 6), ((2**31, 2**31), 6), ((-1, 5), 0), ((1, -4), 4)],
)
def test_a_place_outside_is_the_nearest_end(place: tuple[int, int], offset: int) -> None:
    assert Text.of("ab\r\nc\n").offset(*place) == offset


def test_an_offset_inside_a_terminator_is_on_the_line_that_ends_there() -> None:
    text = Text.of("ab\r\nc")

    assert [text.position(offset) for offset in range(6)] == [(0, 0), (0, 1), (0, 2), (0, 3), (1, 0), (1, 1)]


@pytest.mark.parametrize(
    ("before", "change", "lines"),
    [
        ("a\rb", (2, 2, "\n"), ["a\r\n", "b"]),  # a lone \r and a new \n are one terminator
        ("a\nb", (1, 1, "\r"), ["a\r\n", "b"]),
        ("a\rX\nb", (2, 3, ""), ["a\r\n", "b"]),
        ("a\r\nb", (2, 2, "X"), ["a\r", "X\n", "b"]),  # and one is two again
        ("a\r\nb", (1, 2, ""), ["a\n", "b"]),
        ("a\r\nb", (2, 3, ""), ["a\r", "b"]),
        ("a\nb\nc", (1, 4, ""), ["ac"]),
        ("a\nb", (3, 3, "\n"), ["a\n", "b\n", ""]),
        ("a\nb\n", (3, 4, ""), ["a\n", "b"]),
    ],
)
@pytest.mark.parametrize("size", [1, 4096])
def test_a_change_makes_and_joins_lines(
    before: str, change: tuple[int, int, str], lines: list[str], size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CHUNK_CHARS", size)

    text = Text.of(before).replace(*change)

    assert list(text.lines()) == lines
    assert [text.line(number) for number in range(text.line_count)] == lines


def test_a_change_leaves_the_text_before_it_as_it_was() -> None:
    before = Text.of("a\nb\n")
    after = before.replace(2, 3, "c")

    assert (str(before), str(after)) == ("a\nb\n", "a\nc\n")


def test_a_change_shares_all_chunks_but_those_that_it_touches() -> None:
    before = Text.of("some line of code\n" * 50_000)
    after = before.replace(400_000, 400_001, "X")

    assert len(before._chunks) > 200
    assert len(set(after._chunks) - set(before._chunks)) == 1


@pytest.mark.usefixtures("small_chunks")
def test_byte_offsets_count_the_encoded_prefix() -> None:
    source = "é→😀\r\n\ud83dab\n" * 9 + "end"
    text = Text.of(source)

    assert [text.byte_offset(offset) for offset in range(len(source) + 1)] == [
        len(encode(source[:offset])) for offset in range(len(source) + 1)
    ]


@pytest.mark.parametrize(
    ("old", "new", "change"),
    [
        ("abc", "abc", None),
        ("", "", None),
        ("abc", "abXc", Change(2, 2, 3)),
        ("abXc", "abc", Change(2, 3, 2)),
        ("aaa", "aaaa", Change(3, 3, 4)),
        ("one\ntwo\n", "one\n2\n", Change(4, 7, 5)),
        ("", "x", Change(0, 0, 1)),
        ("x", "", Change(0, 1, 0)),
    ],
)
def test_the_change_between_two_texts_is_the_smallest_stretch(old: str, new: str, change: Change | None) -> None:
    assert Text.of(new).change_from(Text.of(old)) == change


@pytest.mark.parametrize("near_chars", [1, 3, 64])
def test_where_a_text_was_replaced_tells_the_same_change(near_chars: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_NEAR_CHARS", near_chars)
    rng = random.Random(3)
    for _ in range(2_000):
        old = Text.of("".join(rng.choices("ab\n", k=rng.randrange(12))))
        start = rng.randrange(len(old) + 1)
        end = rng.randrange(start, len(old) + 1)
        new = old.replace(start, end, "".join(rng.choices("ab\n", k=rng.randrange(4))))

        assert new.change_from(old) == Text.of(str(new)).change_from(Text.of(str(old)))


def test_a_text_keeps_none_of_those_before_it_in_memory() -> None:
    text = Text.of("a")
    before = weakref.ref(text)
    text = text.replace(1, 1, "b")

    assert before() is None
    assert text.change_from(Text.of("a")) == Change(1, 1, 2)


def test_the_change_across_many_edits_spans_them_all() -> None:
    old = Text.of("line\n" * 10_000)
    new = old.replace(10_000, 10_001, "XY").replace(30_000, 30_002, "")

    assert new.change_from(old) == Change(10_000, 30_001, 30_000)
    assert old.change_from(new) == Change(10_000, 30_000, 30_001)


def test_chunks_stay_bounded_when_lines_come_and_go() -> None:
    # Each deleted line once left a chunk of one line behind.
    rng = random.Random(4)
    text = Text.of("some line of code\n" * 5_000)
    for _ in range(4_000):
        number = rng.randrange(text.line_count - 1)
        start = text.offset(number, 0)
        if rng.random() < 0.6:
            text = text.replace(start, text.offset(number + 1, 0), "")
        else:
            text = text.replace(start, start, "some other line\n" * rng.randrange(4))
    sizes = chunk_sizes(text)

    assert max(sizes) <= 2 * module.CHUNK_CHARS + len("some line of code\n")
    assert all(a + b >= module.CHUNK_CHARS // 4 for a, b in pairwise(sizes[:-1]))


def test_chunks_of_which_little_is_left_join_the_next() -> None:
    text = Text.of("some line of code\n" * 5_000)
    borders = text._first_chars
    for start, end in reversed(list(pairwise(borders))):
        text = text.replace(start + 18, end - 18, "")

    assert len(text) == 36 * (len(borders) - 1)
    assert len(text._chunks) == 1


def test_a_very_long_line_is_one_chunk_and_still_changes() -> None:
    line = "x = 1; " * 20_000
    text = Text.of(f"a\n{line}\nb\n")

    changed = text.replace(70_000, 70_001, "→")

    assert changed.line(1) == f"{line[:69_998]}→{line[69_999:]}\n"
    assert list(changed.lines(2)) == ["b\n", ""]
    assert changed.byte_count == text.byte_count + 2


def test_an_old_mac_file_is_cut_into_chunks_too() -> None:
    text = Text.of("some line of code\r" * 5_000)

    assert max(chunk_sizes(text)) <= 2 * module.CHUNK_CHARS + len("some line of code\r")
    assert text.line_count == 5_001
    assert text.position(18 * 2_500 + 3) == (2_500, 3)


@pytest.mark.parametrize("place", ["before", "at", "behind"])
@pytest.mark.parametrize(("old", "new"), [("", "xyz"), ("b", ""), ("b", "xy"), ("\n", "x"), ("b", "\n"), ("b\n", "\r")])
@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_lines_behind_a_change_are_where_they_are(place: str, old: str, new: str, ends: str) -> None:
    source = f"a{ends}ab\nc{ends}de{ends}"
    at = {"before": 0, "at": source.index("b"), "behind": len(source) - 1}[place]
    text, end = Text.of(source), at + len(old)
    assert text.position(len(source))[0] == 4, "the starts of its lines are known by now"
    expected = source[:at] + new + source[end:]
    changed = text.replace(at, min(end, len(source)), new)
    starts = [sum(map(len, split_lines(expected)[:number])) for number in range(changed.line_count)]
    assert [changed.offset(number, 0) for number in range(changed.line_count)] == starts


def test_an_edit_that_joins_or_parts_a_terminator_moves_lines_too() -> None:
    text = Text.of("a\rx\nb\r\nc")
    assert text.line(3) == "c"
    joined = text.replace(2, 3, "")
    assert list(joined.lines()) == [joined.line(number) for number in range(3)] == ["a\r\n", "b\r\n", "c"]
    parted = text.replace(6, 6, "x")
    assert list(parted.lines()) == [parted.line(number) for number in range(5)] == ["a\r", "x\n", "b\r", "x\n", "c"]
