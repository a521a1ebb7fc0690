"""The embedded model's weights, and how many examples property tests try.

Those are 150 in every run, and as many as FUZZ_EXAMPLES says for `make fuzz`.
"""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from mistral_lsp.model import weights
from mistral_lsp.model.base import ModelError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

settings.register_profile("quick", max_examples=150, deadline=None)
settings.register_profile(
    "fuzz",
    max_examples=int(os.environ.get("FUZZ_EXAMPLES", "5000")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    print_blob=True,
)
settings.load_profile("fuzz" if "FUZZ_EXAMPLES" in os.environ else "quick")


@pytest.fixture(scope="session", autouse=True)
def state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where programs keep things for their user: none of the tester's own folders."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("state")
        patch.setenv("XDG_STATE_HOME", str(folder))
        yield folder


@pytest.fixture(scope="session")
def gguf() -> Path:
    """The embedded model's weights, from the user's own cache; fetched by whichever test first needs them."""
    try:
        return asyncio.run(weights.fetch())
    except ModelError as error:
        pytest.skip(f"the real engine can't be tested: {error} {error.advice}")
