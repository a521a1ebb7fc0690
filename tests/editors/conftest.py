"""What editors are tested against: an endpoint beside the test, and the embedded model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mistral_lsp.bench.endpoint import Endpoint

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
async def endpoint() -> AsyncIterator[Endpoint]:
    """A TGI that answers at once."""
    async with Endpoint() as endpoint:
        yield endpoint


@pytest.fixture
def cache(gguf: Path) -> Path:
    """The cache folder with the embedded model's weights in it."""
    return gguf.parent.parent
