"""Syntax errors: where the grammar can't read a file, as diagnostics; found in slices, for an event loop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mistral_lsp.core.diagnostic import Diagnostic
from mistral_lsp.core.nodes import errors
from mistral_lsp.core.outline import whole_tree
from mistral_lsp.core.parsing import SLICE_S, Window
from mistral_lsp.core.text import without_terminator
from mistral_lsp.core.visible import shortened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import tree_sitter

    from mistral_lsp.core.language import Language
    from mistral_lsp.core.text import Text

SOURCE = "mistral-lsp"
MAX_ERRORS = 50  # of a file: behind the first few a broken tree tells little
_MAX_SHOWN = 30  # characters of what can't be read


class ErrorParse:
    """The errors of a text in the making: call `step` until it says that it's done."""

    def __init__(self, text: Text, language: Language, *, clock: Callable[[], float]) -> None:
        """The clock only bounds how long a slice works."""
        self.found: tuple[Diagnostic, ...] = ()
        self._clock = clock
        self._work = self._steps(text, language)

    def step(self) -> bool:
        """Work for about SLICE_S; True when done."""
        deadline = self._clock() + SLICE_S
        return all(self._clock() < deadline for _ in self._work)

    def _steps(self, text: Text, language: Language) -> Iterator[None]:
        parsed = yield from whole_tree(text, language, clock=self._clock)
        if parsed is None or not parsed[1].root_node.has_error:
            return
        window = Window.of(text, 0, text.line_count)
        nodes = sorted(errors(parsed[1]), key=lambda node: node.start_byte)[:MAX_ERRORS]
        yield
        self.found = tuple(_diagnostic(node, window) for node in nodes)


def _diagnostic(node: tree_sitter.Node, window: Window) -> Diagnostic:
    """What is wrong, on the error's first line."""
    text, start = window.text, window.offset_of(node.start_point)
    line, column = text.position(start)
    rest = without_terminator(text.line(line))[column:]
    if node.is_missing:
        return Diagnostic.of(start, start, f"Syntax error: `{node.type}` is missing here", source=SOURCE)
    end = min(window.offset_of(node.end_point), start + len(rest))
    shown = shortened(text.slice(start, end).strip(), _MAX_SHOWN)
    message = f"Syntax error: `{shown}` doesn't fit here" if shown else "Syntax error"
    return Diagnostic.of(start, end, message, source=SOURCE)
