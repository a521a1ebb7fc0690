"""An endpoint that dies in the middle of a benchmark, and comes back: on a thread, since the benchmark has the loop."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from typing import TYPE_CHECKING

from mistral_lsp.bench.endpoint import Endpoint
from mistral_lsp.bench.tgi_script import Script, Step, Then

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class Dying(Endpoint):
    """It answers so many questions; then it closes every connection, until there are more `left`."""

    def __init__(self, script: Script, *, left: int) -> None:
        super().__init__(script)
        self.left = left

    def steps(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Iterator[Step]:
        self.left -= method == "POST"
        return super().steps(method, path, headers, body) if self.left >= 0 else iter([Then.CLOSE])


@contextlib.contextmanager
def dying(script: Script, *, left: int) -> Iterator[Dying]:
    endpoint, ready, over = Dying(script, left=left), threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()

    async def serve() -> None:
        async with endpoint:
            ready.set()
            await over.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    try:
        assert ready.wait(10)
        yield endpoint
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join()
        loop.close()
