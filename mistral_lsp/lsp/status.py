"""Status: what the user should know of the model, told once for each change.

Typing is never interrupted: a fault goes to the editor's log and, for our own plugins, into a `$/mistralLsp/status`
notification (clients that don't know it must ignore it, LSP 3.18 "$ notifications"). Only who asks by hand sees a
message, and not again until the model has answered. Plugins that say so (`experimental.mistralLsp.activity`) also hear
when a request for ghost text begins and ends.
"""

from __future__ import annotations

import logging
from functools import cached_property
from typing import TYPE_CHECKING

from lsprotocol import types

from mistral_lsp.core.advice import ADVICE
from mistral_lsp.core.reason import Reason
from mistral_lsp.core.visible import visible
from mistral_lsp.model.base import (
    Closed,
    ModelError,
    Overloaded,
    Refused,
    TooLong,
    TooSlow,
    Unauthorised,
    Unreachable,
    WrongModel,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Mapping, Sequence

    from mistral_lsp.core.risk_table import Risk
    from mistral_lsp.core.suggestion import Suggestion
    from mistral_lsp.features.circuit import Circuit
    from mistral_lsp.lsp.server import MistralServer

log = logging.getLogger(__name__)

STATUS = "$/mistralLsp/status"  # {state, message, model?, fault?, risks?}
ACTIVITY = "$/mistralLsp/activity"  # {busy, reason?, advice?}: the last two where nothing is shown
UNTOLD = frozenset({Reason.SUPERSEDED, Reason.MOVED_ON, Reason.CANCELLED})  # an answer is still to come
LATE = 3  # requests in a row that nothing came for in time, before that is told
_NO_MORE: Mapping[str, object] = {}


class Status:
    """The model's state as last told to the editor."""

    def __init__(self, server: MistralServer) -> None:
        """Say nothing until something happens."""
        self._server = server
        self._told: tuple[str, str, str] | None = None  # state, message, model
        self._shown: set[str] = set()  # kinds of faults, to the user's face
        self._late = 0
        self._open = 0

    @property
    def fault(self) -> str:
        """Why the model could not answer the last time, and what to do; empty where it did."""
        state, message, _ = self._told or ("", "", "")
        return message if state == "error" else ""

    def ready(self, risks: Sequence[Risk] = ()) -> None:
        """The model answered; ghost text can't say itself what it adds that should be looked at."""
        message = "".join(["the model answers", *[f"; this suggestion adds {risk}" for risk in risks]])
        more = {"risks": [risk.name.lower() for risk in risks]} if risks else {}
        self._tell("ready", message, types.MessageType.Info, more)

    def paused(self, *, is_paused: bool) -> None:
        """The user paused ghost text, or resumed it."""
        if is_paused:
            self._tell("paused", "ghost text is paused", types.MessageType.Info)
        else:
            self._tell("ready", "ghost text is on", types.MessageType.Info)

    def busy(self, message: str) -> None:
        """The model is being made ready."""
        self._tell("busy", message, types.MessageType.Info)

    def failed(self, error: ModelError, *, by_hand: bool) -> None:
        """The model could not answer what was asked for by hand, or by typing; its advice goes with it."""
        if isinstance(error, Closed):  # it was asked before the settings changed
            return
        message, kind = f"{error}. {error.advice}", kind_of(error)
        self._tell("error", message, types.MessageType.Warning, {"fault": kind})
        if by_hand and kind not in self._shown:
            self._shown.add(kind)
            self._server.show(types.MessageType.Warning, message)

    def note(self, outcome: Suggestion | Reason, circuit: Circuit) -> None:
        """What became of a request, as far as that tells how the model is."""
        risks = () if isinstance(outcome, Reason) else outcome.risks
        is_answer = not isinstance(outcome, Reason) and not outcome.is_from_memory
        if outcome is Reason.TOO_SLOW:
            circuit.late()
            self._note_late()
        elif is_answer or circuit.has_answered:
            self._shown.clear()
            self._late = 0
            self.ready(risks)
        elif not isinstance(outcome, Reason) and self._told is not None and self._told[0] == "ready":
            self.ready(risks)  # from memory it says nothing of the model, but what it adds is told

    async def around(self, work: Awaitable[tuple[Suggestion | Reason, int]]) -> tuple[Suggestion | Reason, int]:
        """What the work gives; meanwhile the editor hears that it goes on."""
        if not self._hears_activity:
            return await work
        self._open += 1
        self._tell_activity(None)
        outcome: Suggestion | Reason = Reason.CANCELLED
        try:
            outcome, number = await work
        finally:
            self._open -= 1
            self._tell_activity(outcome)
        return outcome, number

    @cached_property
    def _hears_activity(self) -> bool:
        """Whether the editor asked for that, when the session began."""
        experimental = self._server.client_capabilities.experimental
        ours = experimental.get("mistralLsp") if isinstance(experimental, dict) else None
        return isinstance(ours, dict) and ours.get("activity") is True

    def _tell_activity(self, outcome: Suggestion | Reason | None) -> None:
        more: dict[str, object] = {}
        if isinstance(outcome, Reason) and outcome not in UNTOLD:
            more = {"reason": str(outcome), "advice": ADVICE[outcome]}
        elif outcome is not None and not isinstance(outcome, Reason):
            more = {"reason": "", "advice": ""}
        self._server.protocol.notify(ACTIVITY, {"busy": self._open > 0, **more})

    def _note_late(self) -> None:
        self._late += 1
        if self._late == LATE:
            words = str(Reason.TOO_SLOW)
            message = f"{words[:1].upper()}{words[1:]}, {LATE} times in a row. {ADVICE[Reason.TOO_SLOW]}"
            self._tell("error", message, types.MessageType.Warning, {"fault": "slow"})

    def _tell(self, state: str, message: str, kind: types.MessageType, more: Mapping[str, object] = _NO_MORE) -> None:
        info = self._server.completer.info
        name = info.adapter or info.name if info else ""
        if self._told == (state, message, name):
            return
        self._told = (state, message, name)
        log.log(logging.WARNING if state == "error" else logging.INFO, "%s", message)
        self._server.window_log_message(types.LogMessageParams(kind, f"mistral-lsp: {message}"))
        about = {"state": state, "message": message, **more}
        if info:
            about["model"] = visible(name)
        self._server.protocol.notify(STATUS, about)


def kind_of(error: ModelError) -> str:
    """What is wrong, for a plugin: unreachable, slow, overloaded, unauthorised, too long, refused or broken."""
    return next((kind for error_type, kind in _KINDS if isinstance(error, error_type)), "broken")


_KINDS: tuple[tuple[type[ModelError], str], ...] = (
    (Unreachable, "unreachable"),
    (TooSlow, "slow"),
    (Overloaded, "overloaded"),
    (Unauthorised, "unauthorised"),
    (WrongModel, "wrong model"),
    (TooLong, "too long"),
    (Refused, "refused"),
)
