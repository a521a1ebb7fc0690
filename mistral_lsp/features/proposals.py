"""Proposals: what was found for an action already, for as long as the text stays what it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mistral_lsp.core.document import Document
    from mistral_lsp.features.actions import Offer
    from mistral_lsp.features.editing import Proposal

MAX_KEPT = 20

_Key = tuple[str, str, int, int, tuple[str, str, str] | None]


class Proposals:
    """The last of them."""

    def __init__(self) -> None:
        """There is none yet."""
        self._kept: dict[_Key, tuple[Document, Proposal]] = {}

    def get(self, document: Document, offer: Offer) -> Proposal | None:
        """What was proposed for this offer in this very text."""
        before, found = self._kept.get(_key(document, offer), (None, None))
        return found if before is document else None

    def put(self, document: Document, offer: Offer, proposal: Proposal) -> None:
        """Keep it."""
        self._kept.pop(_key(document, offer), None)
        self._kept[_key(document, offer)] = document, proposal
        while len(self._kept) > MAX_KEPT:
            del self._kept[next(iter(self._kept))]


def _key(document: Document, offer: Offer) -> _Key:
    key = offer.diagnostic.key if offer.diagnostic is not None else None
    return document.uri, offer.action.name, offer.start, offer.end, key
