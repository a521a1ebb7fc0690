"""What goes wrong within a stream of events, for any engine's events."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

from mistral_lsp.bench.tgi_script import Fault, Script, Step, Then, dumps

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

HUGE_BLOCK, HUGE_BLOCKS = b"x" * 65_536, 160


def fault_steps(
    script: Script, tokens: Sequence[str], event: Callable[[str], bytes], *, foreign: Any, error: Any
) -> Iterator[Step]:
    """In place of the next event. `foreign` is JSON of another protocol, `error` what the engine's own are like."""
    match script.fault:
        case Fault.STALL:
            yield Then.NEVER
        case Fault.CUT:
            yield Then.CLOSE
        case Fault.CUT_IN_CHARACTER:
            whole = event("é")
            yield whole[: whole.index("é".encode()) + 1]
            yield Then.CLOSE
        case Fault.ENDLESS:
            for number in count():
                yield max(script.token_s, 0.0001)
                yield event(tokens[number % len(tokens)])
        case Fault.HUGE_EVENT:
            yield from (chunk(HUGE_BLOCK if part else b"data:" + HUGE_BLOCK) for part in range(HUGE_BLOCKS))
        case Fault.NOT_JSON:
            yield chunk(b"data: <html>\n\n")
        case Fault.WRONG_SHAPE:
            yield data_of(foreign)
        case Fault.GENERATION:
            yield data_of({"error": error})
        case _:  # END_EARLY
            pass
    yield b"0\r\n\r\n"


def data_of(value: Any) -> bytes:
    """One event, in a chunk of its own."""
    return chunk(b"data: " + dumps(value) + b"\n\n")


def chunk(data: bytes) -> bytes:
    """As HTTP 1.1 sends a part of a body whose length isn't known."""
    return b"%x\r\n%b\r\n" % (len(data), data)
