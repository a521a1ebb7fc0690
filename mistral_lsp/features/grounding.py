"""Grounding: what a question or an edit is about, and what there is to know of it. Nothing here asks a model."""

from __future__ import annotations

import re
import time
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from mistral_lsp.core.context import fence_name, shown_path
from mistral_lsp.core.definition import Outline
from mistral_lsp.core.document import Cursor, Span
from mistral_lsp.core.enclosing import Scopes, scopes_at
from mistral_lsp.core.languages import language_of
from mistral_lsp.core.material import Finding, Material
from mistral_lsp.core.module_paths import python_module
from mistral_lsp.core.outline import OutlineParse
from mistral_lsp.core.own_outline import as_text
from mistral_lsp.core.resolve import visible_definitions
from mistral_lsp.core.scope import (
    CLASSES,
    FUNCTIONS,
    around,
    class_at,
    comment_at,
    definition_at,
    function_at,
    whole_lines,
)
from mistral_lsp.core.syntax import SyntaxCache
from mistral_lsp.core.text import without_terminator
from mistral_lsp.core.turn_file import On
from mistral_lsp.features.parsing import parsed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from mistral_lsp.core.definition import Definition
    from mistral_lsp.core.diagnostic import Diagnostic
    from mistral_lsp.core.document import Document
    from mistral_lsp.core.index import Index
    from mistral_lsp.core.syntax import Syntax
    from mistral_lsp.core.text import Text
    from mistral_lsp.features.way import Way

MAX_OUTLINES = 8
MAX_DEFINITIONS = 12
MAX_FINDINGS = 5
CODE_SHARE = 0.6  # of the room, at most; what a prompt says besides needs some
DEFINITIONS_SHARE = 0.25
IMPORTS_SHARE = 0.1
_NAME = re.compile(r"[^\W\d]\w*")


class Rules(Protocol):
    """The documentation of linters' rules."""

    async def text(self, source: str, code: str) -> str:
        """What the rule's own documentation says; empty where none is installed."""
        ...


class TooLarge(ValueError):  # noqa: N818 - read as "the code is too large"
    """What an action is about doesn't fit: `str(error)` says how long it is and what would."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What a turn is about: the span that is shown, and rewritten by an edit, and what is known of it."""

    span: Span
    material: Material
    outline: Outline

    def with_failure(self, failure: str) -> Ground:
        """The same, after an answer that could not be used."""
        return replace(self, material=replace(self.material, failure=failure))


