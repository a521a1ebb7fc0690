"""One real engine for all of these tests: llama.cpp in every run, vLLM by `make test-vllm`, TGI by `make test-tgi`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from support import real_engine

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from support.real_engine import Served


def pytest_collection() -> None:
    """Say what is missing before any test runs: a test that can't run has proved nothing."""
    try:
        real_engine.wanted()
    except LookupError as missing:
        pytest.exit(str(missing), returncode=2)


@pytest.fixture(scope="session")
def weights(request: pytest.FixtureRequest) -> Path | None:
    """For llama.cpp alone, and out of any event loop, since fetching them runs one."""
    return request.getfixturevalue("gguf") if real_engine.wanted() == real_engine.LLAMA_CPP else None


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def served(weights: Path | None) -> AsyncIterator[Served]:
    async with real_engine.served(real_engine.wanted(), weights) as served:
        yield served
