"""`mistral-lsp doctor`: what is well, what isn't, and what to do about each fault."""

from __future__ import annotations

import asyncio
import sys

from mistral_lsp import terminal, wiring
from mistral_lsp.features import report
from mistral_lsp.features.probe import Hardware
from mistral_lsp.features.report import Finding, exit_status, render, timed, verdict
from mistral_lsp.settings import resolve, sources


def run(*, as_json: bool = False, measure: bool = False, gpu: str = "", precision: str = "") -> int:
    """Print the report; 1 where anything is at fault. With `measure` the endpoint is asked for more than one answer."""
    hardware = Hardware(gpu=gpu, precision=precision) if measure else None
    return asyncio.run(_run(as_json=as_json, hardware=hardware))


async def _run(*, as_json: bool, hardware: Hardware | None) -> int:
    """Print each finding as soon as it is known: the last ones wait for the model."""
    resolved = resolve(sources.standard())
    colour = terminal.has_colour(sys.stdout)
    findings: list[Finding] = []
    with terminal.Progress("Fetching the embedded model") as progress:
        made = wiring.make_completer(resolved.settings, None, on_fetch=progress.update)
        try:
            async for finding in timed(wiring.examine(resolved, made, hardware=hardware)):
                findings.append(finding)
                if not as_json:
                    print(render([finding], colour=colour), flush=True)
        finally:
            await made.close()
    print(report.as_json(findings) if as_json else verdict(findings, colour=colour), end="" if as_json else "\n")
    return exit_status(findings)
