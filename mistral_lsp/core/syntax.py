"""Syntax: questions about the code around a cursor, answered by the tree, or by indentation where that is broken.

cache = SyntaxCache(clock=time.monotonic)
parse = cache.parse(cursor)
while not parse.step():
    await asyncio.sleep(0)
parse.syntax.in_comment(cursor)
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from mistral_lsp.core.document import Cursor, Span
from mistral_lsp.core.indentation import bracket_by_text, scope_by_indentation
from mistral_lsp.core.language import Blocks
from mistral_lsp.core.languages import UNKNOWN, language_of
from mistral_lsp.core.lexing import Kind, is_plain, kind_at_end, text_before
from mistral_lsp.core.nodes import bracket_of, has_error
from mistral_lsp.core.parsing import Parse, carried

if TYPE_CHECKING:
    from collections.abc import Callable

    import tree_sitter

    from mistral_lsp.core.document import Document
    from mistral_lsp.core.parsing import Parsed

MAX_TREES = 16  # each takes up to about 1 MB
RESTS = 100  # how many parses of a document are left out after one that took too long

_MAX_DEPTH = 400
_BLANK_LINES = 20  # how far up to look for the last character before the cursor

# Code inside a string: the cursor is in code again.
_INTERPOLATIONS = frozenset(
    {
        "interpolation",
        "template_substitution",
        "interpolated_expression",
        "command_substitution",
        "string_interpolation",
        "expansion",
    }
)


class Syntax:
    """What is known of one document's code. It answers for cursors in the document it was parsed from."""

    __slots__ = ("_parsed", "document", "language")

    def __init__(self, document: Document, parsed: Parsed | None = None) -> None:
        """Without a tree every answer comes from indentation and patterns."""
        self.document = document
        self.language = language_of(document.language)
        self._parsed = parsed

    @property
    def has_tree(self) -> bool:
        """Whether a grammar had its say."""
        return self._parsed is not None

    @property
    def parsed(self) -> Parsed | None:
        """The tree and its window, where there is one."""
        return self._parsed

    def in_string(self, cursor: Cursor) -> bool:
        """Whether what is typed here becomes part of a string."""
        return self.kind_at(cursor) is Kind.STRING

    def in_comment(self, cursor: Cursor) -> bool:
        """Whether what is typed here becomes part of a comment."""
        return self.kind_at(cursor) is Kind.COMMENT

    def kind_at(self, cursor: Cursor) -> Kind | None:
        """STRING or COMMENT where what is typed becomes part of one."""
        if self._parsed is not None and self._parsed.is_older:
            return None  # see SyntaxCache.carried
        kind = self._kind_by_tree(cursor)
        if kind is None and self.is_broken_at(cursor):
            kind = kind_at_end(self.language, text_before(cursor))
        return kind

    def is_broken_at(self, cursor: Cursor) -> bool:
        """Whether the tree has an error on the cursor's line up to the cursor, or no tree covers it.

        On a blank line the line above that has something on it counts as well.
        """
        if self._parsed is None or not self._covers(cursor):
            return True
        line, _ = _left_of(cursor)
        start = self._byte_at(cursor.document.text.offset(line, 0))
        return has_error(self._parsed.tree.root_node, start, self._byte_at(cursor.offset))

    def begins_in_code(self, cursor: Cursor) -> bool:
        """Whether the cursor's line surely begins outside strings and comments."""
        start = self._byte_at(cursor.offset - cursor.column)
        if self._parsed is None or has_error(self._parsed.tree.root_node, start - 1, start - 1):
            return False
        within = {node.type for node in self._nodes_at(start) if node.start_byte < start}
        return within.isdisjoint(self.language.string_nodes | self.language.comment_nodes | _INTERPOLATIONS)

    def enclosing_scope(self, cursor: Cursor) -> Span | None:
        """The innermost function or class around the cursor, as far as it goes."""
        if self._parsed is None or self.is_broken_at(cursor):
            return scope_by_indentation(cursor)
        for node in reversed(self.scope_path(cursor)):
            if node.type in self.language.scopes:
                window = self._parsed.window
                return Span(self.document, window.offset_of(node.start_point), window.offset_of(node.end_point))
        return None

    def nodes_around(self, cursor: Cursor) -> list[tree_sitter.Node]:
        """The nodes that have the character after the cursor, from the root; none where no tree covers it."""
        return self._nodes_at(self._byte_at(cursor.offset)) if self._covers(cursor) else []

    def innermost_bracket(self, cursor: Cursor) -> str | None:
        """The line of the innermost bracket that is open at the cursor, up to and with the bracket."""
        path = self._path(cursor)
        if self._parsed is None or not path or self.is_broken_at(cursor):
            return bracket_by_text(self.language, cursor)
        window = self._parsed.window
        byte = window.byte_of(cursor.offset)
        for node in reversed(path):
            bracket = bracket_of(node, byte)
            if bracket is not None:
                return _line_to(cursor, window.offset_of(bracket.start_point))
        return None

    def _kind_by_tree(self, cursor: Cursor) -> Kind | None:
        for node in reversed(self._path(cursor)):
            if node.type in _INTERPOLATIONS:
                return None
            if node.type in self.language.string_nodes:
                return Kind.STRING
            if node.type in self.language.comment_nodes:
                return Kind.COMMENT
        if self._is_line_comment_left(cursor):
            return Kind.COMMENT
        return None

    def _is_line_comment_left(self, cursor: Cursor) -> bool:
        """A comment that runs to its line's end has the cursor there at its own end, not inside."""
        if self._parsed is None or not cursor.line_prefix:
            return False
        for node in self._nodes_at(self._byte_at(cursor.offset) - 1):
            if node.type in self.language.comment_nodes:
                line, column = cursor.document.text.position(self._parsed.window.offset_of(node.start_point))
                return line == cursor.line and cursor.line_prefix[column:].startswith(self.language.line_comments)
        return False

    def scope_path(self, cursor: Cursor) -> list[tree_sitter.Node]:
        """The nodes around the cursor; on a blank line of an indented block also those that ended above it."""
        if self.language.blocks is not Blocks.INDENT or cursor.line_prefix.strip():
            return self._path(cursor)
        column = len(cursor.line_prefix)
        return [node for node in self._left_path(cursor) if node.start_point.column < column]

    def _path(self, cursor: Cursor) -> list[tree_sitter.Node]:
        """The nodes that the cursor is inside of, from the root; none where no tree covers it."""
        if not self._covers(cursor):
            return []
        byte = self._byte_at(cursor.offset)
        root, *nodes = self._nodes_at(byte)
        return [root, *(node for node in nodes if node.start_byte < byte)]

    def _left_path(self, cursor: Cursor) -> list[tree_sitter.Node]:
        """The nodes of the last visible character before the cursor."""
        line, column = _left_of(cursor)
        byte = self._byte_at(cursor.document.text.offset(line, column))
        return self._nodes_at(byte - 1) if column and byte > 0 and self._covers(cursor) else []

    def _nodes_at(self, byte: int) -> list[tree_sitter.Node]:
        """The nodes that have this byte, from the root."""
        if self._parsed is None:
            return []
        nodes = [self._parsed.tree.root_node]
        walk = self._parsed.tree.walk()
        # Not Node.first_child_for_byte: where there is no such child, tree-sitter 0.26.1 crashes the process.
        while len(nodes) < _MAX_DEPTH and walk.goto_first_child_for_byte(byte) is not None:
            if walk.node is None or walk.node.start_byte > byte:
                break
            nodes.append(walk.node)
        return nodes

    def _covers(self, cursor: Cursor) -> bool:
        if self._parsed is None:
            return False
        window = self._parsed.window
        return cursor.document.text is window.text and window.first <= cursor.line < window.stop

    def _byte_at(self, offset: int) -> int:
        return self._parsed.window.byte_of(offset) if self._parsed else 0


