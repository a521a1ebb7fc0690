"""What is kept of documents that were changed and closed, and what the disk says of them."""

from __future__ import annotations

from mistral_lsp.core.document import Document
from mistral_lsp.core.text import Text
from mistral_lsp.features.closed import MAX_CLOSED, Closed


def uri_of(number: int) -> str:
    return f"file:///p/{number}.py"


def changed_and_closed(closed: Closed, *uris: str) -> None:
    for uri in uris:
        closed.edited(uri)
        closed.closed(Document(uri, "python", 3, Text.of("as the editor had it")))


async def test_the_last_ones_are_kept_and_come_first() -> None:
    closed = Closed(lambda uri: uri)
    changed_and_closed(closed, *map(uri_of, range(MAX_CLOSED + 2)))
    await closed.look()
    assert [str(document.text) for document in closed] == [uri_of(n) for n in range(MAX_CLOSED + 1, 1, -1)]


async def test_a_text_that_stays_is_the_same_document_and_one_that_changes_another() -> None:
    texts = {uri_of(1): "one", uri_of(2): "two"}
    closed = Closed(texts.get)
    changed_and_closed(closed, *texts)
    await closed.look()
    before = {document.uri: document for document in closed}
    texts[uri_of(2)] = "2"
    await closed.look()
    after = {document.uri: document for document in closed}
    assert after[uri_of(1)] is before[uri_of(1)]
    assert str(after[uri_of(2)].text) == "2"


async def test_one_that_is_gone_is_forgotten_for_good() -> None:
    texts = {uri_of(1): "one"}
    closed = Closed(texts.get)
    changed_and_closed(closed, uri_of(1))
    del texts[uri_of(1)]
    await closed.look()
    assert uri_of(1) not in closed


async def test_one_that_is_opened_while_it_is_read_is_the_editors() -> None:
    def read(uri: str) -> str:
        closed.opened(uri)
        return "from the disk"

    closed = Closed(read)
    changed_and_closed(closed, uri_of(1))
    await closed.look()
    assert list(closed) == []


async def test_a_later_session_with_it_has_to_change_it_too() -> None:
    closed = Closed(lambda _uri: "text")
    changed_and_closed(closed, uri_of(1))
    closed.opened(uri_of(1))
    closed.closed(Document(uri_of(1), "python", 1, Text.of("text")))
    assert uri_of(1) not in closed
