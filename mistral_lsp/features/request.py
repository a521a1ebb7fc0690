"""Request: what an editor asks of ghost text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mistral_lsp.core.packages import NOTHING_KNOWN

if TYPE_CHECKING:
    from mistral_lsp.core.document import Cursor, Document, Span
    from mistral_lsp.core.packages import KnownPackages


@dataclass(frozen=True, slots=True)
class Popup:
    """The item that is selected in the editor's menu: what ghost text goes on from, though it isn't typed."""

    document: Document  # as it is, without that
    span: Span  # in it: what the item would replace
    text: str  # the item's


@dataclass(frozen=True, slots=True)
class CompletionRequest:
    """What the editor asked, frozen before anything is awaited."""

    cursor: Cursor
    invoked: bool  # by hand; otherwise automatic, while typing
    root_uri: str = ""  # the workspace folder that the document is in
    cells_above: tuple[Document, ...] = ()  # in a notebook: the cells before this one, in order
    popup: Popup | None = None  # `cursor` is behind its text, in the document that has that in place
    packages: KnownPackages = NOTHING_KNOWN  # of that folder
    waited_s: float = 0.0  # for a pause in the typing, by the editor
