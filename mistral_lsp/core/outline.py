"""Outline: what a file defines and imports, worked out in slices short enough for an event loop.

parse = OutlineParse(text, language_of("python"), clock=time.perf_counter)
while not parse.step():
    await asyncio.sleep(0)
parse.outline

A text without a grammar, beyond MAX_BYTES, with a line beyond MAX_LINE_CHARS or that tree-sitter can't cope with has
the outline that its lines tell.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mistral_lsp.core.definition import HOLDERS, Definition, Import, Imported, Outline
from mistral_lsp.core.grammar_input import advance, is_hazard, readable, reader
from mistral_lsp.core.imports import MAX_CHARS, read_imports
from mistral_lsp.core.languages import load
from mistral_lsp.core.outline_lines import outline_by_lines
from mistral_lsp.core.outline_nodes import Named, body_of, first_child, named
from mistral_lsp.core.outline_table import OUTLININGS
from mistral_lsp.core.parsing import SLICE_S
from mistral_lsp.core.signatures import MAX_BYTES as SIGNATURE_BYTES
from mistral_lsp.core.signatures import docstring_line, signature_of, statement_of

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    import tree_sitter

    from mistral_lsp.core.language import Language
    from mistral_lsp.core.outline_table import Outlining
    from mistral_lsp.core.text import Text

__all__ = ["Definition", "Import", "Imported", "Outline", "OutlineParse"]

MAX_BYTES = 256 * 1024
MAX_LINE_CHARS = 20_000  # minified code; tree-sitter doesn't ask whether to go on while it balances a long list
MAX_DEFINITIONS, MAX_IMPORTS = 1000, 300
GIVE_UP_S = 1.0  # of parsing; broken code costs up to 1 ms a kilobyte

_MAX_HELD = 3  # classes and modules inside one another
_MAX_NESTING = 24  # nodes that are looked through
_MAX_LEAD_BYTES = 400
_LONE_RETURN = re.compile(rb"\r(?!\n)")
_GROUP = re.compile(r"(\w+)\s*\(")  # const ( and so on: what comes first in it isn't its first line's


class OutlineParse:
    """An outline in the making: call `step` until it says that it's done, with anything else in between."""

    def __init__(self, text: Text, language: Language, *, clock: Callable[[], float]) -> None:
        """The clock only bounds how long a slice works."""
        self.outline = Outline(language.name)
        self._clock = clock
        self._work = self._steps(text, language)

    def step(self) -> bool:
        """Work for about SLICE_S; True when done."""
        deadline = self._clock() + SLICE_S
        return all(self._clock() < deadline for _ in self._work)

    def _steps(self, text: Text, language: Language) -> Iterator[None]:
        row = OUTLININGS.get(language.name)
        found = _Found()
        parsed = (yield from self._parsed(text, language)) if row else None
        if row is not None and parsed is not None:
            data, tree = parsed
            yield from _Walk(language.name, row, data, found).steps(tree.walk())
        if parsed is None or parsed[1].root_node.has_error:
            known = {one.line for one in found.definitions}
            for one in outline_by_lines(language.name, text):
                if one is not None and (parsed is None or _is_missed(one, known)):
                    found.add(one)
                yield
        definitions = sorted(found.definitions, key=lambda one: one.line)
        self.outline = Outline(language.name, tuple(found.imports), tuple(definitions))

    def _parsed(self, text: Text, language: Language) -> Generator[None, None, tuple[bytes, tree_sitter.Tree] | None]:
        return whole_tree(text, language, clock=self._clock)


def whole_tree(
    text: Text, language: Language, *, clock: Callable[[], float]
) -> Generator[None, None, tuple[bytes, tree_sitter.Tree] | None]:
    """In slices, the text as tree-sitter reads it, and its tree; None where there is none to be had."""
    if text.byte_count > MAX_BYTES or max(map(len, text.lines())) > MAX_LINE_CHARS:
        return None
    yield
    is_first = "tree_sitter" not in sys.modules
    from tree_sitter import Parser

    if is_first:
        yield
    grammar, content = load(language), str(text)
    yield
    if grammar is None or is_hazard(language, content):
        return None
    data = _LONE_RETURN.sub(b"\n", readable(content))  # tree-sitter counts no line there
    parser, read = Parser(grammar), reader(data)
    held_s = 0.0
    while held_s < GIVE_UP_S:
        yield
        started = clock()
        tree = advance(parser, read, None, deadline=started + SLICE_S, clock=clock)
        held_s += clock() - started
        if tree is not None:
            return data, tree
    return None


def _is_missed(one: Definition | Import, known: set[int]) -> bool:
    """Whether a broken tree hides what a line on the left margin defines: an open bracket swallows what comes after."""
    return isinstance(one, Definition) and not one.container and one.line not in known


class _Found:
    """What has been found so far, within bounds."""

    def __init__(self) -> None:
        self.imports: list[Import] = []
        self.definitions: list[Definition] = []

    def add(self, one: Definition | Import) -> None:
        if isinstance(one, Import):
            if len(self.imports) < MAX_IMPORTS:
                self.imports.append(one)
        elif len(self.definitions) < MAX_DEFINITIONS:
            self.definitions.append(one)

    @property
    def is_full(self) -> bool:
        return len(self.definitions) >= MAX_DEFINITIONS


