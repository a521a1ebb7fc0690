"""The command line, and the only place where the parts are put together."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from mistral_lsp import __version__, logs
from mistral_lsp.commands.problem import Problem
from mistral_lsp.model.base import ModelError

if TYPE_CHECKING:
    from collections.abc import Sequence

USAGE = 2  # the exit status for a command that can't be carried out as it was given


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit status. What goes wrong is one line on stderr, never a traceback."""
    arguments = _parser().parse_args(argv)
    logs.set_up(arguments.log_level)
    try:
        return int(arguments.run(arguments))
    except Problem as problem:
        print(f"mistral-lsp: {problem}", file=sys.stderr)
        return 1
    except ModelError as error:
        print(f"mistral-lsp: {error}. {error.advice}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # `mistral-lsp ... | head`
        sys.stderr.close()
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="mistral-lsp",
        description="A language server that brings a model you host yourself into any editor. "
        "Without a command it serves one editor on standard input and output.",
    )
    parser.set_defaults(run=_serve)
    parser.add_argument("--version", action="version", version=f"mistral-lsp {__version__}")
    parser.add_argument(
        "--log-level", choices=logs.LEVELS, help="what goes to stderr (default: $MISTRAL_LSP_LOG, else warning)"
    )
    parser.add_argument("--stdio", action="store_true", help="serve on standard input and output: the default")
    parser.add_argument(
        "--tcp", type=int, metavar="PORT", help="serve one connection on 127.0.0.1, for debugging; 0 picks a port"
    )
    parser.add_argument("--clientProcessId", type=int, help=argparse.SUPPRESS)  # some editors add it
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    _add_complete(commands.add_parser("complete", help="print what an editor would show at a place in a file"))
    _add_explain(commands.add_parser("explain", help="explain a traceback or a compiler's output, with its code"))
    _add_doctor(commands.add_parser("doctor", help="check settings, endpoint, model and grammars; say what to do"))
    commands.add_parser("settings", help="list every setting, its value and where that came from").set_defaults(
        run=_settings
    )
    commands.add_parser("fetch", help="fetch the embedded model's weights now").set_defaults(run=_fetch)
    deploy = commands.add_parser(
        "deploy", help="write what serves a model on your own hardware", add_help=False, prefix_chars="\0"
    )
    deploy.add_argument("words", nargs=argparse.REMAINDER)
    deploy.set_defaults(run=_deploy)
    bench = commands.add_parser(
        "bench", help="measure: `mistral-lsp bench` lists what", add_help=False, prefix_chars="\0"
    )
    bench.add_argument("words", nargs=argparse.REMAINDER)
    bench.set_defaults(run=_bench)
    return parser


def _add_complete(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--line", type=int, required=True, help="from 1, as editors count")
    parser.add_argument(
        "--column", type=int, required=True, help="characters, from 1; one past the last is the line's end"
    )
    parser.add_argument("--language", help="the language id, where the file's name doesn't tell")
    parser.set_defaults(run=_complete)


def _add_explain(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "what",
        nargs="?",
        metavar="FILE|TEXT",
        help="a file that has the output, or the output itself; without it, standard input: "
        "python app.py 2>&1 | mistral-lsp explain",
    )
    parser.set_defaults(run=_explain)


def _add_doctor(parser: argparse.ArgumentParser) -> None:
    from mistral_lsp.core.hardware import BANDWIDTH_GB_S, BYTES_OF_PARAMETER

    parser.add_argument("--json", action="store_true", help="for a program")
    parser.add_argument(
        "--measure", action="store_true", help="also see by asking: speed, prefix cache, constraint, lock and TLS"
    )
    parser.add_argument("--gpu", choices=BANDWIDTH_GB_S, default="", help="what the endpoint runs on")
    parser.add_argument("--precision", choices=BYTES_OF_PARAMETER, default="fp16", help="of the weights")
    parser.set_defaults(run=_doctor)


def _serve(arguments: argparse.Namespace) -> int:
    from mistral_lsp import survey, wiring
    from mistral_lsp.lsp import handlers, transport
    from mistral_lsp.lsp.server import MistralServer
    from mistral_lsp.settings import sources

    if sys.stdin is not None and sys.stdin.isatty() and arguments.tcp is None:
        print("mistral-lsp: waiting for an editor on standard input; see `mistral-lsp --help`", file=sys.stderr)
    server = MistralServer(
        sources.standard(), wiring.make_completer, wiring.examine, survey.make_survey, wiring.load_turns
    )
    handlers.register(server)
    if arguments.tcp is not None:
        return transport.serve_tcp(server, arguments.tcp, on_leave=server.close)
    return transport.serve_stdio(server, on_leave=server.close)


def _complete(arguments: argparse.Namespace) -> int:
    from mistral_lsp.commands import complete

    return complete.run(arguments.file, arguments.line, arguments.column, arguments.language)


def _explain(arguments: argparse.Namespace) -> int:
    from mistral_lsp.commands import explain

    return explain.run(arguments.what)


def _doctor(arguments: argparse.Namespace) -> int:
    from mistral_lsp.commands import doctor

    is_measured = arguments.measure or bool(arguments.gpu)
    return doctor.run(as_json=arguments.json, measure=is_measured, gpu=arguments.gpu, precision=arguments.precision)


def _settings(_arguments: argparse.Namespace) -> int:
    from mistral_lsp.commands import settings

    return settings.run()


def _fetch(_arguments: argparse.Namespace) -> int:
    from mistral_lsp.commands import fetch

    return fetch.run()


def _bench(arguments: argparse.Namespace) -> int:
    from mistral_lsp.commands import bench

    return bench.run(arguments.words)


def _deploy(arguments: argparse.Namespace) -> int:
    from mistral_lsp.commands import deploy

    return deploy.run(arguments.words)
