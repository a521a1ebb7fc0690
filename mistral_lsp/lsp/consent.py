"""Consent: whether the user lets code that a model wrote run, asked once for each action that is picked."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from lsprotocol import types

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from mistral_lsp.features.actions import Offer
    from mistral_lsp.lsp.server import MistralServer

MEASURE, DONT = "Measure", "Don't"
# Editors that do nothing else while they wait for an action's edit: their user could never answer.
_BLOCKED = {"helix": "Helix"}  # helix-view/src/action.rs: block_on


class Consents:
    """What one session's editor can be asked."""

    def __init__(self) -> None:
        """Until the editor says who it is, it can."""
        self._blocked = ""  # its name, if it can't
        self._is_told = False

    def meet(self, client: types.ClientInfo | None) -> None:
        """Hear who the editor is."""
        self._blocked = _BLOCKED.get(client.name, "") if client is not None else ""

    def can_ask(self, server: MistralServer) -> bool:
        """Whether a question would be answered; where not, the user hears it once."""
        if self._blocked and not self._is_told:
            self._is_told = True
            server.show(
                types.MessageType.Info,
                f"not measured: {self._blocked} can't be asked while it waits for an action. "
                'actions.measure = "always" runs old and new code without a question; "never" ends this message.',
            )
        return not self._blocked


def consent_of(server: MistralServer, offer: Offer) -> Callable[[], Awaitable[bool]]:
    """What asks; several candidates of one pick wait for the same answer."""
    asking: list[asyncio.Future[bool]] = []

    async def may_run() -> bool:
        if not server.consents.can_ask(server):
            return False
        if not asking:
            asking.append(asyncio.ensure_future(_asked(server, offer)))
        return await asking[0]

    return may_run


async def _asked(server: MistralServer, offer: Offer) -> bool:
    message = (
        f"mistral-lsp: {offer.title}: to see that the new code does the same, and how much faster, the old and the new "
        "function are run on made-up inputs, in a limited process on a copy of the project. Run them?"
    )
    buttons = [types.MessageActionItem(MEASURE), types.MessageActionItem(DONT)]
    answer = await server.window_show_message_request_async(
        types.ShowMessageRequestParams(types.MessageType.Info, message, buttons)
    )
    return answer is not None and answer.title == MEASURE
