"""What is known of a document's errors, from two feeds, through edits."""

from __future__ import annotations

from support.cursor import at

from mistral_lsp.core.diagnostic import Diagnostic
from mistral_lsp.core.document import Document
from mistral_lsp.core.text import Text
from mistral_lsp.features.diagnostics import MAX_DOCUMENTS, MAX_KEPT, Diagnostics

DOCUMENT = at("a = b\nc = d\n█").document
B, D = Diagnostic.of(4, 5, "no b"), Diagnostic.of(10, 11, "no d")


def messages(store: Diagnostics, document: Document = DOCUMENT) -> list[str]:
    return [one.message for one in store.of(document)]


def test_what_a_plugin_tells_is_all_there_is() -> None:
    store = Diagnostics()
    store.seen(DOCUMENT, 0, 11, [B, D])
    store.told(DOCUMENT, [B])
    assert messages(store) == ["no b"]


def test_code_actions_add_up_and_their_range_is_news() -> None:
    store = Diagnostics()
    store.seen(DOCUMENT, 4, 4, [B])
    store.seen(DOCUMENT, 10, 10, [D])
    assert sorted(messages(store)) == ["no b", "no d"]
    store.seen(DOCUMENT, 4, 4, [])
    assert messages(store) == ["no d"]


def test_an_editor_that_sends_none_takes_none_away_from_a_plugin() -> None:
    store = Diagnostics()
    store.told(DOCUMENT, [B])
    store.seen(DOCUMENT, 4, 4, [])
    assert messages(store) == ["no b"]


def test_the_same_by_both_is_one() -> None:
    store = Diagnostics()
    store.told(DOCUMENT, [B])
    store.seen(DOCUMENT, 4, 4, [B])
    assert messages(store) == ["no b"]


def test_they_move_with_the_text() -> None:
    store = Diagnostics()
    store.told(DOCUMENT, [B, D])
    changed = DOCUMENT.changed(DOCUMENT.text.replace(0, 0, "# x\n"), 2)
    store.follow(changed)
    assert [(one.start, one.end) for one in store.of(changed)] == [(8, 9), (14, 15)]
    assert messages(store) == []  # of the older text nothing is asked any more
    assert [one.message for one in store.at(changed, 8, 8)] == ["no b"]


def test_an_edit_that_was_not_followed_is_caught_up_with() -> None:
    store = Diagnostics()
    store.seen(DOCUMENT, 4, 4, [B])
    changed = DOCUMENT.changed(DOCUMENT.text.replace(0, 0, "# x\n"), 2)
    store.seen(changed, 14, 14, [Diagnostic.of(14, 15, "no d")])
    assert sorted(messages(store, changed)) == ["no b", "no d"]


def test_a_closed_document_is_forgotten() -> None:
    store = Diagnostics()
    store.told(DOCUMENT, [B])
    store.forget(DOCUMENT.uri)
    assert messages(store) == []


def test_there_is_a_limit_and_the_worst_stay() -> None:
    store = Diagnostics()
    many = [Diagnostic.of(0, 1, f"hint {n}", severity=4) for n in range(5_000)]
    store.told(DOCUMENT, [*many, B])
    assert len(store.of(DOCUMENT)) == MAX_KEPT
    assert "no b" in messages(store)


def test_of_many_documents_the_last_stay() -> None:
    store = Diagnostics()
    documents = [Document(f"file:///{n}.py", "python", 1, Text.of("a\n")) for n in range(MAX_DOCUMENTS + 1)]
    for document in documents:
        store.told(document, [Diagnostic.of(0, 1, "x")])
    assert messages(store, documents[0]) == []
    assert messages(store, documents[-1]) == ["x"]
