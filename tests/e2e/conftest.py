"""The real server over real stdio, and an endpoint that says what the test tells it."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING, Any

import pytest

from mistral_lsp.bench.editor import Editor
from mistral_lsp.bench.endpoint import Endpoint

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from support.session import Start


@pytest.fixture
async def endpoint() -> AsyncIterator[Endpoint]:
    """A TGI that answers at once."""
    async with Endpoint() as endpoint:
        yield endpoint


@pytest.fixture
def start(tmp_path: Path) -> Start:
    """Start a server with an empty configuration folder and no delay; `url` is its endpoint."""

    @contextlib.asynccontextmanager
    async def start(url: str, *, env: dict[str, str] | None = None, **about: Any) -> AsyncIterator[Editor]:
        own = {
            "XDG_CONFIG_HOME": str(tmp_path / "config"),
            "MISTRAL_LSP_ENDPOINT_URL": url,
            "MISTRAL_LSP_COMPLETION_DELAY_MS": "0",
            "MISTRAL_LSP_LOG": "info",
        }
        command = [sys.executable, "-m", "mistral_lsp"]
        async with Editor.start(command, env=own | (env or {}), **about) as editor:
            yield editor

    return start


@pytest.fixture
async def editor(start: Start, endpoint: Endpoint) -> AsyncIterator[Editor]:
    """An editor whose server asks `endpoint`."""
    async with start(endpoint.url) as editor:
        yield editor
