"""Start: from spawning the server to its `initialize` answer, beside a stock pygls server that does nothing.

`python -m mistral_lsp.bench.start` starts both in turn, so that whatever else the machine does slows both alike.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from statistics import median
from typing import TYPE_CHECKING, Any, BinaryIO

from mistral_lsp.bench.client import CAPABILITIES
from mistral_lsp.bench.measure import Bar, arguments, report, server_command

if TYPE_CHECKING:
    from collections.abc import Sequence

RUNS, QUICK_RUNS = 15, 5
BAR = 0.75  # of stock pygls' median
STOCK = "from pygls.lsp.server import LanguageServer; LanguageServer('stock', '1').start_io()"

_PARAMS = {"processId": None, "rootUri": None, "capabilities": CAPABILITIES}


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and report; 1 where the bar doesn't hold."""
    options = arguments(__doc__, argv)
    commands = {"mistral-lsp": server_command(), "stock pygls": [sys.executable, "-c", STOCK]}
    with tempfile.TemporaryDirectory() as home:
        for command in commands.values():
            start_ms(command, home)  # so that every module is compiled and in the page cache
        took = {name: list[float]() for name in commands}
        for _ in range(QUICK_RUNS if options.quick else RUNS):
            for name, command in commands.items():
                took[name].append(start_ms(command, home))
    rows = [_row(name, times_ms) for name, times_ms in took.items()]
    ratio = median(took["mistral-lsp"]) / median(took["stock pygls"])
    return report(options, rows, [Bar("initialize answered, of stock pygls' time", ratio, BAR, "")])


def start_ms(command: Sequence[str], home: str) -> float:
    """Start a server with no settings of the user's, and time it to its `initialize` answer."""
    environment = {"XDG_CONFIG_HOME": home, "XDG_CACHE_HOME": home, "HOME": home, "PATH": ""}
    started = time.perf_counter()
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
    ) as process:
        assert process.stdin is not None  # noqa: S101 - for the types
        assert process.stdout is not None  # noqa: S101
        _send(process.stdin, {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": _PARAMS})
        answer = _answer(process.stdout)
        took_ms = (time.perf_counter() - started) * 1000
        if "result" not in answer:
            raise RuntimeError(f"initialize failed: {answer}")
        _send(process.stdin, {"jsonrpc": "2.0", "id": 2, "method": "shutdown"})
        _answer(process.stdout)
        _send(process.stdin, {"jsonrpc": "2.0", "method": "exit"})
    return took_ms


def _send(pipe: BinaryIO | Any, message: dict[str, Any]) -> None:
    body = json.dumps(message).encode()
    pipe.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
    pipe.flush()


def _answer(pipe: BinaryIO | Any) -> dict[str, Any]:
    """The next message that answers something."""
    while header := pipe.readline():
        length = int(header.partition(b":")[2])
        while pipe.readline().strip():
            pass  # other headers
        message: dict[str, Any] = json.loads(pipe.read(length))
        if "method" not in message:
            return message
    raise RuntimeError("the server left without an answer")


def _row(name: str, times_ms: Sequence[float]) -> dict[str, Any]:
    return {"server": name, "median ms": median(times_ms), "min ms": min(times_ms), "runs": len(times_ms)}


if __name__ == "__main__":
    raise SystemExit(main())
