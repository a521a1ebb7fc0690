"""A model that can't be used, and says why each time it is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from mistral_lsp.core.prompt import Prompt
    from mistral_lsp.model.base import ModelError, ModelInfo, Usage


class UnavailableModel:
    """Stands in for a model that could not be made, so that the server lives and the user hears the reason."""

    def __init__(self, error: ModelError) -> None:
        """The error that every request gets."""
        self._error = error

    async def warm_up(self) -> None:
        """There is nothing to warm."""

    def connect(self) -> None:
        """There is nothing to connect to."""

    async def stream(
        self, _prompt: Prompt, _on_usage: Callable[[Usage], None] | None = None
    ) -> AsyncGenerator[str, None]:
        """Raise the error."""
        raise self._error
        yield ""

    async def describe(self) -> ModelInfo:
        """Raise the error."""
        raise self._error

    async def close(self) -> None:
        """There is nothing to close."""
