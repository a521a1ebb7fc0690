"""Syntax checks: whether an edit leaves code that parses no worse than before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mistral_lsp.core.document import Cursor
from mistral_lsp.core.errors import errors
from mistral_lsp.core.syntax import SyntaxCache
from mistral_lsp.features.editing import Verdict
from mistral_lsp.features.parsing import parsed

if TYPE_CHECKING:
    from collections.abc import Callable

    from mistral_lsp.core.diagnostic import Diagnostic
    from mistral_lsp.core.document import Document
    from mistral_lsp.core.turn_file import Promise
    from mistral_lsp.features.editing import Edit


class SyntaxChecks:
    """The least that is checked."""

    def __init__(self, *, clock: Callable[[], float]) -> None:
        """The clock only bounds how long a slice of a parse works."""
        self._clock = clock

    async def check(self, edit: Edit, *, promises: frozenset[Promise], diagnostic: Diagnostic | None) -> Verdict:  # noqa: ARG002
        """Errors around the edit, before and after."""
        before = await self._errors(edit.before, edit.span.start)
        after = await self._errors(edit.after, edit.span.start)
        if before is None or after is None:
            return Verdict()
        if after > before:
            return Verdict(failures=("the code doesn't parse with it",))
        return Verdict(passed=("parses",), level=1)

    async def _errors(self, document: Document, offset: int) -> int | None:
        syntax = await parsed(SyntaxCache(clock=self._clock), Cursor(document, offset))
        return None if syntax.parsed is None else len(errors(syntax.parsed.tree))
