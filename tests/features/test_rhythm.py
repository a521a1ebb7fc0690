"""When is the model asked?"""

from __future__ import annotations

import pytest
from support.cursor import at

from mistral_lsp.core.document import Cursor
from mistral_lsp.core.text import Text
from mistral_lsp.features.rhythm import MAX_DELAY_S, Rhythm


class Typist:
    """Types into one document, a key each so many milliseconds."""

    def __init__(self, text: str) -> None:
        self.now = 0.0
        self.cursor = at(text)
        self.rhythm = Rhythm(clock=lambda: self.now)
        self.rhythm.typed(self.cursor.document)

    def type(self, keys: str, *, every_ms: float = 100) -> None:
        for key in keys:
            self.replace(0, key, after_ms=every_ms)

    def replace(self, count: int, new: str, *, after_ms: float = 100) -> None:
        """Take so many characters away before the cursor, and put others in their place."""
        self.now += after_ms / 1000
        document, offset = self.cursor.document, self.cursor.offset
        text = document.text.replace(offset - count, offset, new)
        self.cursor = Cursor(document.changed(text, (document.version or 0) + 1), offset - count + len(new))
        self.rhythm.typed(self.cursor.document)

    @property
    def delay_ms(self) -> float:
        return self.rhythm.delay_s(self.cursor) * 1000


def quick(typist: Typist, latency_ms: float) -> None:
    for _ in range(9):
        typist.rhythm.answered(latency_ms / 1000)


def test_a_quick_endpoint_waits_for_the_rest_of_an_interval() -> None:
    typist = Typist("█")
    quick(typist, 30)
    typist.type("result", every_ms=120)
    assert typist.delay_ms == pytest.approx(90)


def test_a_slow_endpoint_is_asked_at_once() -> None:
    typist = Typist("█")
    quick(typist, 400)
    typist.type("result", every_ms=120)
    assert typist.delay_ms == 0


@pytest.mark.parametrize("every_ms", [151, 300, 900])
def test_no_wait_is_over_150_ms(every_ms: float) -> None:
    typist = Typist("█")
    quick(typist, 0)
    typist.type("result", every_ms=every_ms)
    assert typist.delay_ms == MAX_DELAY_S * 1000


def test_pauses_are_no_rhythm() -> None:
    typist = Typist("█")
    quick(typist, 0)
    for _ in range(8):
        typist.type("ab", every_ms=80)
        typist.now += 60
    assert typist.delay_ms == pytest.approx(80)


@pytest.mark.parametrize("line", ["    █", "call(█)", "x = [█", "name.█", "return █", "first, █", "█"])
def test_where_a_word_begins_the_model_is_asked_at_once(line: str) -> None:
    typist = Typist(f"a = 1\n{line}\n")
    quick(typist, 0)
    assert typist.delay_ms == 0


def test_asked_again_in_the_same_word_it_waits_for_a_whole_interval() -> None:
    typist = Typist("x = █\n")
    quick(typist, 400)
    assert typist.delay_ms == 0
    typist.type("re", every_ms=110)
    assert typist.delay_ms > 0  # what was asked for at "x = " was another word
    typist.type("sult + ", every_ms=110)
    assert typist.delay_ms == 0


@pytest.mark.parametrize(
    ("before", "count", "new", "is_deletion"),
    [
        ("x = foo█", 1, "", True),
        ("x = foo█\n", 3, "", True),
        ("x = foo█", 0, "o", False),
        ("x = foo█", 2, "bar", False),
    ],
)
def test_a_plain_deletion_is_known_by_the_text(before: str, count: int, new: str, *, is_deletion: bool) -> None:
    typist = Typist(before)
    typist.replace(count, new)
    assert typist.rhythm.has_deleted_at(typist.cursor) is is_deletion


def test_typing_ends_what_a_deletion_began() -> None:
    typist = Typist("x = foo█")
    typist.replace(1, "")
    typist.type("o")
    assert not typist.rhythm.has_deleted_at(typist.cursor)


def test_a_deletion_silences_its_own_place_and_document_alone() -> None:
    typist = Typist("x = foo█\ny = 1\n")
    typist.replace(1, "")
    assert not typist.rhythm.has_deleted_at(Cursor(typist.cursor.document, 3))
    typist.rhythm.forget(typist.cursor.document.uri)
    assert not typist.rhythm.has_deleted_at(typist.cursor)


def test_the_words_of_a_text_are_told_apart_by_line() -> None:
    typist = Typist("ab█\n")
    typist.rhythm.delay_s(typist.cursor)
    typist.cursor = Cursor(typist.cursor.document.changed(Text.of("ab\nab"), 9), 5)
    quick(typist, 400)
    assert typist.delay_ms == 0
