"""`mistral-lsp deploy check`: prove a deployment from outside, and say what to do about each promise that it breaks."""

from __future__ import annotations

import argparse
import asyncio
import os
import secrets
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from mistral_lsp import terminal
from mistral_lsp.commands.problem import Problem
from mistral_lsp.deploy import keys
from mistral_lsp.deploy.engine_table import ENGINES
from mistral_lsp.deploy.questions import QUESTIONS
from mistral_lsp.deploy.refusal import Refusal
from mistral_lsp.features import report
from mistral_lsp.features.deployment import Callers, Promise, examine
from mistral_lsp.features.report import Finding
from mistral_lsp.model import auto, tls
from mistral_lsp.model.address import Address
from mistral_lsp.model.base import ModelError
from mistral_lsp.model.door import Door
from mistral_lsp.settings.sources import user_path
from mistral_lsp.wiring import tls_finding

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

TOKEN_VARIABLE = "MISTRAL_LSP_TOKEN"  # noqa: S105 - the variable's name
TIMEOUT_S = 120.0  # a processor reads a long prompt for a minute
_BY_TITLE = {"vLLM": "vllm", "llama.cpp": "llamacpp", "tgi": "tgi"}  # as engines call themselves
KEY_BYTES = 32  # of the wrong one: as long as those that `deploy` makes


def run(words: Sequence[str]) -> int:
    """Print what was found; 1 where a promise is broken. Raises Problem where nothing can be asked."""
    arguments = _parser().parse_args(words)
    try:
        key = _key(arguments)
    except Refusal as refusal:
        raise Problem(f"deploy check: {refusal}") from None
    # Each question has a connection of its own: llama.cpp closes them after a stream without having said so.
    address = Address(url=arguments.url, token=key, ca_file=arguments.ca_file, timeout_s=TIMEOUT_S, idle_s=0)
    return asyncio.run(_run(address, arguments.engine, as_json=arguments.json))


async def _run(address: Address, engine: str, *, as_json: bool) -> int:
    colour = terminal.has_colour(sys.stdout)
    found: list[Finding] = []
    async for finding in report.timed(_findings(address, engine)):
        found.append(_in_arguments(finding))
        if not as_json:
            print(report.render(found[-1:], colour=colour), end="", flush=True)
    print(report.as_json(found) if as_json else report.verdict(found, colour=colour), end="")
    return report.exit_status(found)


def _in_arguments(finding: Finding) -> Finding:
    """For who gave a URL, and set nothing."""
    detail, cure = (text.replace("endpoint.url", "the URL") for text in (finding.detail, finding.cure))
    return replace(finding, detail=detail, cure=cure)


async def _findings(address: Address, engine: str) -> AsyncIterator[Finding]:
    try:
        tokens = (address.token, None, secrets.token_hex(KEY_BYTES))
        doors = [Door(replace(address, token=token)) for token in tokens]
    except ModelError as error:
        yield Finding("Reach", ok=False, detail=str(error), cure=error.advice)
        return
    try:
        promise = await _promise(address, engine)
        async for finding in examine(Callers(right=doors[0], none=doors[1], wrong=doors[2]), promise):
            yield finding
    except ModelError as error:
        cure = f"{error.advice} Or say with --engine what was deployed, to see the rest."
        yield Finding("Engine", ok=False, detail=f"it isn't known: {error}", cure=cure)
    finally:
        for door in doors:
            await door.close()
    if address.url.strip().startswith("https:"):
        yield tls_finding(await tls.facts(address))
    else:
        yield Finding("TLS", ok=True, detail="none: it is asked on this machine, as by a tunnel")


async def _promise(address: Address, engine: str) -> Promise:
    """What the engine that was named, or that answers, should keep. Raises ModelError."""
    model = auto.make("auto", address)
    try:
        info = await model.describe()
        name, engine = info.name, engine or _BY_TITLE.get(info.engine, "vllm")
    except ModelError:
        if not engine:
            raise
        name = "model"
    finally:
        await model.close()
    row, questions = ENGINES[engine], QUESTIONS[engine]
    return Promise(
        engine=row.title,
        get=row.get,
        posts=questions.bodies_for(name),
        closed=row.closed,
        completion=questions.completion,
        prompt=questions.prompt,
        limit=questions.limit,
        leaves_prompts=questions.leaves_prompts,
    )


def _key(arguments: argparse.Namespace) -> str:
    """Never from the command line, which others can read. Raises Refusal and Problem."""
    variable = os.environ.get(TOKEN_VARIABLE, "").strip()
    if variable and not arguments.key_file:
        return variable
    path = Path(arguments.key_file) if arguments.key_file else user_path().parent / "deploy" / f"{arguments.name}.key"
    try:
        return keys.read(path)
    except FileNotFoundError:
        raise Problem(
            f"deploy check: no key: there is no file {path}. Name the key's file with --key-file, the deployment with "
            f"--name, or put the key into {TOKEN_VARIABLE}"
        ) from None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="mistral-lsp deploy check",
        description="Prove a deployment from outside: it wants its key, lets through what an editor needs and nothing "
        "else, streams tokens as they are written, frees the engine when a client leaves, and speaks TLS where it has "
        "to. What is asked changes nothing there. The exit status is 1 where a promise is broken.",
        epilog="mistral-lsp deploy check http://127.0.0.1:8000\n"
        "mistral-lsp deploy check https://gpu.example.org:8443 --engine vllm --key-file gpu.key",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,  # no --key: what follows it would be taken for a file's name, and shown
    )
    add = parser.add_argument
    add("url", metavar="URL", help="where the proxy is: what you put into endpoint.url")
    add("--engine", choices=ENGINES, default="", help="what was deployed (default: what answers)")
    add("--key-file", default="", metavar="FILE", help=f"with the key alone (default: {TOKEN_VARIABLE}, else --name's)")
    add("--name", default="mistral", help="of the deployment, whose key `deploy` keeps (default: %(default)s)")
    add("--ca-file", default="", metavar="FILE", help="the authority of its certificate, in PEM, where it is your own")
    add("--json", action="store_true", help="for a program")
    return parser
