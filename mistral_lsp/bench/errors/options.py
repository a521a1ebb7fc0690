"""Options that the benches of errors share: which cases, and whom to ask."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mistral_lsp import terminal
from mistral_lsp.bench.endpoint import Endpoint
from mistral_lsp.bench.runs.words import parse_settings
from mistral_lsp.bench.tgi_script import Script
from mistral_lsp.commands.problem import Problem
from mistral_lsp.model.base import ModelError

if TYPE_CHECKING:
    import argparse
    from collections.abc import AsyncIterator, Callable

TIMEOUT_S = 120  # for a first token: what is written is measured, not how soon
TOLD_EVERY = 50


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options."""
    what = parser.add_argument_group("the cases")
    what.add_argument("--limit", type=int, help="so many of them, by chance (default: all)")
    what.add_argument("--seed", type=int, default=1, help="of all chance")
    model = parser.add_argument_group("the model: a stand-in with known answers, unless you say otherwise")
    model.add_argument("--embedded", action="store_true", help="the small embedded model, or --model FILE.gguf")
    model.add_argument("--url", default="", help="an endpoint of your own")
    model.add_argument("--kind", default="auto", help="what your endpoint speaks")
    model.add_argument("--model", default="", help="of your endpoint, or a GGUF file for the embedded engine")
    model.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="a setting; may be repeated")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures and every case there")


def is_stand_in(options: argparse.Namespace) -> bool:
    """Whether nobody else is asked."""
    return not (options.embedded or options.url)


@contextlib.asynccontextmanager
async def settings_of(options: argparse.Namespace, reply: Callable[[str], str] = str) -> AsyncIterator[dict[str, Any]]:
    """The settings for whom the options name; `reply` is the stand-in's. Raises Problem."""
    if not is_stand_in(options):
        own = [
            f"endpoint.kind={options.kind if options.url else 'embedded'}",
            f"endpoint.url={json.dumps(options.url)}",
            f"endpoint.model={json.dumps(_model(options))}",
            f"endpoint.timeout_s={TIMEOUT_S}",
        ]
        yield parse_settings([*own, *options.set])
        return
    async with Endpoint(Script(reply=reply, chars_per_token=2_000)) as endpoint:
        yield parse_settings(["endpoint.kind=tgi", f"endpoint.url={json.dumps(endpoint.url)}", *options.set])


def _model(options: argparse.Namespace) -> str:
    """The endpoint's, or the file's whole path."""
    return options.model if options.url or not options.model else str(Path(options.model).absolute())


def teller(what: str, total: int) -> Callable[[int], None]:
    """Progress, in lines that a log can hold."""

    def tell(count: int) -> None:
        if count % TOLD_EVERY == 0 or count == total:
            terminal.report(f"{what} {count} of {total}")

    return tell


def ran(work: Callable[[], int]) -> int:
    """The exit status of a bench; 2 with a line where it can't be run."""
    try:
        return work()
    except Problem as problem:
        terminal.report(f"mistral-lsp: {problem}")
    except ModelError as error:
        terminal.report(f"mistral-lsp: {error}. {error.advice}")
    return 2
