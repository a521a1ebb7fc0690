"""`mistral-lsp doctor`: what is well, what isn't, and what to do about each fault."""

from __future__ import annotations

import asyncio
import sys

from mistral_lsp import terminal, wiring
from mistral_lsp.features.report import Finding, exit_status, render, verdict
from mistral_lsp.settings import resolve, sources


def run() -> int:
    """Print the report; 1 where anything is at fault."""
    return asyncio.run(_run())


async def _run() -> int:
    """Print each finding as soon as it is known: the last ones wait for the model."""
    resolved = resolve(sources.standard())
    colour = terminal.has_colour(sys.stdout)
    findings: list[Finding] = []
    with terminal.Progress("Fetching the embedded model") as progress:
        made = wiring.make_completer(resolved.settings, None, on_fetch=progress.update)
        try:
            async for finding in wiring.examine(resolved, made):
                findings.append(finding)
                print(render([finding], colour=colour), flush=True)
        finally:
            await made.completer.model.close()
    print(verdict(findings, colour=colour))
    return exit_status(findings)
