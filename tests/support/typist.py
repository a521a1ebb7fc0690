"""A document as an editor shows it, and the completer behind it."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from support.cursor import at

from mistral_lsp import templates
from mistral_lsp.core.prompt import PromptLibrary
from mistral_lsp.core.suggestion import Suggestion
from mistral_lsp.core.syntax import SyntaxCache
from mistral_lsp.features.completion import Completer
from mistral_lsp.features.options import CompletionOptions
from mistral_lsp.features.request import CompletionRequest

if TYPE_CHECKING:
    from support.fake_model import FakeModel

    from mistral_lsp.core.reason import Reason
    from mistral_lsp.features.surroundings import Surroundings

PROMPTS = PromptLibrary(templates.load().sources)


class Typist:
    """Types; texts have their cursor in them."""

    def __init__(self, model: FakeModel, *, surroundings: Surroundings | None = None, **options: Any) -> None:
        chosen = CompletionOptions(**{"family": "base", "delay_s": 0.0, **options})
        self.model = model
        syntax = SyntaxCache(clock=time.perf_counter)
        self.completer = Completer(model, PROMPTS, syntax, chosen, surroundings=surroundings)

    def goes_to(self, marked: str, uri: str = "file:///project/a.py") -> None:
        """A document changes, and nothing is asked."""
        self.completer.follow(at(marked, uri=uri).document)

    async def at(self, marked: str, *, invoked: bool = False, language: str = "python", root: str = "") -> str | Reason:
        """What is shown here, asked for when the document has become this."""
        outcome = await self.outcome(marked, invoked=invoked, language=language, root=root)
        return outcome.text if isinstance(outcome, Suggestion) else outcome

    async def outcome(
        self, marked: str, *, invoked: bool = False, language: str = "python", root: str = ""
    ) -> Suggestion | Reason:
        """The same as a whole."""
        cursor = at(marked, language)
        self.completer.follow(cursor.document)
        return await self.completer.complete(CompletionRequest(cursor, invoked, root))

    def asks(self, marked: str) -> asyncio.Task[str | Reason]:
        """Ask without waiting."""
        return asyncio.ensure_future(self.at(marked))

    @property
    def asked(self) -> int:
        """How many prompts the model has got."""
        return len(self.model.prompts)
