"""MistralServer: what one editor session knows, and the way from a request to its answer."""

from __future__ import annotations

import asyncio
import logging
from functools import reduce
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from mistral_lsp import __version__
from mistral_lsp.core.reason import Reason
from mistral_lsp.features.acceptance import Acceptance
from mistral_lsp.features.idle import Idle
from mistral_lsp.features.judging import misses_package
from mistral_lsp.features.latest import Latest, Superseded
from mistral_lsp.features.records import Method, Records
from mistral_lsp.features.request import CompletionRequest
from mistral_lsp.features.surroundings import Surroundings
from mistral_lsp.lsp import workspace
from mistral_lsp.lsp.assistant import Assistant
from mistral_lsp.lsp.consent import Consents
from mistral_lsp.lsp.convert import Reader
from mistral_lsp.lsp.parts import models
from mistral_lsp.lsp.status import Status
from mistral_lsp.lsp.switching import with_source
from mistral_lsp.lsp.wire import Protocol, tolerant_converter
from mistral_lsp.model.base import ModelError
from mistral_lsp.settings import Source, problems_message, resolve

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine, Sequence

    from mistral_lsp.core.suggestion import Suggestion
    from mistral_lsp.features.completion import Completer
    from mistral_lsp.features.records import Open
    from mistral_lsp.features.report import Finding
    from mistral_lsp.lsp.documents import Documents
    from mistral_lsp.lsp.parts import Examine, LoadTurns, Made, MakeCompleter, MakeSurvey
    from mistral_lsp.settings import Endpoints, Problem, Resolved


log = logging.getLogger(__name__)

EVERY_CELL = types.NotebookDocumentSyncOptions(
    [types.NotebookDocumentFilterWithCells(cells=[types.NotebookCellLanguage("*")])]
)
METHODS = {types.TEXT_DOCUMENT_INLINE_COMPLETION: Method.GHOST_TEXT, types.TEXT_DOCUMENT_COMPLETION: Method.MENU}


