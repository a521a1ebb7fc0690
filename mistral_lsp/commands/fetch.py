"""`mistral-lsp fetch`: get the embedded model's weights now instead of at the first completion."""

from __future__ import annotations

import asyncio

from mistral_lsp import terminal
from mistral_lsp.model import weights


def run() -> int:
    """Print where the weights are."""
    with terminal.Progress("Fetching the embedded model") as progress:
        path = asyncio.run(weights.fetch(on_progress=progress.update))
    print(path)
    return 0
