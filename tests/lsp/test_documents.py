"""Documents: what the editor has is what we have, whatever it sends and however it counts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lsprotocol import converters, types

from mistral_lsp.core import text as text_module
from mistral_lsp.core.text import Text, encode
from mistral_lsp.lsp.convert import to_offset, to_position
from mistral_lsp.lsp.documents import Documents

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mistral_lsp.core.document import Document

URI = "file:///c%3A/project/a.py"
ENCODINGS = ("utf-8", "utf-16", "utf-32")

_converter = converters.get_converter()


def opened(source: str, encoding: str = "utf-16", *, uri: str = URI, language: str = "python") -> Documents:
    documents = Documents(encoding)
    documents.open(types.DidOpenTextDocumentParams(types.TextDocumentItem(uri, language, 1, source)))
    return documents


def partial(start: tuple[int, int], end: tuple[int, int], new: str) -> dict[str, Any]:
    places = [{"line": line, "character": character} for line, character in (start, end)]
    return {"range": {"start": places[0], "end": places[1]}, "text": new}


def whole(new: str) -> dict[str, Any]:
    return {"text": new}


def changed(documents: Documents, *changes: dict[str, Any], uri: str = URI, version: int = 2) -> None:
    """Apply changes as they come over the wire."""
    raw = {"textDocument": {"uri": uri, "version": version}, "contentChanges": changes}
    with attrs.validators.disabled():  # whatever the wire lets through
        documents.change(_converter.structure(json.loads(json.dumps(raw)), types.DidChangeTextDocumentParams))


def text_of(documents: Documents, uri: str = URI) -> str:
    return str(document_of(documents, uri).text)


def document_of(documents: Documents, uri: str = URI) -> Document:
    document = documents.get(uri)
    assert document is not None
    return document


class TestOneDocument:
    def test_is_there_from_open_to_close(self) -> None:
        documents = opened("a = 1\n")

        document = document_of(documents)
        assert (document.uri, document.language, document.version, str(document.text)) == (URI, "python", 1, "a = 1\n")
        assert ([document], len(documents)) == (list(documents), 1)

        documents.close(types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(URI)))
        assert (documents.get(URI), len(documents)) == (None, 0)

    def test_is_known_by_its_uri_exactly_as_written(self) -> None:
        assert opened("").get("file:///c:/project/a.py") is None

    def test_opened_again_is_replaced(self) -> None:
        documents = opened("old")
        documents.open(types.DidOpenTextDocumentParams(types.TextDocumentItem(URI, "lua", 7, "new")))

        document = document_of(documents)
        assert (document.language, document.version, str(document.text)) == ("lua", 7, "new")

    def test_has_a_plain_language_that_can_be_looked_up(self) -> None:
        # A member of an enumeration hashes by its name, not by its value.
        language = document_of(opened("", language=types.LanguageKind.Python)).language

        assert (type(language), hash(language)) == (str, hash("python"))

    def test_change_makes_a_new_value_and_leaves_snapshots_alone(self) -> None:
        documents = opened("a = 1\n")
        snapshot = document_of(documents)
        changed(documents, partial((0, 4), (0, 5), "2"), version=9)

        assert (str(snapshot.text), snapshot.version) == ("a = 1\n", 1)
        assert (text_of(documents), document_of(documents).version) == ("a = 2\n", 9)

    def test_changes_of_one_notification_apply_in_order(self) -> None:
        documents = opened("a\nb\n")
        changed(
            documents,
            partial((0, 0), (0, 0), "1\n2\n"),
            partial((3, 0), (3, 1), "B"),
            whole("x"),
            partial((0, 1), (0, 1), "y"),
        )

        assert text_of(documents) == "xy"

    def test_no_changes_are_a_new_version_of_the_same_text(self) -> None:
        documents = opened("a")
        changed(documents, version=5)

        assert (text_of(documents), document_of(documents).version) == ("a", 5)

    def test_that_is_not_open_is_not_opened_by_a_change_or_a_close(self) -> None:
        documents = opened("a")
        changed(documents, whole("b"), uri="untitled:Untitled-1")
        documents.close(types.DidCloseTextDocumentParams(types.TextDocumentIdentifier("untitled:Untitled-1")))

        assert (len(documents), text_of(documents)) == (1, "a")

    def test_form_feeds_and_other_separators_end_no_line(self) -> None:
        documents = opened("a = 1\n\fb = 2\u2028\nc = 3\x85\n")
        changed(documents, partial((2, 4), (2, 5), "4"))

        assert text_of(documents) == "a = 1\n\fb = 2\u2028\nc = 4\x85\n"


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize(
    ("before", "change", "after"),
    [
        ("abc\ndef", partial((1, 99), (1, 99), "Z"), "abc\ndefZ"),  # past a line's end
        ("ab\r\nc", partial((0, 99), (0, 99), "Z"), "abZ\r\nc"),
        ("é\nb", partial((0, 99), (0, 99), "Z"), "éZ\nb"),
        ("a\nb", partial((7, 0), (9, 9), "Z"), "a\nbZ"),  # past the text's end
        ("é", partial((7, 0), (7, 0), "Z"), "éZ"),
        ("a\nb", partial((0, 1), (2**31 - 1, 2**31 - 1), "Z"), "aZ"),
        ("abc\ndef", partial((1, 1), (0, 1), "Z"), "aZef"),  # the wrong way round
        ("écé\ndéf", partial((1, 0), (0, 0), "→"), "→déf"),
        ("a\nb", partial((-1, 4), (0, -3), "Z"), "Za\nb"),  # below zero
        ("", partial((0, 0), (0, 0), "a\r"), "a\r"),
        ("a\n", partial((1, 0), (1, 0), "b"), "a\nb"),
    ],
)
def test_an_odd_range_is_moved_into_the_text(encoding: str, before: str, change: dict[str, Any], after: str) -> None:
    documents = opened(before, encoding)
    changed(documents, change)

    assert text_of(documents) == after


@pytest.mark.parametrize(
    ("change", "after"),
    [
        (partial((0, 2), (0, 3), "\ude01"), "a😁b"),  # the half in which 😀 and 😁 differ
        (partial((0, 2), (0, 2), "X"), "a\ud83dX\ude00b"),
        (partial((0, 2), (0, 3), ""), "a\ud83db"),
        (partial((0, 1), (0, 2), ""), "a\ude00b"),
    ],
)
def test_a_change_inside_a_surrogate_pair_splices_code_units(change: dict[str, Any], after: str) -> None:
    documents = opened("a😀b", "utf-16")
    changed(documents, change)

    assert text_of(documents) == after


def test_two_halves_that_meet_are_one_character() -> None:
    documents = opened("a\ud83d\n\ude00b", "utf-16")
    changed(documents, partial((0, 2), (1, 0), ""))

    assert text_of(documents) == "a😀b"


@pytest.mark.parametrize("character", [2, 3, 4])
def test_a_change_inside_a_byte_sequence_starts_at_its_character(character: int) -> None:
    documents = opened("a😀b", "utf-8")
    changed(documents, partial((0, character), (0, 5), "X"))

    assert text_of(documents) == "aXb"


class TestNotebook:
    NOTEBOOK = "file:///project/a.ipynb"

    def opened(self, *names: str) -> Documents:
        documents = Documents("utf-16")
        documents.open_notebook(
            types.DidOpenNotebookDocumentParams(
                types.NotebookDocument(self.NOTEBOOK, "jupyter", 1, [self.cell(name) for name in names]),
                [self.item(name) for name in names],
            )
        )
        return documents

    def cell(self, name: str) -> types.NotebookCell:
        return types.NotebookCell(types.NotebookCellKind.Code, name)

    def item(self, name: str) -> types.TextDocumentItem:
        return types.TextDocumentItem(name, "python", 1, f"{name} = 1\n")

    def change(
        self,
        documents: Documents,
        *,
        structure: types.NotebookDocumentCellChangeStructure | None = None,
        contents: Sequence[types.NotebookDocumentCellContentChanges] | None = None,
    ) -> None:
        cells = types.NotebookDocumentCellChanges(structure, None, contents)
        documents.change_notebook(
            types.DidChangeNotebookDocumentParams(
                types.VersionedNotebookDocumentIdentifier(2, self.NOTEBOOK),
                types.NotebookDocumentChangeEvent(cells=cells),
            )
        )

    def above(self, documents: Documents, name: str) -> list[str]:
        return [document.uri for document in documents.cells_above(name)]

    def test_has_cells_that_are_documents_in_order(self) -> None:
        documents = self.opened("x", "y", "z")

        assert text_of(documents, "y") == "y = 1\n"
        assert [self.above(documents, name) for name in "xyz"] == [[], ["x"], ["x", "y"]]

    def test_takes_new_cells_where_they_were_put(self) -> None:
        documents = self.opened("x", "z")
        array = types.NotebookCellArrayChange(1, 0, [self.cell("y")])
        self.change(documents, structure=types.NotebookDocumentCellChangeStructure(array, [self.item("y")]))

        assert (text_of(documents, "y"), self.above(documents, "z")) == ("y = 1\n", ["x", "y"])

    def test_forgets_removed_cells(self) -> None:
        documents = self.opened("x", "y", "z")
        array = types.NotebookCellArrayChange(1, 1)
        gone = [types.TextDocumentIdentifier("y")]
        self.change(documents, structure=types.NotebookDocumentCellChangeStructure(array, did_close=gone))

        assert (documents.get("y"), self.above(documents, "z")) == (None, ["x"])

    def test_moves_cells_without_closing_them(self) -> None:
        documents = self.opened("x", "y")
        array = types.NotebookCellArrayChange(0, 2, [self.cell("y"), self.cell("x")])
        self.change(documents, structure=types.NotebookDocumentCellChangeStructure(array))

        assert (self.above(documents, "x"), len(documents)) == (["y"], 2)

    def test_changes_the_text_of_cells(self) -> None:
        documents = self.opened("x", "y")
        new = types.NotebookDocumentCellContentChanges(
            types.VersionedTextDocumentIdentifier(2, "y"), [types.TextDocumentContentChangeWholeDocument("new")]
        )
        self.change(documents, contents=[new])

        assert [text_of(documents, name) for name in "xy"] == ["x = 1\n", "new"]

    def test_hears_of_metadata_and_odd_places_without_harm(self) -> None:
        documents = self.opened("x")
        documents.change_notebook(
            types.DidChangeNotebookDocumentParams(
                types.VersionedNotebookDocumentIdentifier(2, self.NOTEBOOK), types.NotebookDocumentChangeEvent()
            )
        )
        array = types.NotebookCellArrayChange(70, 9, [self.cell("y")])
        self.change(documents, structure=types.NotebookDocumentCellChangeStructure(array, [self.item("y")]))

        assert self.above(documents, "y") == ["x"]

    def test_frees_all_its_cells_when_closed(self) -> None:
        documents = self.opened("x", "y")
        notebook = types.NotebookDocumentIdentifier(self.NOTEBOOK)
        documents.close_notebook(types.DidCloseNotebookDocumentParams(notebook, [types.TextDocumentIdentifier("x")]))

        assert (len(documents), documents.cells_above("y")) == (0, [])

    def test_leaves_other_documents_without_cells_above(self) -> None:
        assert opened("a").cells_above(URI) == []


class Editor:
    """A plain reference: one list of code units, and every question answered by counting from its start."""

    WIDTHS = {"utf-8": 1, "utf-16": 2, "utf-32": 4}  # noqa: RUF012 - nothing writes to it
    CODECS = {"utf-8": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}  # noqa: RUF012 - nor to it

    def __init__(self, source: str, encoding: str) -> None:
        self.encoding = encoding
        self.units = self._units(source)

    def __str__(self) -> str:
        data = b"".join(unit.to_bytes(self.WIDTHS[self.encoding], "little") for unit in self.units)
        return data.decode(self.CODECS[self.encoding], "surrogatepass")

    def replace(self, start: tuple[int, int], end: tuple[int, int], new: str) -> None:
        first, last = sorted((self._index(*start), self._index(*end)))
        self.units[first:last] = self._units(new)

    def _units(self, source: str) -> list[int]:
        data, width = source.encode(self.CODECS[self.encoding], "surrogatepass"), self.WIDTHS[self.encoding]
        return [int.from_bytes(data[at : at + width], "little") for at in range(0, len(data), width)]

    def _index(self, line: int, character: int) -> int:
        index = 0
        for _ in range(line):
            while index < len(self.units) and self.units[index] not in (10, 13):
                index += 1
            if index == len(self.units):
                return index  # past the last line
            index += 2 if self.units[index : index + 2] == [13, 10] else 1
        for _ in range(character):
            if index == len(self.units) or self.units[index] in (10, 13):
                break
            index += 1
        while self.encoding == "utf-8" and index < len(self.units) and self.units[index] & 0xC0 == 0x80:
            index -= 1
        return index


def naive_lines(source: str) -> list[str]:
    lines, line = [], ""
    for index, char in enumerate(source):
        line += char
        if char == "\n" or (char == "\r" and source[index + 1 : index + 2] != "\n"):
            lines.append(line)
            line = ""
    return [*lines, line]


CHARACTERS = [
    *"ab \t",
    "\n",
    "\r",
    "\r\n",
    *"\f\v\x1c\x85\u2028\u2029",
    *"éßn\u0301→",
    "😀",
    "\U0001d4b3",
    "\ud83d",
    "\ude00",
    "\0",
]
SOURCES = st.lists(st.sampled_from(CHARACTERS), max_size=60).map("".join)
ASCII_SOURCES = st.lists(st.sampled_from(["a", "\n", "\r", "\r\n"]), max_size=60).map("".join)
PLACES = st.tuples(st.integers(0, 12), st.integers(0, 14))
EDITS = st.lists(st.tuples(PLACES, PLACES, st.one_of(SOURCES, st.sampled_from(["", "x", "\n", "\r"]))), max_size=8)


@pytest.mark.parametrize("chunk_chars", [1, 8, text_module.CHUNK_CHARS])
@pytest.mark.parametrize("encoding", ENCODINGS)
@settings(deadline=None)
@given(source=st.one_of(SOURCES, ASCII_SOURCES), edits=EDITS)
def test_any_edits_leave_what_the_editor_has(
    encoding: str, chunk_chars: int, source: str, edits: list[tuple[tuple[int, int], tuple[int, int], str]]
) -> None:
    source = as_sent(source)
    with patch.object(text_module, "CHUNK_CHARS", chunk_chars):
        documents, editor = opened(source, encoding), Editor(source, encoding)
        earlier = [document_of(documents).text]
        for start, end, new in edits:
            changed(documents, partial(start, end, new))
            editor.replace(start, end, as_sent(new))
            text = document_of(documents).text
            assert_is(text, str(editor), documents.encoding)
            assert_knows_its_change(text, earlier)
            earlier.append(text)


@pytest.mark.parametrize("encoding", ENCODINGS)
@settings(deadline=None, max_examples=8)
@given(data=st.data())
def test_any_edits_of_a_long_document_leave_what_the_editor_has(encoding: str, data: st.DataObject) -> None:
    source = "some line of code\r\nand a longer one, séparée → so 😀 that\n" * 250
    documents, editor = opened(source, encoding), Editor(source, encoding)
    old = document_of(documents).text
    for _ in range(4):
        line = data.draw(st.integers(0, 500))
        start, end = (line, data.draw(st.integers(0, 50))), (line + data.draw(st.integers(0, 200)), 3)
        new = as_sent(data.draw(SOURCES) * data.draw(st.sampled_from([1, 1, 300])))
        changed(documents, partial(start, end, new))
        editor.replace(start, end, new)
    text, expected = document_of(documents).text, str(editor)

    assert str(text) == expected
    assert list(text.lines()) == naive_lines(expected)
    assert text.byte_count == len(encode(expected))
    assert_knows_its_change(text, [old])


def as_sent(source: str) -> str:
    """As JSON brings it: two halves of a pair that stand together are one character."""
    return str(json.loads(json.dumps(source)))


def assert_is(text: Text, expected: str, encoding: types.PositionEncodingKind) -> None:
    """Every question has the answer that the plain string gives."""
    lines = naive_lines(expected)
    assert str(text) == expected
    assert (len(text), text.byte_count, text.line_count) == (len(expected), len(encode(expected)), len(lines))
    assert list(text.lines()) == lines == [text.line(number) for number in range(len(lines))]
    assert text.byte_count == len(encode(expected))
    for offset in range(len(expected) + 1):
        assert text.byte_offset(offset) == len(encode(expected[:offset]))
        assert text.slice(offset, offset + 9) == expected[offset : offset + 9]
        line, column = text.position(offset)
        assert (sum(map(len, lines[:line])) + column, lines[line][:column]) == (
            offset,
            expected[offset - column : offset],
        )
        visible = min(offset, offset - column + len(lines[line].rstrip("\r\n")))
        assert to_offset(text, to_position(text, offset, encoding), encoding) == text.offset(line, column) == visible


def assert_knows_its_change(text: Text, earlier: list[Text]) -> None:
    for old in earlier:
        change, new, was = text.change_from(old), str(text), str(old)
        if change is None:
            assert new == was
            continue
        assert new[: change.start] == was[: change.start]
        assert new[change.new_end :] == was[change.old_end :]
        inside, inside_old = new[change.start : change.new_end], was[change.start : change.old_end]
        assert not (inside and inside_old and (inside[0] == inside_old[0] or inside[-1] == inside_old[-1]))


@pytest.mark.parametrize(
    ("told", "uri", "language"),
    [
        ("prog", "file:///a.py", "python"),
        ("", "file:///a/Makefile", "makefile"),
        ("prog", "untitled:1", "plaintext"),
        ("jinja-html", "file:///a.html", "jinja-html"),
    ],
)
def test_a_file_s_name_tells_its_language_where_the_editor_does_not(told: str, uri: str, language: str) -> None:
    assert document_of(opened("", uri=uri, language=told), uri).language == language
