"""An endpoint beside the test, and the embedded model's weights."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from typing import TYPE_CHECKING

import pytest

from mistral_lsp.bench.endpoint import Endpoint
from mistral_lsp.model import weights

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    """A TGI that answers at once, in a thread of its own: pynvim blocks the test's."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    stack = contextlib.AsyncExitStack()
    yield asyncio.run_coroutine_threadsafe(stack.enter_async_context(Endpoint()), loop).result()
    asyncio.run_coroutine_threadsafe(stack.aclose(), loop).result()
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@pytest.fixture(scope="session")
def cache() -> Path:
    """The cache folder with the embedded model's weights in it, fetched where they are missing."""
    return asyncio.run(weights.fetch()).parent.parent
