"""Connect: time to the first token after a hang-up, where a connection is opened ahead and where it isn't.

Each stream is hung up on after its first token, as typing on does, and the next one is asked for a moment later. The
endpoint is on this machine; `far` puts a wire before it that holds each byte back. TCP's own handshake ends at that
wire's near end, so that `far` counts one round trip too few where there is nothing ahead.
`python -m mistral_lsp.bench.connect`
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from mistral_lsp.bench.endpoint import endpoint_process
from mistral_lsp.bench.measure import Bar, arguments, percentile, report
from mistral_lsp.model.address import Address
from mistral_lsp.model.http import Http

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

ROUNDS, QUICK_ROUNDS = 100, 3
PAUSE_S = 0.1  # between keys
ONE_WAY_S = 0.01  # `far`: a round trip of 20 ms
BARS = {"https, near": 0.6, "https, far": 0.6}  # of the time without
CERTIFICATE = Path(__file__).parents[2] / "tests" / "model" / "loopback.pem"  # in a checkout alone
BODY = json.dumps({"inputs": "x", "parameters": {"max_new_tokens": 8}}).encode()
BLOCK_BYTES = 65_536


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print, and say by the exit status whether the bars hold."""
    options = arguments(__doc__, argv)
    rows = asyncio.run(_measure(QUICK_ROUNDS if options.quick else ROUNDS))
    bars = [
        Bar(f"to the first token, {name}", row["ratio"], BARS[name], "of the time without one")
        for row in rows
        if (name := row["endpoint"]) in BARS
    ]
    return report(options, rows, bars)


async def _measure(rounds: int) -> list[dict[str, Any]]:
    rows = []
    for scheme, distance in product(("http", "https") if CERTIFICATE.is_file() else ("http",), ("near", "far")):
        async with _endpoint(scheme, ONE_WAY_S if distance == "far" else 0.0) as url:
            took = await _ask(url, rounds)
        without, ahead = (percentile(times_ms, 50) for times_ms in took)
        name = f"{scheme}, {distance}"
        rows.append({"endpoint": name, "without ms": without, "ahead ms": ahead, "ratio": ahead / without})
    return rows


@contextlib.asynccontextmanager
async def _endpoint(scheme: str, one_way_s: float) -> AsyncIterator[str]:
    """The URL of a stand-in, in a process of its own, that never ends an answer."""
    tls = ["--tls", str(CERTIFICATE)] if scheme == "https" else []
    async with endpoint_process("--fault", "stall", "--fault-after", "1", "--reply", "a reply", *tls) as url:
        port = urlsplit(url).port or 0
        async with _wire(port, one_way_s) if one_way_s else contextlib.nullcontext(port) as near_port:
            yield f"{scheme}://127.0.0.1:{near_port}"


async def _ask(url: str, rounds: int) -> tuple[list[float], list[float]]:
    """Milliseconds to the first token, without a connection ahead and with one, by turns."""
    address = Address(url=url, ca_file=str(CERTIFICATE) if url.startswith("https") else "")
    clients = Http(address), Http(address)
    took: tuple[list[float], list[float]] = [], []
    for _, (is_ahead, http) in product(range(rounds + 1), enumerate(clients)):
        if is_ahead:
            http.connect()
        await asyncio.sleep(PAUSE_S)
        started = time.perf_counter()
        async with contextlib.aclosing(http.events("/generate_stream", BODY)) as events:
            async for _ in events:
                took[is_ahead].append((time.perf_counter() - started) * 1000)
                break
    for http in clients:
        await http.close()
    return took[0][1:], took[1][1:]  # the first ones import


@contextlib.asynccontextmanager
async def _wire(port: int, one_way_s: float) -> AsyncIterator[int]:
    """The port of a wire that ends at this one."""
    carrying: set[asyncio.Task[Any] | None] = set()

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        carrying.add(asyncio.current_task())
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(_late(reader, far_writer, one_way_s), _late(far_reader, writer, one_way_s))

    async with await asyncio.start_server(carry, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]
        await asyncio.wait({task for task in carrying if task is not None})  # both ends are closed by now


async def _late(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, one_way_s: float) -> None:
    call_later = asyncio.get_running_loop().call_later
    with contextlib.suppress(OSError):
        while block := await reader.read(BLOCK_BYTES):
            call_later(one_way_s, writer.write, block)
    await asyncio.sleep(one_way_s)
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


if __name__ == "__main__":
    raise SystemExit(main())
