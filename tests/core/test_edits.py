"""Where the user changed something lately."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mistral_lsp.core.document import Document
from mistral_lsp.core.edits import BULK_LINES, MARGIN_LINES, MAX_HUNKS, MAX_LINES, Hunk, edited, text_of
from mistral_lsp.core.text import Text

URI = "file:///p/a.py"
LINES = [f"line_{number}\n" for number in range(300)]


class Typist:
    """Changes documents, and keeps the hunks."""

    def __init__(self, text: str = "".join(LINES), uri: str = URI) -> None:
        self.documents = {uri: Document(uri, "python", 1, Text.of(text))}
        self.hunks: tuple[Hunk, ...] = ()

    def replace(self, line: int, new: str, *, lines: int = 0, uri: str = URI) -> Typist:
        """Put text before a line, and in place of so many lines."""
        before = self.documents.setdefault(uri, Document(uri, "python", 1, Text.of("".join(LINES))))
        start, end = before.text.offset(line, 0), before.text.offset(line + lines, 0)
        after = before.changed(before.text.replace(start, end, new), before.version + 1)
        self.hunks = edited(self.hunks, before, after)
        self.documents[uri] = after
        return self

    @property
    def places(self) -> list[tuple[int, int]]:
        return [(hunk.first, hunk.last) for hunk in self.hunks]


def test_typing_character_by_character_is_one_hunk() -> None:
    typist = Typist()
    for line in range(100, 110):
        for character in "abc\n"[::-1]:
            typist.replace(line, character)
    [hunk] = typist.hunks
    assert (hunk.first, hunk.last) == (100, 110)


def test_lines_that_come_above_move_a_hunk() -> None:
    assert Typist().replace(200, "x").replace(10, "a\nb\nc\n").places == [(203, 203), (10, 13)]


def test_lines_that_go_above_move_a_hunk() -> None:
    assert Typist().replace(200, "x").replace(10, "", lines=5).places == [(195, 195), (10, 10)]


def test_a_change_below_leaves_a_hunk_where_it_is() -> None:
    assert Typist().replace(10, "x").replace(200, "a\n").places == [(10, 10), (200, 201)]


def test_a_change_near_a_hunk_joins_it_and_makes_it_the_newest() -> None:
    assert Typist().replace(10, "x").replace(200, "y").replace(12, "z").places == [(200, 200), (10, 12)]


def test_another_document_s_hunks_stay() -> None:
    typist = Typist().replace(10, "x").replace(10, "a\nb\n", uri="file:///p/b.py")
    assert [(hunk.uri, hunk.first) for hunk in typist.hunks] == [(URI, 10), ("file:///p/b.py", 10)]


def test_the_oldest_go() -> None:
    typist = Typist()
    for line in range(0, 150, 10):
        typist.replace(line, "x")
    assert [first for first, _ in typist.places] == list(range(150 - 10 * MAX_HUNKS, 150, 10))


def test_a_long_hunk_is_cut_to_the_lines_that_were_changed_last() -> None:
    typist = Typist()
    for line in range(50):
        typist.replace(line, "x\n")
    assert typist.places == [(51 - MAX_LINES, 50)]


def test_a_formatter_s_change_is_no_edit_and_ends_those_in_it() -> None:
    typist = Typist().replace(50, "x").replace(290, "y")
    typist.replace(10, "".join(f"  {line}" for line in LINES[10 : 20 + BULK_LINES]), lines=10 + BULK_LINES)
    assert typist.places == [(290, 290)]


def test_the_same_text_is_no_edit() -> None:
    assert Typist().replace(10, LINES[10], lines=1).places == []


def test_a_hunk_is_shown_as_it_is_now_with_lines_around_it() -> None:
    typist = Typist().replace(100, "new = 1\n")
    text = typist.documents[URI].text
    [hunk] = typist.hunks
    shown = text_of(hunk.shown(text), text)
    assert shown is not None
    assert shown.splitlines()[MARGIN_LINES] == "new = 1"
    assert shown.splitlines()[0] == f"line_{100 - MARGIN_LINES}"


def test_blank_lines_and_data_are_not_shown() -> None:
    for text in ("\n" * 20, "x" * 10_000):
        assert text_of(range(5), Text.of(text)) is None


@given(
    st.lists(
        st.tuples(st.integers(0, 60), st.integers(0, 30), st.text(alphabet="a\n\r", max_size=60)),
        max_size=20,
    )
)
def test_every_hunk_lies_in_its_text(changes: list[tuple[int, int, str]]) -> None:
    typist = Typist("a\n" * 40)
    for line, lines, new in changes:
        typist.replace(line, new, lines=lines)
        count = typist.documents[URI].text.line_count
        for first, last in typist.places:
            assert 0 <= first <= last < count
            assert last - first < MAX_LINES
