"""Parsing: the syntax at a cursor, without the editor going unheard meanwhile."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mistral_lsp.core.document import Cursor
    from mistral_lsp.core.syntax import Syntax, SyntaxCache


async def parsed(cache: SyntaxCache, cursor: Cursor) -> Syntax:
    """The syntax there, parsed in slices between which the event loop is free."""
    parse = cache.parse(cursor)
    while not parse.step():  # noqa: ASYNC110 - no wait for someone else, but the work itself
        await asyncio.sleep(0)
    return parse.syntax
