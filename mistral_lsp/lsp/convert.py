"""Conversion: LSP's positions, requests and answers to our values and back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lsprotocol import types

from mistral_lsp.core.document import Cursor, Span
from mistral_lsp.core.reason import Reason
from mistral_lsp.core.text import byte_length, encode, without_terminator
from mistral_lsp.features.request import CompletionRequest, Popup
from mistral_lsp.lsp.converter import Json, SelectingContext

if TYPE_CHECKING:
    from mistral_lsp.core.document import Document
    from mistral_lsp.core.suggestion import Suggestion
    from mistral_lsp.core.text import Text
    from mistral_lsp.lsp.documents import Documents

Encoding = types.PositionEncodingKind

ACCEPTED = "mistralLsp.accepted"  # what editors run once they have inserted an item
MAX_POPUP_CHARS = 1_000  # a longer item is a snippet of its own
LABEL_CHARS = 60  # a menu's row, about as wide as editors draw it

_TITLE = "Accepted"
_CONTINUATION_BYTES = bytes(range(0x80, 0xC0))
_WORD_AT_END = re.compile(r"\w*\Z")
_LANGUAGE_ID = re.compile(r"[\w.+#-]*")


class Reader:
    """Reads the requests of one session, whose editor numbers the trigger kinds in one of two ways.

    LSP 3.18 says 1 for invoked and 2 for automatic; clients written for its drafts (vscode-languageclient 9) send 0 and
    1. So a 1 means automatic in a session that has sent a 0.
    """

    def __init__(self, documents: Documents) -> None:
        """Read against these documents, as they are when a request comes."""
        self._documents = documents
        self._is_zero_based = False

    def completion_request(self, params: types.InlineCompletionParams) -> CompletionRequest | Reason:
        """What a textDocument/inlineCompletion asks for."""
        kind = params.context.trigger_kind  # not always the enum: an unknown value comes as it was sent
        self._is_zero_based = self._is_zero_based or kind == 0
        return from_lsp_completion(
            params, self._document(params), self._documents.encoding, is_zero_based=self._is_zero_based
        )

    def menu_request(self, params: types.CompletionParams) -> CompletionRequest | Reason:
        """What a textDocument/completion asks for."""
        return from_lsp_menu(params, self._document(params), self._documents.encoding)

    def _document(self, params: types.InlineCompletionParams | types.CompletionParams) -> Document | None:
        return self._documents.get(params.text_document.uri)


def from_lsp_completion(
    params: types.InlineCompletionParams, document: Document | None, encoding: Encoding, *, is_zero_based: bool = False
) -> CompletionRequest | Reason:
    """Read one request by itself; anything that isn't known to be invoked is automatic."""
    cursor = to_cursor(document, params.position, encoding)
    if isinstance(cursor, Reason):
        return cursor
    invoked = params.context.trigger_kind == (0 if is_zero_based else 1)
    if isinstance(params.context, SelectingContext) and not invoked:
        return Reason.SELECTION
    popup = _popup(cursor, params.context.selected_completion_info, encoding)
    return CompletionRequest(cursor if popup is None else _behind(popup), invoked, popup=popup)


def _popup(cursor: Cursor, selected: types.SelectedCompletionInfo | None, encoding: Encoding) -> Popup | None:
    """The menu's item that the editor wants ghost text to go on from; None where it isn't at the cursor."""
    if selected is None or len(selected.text) > MAX_POPUP_CHARS:
        return None
    document = cursor.document
    start, end = (to_offset(document.text, place, encoding) for place in (selected.range.start, selected.range.end))
    if not start <= cursor.offset <= end or document.text.position(start)[0] != document.text.position(end)[0]:
        return None
    return Popup(document, Span(document, start, end), selected.text)


def _behind(popup: Popup) -> Cursor:
    """The cursor behind the item's text, as if that stood in the document."""
    span, text = popup.span, popup.text
    document = popup.document.changed(popup.document.text.replace(span.start, span.end, text), popup.document.version)
    return Cursor(document, span.start + len(text))


def from_lsp_menu(
    params: types.CompletionParams, document: Document | None, encoding: Encoding
) -> CompletionRequest | Reason:
    """Read a request for a menu; always automatic, since "invoked" there also means that a word is being typed."""
    cursor = to_cursor(document, params.position, encoding)
    return cursor if isinstance(cursor, Reason) else CompletionRequest(cursor, invoked=False)


def to_lsp_inline_completion(outcome: Suggestion | Reason, encoding: Encoding, *, number: int) -> Json:
    """An InlineCompletionList: ghost text with an explicit range; none for a Reason, which takes it off the screen.

    `number` is the request's, by which the editor tells that it was accepted, with the item's own index.
    """
    if isinstance(outcome, Reason):
        return Json({"items": []})
    span, text = outcome.span, outcome.span.document.text
    start = end = _place(text, span.start, encoding)
    if span.end != span.start:
        end = _place(text, span.end, encoding)
    place = {"start": start, "end": end}
    return Json({"items": [_item(new, place, number, i) for i, new in enumerate((outcome.text, *outcome.others))]})


