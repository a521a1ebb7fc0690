"""Which passages of other documents resemble the code around a cursor."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mistral_lsp.core.document import Document
from mistral_lsp.core.similar import (
    MAX_STEPS,
    STEP_LINES,
    Fingerprint,
    fingerprint,
    most_similar,
    similarity,
)
from mistral_lsp.core.text import Text

ORDERS = """
def total_of(order, discount):
    subtotal = sum(item.price * item.quantity for item in order.items)
    return subtotal - subtotal * discount
"""
WEATHER = """
def forecast(city, day):
    pressure = station(city).pressure(day)
    return "rain" if pressure < THRESHOLD else "sun"
"""
AROUND = """
def invoice(order):
    subtotal = sum(item.price * item.quantity for item in order.items)
"""


def document(text: str, uri: str = "file:///p/b.py") -> Document:
    return Document(uri, "python", 1, Text.of(text))


def filler(lines: int) -> str:
    return "step = after(step)\n" * lines


def best(around: str, *documents: Document, limit: int = 4) -> list[str]:
    return [match.text for match in most_similar(around, map(fingerprint, documents), limit=limit)]


def test_the_document_that_uses_the_same_names_is_found() -> None:
    orders, weather = document(ORDERS, "file:///p/orders.py"), document(WEATHER, "file:///p/weather.py")
    assert best(AROUND, weather, orders) == [ORDERS.strip("\n")]


def test_in_a_long_document_the_passage_is_found_and_not_its_head() -> None:
    [first, *_] = best(AROUND, document(filler(300) + ORDERS + filler(300)))
    assert "def total_of" in first
    assert len(first.splitlines()) <= 2 * STEP_LINES


def test_a_passage_begins_behind_a_blank_line_that_is_near_its_start() -> None:
    text = "a_farther = passage(noise)\n" * STEP_LINES + filler(5) + ORDERS + filler(40)
    [first, *_] = best(AROUND, document(text), limit=1)
    assert first.startswith("def total_of")


def test_no_two_matches_overlap() -> None:
    matches = most_similar(AROUND, [fingerprint(document(ORDERS * 40))], limit=4)
    lines = [line for match in matches for line in match.lines]
    assert len(matches) == 4
    assert len(lines) == len(set(lines))


def test_what_the_caller_rules_out_makes_room_for_the_next() -> None:
    known = fingerprint(document(ORDERS * 40))
    [first] = most_similar(AROUND, [known], limit=1)
    [other] = most_similar(AROUND, [known], limit=1, unless=lambda _document, lines: lines == first.lines)
    assert other.lines != first.lines


@pytest.mark.parametrize("text", ["", "\n", "\n" * 1000, "{}()[];\n" * 100, "\ud800\udfff" * 50, "x" * 100_000])
def test_a_document_without_words_resembles_nothing(text: str) -> None:
    assert best(AROUND, document(text)) == []


def test_lines_that_are_data_are_no_passage_and_hide_none() -> None:
    text = filler(100) + ORDERS + filler(40) + "blob = '" + "order item price " * 10_000 + "'\n" + filler(40)
    found = best(AROUND, document(text))
    assert any("def total_of" in passage for passage in found)
    assert max(map(len, found)) < 5_000


def test_of_a_huge_document_the_head_and_what_is_near_are_looked_at() -> None:
    lines = 200_000
    huge = document(ORDERS + filler(lines) + ORDERS + filler(lines))
    [here] = [n for n in range(lines, lines + 10) if "def total_of" in huge.text.line(n)]
    known = fingerprint(huge, near=[here])
    assert len(known.passages) <= MAX_STEPS
    found = most_similar(AROUND, [known], limit=2)
    assert [0 in match.lines or here in match.lines for match in found] == [True, True]
    assert max(passage.lines.stop for passage in fingerprint(huge).passages) < here


def test_similarity_is_that_of_the_sets_of_words() -> None:
    assert similarity("alpha beta", "beta alpha alpha") == 1
    assert similarity("alpha beta", "gamma delta") == 0
    assert similarity("alpha beta gamma", "beta gamma delta") == pytest.approx(0.5)
    assert similarity("", "") == 0


@given(left=st.text(max_size=200), right=st.text(max_size=200))
def test_similarity_is_a_share_and_the_same_both_ways(left: str, right: str) -> None:
    assert 0 <= similarity(left, right) == similarity(right, left) <= 1


@given(text=st.text(alphabet="ab_ \n\r\t\f\u2028é😀", max_size=3000), near=st.lists(st.integers(0, 2000), max_size=3))
def test_every_passage_lies_in_the_text(text: str, near: list[int]) -> None:
    known = fingerprint(document(text), near=near)
    for passage in known.passages:
        assert 0 <= passage.lines.start < known.document.text.line_count
    assert all(match.text in text for match in most_similar(text, [known], limit=3) if "\r" not in match.text)


def test_a_fingerprint_keeps_the_text_that_it_is_of() -> None:
    now = document(ORDERS)
    assert fingerprint(now) == Fingerprint(now, fingerprint(now).passages)
    assert fingerprint(now).document.text is now.text
