"""Commands: what `workspace/executeCommand` can run. Each answers with a text that an editor can show as it is."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from mistral_lsp.lsp import convert

if TYPE_CHECKING:
    from mistral_lsp.lsp.server import MistralServer

log = logging.getLogger(__name__)

DOCTOR = "mistralLsp.doctor"
WHY = "mistralLsp.why"
COUNTS = "mistralLsp.counts"
QUIET = "quiet"  # the argument of an editor that shows the answer itself: no message comes beside it


def register(server: MistralServer) -> None:
    """Attach every command to a server."""

    @server.command(DOCTOR)
    async def doctor() -> str:
        return await server.doctor()

    # Any, here and below, since pygls passes the server itself where a first parameter could take it.
    @server.command(WHY)
    def why(*arguments: Any) -> str:
        return server.why(is_quiet=QUIET in arguments)

    @server.command(COUNTS)
    def counts() -> str:
        return server.counts()

    # Whatever the arguments are: an error as the answer would be a dialog while somebody types.
    @server.command(convert.ACCEPTED)
    def accepted(*numbers: Any) -> None:
        if len(numbers) not in {1, 2} or not server.acceptance.accepted(*numbers):
            log.debug("%s of no suggestion ignored", convert.ACCEPTED)
