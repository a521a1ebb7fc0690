"""Commands: what `workspace/executeCommand` can run. Each answers with a text that an editor can show as it is."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from mistral_lsp.lsp import convert, switching

if TYPE_CHECKING:
    from mistral_lsp.lsp.server import MistralServer

log = logging.getLogger(__name__)

DOCTOR = "mistralLsp.doctor"
WHY = "mistralLsp.why"
PAUSE = "mistralLsp.pause"
SWITCH = "mistralLsp.switch"
COUNTS = "mistralLsp.counts"
QUIET = "quiet"  # the argument of an editor that shows the answer itself: no message comes beside it


def register(server: MistralServer) -> None:
    """Attach every command to a server."""

    @server.command(DOCTOR)
    async def doctor() -> str:
        return await _doctor(server)

    # Any, here and below, since pygls passes the server itself where a first parameter could take it.
    @server.command(WHY)
    def why(*arguments: Any) -> str:
        return _why(server, is_quiet=QUIET in arguments)

    @server.command(COUNTS)
    def counts() -> str:
        from mistral_lsp.features.why import counted

        return counted(server.records.count, server.acceptance.counts)

    @server.command(PAUSE)
    def pause(*arguments: Any) -> dict[str, bool]:
        wanted = arguments[0] if arguments and isinstance(arguments[0], bool) else not server.is_paused
        server.is_paused = wanted
        server.status.paused(is_paused=wanted)
        return {"paused": wanted}

    @server.command(SWITCH)
    def switch(*arguments: Any) -> dict[str, Any]:
        words = [word for word in arguments if isinstance(word, str)]
        return switching.switch(server, *words[:2]) if words else switching.listed(server)

    # Whatever the arguments are: an error as the answer would be a dialog while somebody types.
    @server.command(convert.ACCEPTED)
    def accepted(*numbers: Any) -> None:
        if len(numbers) not in {1, 2} or not server.acceptance.accepted(*numbers):
            log.debug("%s of no suggestion ignored", convert.ACCEPTED)


async def _doctor(server: MistralServer) -> str:
    """The doctor's report on this session."""
    from mistral_lsp.features.report import render

    findings = [finding async for finding in server.examine()]
    findings.append(server.survey.indexer.finding())
    return render(findings, colour=False)


def _why(server: MistralServer, *, is_quiet: bool) -> str:
    """What became of the last completion requests, and what to do; one line of it also as a message."""
    from mistral_lsp.features.why import explain, in_one_line

    if not is_quiet:
        server.show(types.MessageType.Info, in_one_line(server.records))
    return explain(server.records, fault=server.status.fault)