class Grounding:
    """Gathers it, for one session."""

    def __init__(
        self,
        *,
        way: Way,
        index: Index,
        root_of: Callable[[str], str],
        rules: Rules,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        """`way` is made for whoever types; `root_of` takes a document's URI."""
        self._way = way
        self._syntax = SyntaxCache(clock=clock)  # not ghost text's, whose trees stand where the user types
        self._index = index
        self._root_of = root_of
        self._rules = rules
        self._clock = clock
        self._outlines: OrderedDict[str, tuple[Text, Outline]] = OrderedDict()

    async def of(  # noqa: PLR0913 - what a question is about
        self,
        document: Document,
        start: int,
        end: int,
        *,
        on: On,
        diagnostics: Sequence[Diagnostic] = (),
        room_chars: int,
        is_exact: bool = True,
    ) -> Ground:
        """The ground of a question about these offsets. Raises TooLarge.

        Without `is_exact` what the file defines may be what it defined some edits ago: a large file takes a while.
        """
        cursor = Cursor(document, start)
        syntax = await self.syntax(cursor)
        outline = await self.outline(document) if is_exact else await self._known_outline(document)
        span = _fitting(Span(document, start, end), on, outline, syntax, int(room_chars * CODE_SHARE))
        material = self._material(span, outline, diagnostics, room_chars)
        if on is On.COMMENT:
            material = replace(material, selected=_normalised(comment_at(cursor).text))
        if diagnostics:
            material = replace(material, rule_text=await self._rules.text(diagnostics[0].source, diagnostics[0].code))
        return Ground(span, material, outline)

    def of_place(self, document: Document, diagnostic: Diagnostic) -> Ground:
        """A diagnostic's own words alone, where the code there is too long to show."""
        span = Span(document, diagnostic.start, diagnostic.start)
        line, _ = document.text.position(diagnostic.start)
        finding = replace(_finding(document, diagnostic), text="")
        path = shown_path(document.uri, self._root_of(document.uri))
        material = Material("", fence_name(document.language), path, first_line=line + 1, findings=(finding,))
        return Ground(span, material, Outline())

    async def syntax(self, cursor: Cursor) -> Syntax:
        """The tree around a place."""
        return await parsed(self._syntax, cursor, way=self._way)

    async def scopes(self, cursor: Cursor) -> Scopes:
        """What a place stands in: told by the outline where that is known of this very text, and else by the tree."""
        text, outline = self._outlines.get(cursor.document.uri, (None, None))
        if outline is not None and text is cursor.document.text and definition_at(outline, cursor.line, FUNCTIONS):
            is_in_class = definition_at(outline, cursor.line, CLASSES) is not None
            return Scopes(is_in_function=True, is_in_class=is_in_class)
        return scopes_at(await self.syntax(cursor), cursor)

    async def _known_outline(self, document: Document) -> Outline:
        _, outline = self._outlines.get(document.uri, (None, None))
        return await self.outline(document) if outline is None else outline

    async def outline(self, document: Document) -> Outline:
        """What the document defines, worked out in slices."""
        text, outline = self._outlines.get(document.uri, (None, None))
        if text is document.text and outline is not None:
            return outline
        parse = OutlineParse(document.text, language_of(document.language), clock=self._clock)
        while not parse.step():
            await self._way.free()
        self._outlines[document.uri] = document.text, parse.outline
        self._outlines.move_to_end(document.uri)
        while len(self._outlines) > MAX_OUTLINES:
            self._outlines.popitem(last=False)
        return parse.outline

    def forget(self, uri: str) -> None:
        """A document was closed."""
        self._outlines.pop(uri, None)
        self._syntax.forget(uri)

    def _material(self, span: Span, outline: Outline, diagnostics: Sequence[Diagnostic], room_chars: int) -> Material:
        document = span.document
        first, _ = document.text.position(span.start)
        root_uri = self._root_of(document.uri)
        path = shown_path(document.uri, root_uri)
        code = _normalised(span.text)
        said = [code, *(one.message for one in diagnostics)]
        holder = definition_at(outline, first, CLASSES)
        return Material(
            code=code,
            language=fence_name(document.language),
            path=path,
            first_line=first + 1,
            imports=_imports(outline, first, int(room_chars * IMPORTS_SHARE)),
            around=holder.signature if holder is not None and holder.line < first else "",
            definitions=self._definitions(said, span, outline, path, int(room_chars * DEFINITIONS_SHARE)),
            findings=tuple(_finding(document, one) for one in diagnostics[:MAX_FINDINGS]),
            module=python_module(path) if document.language == "python" else "",
        )

    def _definitions(self, said: Sequence[str], span: Span, outline: Outline, path: str, room_chars: int) -> str:
        """The signatures of what the code and the messages name, from this file and those that it imports."""
        text = span.document.text
        first, last = text.position(span.start)[0], text.position(span.end)[0]
        words = tuple(dict.fromkeys(name for one in reversed(said) for name in _NAME.findall(one)))
        named = set(words)
        own = [one for one in outline.definitions if one.name in named and not first <= one.line <= last]
        root_uri = self._root_of(span.document.uri)
        others = visible_definitions(self._index, root_uri, path, outline, words) if root_uri else ()
        found = [*own, *(one.definition for one in others if one.definition.name in named)]
        return _within(found, room_chars)


def _fitting(span: Span, on: On, outline: Outline, syntax: Syntax, most_chars: int) -> Span:
    """The lines to show. Raises TooLarge where they have to be whole and don't fit."""
    document, cursor = span.document, Cursor(span.document, span.start)
    found: Span | None
    if on is On.FILE:
        found = Span(document, 0, len(document.text))
    elif on is On.SELECTION:
        found = whole_lines(span)
    elif on is On.CLASS:
        found = class_at(outline, cursor)
    else:
        found = function_at(outline, syntax, cursor)
    if found is None or (on in {On.DIAGNOSTIC, On.COMMENT} and found.end - found.start > most_chars):
        found = around(span, syntax)
    if found.end - found.start > most_chars:
        raise TooLarge(_too_large(found, most_chars))
    return found


def _too_large(span: Span, most_chars: int) -> str:
    first, last = (span.document.text.position(offset)[0] for offset in (span.start, span.end))
    lines, chars = last - first + 1, span.end - span.start
    fits = max(0, int(lines * most_chars / chars))
    return (
        f"these {lines} lines are too long for the model: about {fits} lines like them fit. Select a part of them, or "
        "use a model with a longer context."
    )


def _finding(document: Document, one: Diagnostic) -> Finding:
    line, _ = document.text.position(one.start)
    rule = " ".join(part for part in (one.source, one.code) if part)
    return Finding(line + 1, without_terminator(document.text.line(line)), one.message, rule)


def _imports(outline: Outline, first: int, room_chars: int) -> str:
    """The imports above the code, as far as they fit."""
    texts = dict.fromkeys(one.text.strip() for one in outline.imports if one.line < first)
    kept: list[str] = []
    for text in texts:
        room_chars -= len(text) + 1
        if room_chars >= 0:
            kept.append(text)
    return "\n".join(kept)


def _within(found: Iterable[Definition], room_chars: int) -> str:
    kept: list[Definition] = []
    for one in dict.fromkeys(found):
        room_chars -= len(one.signature) + 8
        if room_chars >= 0 and len(kept) < MAX_DEFINITIONS:
            kept.append(one)
    return as_text(kept).strip() if kept else ""


def _normalised(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
