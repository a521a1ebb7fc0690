"""Conversion: positions in each encoding, requests in each numbering, and what editors get back."""

from __future__ import annotations

import dataclasses
import time
from typing import TYPE_CHECKING, Any

import attrs
import pytest
from lsprotocol import types
from support.cursor import at, span

from mistral_lsp.core.document import Span
from mistral_lsp.core.reason import Reason
from mistral_lsp.core.suggestion import Suggestion
from mistral_lsp.core.text import Text
from mistral_lsp.features.request import CompletionRequest
from mistral_lsp.lsp import convert
from mistral_lsp.lsp.convert import Encoding, Reader, to_offset, to_position
from mistral_lsp.lsp.converter import tolerant_converter
from mistral_lsp.lsp.documents import Documents

if TYPE_CHECKING:
    from mistral_lsp.core.document import Document

URI = "file:///project/a.py"
ENCODINGS = list(Encoding)


def position(line: int, character: int) -> types.Position:
    with attrs.validators.disabled():  # numbers below zero too
        return types.Position(line, character)


def asked(line: int, character: int, kind: int = 1, uri: str = URI) -> types.InlineCompletionParams:
    context = types.InlineCompletionContext(kind)  # type: ignore[arg-type]  # what the wire leaves of an unknown value
    return types.InlineCompletionParams(context, types.TextDocumentIdentifier(uri), position(line, character))


def read(document: Document | None, line: int, character: int) -> CompletionRequest | Reason:
    return convert.from_lsp_completion(asked(line, character), document, Encoding.Utf16)


def suggested(marked: str, text: str, *, language: str = "python") -> Suggestion:
    """Text to suggest at the █."""
    cursor = at(marked, language)
    return Suggestion(text, Span(cursor.document, cursor.offset, cursor.offset))


def sent(outcome: Suggestion | Reason, encoding: Encoding = Encoding.Utf16) -> list[types.InlineCompletionItem]:
    """The items of an answer, as a client reads its JSON."""
    said = convert.to_lsp_inline_completion(outcome, encoding, number=7).value
    return list(tolerant_converter().structure(said, types.InlineCompletionList).items)


def menu_item(suggestion: Suggestion) -> types.CompletionItem:
    (item,) = convert.to_lsp_menu(suggestion, Encoding.Utf16, number=7).items
    return item


PLACE = {"line": 0, "character": 1}


@pytest.mark.parametrize(
    ("selection", "is_some"),
    [
        ({"start": {"line": 0, "character": 0}, "end": PLACE}, True),
        ({"start": PLACE, "end": PLACE}, False),
        ({}, False),
        (None, False),
        ("all of it", False),
        ([0, 1], False),
        ({"start": None, "end": {"line": "x"}}, True),
    ],
)
def test_what_a_plugin_says_of_a_selection_silences_what_nobody_asked_for(selection: Any, is_some: bool) -> None:  # noqa: FBT001 - a row
    for kind, reason in ((1, None), (2, Reason.SELECTION if is_some else None)):
        context = {"triggerKind": kind, "selection": selection}
        raw = {"textDocument": {"uri": URI}, "position": PLACE, "context": context}
        params = tolerant_converter().structure(raw, types.InlineCompletionParams)
        outcome = convert.from_lsp_completion(params, at("ab█").document, Encoding.Utf16)
        assert (outcome if isinstance(outcome, Reason) else None) is reason


@pytest.mark.parametrize(("encoding", "character"), [(Encoding.Utf8, 7), (Encoding.Utf16, 4), (Encoding.Utf32, 3)])
def test_a_position_counts_the_units_of_its_encoding(encoding: Encoding, character: int) -> None:
    text = Text.of("x\né😀b\r\n")

    assert to_position(text, 5, encoding) == types.Position(1, character)
    assert to_offset(text, types.Position(1, character), encoding) == 5


