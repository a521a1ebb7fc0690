"""Parsing: the syntax at a cursor, without the editor going unheard meanwhile."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mistral_lsp.core.document import Cursor
    from mistral_lsp.core.syntax import Syntax, SyntaxCache
    from mistral_lsp.features.way import Way


class Tree:
    """The syntax at a cursor, parsed when it is first asked for."""

    def __init__(self, cache: SyntaxCache, cursor: Cursor) -> None:
        """Parse nothing yet."""
        self._cache = cache
        self._cursor = cursor
        self.known: Syntax | None = None  # once it was asked for

    async def syntax(self) -> Syntax:
        """Parse now, at most once."""
        if self.known is None:
            self.known = await parsed(self._cache, self._cursor)
        return self.known

    async def carried(self) -> Syntax:
        """The same from the last tree where that does for `adds_error` and the kind of the place; else parse."""
        if (known := self.known or self._cache.carried(self._cursor)) is not None:
            return known
        syntax = await self.syntax()
        await asyncio.sleep(0)  # what is done with it isn't part of the last slice
        return syntax


async def parsed(cache: SyntaxCache, cursor: Cursor, *, way: Way | None = None) -> Syntax:
    """The syntax there, parsed in slices between which the event loop is free, and `way` is made."""
    parse = cache.parse(cursor)
    while not parse.step():
        await (asyncio.sleep(0) if way is None else way.free())
    return parse.syntax