@dataclass(slots=True)
class _Lead:
    """Where a statement begins whose first words belong to each definition in it."""

    start: int
    row: int
    column: int
    text: str | None = None  # once the first definition in it has shown where they end


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the walk is."""

    container: str = ""
    in_type: bool = False  # whose functions are methods
    held: int = 0
    nesting: int = 0
    lead: _Lead | None = None


class _Walk:
    """A walk over what may define or import; each yield is a node."""

    def __init__(self, language: str, row: Outlining, data: bytes, found: _Found) -> None:
        self._language = language
        self._row = row
        self._data = data
        self._found = found

    def steps(self, walk: tree_sitter.TreeCursor, place: _Place = _Place()) -> Iterator[None]:
        """Look at the children of the node that the walk is at, and come back to it."""
        if place.nesting >= _MAX_NESTING or self._found.is_full or not walk.goto_first_child():
            return
        going = True
        while going and not self._found.is_full:
            yield
            if walk.node is not None and walk.node.is_named:
                inner = self._look_at(walk.node, place)
                if inner is not None:
                    yield from self.steps(walk, replace(inner, nesting=place.nesting + 1))
            going = walk.goto_next_sibling()
        walk.goto_parent()

    def _look_at(self, node: tree_sitter.Node, place: _Place) -> _Place | None:
        """Take what a node defines or imports; the place of its children where they are to be looked at."""
        row, kind = self._row, node.type
        if kind in row.imports and self._take_import(node, place):
            return None
        if kind in row.definitions:
            return self._take_definition(node, row.definitions[kind], place)
        if kind in row.leads:
            return place if place.lead else replace(place, lead=_Lead(node.start_byte, *node.start_point))
        if kind in row.through or node.is_error:
            return place if kind.endswith("_list") else replace(place, lead=None)
        return None

    def _take_import(self, node: tree_sitter.Node, place: _Place) -> bool:
        text = self._read(node.start_byte, min(node.end_byte, node.start_byte + MAX_CHARS))
        modules = read_imports(self._language, text)
        if modules:
            text = statement_of(self._lead(node, place)[0] + text, node.start_point.column)
            for module, names in modules:
                self._found.add(Import(module, names, text, node.start_point.row))
        return bool(modules)

    def _take_definition(self, node: tree_sitter.Node, kind: str, place: _Place) -> _Place | None:
        name, body = named(node, self._read), body_of(node, self._row.bodies)
        if name is None or not _defines(node, name, body):
            return None
        if kind != "impl":
            self._found.add(self._definition(node, _kind(kind, name, place), name, body, place))
        if (kind != "impl" and kind not in HOLDERS) or place.held >= _MAX_HELD:
            return None
        return _Place(name.name, in_type=kind != "module", held=place.held + 1)

    def _definition(
        self, node: tree_sitter.Node, kind: str, name: Named, body: tree_sitter.Node | None, place: _Place
    ) -> Definition:
        lead, line, column = self._lead(node, place)
        is_whole = body is None or kind in {"struct", "enum"}
        end = node.end_byte if is_whole or body is None else body.start_byte
        text = lead + self._read(node.start_byte, min(end, node.start_byte + SIGNATURE_BYTES))
        signature = signature_of(text, kind, column)
        if self._row.has_docstrings and body is not None and (doc := self._docstring(body)):
            signature = f"{signature}\n{doc}"
        last = node.end_point.row - (node.end_point.column == 0 and node.end_point.row > line)
        return Definition(name.name, kind, signature, line, last, name.scope or place.container)

    def _docstring(self, body: tree_sitter.Node) -> str:
        statement = first_child(body)
        string = first_child(statement) if statement and statement.type == "expression_statement" else None
        if string is None or string.type != "string":
            return ""
        return docstring_line(self._read(string.start_byte, min(string.end_byte, string.start_byte + SIGNATURE_BYTES)))

    def _lead(self, node: tree_sitter.Node, place: _Place) -> tuple[str, int, int]:
        """The words before a node that belong to it, and the line and column where they or it begin."""
        row, column = node.start_point
        lead = place.lead
        if lead is None:
            return "", row, column
        if lead.text is not None:
            return lead.text, row, column
        is_short = node.start_byte - lead.start <= _MAX_LEAD_BYTES
        lead.text = self._read(lead.start, node.start_byte) if is_short else ""
        if group := _GROUP.match(lead.text):
            lead.text = f"{group[1]} "
            return lead.text, row, column
        return lead.text, lead.row, lead.column

    def _read(self, start: int, end: int) -> str:
        return self._data[start:end].decode(errors="replace")


def _defines(node: tree_sitter.Node, name: Named, body: tree_sitter.Node | None) -> bool:
    """Whether it isn't only a mention of what is defined elsewhere."""
    if node.type.endswith("_specifier"):
        return body is not None  # struct s; says only that there is one
    if node.type == "preproc_def":
        return node.child_by_field_name("value") is not None  # or it guards a header
    if node.type == "assignment_expression":
        return name.is_function
    return name.is_function or not name.scope or not node.type.startswith("assignment")


def _kind(kind: str, name: Named, place: _Place) -> str:
    if kind == "variable":
        if name.is_function:
            kind = "function"
        elif place.in_type:
            return "field"
        else:
            return "constant" if name.name.isupper() else "variable"
    return "method" if kind == "function" and (place.in_type or name.scope) else kind