@pytest.mark.parametrize(
    ("encoding", "offsets"),
    [
        (Encoding.Utf8, [0, 0, 1, 1, 1, 1, 2, 3, 3]),
        (Encoding.Utf16, [0, 1, 1, 2, 3, 3]),
        (Encoding.Utf32, [0, 1, 2, 3, 3]),
    ],
)
def test_a_position_inside_a_character_is_its_start(encoding: Encoding, offsets: list[int]) -> None:
    text = Text.of("é😀b\r\nc")

    assert [to_offset(text, types.Position(0, character), encoding) for character in range(len(offsets))] == offsets


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_lone_surrogate_is_a_character_of_its_own(encoding: Encoding) -> None:
    text = Text.of("\ud83dé\ud83d")

    places = [to_position(text, offset, encoding) for offset in range(4)]
    assert [to_offset(text, place, encoding) for place in places] == [0, 1, 2, 3]
    assert len(set(map(repr, places))) == 4


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_an_offset_inside_a_terminator_is_the_end_of_its_line(encoding: Encoding) -> None:
    assert to_position(Text.of("ab\r\nc"), 3, encoding) == types.Position(0, 2)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_position_on_a_minified_line_takes_no_time_to_speak_of(encoding: Encoding) -> None:
    # One Python step for each character would take 12 to 50 ms.
    text = Text.of("x\n" + "é = 1; 😀" * 12_500 + "\n")
    offset = 90_000
    started = time.process_time()
    for _ in range(20):
        assert to_offset(text, to_position(text, offset, encoding), encoding) == offset

    assert (time.process_time() - started) / 20 < 0.005


def test_a_request_has_the_cursor_of_the_document_as_it_is_now() -> None:
    document = at("a = 1\nprint(█)\n").document

    request = read(document, 1, 6)

    assert isinstance(request, CompletionRequest)
    assert (request.cursor.document, request.cursor.offset, request.invoked) == (document, 12, True)


@pytest.mark.parametrize(("line", "character", "offset"), [(0, 99, 5), (1, 2**31 - 1, 8), (2, 0, 9), (2, 5, 9)])
def test_a_column_past_the_end_is_the_end_of_its_line(line: int, character: int, offset: int) -> None:
    request = read(at("a = 1\nb😀█\n").document, line, character)

    assert isinstance(request, CompletionRequest)
    assert request.cursor.offset == offset


@pytest.mark.parametrize(("line", "character"), [(3, 0), (2**31 - 1, 0), (-1, 0), (0, -1)])
def test_a_place_that_is_no_place_gets_nothing(line: int, character: int) -> None:
    assert read(at("a = 1\nb = 2█\n").document, line, character) is Reason.OUTSIDE


def test_a_document_that_is_not_open_gets_nothing() -> None:
    assert read(None, 0, 0) is Reason.NOT_OPEN


@pytest.mark.parametrize(
    ("kinds", "invoked"),
    [
        ([1, 2, 1, 2], [True, False, True, False]),  # LSP 3.18
        ([0, 1, 1, 0], [True, False, False, True]),  # its drafts
        ([1, 0, 1], [True, True, False]),  # the first one can't be told
        ([None, 3, "automatic"], [False, False, False]),
    ],
)
def test_both_numberings_of_the_trigger_kinds_are_read(kinds: list[int], invoked: list[bool]) -> None:
    documents = Documents("utf-16")
    documents.open(types.DidOpenTextDocumentParams(types.TextDocumentItem(URI, "python", 1, "a")))
    reader = Reader(documents)

    requests = [reader.completion_request(asked(0, 1, kind)) for kind in kinds]

    assert [isinstance(request, CompletionRequest) and request.invoked for request in requests] == invoked
    assert reader.completion_request(asked(0, 1, uri="file:///other.py")) is Reason.NOT_OPEN


def test_a_menu_is_always_automatic() -> None:
    documents = Documents("utf-16")
    documents.open(types.DidOpenTextDocumentParams(types.TextDocumentItem(URI, "python", 1, "a")))
    context = types.CompletionContext(types.CompletionTriggerKind.Invoked)
    params = types.CompletionParams(types.TextDocumentIdentifier(URI), types.Position(0, 1), context)

    request = Reader(documents).menu_request(params)

    assert isinstance(request, CompletionRequest)
    assert (request.cursor.offset, request.invoked) == (1, False)
    params.position = types.Position(1, 0)
    assert Reader(documents).menu_request(params) is Reason.OUTSIDE


