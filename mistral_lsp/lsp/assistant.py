"""Assistant: what one session knows of errors, for hovers and code actions."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from lsprotocol import types

from mistral_lsp.features.circuit import Circuit
from mistral_lsp.features.diagnostics import Diagnostics
from mistral_lsp.features.editing import Editing
from mistral_lsp.features.explaining import Asked, Explainer
from mistral_lsp.features.grounding import Grounding
from mistral_lsp.features.preparing import Preparing
from mistral_lsp.features.proposals import Proposals
from mistral_lsp.lsp.explanations import Explanations
from mistral_lsp.lsp.guard import guard_of
from mistral_lsp.lsp.syntax_errors import SyntaxErrors

if TYPE_CHECKING:
    from mistral_lsp.core.document import Cursor, Document
    from mistral_lsp.lsp.parts import LoadTurns, Turns
    from mistral_lsp.lsp.server import MistralServer
    from mistral_lsp.model.base import Model

log = logging.getLogger(__name__)


class Assistant:
    """One session's."""

    def __init__(self, server: MistralServer, load_turns: LoadTurns) -> None:
        """`load_turns` reads the prompt files, in a thread."""
        self._server = server
        self._load_turns = load_turns
        self._turns: asyncio.Task[Turns] | None = None
        self._circuit = Circuit()  # of the model for questions, where that is another than ghost text's
        self._model: Model | None = None
        self.diagnostics = Diagnostics()
        self.explanations = Explanations(server)
        self.grounding = Grounding(
            way=server.idle.way,
            index=server.survey.index,
            root_of=server.root_of,
            rules=server.survey.rules,
        )
        self.explainer = Explainer(self.grounding, self.asked)
        self.editing = Editing(self.grounding, self.asked, server.survey.checks)
        self.proposals = Proposals()
        self.syntax_errors = SyntaxErrors(server)
        self._preparing = Preparing(self.explainer, self.diagnostics, server.idle)

    async def turns(self) -> Turns:
        """The prompt files, read once."""
        if self._turns is None:
            self._turns = asyncio.ensure_future(asyncio.to_thread(self._load_turns))
            self._turns.add_done_callback(self._tell_problems)
        return await asyncio.shield(self._turns)

    async def asked(self) -> Asked:
        """Whom questions go to, as things are now."""
        made, turns = self._server.made, await self.turns()
        if self._model is not made.chat:
            self._model, self._circuit = made.chat, Circuit()
        circuit = made.completer.circuit if made.chat is made.completer.model else self._circuit
        control_tokens = made.prompts.chat_control_tokens
        guard = guard_of(self._server.resolved.settings.guardrails, turns.guardrails, control_tokens)
        return Asked(made.chat, turns.explain, turns.symbol, turns.output, control_tokens, circuit, guard)

    def prepare_soon(self, cursor: Cursor | None = None) -> None:
        """Have the explanations near a place ready before they are asked for, in the next pause."""
        explain = self._server.resolved.settings.explain
        if explain.enabled and explain.prepare:
            self._server.spawn(self._preparing.soon(cursor))

    def make_way(self) -> None:
        """Something was asked for by hand: what is only prepared ends."""
        self._preparing.make_way()

    def follow(self, document: Document) -> None:
        """A document was changed."""
        self.diagnostics.follow(document)
        self.syntax_errors.soon(document.uri)
        self._preparing.make_way()

    def forget(self, uri: str) -> None:
        """A document was closed."""
        self.diagnostics.forget(uri)
        self.syntax_errors.forget(uri)
        self.grounding.forget(uri)

    def model_changed(self) -> None:
        """What was explained is another model's."""
        self.explainer.forget_all()

    def close(self) -> None:
        """End all work."""
        self.explainer.end()
        if self._turns is not None:
            self._turns.cancel()

    def _tell_problems(self, reading: asyncio.Task[Turns]) -> None:
        if not reading.cancelled() and reading.exception() is None and (problems := reading.result().problems):
            self._server.show(types.MessageType.Warning, "\n".join(problems))
