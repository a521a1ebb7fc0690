"""Parts: what the server is put together from, as far as it knows it. The wiring makes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Sequence

    from mistral_lsp.core.complaint import Frame
    from mistral_lsp.core.document import Document
    from mistral_lsp.core.guardrail_files import GuardrailFiles
    from mistral_lsp.core.index import Index
    from mistral_lsp.core.prompt import PromptLibrary
    from mistral_lsp.core.reason import Reason
    from mistral_lsp.core.turn_file import ActionFile, TurnFile
    from mistral_lsp.features.completion import Completer
    from mistral_lsp.features.editing import Checks
    from mistral_lsp.features.grounding import Rules
    from mistral_lsp.features.idle import Idle
    from mistral_lsp.features.indexing import Indexer
    from mistral_lsp.features.packages import Packages
    from mistral_lsp.features.report import Finding
    from mistral_lsp.features.surroundings import Surroundings
    from mistral_lsp.model.base import Model
    from mistral_lsp.settings import Resolved, Settings

    # The doctor's findings on settings and what was made of them.
    Examine = Callable[[Resolved, Any], AsyncIterator[Finding]]
    # What is known of the workspace, for settings, pauses, and the documents that are open.
    LoadTurns = Callable[[], "Turns"]
    MakeSurvey = Callable[[Settings, Idle, Callable[[str], Document | None]], "Survey"]


class Made(Protocol):
    """A completer, and what in the user's files kept it from being what they asked for."""

    @property
    def completer(self) -> Completer: ...  # noqa: D102

    @property
    def chat(self) -> Model: ...  # noqa: D102

    @property
    def prompts(self) -> PromptLibrary: ...  # noqa: D102

    @property
    def problems(self) -> Sequence[str]: ...  # noqa: D102


def models(made: Made) -> list[Model]:
    """Those of both roles, which may be one."""
    model, chat = made.completer.model, made.chat
    return [model] if chat is model else [model, chat]


class MakeCompleter(Protocol):
    """Wires a completer for settings."""

    def __call__(
        self, settings: Settings, previous: Any, *, on_fetch: Callable[[int, int], None], surroundings: Surroundings
    ) -> Made:
        """`previous` is what this made before, or None; `on_fetch` hears of a download: bytes there, bytes in all."""
        ...


class Turns(Protocol):
    """What is asked for hovers and code actions, and what is wrong with the user's files of it."""

    @property
    def actions(self) -> Sequence[ActionFile]: ...  # noqa: D102
    @property
    def explain(self) -> TurnFile: ...  # noqa: D102
    @property
    def symbol(self) -> TurnFile: ...  # noqa: D102
    @property
    def guardrails(self) -> GuardrailFiles: ...  # noqa: D102
    @property
    def output(self) -> TurnFile: ...  # noqa: D102
    @property
    def problems(self) -> Sequence[str]: ...  # noqa: D102


class Shelf(Protocol):
    """Where a text goes that an editor opens as a file."""

    def put(self, title: str, text: str) -> str: ...  # noqa: D102 - the URI; raises OSError
    def clear(self) -> None: ...  # noqa: D102


class Access(Protocol):
    """Whether a document may be read and completed in."""

    def of(self, uri: str) -> Reason | None: ...  # noqa: D102
    async def found(self, uri: str) -> Reason | None: ...  # noqa: D102
    async def look(self, uri: str) -> None: ...  # noqa: D102
    def may_show(self, uri: str) -> bool: ...  # noqa: D102
    def forget(self, uri: str) -> None: ...  # noqa: D102


class Survey(Protocol):
    """What is known of the workspace; made once for a session."""

    @property
    def index(self) -> Index: ...  # noqa: D102
    @property
    def indexer(self) -> Indexer: ...  # noqa: D102
    @property
    def access(self) -> Access: ...  # noqa: D102
    @property
    def packages(self) -> Packages: ...  # noqa: D102
    @property
    def rules(self) -> Rules: ...  # noqa: D102
    @property
    def checks(self) -> Checks: ...  # noqa: D102
    @property
    def shelf(self) -> Shelf: ...  # noqa: D102
    def find_file(self) -> Callable[[Frame], Document | None]: ...  # noqa: D102 - for one text's places; it blocks
    def read(self, uri: str) -> str | None: ...  # noqa: D102 - of a workspace folder's file; it blocks
    def is_there(self, uri: str) -> bool: ...  # noqa: D102 - whether a file stands there
    def set_roots(self, uris: Iterable[str]) -> None: ...  # noqa: D102 - the workspace folders are these now
    def configure(self, settings: Settings) -> None: ...  # noqa: D102 - go on with these
