"""The real server over real stdio, and an endpoint that says what the test tells it."""

from __future__ import annotations

import contextlib
import os
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from support import audit
from support.forked import Forks

from mistral_lsp.bench.editor import Editor
from mistral_lsp.bench.endpoint import Endpoint
from mistral_lsp.bench.spawn import spawned

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence
    from pathlib import Path

    from support.session import Start

    from mistral_lsp.bench.spawn import Spawn


@pytest.fixture
async def endpoint() -> AsyncIterator[Endpoint]:
    """A TGI that answers at once."""
    async with Endpoint() as endpoint:
        yield endpoint


@pytest.fixture(scope="session")
def spawn() -> Iterator[Spawn]:
    """How servers are started: as forks of one process, or one by one where the system can't tell of a fork's end."""
    if not hasattr(os, "pidfd_open"):
        yield spawned
        return
    with Forks.start() as forks:
        yield forks.spawn


@pytest.fixture
def start(tmp_path: Path, spawn: Spawn) -> Start:
    """Start a server with an empty configuration folder and no delay; `url` is its endpoint.

    It runs under an audit: it may reach that endpoint, and those that `also` names, start nothing, and write nothing
    but the secret of its cache salt.
    """
    logs = count()

    @contextlib.asynccontextmanager
    async def start(
        url: str, *, env: dict[str, str] | None = None, also: Sequence[str] = (), **about: Any
    ) -> AsyncIterator[Editor]:
        own = {
            "XDG_CONFIG_HOME": str(tmp_path / "config"),
            "XDG_STATE_HOME": str(tmp_path / "state"),
            "MISTRAL_LSP_ENDPOINT_URL": url,
            "MISTRAL_LSP_COMPLETION_DELAY_MS": "0",
            "MISTRAL_LSP_COMPLETION_FETCH_AHEAD": "off",  # on a busy machine each endpoint is slow enough for it
            "MISTRAL_LSP_LOG": "info",
        }
        log = tmp_path / f"audit-{next(logs)}.log"
        async with Editor.start(audit.command(log), env=own | (env or {}), spawn=spawn, **about) as editor:
            yield editor
        assert audit.violations(log, urls=[url, *also], state=tmp_path / "state") == []

    return start


@pytest.fixture
async def editor(start: Start, endpoint: Endpoint) -> AsyncIterator[Editor]:
    """An editor whose server asks `endpoint`."""
    async with start(endpoint.url) as editor:
        yield editor
