"""Configuration: the editor's settings, at the start and whenever they change.

The sources and their rights are `settings.resolve`'s; here they are fetched, and the user is asked before the
editor's configuration, into which a repository can write, moves the endpoint.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from mistral_lsp.lsp import menu
from mistral_lsp.lsp.switching import SWITCHED
from mistral_lsp.settings import Source, differences

if TYPE_CHECKING:
    from mistral_lsp.lsp.server import MistralServer
    from mistral_lsp.settings import Endpoints, Resolved

log = logging.getLogger(__name__)

SECTION = "mistralLsp"
OWN = "$/mistralLsp/settings"  # {settings}: the user's own, anew, from plugins that know which of them are
USE_IT = "Use it"
KEEP = "Keep what I have"


def register(server: MistralServer) -> None:
    """Attach the notification that takes the place of `initializationOptions` while the server runs."""

    @server.feature(OWN)
    def told(params: Any) -> None:
        if isinstance(params, dict):
            _take_own(server, params.get("settings"))


def from_options(server: MistralServer, params: types.InitializeParams) -> None:
    """Take `initializationOptions`: they come from the user's own editor configuration."""
    if params.initialization_options is not None:
        _take_own(server, params.initialization_options)


async def follow(server: MistralServer) -> None:
    """Ask for the section now, and to be told when it changes; an editor may refuse both."""
    try:
        if _can_pull(server):
            await _pull(server)
        await _watch(server)
    except JsonRpcException as error:
        log.info("the editor refused a request about its configuration (%s)", error.code)


async def changed(server: MistralServer, params: types.DidChangeConfigurationParams) -> None:
    """Take what the notification says, or ask where the editor can be asked (it then sends nothing of use)."""
    if _can_pull(server):
        await _pull(server)
    else:
        await _take(server, params.settings)


def _take_own(server: MistralServer, raw: Any) -> None:
    server.set_source(Source("initializationOptions", raw))


async def _watch(server: MistralServer) -> None:
    workspace = server.client_capabilities.workspace
    changes = workspace and workspace.did_change_configuration
    if changes and changes.dynamic_registration:
        registration = types.Registration(
            id="mistral-lsp-configuration",
            method=types.WORKSPACE_DID_CHANGE_CONFIGURATION,
            register_options=types.DidChangeConfigurationRegistrationOptions(section=SECTION),
        )
        await server.client_register_capability_async(types.RegistrationParams([registration]))


def _can_pull(server: MistralServer) -> bool:
    workspace = server.client_capabilities.workspace
    return bool(workspace and workspace.configuration)


async def _pull(server: MistralServer) -> None:
    item = types.ConfigurationItem(section=SECTION)
    answers = await server.workspace_configuration_async(types.ConfigurationParams([item]))
    await _take(server, answers[0] if answers else None)


async def _take(server: MistralServer, raw: Any) -> None:
    """Settings that a repository may have written: they move the endpoints to where the user agreed, no further."""
    agreed = Source("workspace/configuration", raw, is_the_users=False)
    asking = replace(agreed, may_set_endpoint=False)
    if configured(server, agreed).settings.endpoints in server.agreed_endpoints:
        server.set_source(agreed)
    else:
        server.set_source(asking)
        wanted = configured(server, asking).wanted
        if wanted is not None and wanted not in server.asked_endpoints and await _agrees(server, asking, wanted):
            server.agreed_endpoints.add(wanted)
            server.set_source(agreed)
    await menu.offer(server)


def configured(server: MistralServer, source: Source) -> Resolved:
    """What holds with this source, but for what was switched to for a while."""
    return server.preview(source, Source(SWITCHED, None))


async def _agrees(server: MistralServer, asking: Source, wanted: Endpoints) -> bool:
    """Ask the user, once for each place."""
    server.asked_endpoints.add(wanted)
    changes = differences(configured(server, asking).settings.endpoints, wanted)
    message = (
        f"mistral-lsp: the editor's configuration asks for another endpoint for your code: {changes}. "
        "A repository can write there: agree only if it was you."
    )
    buttons = [types.MessageActionItem(USE_IT), types.MessageActionItem(KEEP)]
    answer = await server.window_show_message_request_async(
        types.ShowMessageRequestParams(types.MessageType.Warning, message, buttons)
    )
    agrees = answer is not None and answer.title == USE_IT
    log.info("the endpoint that the editor's configuration names: the user %s", "agreed" if agrees else "did not agree")
    return agrees
