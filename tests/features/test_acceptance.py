"""What was accepted, and whether it was kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from support.cursor import MARK, at

from mistral_lsp.core.document import Span
from mistral_lsp.core.suggestion import Suggestion
from mistral_lsp.core.text import Text
from mistral_lsp.features.acceptance import KEPT_AFTER_S, REMEMBERED, Acceptance

if TYPE_CHECKING:
    from collections.abc import Callable

    from mistral_lsp.core.document import Document

BEFORE = "import os\n\n\ndef add(a, b):\n    total = █\n    return total\n"
URI = "file:///project/a.py"


class Session:
    """One document in an editor, and a clock that is turned by hand."""

    def __init__(self, marked: str = BEFORE) -> None:
        self.cursor = at(marked, uri=URI)
        self.document: Document | None = self.cursor.document
        self.waiting: list[tuple[float, Callable[[], None]]] = []
        self.acceptance = Acceptance(lambda _: self.document, self.call_later)

    def call_later(self, delay_s: float, callback: Callable[[], None]) -> Session:
        self.waiting.append((delay_s, callback))
        return self

    def cancel(self) -> None:
        self.waiting.clear()

    def show(self, text: str, number: int = 1) -> None:
        span = Span(self.cursor.document, self.cursor.offset, self.cursor.offset)
        self.acceptance.shown(number, Suggestion(text, span))

    def becomes(self, text: str) -> None:
        self.document = self.cursor.document.changed(Text.of(text), 2)

    def after_30_s(self) -> int:
        """How many were kept."""
        for delay_s, callback in self.waiting:
            assert delay_s == KEPT_AFTER_S
            callback()
        return self.acceptance.counts.kept


def kept(after: str, *, text: str = "a + b", before: str = BEFORE) -> bool:
    session = Session(before)
    session.show(text)
    assert session.acceptance.accepted(1)
    session.becomes(after)
    return session.after_30_s() == 1


def test_an_accepted_suggestion_counts_with_its_characters() -> None:
    session = Session()
    session.show("a + b")
    assert session.acceptance.accepted(1)
    counts = session.acceptance.counts
    assert (counts.shown, counts.accepted, counts.characters_saved, counts.kept) == (1, 1, 5, 0)


@pytest.mark.parametrize("number", [0, 2, -1, 10**30, True, 1.0, "1", None, [1], {"a": 1}])
def test_what_is_no_number_of_a_suggestion_counts_for_nothing(number: Any) -> None:
    session = Session()
    session.show("a + b")
    assert not session.acceptance.accepted(number)
    assert (session.acceptance.counts.accepted, session.waiting) == (0, [])


def test_a_suggestion_is_accepted_once() -> None:
    session = Session()
    session.show("a + b")
    assert session.acceptance.accepted(1)
    assert not session.acceptance.accepted(1)


def test_what_stands_there_after_30_s_was_kept() -> None:
    assert kept(BEFORE.replace(MARK, "a + b"))


def test_what_was_deleted_or_rewritten_was_not() -> None:
    assert not kept(BEFORE.replace(MARK, ""))
    assert not kept(BEFORE.replace(MARK, "a - b"))


def test_the_same_text_elsewhere_does_not_count() -> None:
    assert not kept(BEFORE.replace(MARK, "") + "a + b\n")


def test_edits_above_and_a_formatter_do_no_harm() -> None:
    after = '"""What is added."""\n' * 20 + BEFORE.replace(MARK, "(a+b)").replace("    ", "\t")
    assert kept(after, text="(a + b)")


def test_windows_line_ends_do_no_harm() -> None:
    before = BEFORE.replace("\n", "\r\n")
    assert kept(before.replace(MARK, "(\r\n        a + b\r\n    )"), text="(\n        a + b\n    )", before=before)


def test_of_several_offered_the_one_that_was_taken_counts() -> None:
    session = Session()
    span = Span(session.cursor.document, session.cursor.offset, session.cursor.offset)
    session.acceptance.shown(1, Suggestion("a + b", span, others=("sum((a, b))",)))
    assert not session.acceptance.accepted(1, 2)
    assert session.acceptance.accepted(1, 1)
    assert session.acceptance.counts.characters_saved == len("sum((a, b))")
    session.becomes(BEFORE.replace(MARK, "sum((a, b))"))
    assert session.after_30_s() == 1


def test_what_it_replaced_is_not_saved() -> None:
    session = Session()
    session.acceptance.shown(1, Suggestion("import pathlib", Span(session.cursor.document, 0, 9)))
    session.acceptance.accepted(1)
    assert session.acceptance.counts.characters_saved == len("import pathlib") - 9


@pytest.mark.parametrize("end", [lambda one: one.forget(URI), lambda one: one.close()], ids=["document", "session"])
def test_closing_ends_the_wait_and_forgets_what_could_be_accepted(end: Callable[[Acceptance], None]) -> None:
    session = Session()
    session.show("a + b")
    session.show("c", number=2)
    session.acceptance.accepted(1)
    end(session.acceptance)
    assert session.waiting == []
    assert not session.acceptance.accepted(2)


def test_closing_another_document_changes_nothing() -> None:
    session = Session()
    session.show("a + b")
    session.acceptance.accepted(1)
    session.acceptance.forget("file:///project/b.py")
    assert len(session.waiting) == 1


def test_old_suggestions_are_forgotten() -> None:
    session = Session()
    for number in range(REMEMBERED + 1):
        session.show("a", number=number)
    assert not session.acceptance.accepted(0)
    assert session.acceptance.accepted(1)
    assert session.acceptance.counts.shown == REMEMBERED + 1


async def test_the_event_loop_looks_after_the_time() -> None:
    acceptance = Acceptance(lambda _: None)
    cursor = at("█", uri=URI)
    acceptance.shown(1, Suggestion("a", Span(cursor.document, 0, 0)))
    assert acceptance.accepted(1)
    ((_, timer),) = acceptance._timers.values()
    acceptance.close()
    assert timer.cancelled()  # type: ignore[attr-defined]  # asyncio's TimerHandle