class SyntaxCache:
    """Trees of the documents that were asked about last; bounded, so that two hundred open files cost no memory."""

    def __init__(self, *, clock: Callable[[], float]) -> None:
        """The clock only bounds how long a slice works."""
        self._clock = clock
        self._parsed: OrderedDict[str, Parsed] = OrderedDict()
        self._rests: dict[str, int] = {}

    def parse(self, cursor: Cursor) -> SyntaxParse:
        """Begin to parse around a cursor, from the document's last tree."""
        document = cursor.document
        rests = self._rests.pop(document.uri, 0)
        if rests > 1:
            self._rests[document.uri] = rests - 1
        language = UNKNOWN if rests else language_of(document.language)
        last = self._parsed.get(document.uri)
        return SyntaxParse(document, Parse(language, document.text, cursor.line, last=last, clock=self._clock), self)

    def carried(self, cursor: Cursor) -> Syntax | None:
        """What the last tree tells of a cursor in plain code, if nothing but the cursor's line was changed since.

        It is what `adds_error` starts from, with no parse of a line that is half written. None where it takes a parse.
        """
        document = cursor.document
        last = self._parsed.get(document.uri)
        language = language_of(document.language)
        if last is None or last.language is not language or document.uri in self._rests:
            return None
        parsed = carried(last, document.text, cursor.line)
        if parsed is None or not is_plain(language, cursor.line_prefix):
            return None
        syntax = Syntax(document, parsed)
        return syntax if syntax.begins_in_code(cursor) else None

    def keep(self, uri: str, parse: Parse) -> None:
        """Keep what a finished parse has learnt; `SyntaxParse` calls it."""
        if parse.is_costly:
            self._rests[uri] = RESTS
        if parse.parsed is None:
            return
        self._parsed[uri] = parse.parsed
        self._parsed.move_to_end(uri)
        while len(self._parsed) > MAX_TREES:
            self._parsed.popitem(last=False)

    def forget(self, uri: str) -> None:
        """Free what a closed document held."""
        self._parsed.pop(uri, None)
        self._rests.pop(uri, None)


class SyntaxParse:
    """A parse in slices: call `step` until it says that it's done, then read `syntax`."""

    def __init__(self, document: Document, parse: Parse, cache: SyntaxCache) -> None:
        """For `SyntaxCache.parse`."""
        self._document = document
        self._parse = parse
        self._cache = cache

    def step(self) -> bool:
        """Work for a few milliseconds at most; True when done."""
        if not self._parse.step():
            return False
        self._cache.keep(self._document.uri, self._parse)
        return True

    @property
    def syntax(self) -> Syntax:
        """What is known so far; before `step` is done, what indentation tells."""
        return Syntax(self._document, self._parse.parsed)


def _left_of(cursor: Cursor) -> tuple[int, int]:
    """The line and column after the last visible character before the cursor; a column 0 where there is none near."""
    line, prefix = cursor.line, cursor.line_prefix
    while not prefix.strip() and line > max(0, cursor.line - _BLANK_LINES):
        line -= 1
        prefix = cursor.document.text.line(line)
    return line, len(prefix.rstrip())


def _line_to(cursor: Cursor, offset: int) -> str:
    line, column = cursor.document.text.position(offset)
    return cursor.document.text.line(line)[: column + 1]
