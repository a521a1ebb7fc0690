from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from mistral_lsp.model import weights
from mistral_lsp.model.base import ModelError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def gguf() -> Path:
    """The embedded model's weights, from the user's own cache; fetched the first time."""
    try:
        return asyncio.run(weights.fetch())
    except ModelError as error:
        pytest.skip(f"the real engine can't be tested: {error} {error.advice}")
