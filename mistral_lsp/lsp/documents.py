"""Documents: what the editor has open, as frozen values that each change replaces."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING

from lsprotocol import types

from mistral_lsp.core.document import Document
from mistral_lsp.core.file_types import language_id_of
from mistral_lsp.core.text import Text, without_terminator
from mistral_lsp.lsp.convert import Encoding, column_of, from_utf16, utf16

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

log = logging.getLogger(__name__)

VAGUE = frozenset({"", "prog"})  # language ids that name none: Eglot's for a server of all of prog-mode
_LINE_END = sys.maxsize // 2  # as a column: past every line's end

_Change = types.TextDocumentContentChangePartial | types.TextDocumentContentChangeWholeDocument


class Documents:
    """The open documents of one session, by the URI exactly as the editor writes it.

    A handler's snapshot is the Document that `get` gave it: nothing changes that one.
    """

    def __init__(self, encoding: Encoding | str) -> None:
        """`encoding` is what the session's positions count."""
        self.encoding = Encoding(encoding)
        self._documents: dict[str, Document] = {}
        self._cells: dict[str, tuple[str, ...]] = {}  # of each notebook, in order

    def __len__(self) -> int:
        return len(self._documents)

    def __iter__(self) -> Iterator[Document]:
        return iter(tuple(self._documents.values()))

    def get(self, uri: str) -> Document | None:
        """The document as it is now, if it is open."""
        return self._documents.get(uri)

    def cells_above(self, uri: str) -> list[Document]:
        """The open cells before a cell of a notebook, in order; none for what is no cell."""
        for cells in self._cells.values():
            if uri in cells:
                above = map(self.get, cells[: cells.index(uri)])
                return [cell for cell in above if cell]
        return []

    def open(self, params: types.DidOpenTextDocumentParams) -> None:
        """Take a document's text; one that was open already is replaced."""
        self._open(params.text_document)

    def change(self, params: types.DidChangeTextDocumentParams) -> None:
        """Apply changes in order, each to the result of the one before it."""
        self._change(params.text_document, params.content_changes)

    def close(self, params: types.DidCloseTextDocumentParams) -> None:
        """Forget a document's text."""
        self._documents.pop(params.text_document.uri, None)

    def open_notebook(self, params: types.DidOpenNotebookDocumentParams) -> None:
        """Take the text of each cell, and their order."""
        notebook = params.notebook_document
        self._cells[notebook.uri] = _uris(notebook.cells)
        for cell in params.cell_text_documents:
            self._open(cell)

    def change_notebook(self, params: types.DidChangeNotebookDocumentParams) -> None:
        """Move, add and remove cells; then change the text of some."""
        changes = params.change.cells
        if changes is None:
            return
        if changes.structure is not None:
            self._restructure(params.notebook_document.uri, changes.structure)
        for content in changes.text_content or ():
            self._change(content.document, content.changes)

    def close_notebook(self, params: types.DidCloseNotebookDocumentParams) -> None:
        """Forget a notebook and the text of each cell."""
        cells = self._cells.pop(params.notebook_document.uri, ())
        for uri in (*cells, *(cell.uri for cell in params.cell_text_documents)):
            self._documents.pop(uri, None)

    def _open(self, item: types.TextDocumentItem) -> None:
        language = str.__str__(item.language_id)  # a member of an enum, where lsprotocol knows the language
        if language in VAGUE:
            language = language_id_of(item.uri.rpartition("/")[2])
        self._documents[item.uri] = Document(item.uri, language, item.version, Text.of(item.text))

    def _change(self, identifier: types.VersionedTextDocumentIdentifier, changes: Iterable[_Change]) -> None:
        document = self._documents.get(identifier.uri)
        if document is None:
            log.warning("a change of a document that isn't open was ignored")
            return
        text = document.text
        for change in changes:
            text = _changed(text, change, self.encoding)
        self._documents[identifier.uri] = document.changed(text, identifier.version)

    def _restructure(self, uri: str, structure: types.NotebookDocumentCellChangeStructure) -> None:
        array = structure.array
        cells = self._cells.get(uri, ())
        start, end = array.start, array.start + array.delete_count
        self._cells[uri] = (*cells[:start], *_uris(array.cells or ()), *cells[end:])
        for closed in structure.did_close or ():
            self._documents.pop(closed.uri, None)
        for opened in structure.did_open or ():
            self._open(opened)


def _uris(cells: Iterable[types.NotebookCell]) -> tuple[str, ...]:
    return tuple(cell.document for cell in cells)


def _changed(text: Text, change: _Change, encoding: Encoding) -> Text:
    if isinstance(change, types.TextDocumentContentChangeWholeDocument):
        return Text.of(change.text)
    start, end = _place(text, change.range.start), _place(text, change.range.end)
    if end < start:
        start, end = end, start
    first, line = text.line_at(start[0])
    last, last_line = (first, line) if end[0] == start[0] else text.line_at(end[0])
    if encoding == Encoding.Utf16 and not (line.isascii() and last_line.isascii() and change.text.isascii()):
        return _changed_in_utf16(text, start, end, change.text)
    first += column_of(line, start[1], encoding)
    last = first if start == end else last + column_of(last_line, end[1], encoding)
    return text.replace(first, last, change.text)


def _changed_in_utf16(text: Text, start: tuple[int, int], end: tuple[int, int], new: str) -> Text:
    """Splice code units: an editor that counts them may cut a surrogate pair in two, and make one of two halves."""
    (first, first_units), (last, last_units) = start, end
    before = utf16(without_terminator(text.line(first)))[: 2 * first_units]
    after = utf16(without_terminator(text.line(last)))[2 * last_units :]
    lines_start, lines_end = text.offset(first, 0), text.offset(last, _LINE_END)
    return text.replace(lines_start, lines_end, from_utf16(before + utf16(new) + after))


def _place(text: Text, position: types.Position) -> tuple[int, int]:
    """The line and the unit in it; outside the text is its nearest end."""
    if position.line >= text.line_count:
        return text.line_count - 1, _LINE_END
    return (position.line, max(0, position.character)) if position.line >= 0 else (0, 0)
