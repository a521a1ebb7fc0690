"""Status: what the user should know of the model, told once for each change.

Typing is never interrupted: a fault goes to the editor's log and, for our own plugins, into a `$/mistralLsp/status`
notification (clients that don't know it must ignore it, LSP 3.18 "$ notifications").
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from lsprotocol import types

from mistral_lsp.model.base import (
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
    from collections.abc import Mapping

    from mistral_lsp.core.suggestion import Suggestion
    from mistral_lsp.lsp.server import MistralServer

log = logging.getLogger(__name__)

STATUS = "$/mistralLsp/status"
_NO_MORE: Mapping[str, object] = {}


class Status:
    """The model's state as last told to the editor."""

    def __init__(self, server: MistralServer) -> None:
        """Say nothing until something happens."""
        self._server = server
        self._told: tuple[str, str] | None = None

    @property
    def fault(self) -> str:
        """Why the model could not answer the last time, and what to do; empty where it did."""
        state, message = self._told or ("", "")
        return message if state == "error" else ""

    def suggested(self, suggestion: Suggestion) -> None:
        """A suggestion goes to the editor. From memory it says nothing of the model, but what it adds is told."""
        state, _ = self._told or ("ready", "")
        if suggestion.is_from_memory and state != "ready":
            return
        message = "".join(["the model answers", *(f"; this suggestion adds {risk}" for risk in suggestion.risks)])
        names = [risk.name.lower() for risk in suggestion.risks]
        self._tell("ready", message, types.MessageType.Info, {"risks": names} if names else {})

    def busy(self, message: str) -> None:
        """The model is being made ready."""
        self._tell("busy", message, types.MessageType.Info)

    def failed(self, error: ModelError) -> None:
        """The model could not answer; its advice goes with it."""
        self._tell("error", f"{error}. {error.advice}", types.MessageType.Warning, {"fault": kind_of(error)})

    def _tell(self, state: str, message: str, kind: types.MessageType, more: Mapping[str, object] = _NO_MORE) -> None:
        if self._told == (state, message):
            return
        self._told = (state, message)
        log.log(logging.WARNING if state == "error" else logging.INFO, "%s", message)
        self._server.window_log_message(types.LogMessageParams(kind, f"mistral-lsp: {message}"))
        self._server.protocol.notify(STATUS, {"state": state, "message": message, **more})


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