@pytest.mark.parametrize(("encoding", "character"), [(Encoding.Utf8, 10), (Encoding.Utf16, 8), (Encoding.Utf32, 7)])
def test_ghost_text_has_a_range_in_the_clients_encoding(encoding: Encoding, character: int) -> None:
    suggestion = suggested('a\nx = "😀█"\n', "→\nb")

    (item,) = sent(suggestion, encoding)

    place = types.Position(1, character - 1)
    assert (item.insert_text, item.range) == ("→\nb", types.Range(place, place))


def test_ghost_text_may_replace_what_stands_there() -> None:
    (item,) = sent(Suggestion("print()", span("«pri» x")))

    assert item.range == types.Range(types.Position(0, 0), types.Position(0, 3))


def test_the_editor_can_tell_which_item_it_accepted() -> None:
    suggestion = suggested("pri█", "nt()")

    (ghost_text,) = sent(suggestion)

    assert ghost_text.command == types.Command("Accepted", "mistralLsp.accepted", arguments=(7,))
    assert menu_item(suggestion).command == types.Command("Accepted", "mistralLsp.accepted", arguments=[7])


def test_one_of_several_texts_is_told_by_its_place_among_them() -> None:
    suggestion = dataclasses.replace(suggested("pri█", "nt()"), others=("nt(x)",))

    items = sent(suggestion)

    assert [(item.insert_text, item.command and item.command.arguments) for item in items] == [
        ("nt()", (7,)),
        ("nt(x)", (7, 1)),
    ]


def test_an_answer_is_the_json_of_its_type() -> None:
    said = convert.to_lsp_inline_completion(suggested("x = █", "1\n"), Encoding.Utf16, number=7).value
    converter = tolerant_converter()
    assert converter.unstructure(converter.structure(said, types.InlineCompletionList)) == said


def test_a_reason_takes_ghost_text_off_the_screen() -> None:
    assert convert.to_lsp_inline_completion(Reason.EMPTY, Encoding.Utf16, number=7).value == {"items": []}


def test_a_menu_is_asked_for_again_at_the_next_keystroke() -> None:
    assert convert.to_lsp_menu(suggested("pri█", "nt()"), Encoding.Utf16, number=7).is_incomplete


def test_a_menu_item_is_the_same_edit_as_ghost_text() -> None:
    item = menu_item(suggested("x = 1\npri█\n", "nt(x)\nprint()\n"))

    place = types.Position(1, 3)
    assert item.text_edit == types.TextEdit(types.Range(place, place), "nt(x)\nprint()\n")
    assert item.insert_text_format is types.InsertTextFormat.PlainText
    assert item.insert_text_mode is types.InsertTextMode.AsIs
    assert item.detail == "mistral-lsp"


@pytest.mark.parametrize(
    ("marked", "text", "label", "matched_by"),
    [
        ("pri█", "nt(x)", "print(x)", "print(x)"),
        ("self.█", "value = 1", "value = 1", "value = 1"),
        ("x =█", " 1", "1", " 1"),
        ("straße█", "n = 1\nb", "straßen = 1 …", "straßen = 1"),
        ("def f():█", "\n    return 1", "…", ""),
        ("█", "x" * 80, "x" * 59 + "…", "x" * 80),
    ],
)
def test_a_menu_item_shows_its_first_line_with_the_word_being_typed(
    marked: str, text: str, label: str, matched_by: str
) -> None:
    item = menu_item(suggested(marked, text))

    assert (item.label, item.filter_text) == (label, matched_by)


def test_a_menu_item_shows_several_lines_as_a_block_that_they_cannot_end() -> None:
    item = menu_item(suggested("█", '"""\n```\n````md\n"""\n'))

    assert isinstance(item.documentation, types.MarkupContent)
    assert item.documentation.value == '`````python\n"""\n```\n````md\n"""\n`````'


def test_a_language_id_cannot_end_the_block_either() -> None:
    item = menu_item(suggested("█", "a\nb", language="x\n```"))

    assert isinstance(item.documentation, types.MarkupContent)
    assert item.documentation.value == "```\na\nb\n```"


def test_one_line_needs_no_block() -> None:
    assert menu_item(suggested("█", "a")).documentation is None