class MistralServer(LanguageServer):
    """One editor session."""

    protocol: Protocol

    def __init__(
        self,
        sources: Sequence[Source],
        make_completer: MakeCompleter,
        examine: Examine,
        survey: MakeSurvey,
        load_turns: LoadTurns,
    ) -> None:
        """`sources` are the settings that are known before the editor speaks."""
        super().__init__(
            "mistral-lsp",
            __version__,
            types.TextDocumentSyncKind.Incremental,
            EVERY_CELL,
            protocol_cls=Protocol,
            converter_factory=tolerant_converter,
        )
        self.status = Status(self)
        self.records = Records()
        document = lambda uri: self.documents.get(uri)  # noqa: E731, PLW0108 - `initialize` makes other documents
        self.acceptance = Acceptance(document)
        self.protocol.on_missed = self._missed
        self.resolved = resolve(sources)
        self.waited_s = 0.0  # for a pause, by the editor, before it asks by itself
        self.consents = Consents()
        self.idle = Idle()
        self.survey = survey(self.resolved.settings, self.idle, document)
        self.surroundings = Surroundings(
            self.idle,
            root_of=self.root_of,
            spawn=self.spawn,
            may_show=self.survey.access.may_show,
            index=self.survey.index,
            read=self.survey.read,
        )
        self.is_paused = False  # by the user, for this session: nothing is suggested unless they ask by hand
        self.is_listening = False  # an editor shows messages once it is initialized
        self.asked_endpoints: set[Endpoints] = set()  # about which the user was asked
        self.agreed_endpoints: set[Endpoints] = set()
        self.reader = Reader(self.documents)
        self._sources = list(sources)
        self._make_completer = make_completer
        self._examine = examine
        self._made: Made | None = None
        self._latest = Latest()
        self.assistant = Assistant(self, load_turns)
        self._background: set[asyncio.Task[Any]] = set()

    @property
    def documents(self) -> Documents:
        """The open documents."""
        return self.protocol.documents

    @property
    def completer(self) -> Completer:
        """Of `made`."""
        return self.made.completer

    @property
    def made(self) -> Made:
        """The models and the prompts for the settings in force, made on first need."""
        return self._made or self._make(None)

    def examine(self) -> AsyncIterator[Finding]:
        """The doctor's findings on this session."""
        return self._examine(self.resolved, self.made)

    async def suggest(self, request: CompletionRequest | Reason, method: Method) -> tuple[Suggestion | Reason, int]:
        """Answer a completion request, and the number of the record that tells why; whatever happens, it is a value."""
        self.idle.touch()
        begun = self.records.begin(method, request)
        try:
            with self.idle.way.taken():
                outcome = request if isinstance(request, Reason) else await self._suggestion(request, begun)
        except asyncio.CancelledError:
            self._note(begun, Reason.CANCELLED)
            raise
        except Exception:  # an error as the answer would be a dialog while somebody types
            log.exception("a completion failed")
            outcome = Reason.FAULT
        self._note(begun, outcome)
        return outcome, begun.asked.number

    def _missed(self, lsp_method: str) -> None:
        """Record a request that the editor cancelled before its turn came."""
        if method := METHODS.get(lsp_method):
            self._note(self.records.begin(method, Reason.CANCELLED), Reason.CANCELLED)

    def _note(self, begun: Open, outcome: Suggestion | Reason) -> None:
        completer = self._made.completer if self._made is not None else None
        info, family = (completer.info, completer.family) if completer is not None else (None, None)
        record = self.records.end(begun, outcome, info=info, family=family)
        if log.isEnabledFor(logging.INFO):
            log.info("%s", record)
            if log.isEnabledFor(logging.DEBUG):  # otherwise the editor's log stays quiet
                self.window_log_message(types.LogMessageParams(types.MessageType.Debug, f"mistral-lsp: {record}"))
        if not isinstance(outcome, Reason):
            self.acceptance.shown(record.asked.number, outcome)

    async def _suggestion(self, request: CompletionRequest, begun: Open) -> Suggestion | Reason:
        popup = request.popup
        document = request.cursor.document if popup is None else popup.document
        is_paused = self.is_paused and not request.invoked
        if reason := Reason.PAUSED if is_paused else await self.survey.access.found(document.uri):
            return reason
        root_uri = self.root_of(document.uri)
        request = CompletionRequest(  # what is asked, and what is known here
            request.cursor,
            request.invoked,
            root_uri=root_uri,
            cells_above=tuple(self.documents.cells_above(document.uri)),
            popup=popup,
            packages=self.survey.packages.of(root_uri),
            waited_s=self.waited_s if begun.asked.method is Method.GHOST_TEXT else 0.0,
        )
        completer = self.completer
        try:
            work = completer.complete(request, on_first_text=begun.on_first_text)
            outcome = await self._latest.run((document.uri, begun.asked.method), work)
        except Superseded:
            return Reason.SUPERSEDED
        except ModelError as error:
            self.status.failed(error, by_hand=request.invoked)
            return Reason.MODEL_FAILED
        if self.documents.get(document.uri) is not document:
            return Reason.MOVED_ON
        self.status.note(outcome, completer.circuit)
        if misses_package(outcome):
            self.survey.packages.missed(request.root_uri)
        if isinstance(outcome, Reason) or popup is None:
            return outcome
        return outcome.with_text_before(popup.text, popup.span)

    def root_of(self, uri: str) -> str:
        """The innermost workspace folder that a document is in."""
        roots = (*(workspace := self.workspace).folders, workspace.root_uri or "")
        return max([root for root in roots if root and uri.startswith(root.rstrip("/") + "/")], key=len, default="")

    def set_source(self, source: Source) -> None:
        """Take settings from one more place, or anew from one that had some, and go on with what they all say."""
        self._sources = with_source(self._sources, source)
        before, self.resolved = self.resolved, resolve(self._sources)
        self.tell_problems(told=before.problems)
        if self.resolved.settings == before.settings:
            return
        self.spawn(workspace.configured(self))
        self.assistant.syntax_errors.configured()
        if self._made is not None:
            self._remake(self._made)

    def preview(self, *sources: Source) -> Resolved:
        """What would hold with these sources."""
        return resolve(reduce(with_source, sources, self._sources))

    def tell_problems(self, told: Sequence[Problem] = ()) -> None:
        """One message for all that is wrong with the settings and wasn't told before."""
        new = [problem for problem in dict.fromkeys(self.resolved.problems) if problem not in told]
        if self.is_listening and new:
            self.show(types.MessageType.Warning, problems_message(new))

    def forget(self, uri: str) -> None:
        """A document was closed: end its work and free its tree."""
        for method in Method:
            self._latest.end((uri, method))
        self.acceptance.forget(uri)
        self.survey.access.forget(uri)
        self.survey.indexer.changed(uri)
        self.surroundings.forget(uri)
        self.assistant.forget(uri)
        if self._made is not None:
            self._made.completer.forget(uri)

    def opened(self, uri: str) -> None:
        """A document was opened."""
        self.idle.touch()
        if (document := self.documents.get(uri)) is not None:
            self.surroundings.opened(document)
            self.assistant.syntax_errors.soon(uri)
            if self._made is not None:
                self._made.completer.follow(document)

    def follow(self, uri: str) -> None:
        """A document was changed."""
        self.idle.touch()
        self.survey.indexer.changed(uri)
        document = self.documents.get(uri)
        if document is None:
            return
        self.surroundings.follow(document)
        self.assistant.follow(document)
        if self._made is not None:
            self._made.completer.follow(document)

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
        """End all work, and the model with it."""
        self._latest.end_all()
        self.acceptance.close()
        self.assistant.close()
        self.survey.shelf.clear()
        for task in tuple(self._background):
            task.cancel()
        made, self._made = self._made, None
        if made is not None:
            made.completer.end()
            await asyncio.gather(*(model.close() for model in models(made)))

    def _remake(self, before: Made) -> None:
        """Go on with other settings: what runs is answered with nothing, since the model may be another."""
        self._latest.end_all()
        before.completer.end()
        self.assistant.model_changed()
        now = models(self._make(before))
        for model in models(before):
            if model not in now:
                self.spawn(model.close())

    def _make(self, previous: Made | None) -> Made:
        made = self._make_completer(
            self.resolved.settings, previous, on_fetch=self._tell_fetch, surroundings=self.surroundings
        )
        if made.problems and (previous is None or made.problems != previous.problems):
            self.show(types.MessageType.Warning, "\n".join(made.problems))
        self._made = made
        return made

    def _tell_fetch(self, _done: int, total: int) -> None:
        self.status.busy(f"fetching the embedded model, {total / 1e6:.0f} MB, once")


def _log_fault(task: asyncio.Task[Any]) -> None:
    if not task.cancelled() and (fault := task.exception()) is not None:
        log.error("background work failed: %s", type(fault).__name__, exc_info=fault)
