"""Door: the plain questions by which a deployment is proved from outside; with whatever token, or none."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from mistral_lsp.model.base import Refused
from mistral_lsp.model.http import Http, UnexpectedReply

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    from mistral_lsp.model.address import Address


class Door:
    """One address, asked by paths and bodies as they stand."""

    def __init__(self, address: Address) -> None:
        """Raise ModelError where the URL or the token can't be right."""
        self._http = Http(address)

    async def status(self, path: str, body: Mapping[str, Any] | None = None) -> int:
        """GET, or POST with a body: the answer's status. Raises ModelError."""
        reply = await (self._http.get(path) if body is None else self._http.post(path, body))
        return reply.status

    async def page(self, path: str) -> Any:
        """GET what is JSON; None where it isn't. Raises ModelError."""
        return (await self._http.get(path)).json

    async def events(self, path: str, body: Mapping[str, Any]) -> AsyncGenerator[list[str], None]:
        """POST, and the answer's events, of those together that came together; closing hangs up. Raises ModelError."""
        status = 0
        try:
            async for together in self._http.events(path, json.dumps(body).encode()):
                yield together
        except UnexpectedReply as error:
            status = error.reply.status
        if status:
            advice = "The first thing that isn't well tells why: begin with the key and the routes."
            raise Refused(f"HTTP {status}, and no stream of events", advice=advice)

    async def close(self) -> None:
        """Hang up everything."""
        await self._http.close()
