"""The params of the two messages that come with each key, read by hand.

The converter goes through some fifty functions for these. That is quick in a loop; but between two keys the processor
forgets them all, and it's their number that counts. What isn't in the usual form is left to the converter, which takes
it or says what is wrong with it.
"""

from __future__ import annotations

from typing import Any

from lsprotocol import types

_KINDS = {kind.value: kind for kind in types.InlineCompletionTriggerKind}
_ASKED = {"textDocument", "position", "context"}


def read(method: str, raw: Any) -> Any:
    """What the converter would make of a message's params; None where it has to be asked."""
    reader = _READERS.get(method)
    if reader is None:
        return None
    try:
        return reader(raw)
    except (AttributeError, LookupError, TypeError, ValueError):  # another form, or a number that is out of bounds
        return None


def _did_change(raw: Any) -> types.DidChangeTextDocumentParams:
    document, changes = raw["textDocument"], raw["contentChanges"]
    uri, version = document["uri"], document["version"]
    if type(uri) is not str or type(version) is not int or type(changes) is not list:
        raise TypeError
    read = tuple([_change(change) for change in changes])
    return types.DidChangeTextDocumentParams(types.VersionedTextDocumentIdentifier(version, uri), read)


def _change(raw: Any) -> types.TextDocumentContentChangePartial:
    """Of a range; a change of the whole text is rare."""
    place, text, length = raw["range"], raw["text"], raw.get("rangeLength")
    start, end = place["start"], place["end"]
    if type(text) is not str or (length is not None and type(length) is not int):
        raise TypeError
    first = _position(start)
    last = first if start == end else _position(end)
    return types.TextDocumentContentChangePartial(types.Range(first, last), text, length)


def _inline_completion(raw: Any) -> types.InlineCompletionParams:
    document, context = raw["textDocument"], raw["context"]
    uri, kind = document["uri"], context["triggerKind"]
    # A menu's item, a selection, tokens for progress: what has more is for the converter.
    if type(uri) is not str or type(kind) is not int or len(context) != 1 or raw.keys() != _ASKED:
        raise TypeError
    place = _position(raw["position"])
    asked = types.InlineCompletionContext(_KINDS[kind])
    return types.InlineCompletionParams(asked, types.TextDocumentIdentifier(uri), place)


def _position(raw: Any) -> types.Position:
    line, character = raw["line"], raw["character"]
    if type(line) is not int or type(character) is not int:
        raise TypeError
    return types.Position(line, character)


_READERS = {
    types.TEXT_DOCUMENT_DID_CHANGE: _did_change,
    types.TEXT_DOCUMENT_INLINE_COMPLETION: _inline_completion,
}
