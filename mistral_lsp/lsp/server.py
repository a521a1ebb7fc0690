"""MistralServer: what one editor session knows, and the way from a request to its answer."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from typing import TYPE_CHECKING, Any, Protocol as Interface

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from mistral_lsp import __version__
from mistral_lsp.core.reason import Reason
from mistral_lsp.features.latest import Latest, Superseded
from mistral_lsp.lsp.status import Status
from mistral_lsp.lsp.wire import Protocol, tolerant_converter
from mistral_lsp.model.base import ModelError
from mistral_lsp.settings import Source, resolve

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

    from mistral_lsp.core.suggestion import Suggestion
    from mistral_lsp.features.completion import Completer, CompletionRequest
    from mistral_lsp.lsp.documents import Documents
    from mistral_lsp.settings import Resolved, Settings

log = logging.getLogger(__name__)

NOTEBOOKS = types.NotebookDocumentSyncOptions(
    notebook_selector=[types.NotebookDocumentFilterWithCells(cells=[types.NotebookCellLanguage(language="*")])]
)


class MakeCompleter(Interface):
    """Wires a completer for settings, keeping what the one before it can share."""

    def __call__(
        self, settings: Settings, previous: Completer | None, *, on_fetch: Callable[[int, int], None]
    ) -> Completer:
        """`on_fetch` hears of the embedded model's weights: bytes there, bytes in all."""
        ...


class MistralServer(LanguageServer):
    """One editor session."""

    protocol: Protocol

    def __init__(self, sources: Sequence[Source], make_completer: MakeCompleter) -> None:
        """`sources` are the settings known before the editor speaks."""
        super().__init__(
            "mistral-lsp",
            __version__,
            types.TextDocumentSyncKind.Incremental,
            NOTEBOOKS,
            protocol_cls=Protocol,
            converter_factory=tolerant_converter,
        )
        self.status = Status(self)
        self.latest = Latest()
        self.resolved: Resolved = resolve(sources)
        self._sources = list(sources)
        self._make_completer = make_completer
        self._completer: Completer | None = None
        self._background: set[asyncio.Task[Any]] = set()

    @property
    def documents(self) -> Documents:
        """The open documents."""
        return self.protocol.documents

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        return self.resolved.settings

    @property
    def completer(self) -> Completer:
        """The completer for the settings in force, made on first need."""
        if self._completer is None:
            self._completer = self._make_completer(self.settings, None, on_fetch=self._on_fetch)
        return self._completer

    async def suggest(self, request: CompletionRequest | Reason) -> Suggestion | Reason:
        """Answer a completion request; whatever happens, the answer is a value and the log has the reason."""
        started = time.perf_counter()
        try:
            outcome = request if isinstance(request, Reason) else await self._suggestion(request)
        except asyncio.CancelledError:
            _log_outcome(Reason.CANCELLED, started)
            raise
        _log_outcome(outcome, started)
        return outcome

    async def _suggestion(self, request: CompletionRequest) -> Suggestion | Reason:
        document = request.cursor.document
        try:
            outcome = await self.latest.run(document.uri, self.completer.complete(request))
        except Superseded:
            return Reason.SUPERSEDED
        except ModelError as error:
            self.status.failed(error)
            return Reason.MODEL_FAILED
        if self.documents.get(document.uri) is not document:
            return Reason.MOVED_ON
        if not isinstance(outcome, Reason):
            self.status.ready("the model answers")
        return outcome

    def set_source(self, source: Source) -> None:
        """Take settings from one more place, or anew from a place that had some, and go on with what they say."""
        self._sources = [*(known for known in self._sources if known.name != source.name), source]
        before, self.resolved = self.resolved, resolve(self._sources)
        if self.resolved.problems and self.resolved.problems != before.problems:
            self.show(types.MessageType.Warning, problems_message(self.resolved.problems))
        if self.settings != before.settings and self._completer is not None:
            previous, self._completer = self._completer, None
            self.latest.end_all()
            self._completer = self._make_completer(self.settings, previous, on_fetch=self._on_fetch)
            if self._completer.model is not previous.model:
                self.spawn(previous.model.close())

    def show(self, kind: types.MessageType, message: str) -> None:
        """Say something to the user's face."""
        self.window_show_message(types.ShowMessageParams(kind, f"mistral-lsp: {message}"))

    def spawn(self, work: Coroutine[Any, Any, Any]) -> None:
        """Run something that no request waits for; a fault in it is logged."""
        task = asyncio.ensure_future(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)
        task.add_done_callback(_log_fault)

    async def close(self) -> None:
        """End all work and the model with it."""
        self.latest.end_all()
        for task in list(self._background):
            task.cancel()
        if self._completer is not None:
            await self._completer.model.close()

    def _on_fetch(self, done: int, total: int) -> None:
        self.status.busy(f"fetching the embedded model, {total // 2**20} MB, once")


def _log_fault(task: asyncio.Task[Any]) -> None:
    if not task.cancelled() and (fault := task.exception()) is not None:
        log.error("background work failed: %s", type(fault).__name__, exc_info=fault)


def _log_outcome(outcome: Suggestion | Reason, started: float) -> None:
    elapsed_ms = (time.perf_counter() - started) * 1000
    if isinstance(outcome, Reason):
        log.info("nothing shown after %.1f ms: %s", elapsed_ms, outcome)
    else:
        log.info("shown after %.1f ms: %d characters", elapsed_ms, len(outcome.text))
