"""What is read by hand is what the converter reads, and all else is left to it."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol import types

from mistral_lsp.lsp import quick_params
from mistral_lsp.lsp.converter import tolerant_converter

if TYPE_CHECKING:
    from collections.abc import Iterator

CHANGE, ASK = types.TEXT_DOCUMENT_DID_CHANGE, types.TEXT_DOCUMENT_INLINE_COMPLETION
_converter = tolerant_converter()

PLACE = {"line": 3, "character": 7}
EDIT = {"range": {"start": PLACE, "end": {"line": 4, "character": 0}}, "text": "x"}
CHANGED: dict[str, Any] = {
    "textDocument": {"uri": "file:///a.py", "version": 2},
    "contentChanges": [EDIT, {"range": {"start": PLACE, "end": PLACE}, "rangeLength": 0, "text": "é\ud83d"}],
}
ASKED: dict[str, Any] = {
    "textDocument": {"uri": "file:///a.py"},
    "position": PLACE,
    "context": {"triggerKind": 2},
}


def converted(method: str, raw: Any) -> Any:
    """What the converter makes of it; None where it refuses."""
    cls = types.DidChangeTextDocumentParams if method == CHANGE else types.InlineCompletionParams
    try:
        return _converter.structure(raw, cls)
    except Exception:  # noqa: BLE001 - whatever it says
        return None


@pytest.mark.parametrize(
    ("method", "raw"),
    [
        (CHANGE, CHANGED),
        (CHANGE, {**CHANGED, "contentChanges": []}),
        (ASK, ASKED),
        (ASK, {**ASKED, "context": {"triggerKind": 1}}),
    ],
)
def test_the_usual_form_is_read_as_the_converter_reads_it(method: str, raw: Any) -> None:
    read = quick_params.read(method, raw)
    assert read is not None
    assert read == converted(method, raw)
    assert attrs.asdict(read) == attrs.asdict(converted(method, raw))


@pytest.mark.parametrize(
    "context",
    [
        {"triggerKind": 9},
        {"triggerKind": 0},
        {"triggerKind": True},
        {"triggerKind": 2, "selection": {"start": PLACE, "end": {"line": 4, "character": 0}}},
        {"triggerKind": 2, "selectedCompletionInfo": EDIT},
    ],
)
def test_what_says_more_is_left_to_the_converter(context: object) -> None:
    assert quick_params.read(ASK, {**ASKED, "context": context}) is None
    assert quick_params.read(ASK, {**ASKED, "workDoneToken": 1}) is None
    assert quick_params.read(CHANGE, {**CHANGED, "contentChanges": [{"text": "all of it"}]}) is None
    assert quick_params.read("textDocument/hover", ASKED) is None


ODD = st.sampled_from([None, True, -1, 2**31, 2**31 - 1, 1.5, "", "3", [], {}, [PLACE], {"line": "3"}])


@given(st.sampled_from([(CHANGE, CHANGED), (ASK, ASKED)]), st.integers(0, 100), ODD, st.booleans())
def test_no_other_form_is_read_in_another_way(message: tuple[str, Any], at: int, odd: Any, is_gone: bool) -> None:  # noqa: FBT001
    method, raw = message[0], copy.deepcopy(message[1])
    places = list(leaves(raw))
    owner, key = places[at % len(places)]
    if is_gone:
        del owner[key]
    else:
        owner[key] = odd
    read = quick_params.read(method, raw)
    assert read is None or read == converted(method, raw)


def leaves(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in a JSON value."""
    for key in list(value) if isinstance(value, dict) else range(len(value)):
        yield value, key
        if isinstance(value[key], dict | list):
            yield from leaves(value[key])
