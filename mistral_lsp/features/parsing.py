"""Parsing: the syntax at a cursor, without the editor going unheard meanwhile."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mistral_lsp.core.document import Cursor
    from mistral_lsp.core.syntax import Syntax, SyntaxCache
    from mistral_lsp.features.way import Way


async def parsed(cache: SyntaxCache, cursor: Cursor, *, way: Way | None = None) -> Syntax:
    """The syntax there, parsed in slices between which the event loop is free, and `way` is made."""
    parse = cache.parse(cursor)
    while not parse.step():
        await (asyncio.sleep(0) if way is None else way.free())
    return parse.syntax