def to_lsp_menu(suggestion: Suggestion, encoding: Encoding, *, number: int) -> types.CompletionList:
    """The suggestion as the one item of a menu, made anew at each keystroke."""
    first, *others = suggestion.text.splitlines()
    shown = _word_before(suggestion.span) + first  # editors match the word that is being typed against it
    item = types.CompletionItem(
        label=_elided(shown.strip(), more=bool(others)),
        detail="; ".join(["mistral-lsp", *(f"adds {risk}" for risk in suggestion.risks)]),
        documentation=_fenced(suggestion) if others else None,
        filter_text=shown,
        insert_text_format=types.InsertTextFormat.PlainText,
        insert_text_mode=types.InsertTextMode.AsIs,  # its lines have their indentation already
        text_edit=types.TextEdit(to_range(suggestion.span, encoding), suggestion.text),
        command=types.Command(_TITLE, ACCEPTED, arguments=[number]),
    )
    return types.CompletionList(is_incomplete=True, items=[item])


def to_cursor(document: Document | None, position: types.Position, encoding: Encoding) -> Cursor | Reason:
    """The cursor at a position; past a line's end is its end, but there is nothing to do past the last line."""
    if document is None:
        return Reason.NOT_OPEN
    if not 0 <= position.line < document.text.line_count or position.character < 0:
        return Reason.OUTSIDE
    return Cursor(document, offset_of(document.text, position.line, position.character, encoding))


def to_range(span: Span, encoding: Encoding) -> types.Range:
    """The range of a span."""
    start = end = to_position(span.document.text, span.start, encoding)
    if span.end != span.start:
        end = to_position(span.document.text, span.end, encoding)
    return types.Range(start, end)


def to_offset(text: Text, position: types.Position, encoding: Encoding) -> int:
    """The offset of a position; outside the text is its nearest end, inside a character is the character's start."""
    return offset_of(text, position.line, position.character, encoding)


def offset_of(text: Text, line: int, units: int, encoding: Encoding) -> int:
    """As `to_offset`, for a position's two numbers."""
    if not 0 <= line < text.line_count:
        return text.offset(line, units)
    start, content = text.line_at(line)
    return start + column_of(content, units, encoding)


def column_of(line: str, units: int, encoding: Encoding) -> int:
    """The column in a line that stands in so many units; outside the line is its nearest end."""
    if not line.isascii() and encoding != Encoding.Utf32:
        units = _code_points(line, max(0, units), encoding)
    return min(units, len(without_terminator(line))) if units > 0 else 0


def to_position(text: Text, offset: int, encoding: Encoding) -> types.Position:
    """The position of an offset; inside a terminator is before it."""
    return types.Position(**_place(text, offset, encoding))


def _place(text: Text, offset: int, encoding: Encoding) -> dict[str, int]:
    """The same as JSON."""
    line, column = text.position(offset)
    before = without_terminator(text.line(line))[:column]
    return {"line": line, "character": _code_units(before, encoding)}


def utf16(text: str) -> bytes:
    """UTF-16 without a mark, also of lone surrogates."""
    return text.encode("utf-16-le", "surrogatepass")


def from_utf16(units: bytes) -> str:
    """The text of UTF-16 without a mark, in which halves of surrogate pairs may stand alone."""
    return units.decode("utf-16-le", "surrogatepass")


def _code_points(line: str, units: int, encoding: Encoding) -> int:
    """How many whole characters stand in the first `units` of a line, without a Python loop over them."""
    line = line[:units]  # a character takes one unit or more
    if encoding == Encoding.Utf8:
        data = encode(line)
        end = min(units, len(data))
        while end < len(data) and data[end] & 0xC0 == 0x80:  # in the middle of a character
            end -= 1
        return len(data[:end].translate(None, _CONTINUATION_BYTES))
    within = from_utf16(utf16(line)[: 2 * units])
    is_cut = within[-1:] != line[len(within) - 1 : len(within)]  # its last is half of a surrogate pair
    return len(within) - is_cut


def _code_units(text: str, encoding: Encoding) -> int:
    if text.isascii() or encoding == Encoding.Utf32:
        return len(text)
    return byte_length(text) if encoding == Encoding.Utf8 else len(utf16(text)) // 2


def _item(text: str, place: object, number: int, index: int) -> dict[str, object]:
    """An InlineCompletionItem."""
    arguments = [number, index] if index else [number]
    return {
        "insertText": text,
        "range": place,
        "command": {"title": _TITLE, "command": ACCEPTED, "arguments": arguments},
    }


def _word_before(span: Span) -> str:
    """What an editor takes for the word that is being typed."""
    text = span.document.text
    line, column = text.position(span.start)
    match = _WORD_AT_END.search(text.line(line)[:column])
    return match[0] if match else ""


def _elided(label: str, *, more: bool) -> str:
    if len(label) > LABEL_CHARS:
        return label[: LABEL_CHARS - 1] + "…"
    return f"{label} …".lstrip() if more or not label else label


def _fenced(suggestion: Suggestion) -> types.MarkupContent:
    """A code block whose fence is longer than any run of backticks in it, so that no text can end it."""
    longest = max(map(len, re.findall("`+", suggestion.text)), default=0)
    fence = "`" * max(3, longest + 1)
    language = suggestion.span.document.language
    info = language if _LANGUAGE_ID.fullmatch(language) else ""
    text = suggestion.text.removesuffix("\n")
    return types.MarkupContent(types.MarkupKind.Markdown, f"{fence}{info}\n{text}\n{fence}")
