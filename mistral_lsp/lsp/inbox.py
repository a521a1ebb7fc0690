"""Inbox: what the client sent, sorted, and handled in its order."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from mistral_lsp.lsp.answers import Answers, Request, is_id, where
from mistral_lsp.lsp.framing import Malformed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

log = logging.getLogger(__name__)

HUNG_UP = object()  # stands behind the last message when nothing more will come

_TURN_S = 0.005  # the loop is held so long by messages that stand in line


class Inbox:
    """Messages in line."""

    def __init__(self, answers: Answers, handle: Callable[[Any], bool]) -> None:
        """`handle` takes a Request, a notification or reply as a dict, or HUNG_UP; true when it started a task."""
        self._answers = answers
        self._handle = handle
        self._line: deque[Any] = deque()
        self._has_turn_ahead = False

    def receive(self, burst: Iterable[object]) -> None:
        """Take decoded messages; the whole burst is seen before the first of it is handled."""
        for message in burst:
            self._sort(message)
        if not self._has_turn_ahead:
            self._take_turn()

    def _sort(self, message: object) -> None:
        """Refuse what is no message, let cancels overtake, and put everything else in line."""
        if message is HUNG_UP:
            self._line.append(message)
        elif isinstance(message, Malformed):
            self._answers.refuse_body(message.why)
        elif not isinstance(message, dict):
            self._answers.refuse(None, "a message is one JSON object")
        elif "method" in message:
            self._sort_call(message)
        elif "result" not in message and "error" not in message:
            self._answers.refuse(message.get("id"), "neither a method nor a result")
        elif is_id(message.get("id")):
            self._line.append(message)
        else:
            log.debug("reply to nothing ignored")  # answering an answer could go on for ever

    def _sort_call(self, message: dict[str, Any]) -> None:
        msg_id, method, params = message.get("id"), message["method"], message.get("params")
        if message.get("jsonrpc") != "2.0" or not isinstance(method, str):
            self._answers.refuse(msg_id, 'no jsonrpc: "2.0", or a method that is no string')
        elif "id" not in message:
            if method == types.CANCEL_REQUEST:
                # It overtakes: a request that waits in line is never started.
                self._answers.cancel_id(params.get("id") if isinstance(params, dict) else None)
            else:
                self._line.append(message)
        elif not is_id(msg_id):
            self._answers.refuse(None, "an id is an integer or a string")
        else:
            request = Request(message["id"], method, params)
            if self._answers.expect(request):
                self._line.append(request)
            else:
                self._answers.refuse(msg_id, "a request with this id is under way")

    def _take_turn(self) -> None:
        """Handle messages up to the first that starts a task, or until the turn is over.

        A task takes its first step in the loop's next round, so the next message waits for the round after. Thus a
        handler that takes its snapshot before its first await sees the very text that its request was sent for.
        """
        self._has_turn_ahead = False
        end = time.monotonic() + _TURN_S
        while self._line:
            if self._begin(self._line.popleft()) or time.monotonic() > end:
                self._has_turn_ahead = True
                asyncio.get_running_loop().call_soon(self._take_turn)
                return

    def _begin(self, message: Any) -> bool:
        try:
            return self._handle(message)
        except Exception as error:  # noqa: BLE001 - one message's fault must not hold up those behind it
            log.error("a message could not be handled: %s", where(error))  # noqa: TRY400 - where() says why
            return False
