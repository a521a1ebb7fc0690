"""What editors are tested against: an endpoint beside the test, and the embedded model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mistral_lsp.bench.endpoint import Endpoint
from mistral_lsp.model import weights

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
async def endpoint() -> AsyncIterator[Endpoint]:
    """A TGI that answers at once."""
    async with Endpoint() as endpoint:
        yield endpoint


@pytest.fixture
async def cache() -> Path:
    """The cache folder with the embedded model's weights in it, fetched where they are missing."""
    return (await weights.fetch()).parent.parent
