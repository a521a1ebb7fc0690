"""Roles: completions are one, questions and edits are another, and each has an endpoint."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from mistral_lsp.settings.tree import Endpoint


class Endpoints(NamedTuple):
    """All that may be sent to."""

    completion: Endpoint
    chat: Endpoint


def chat_of(endpoint: Endpoint, chat: Endpoint) -> Endpoint:
    """Whom questions and edits go to: the same endpoint, unless the user names another one for them.

    A token that is meant for one server isn't sent to another.
    """
    if not (chat.url or chat.model or chat.kind != "auto"):
        return endpoint
    is_one_server = not endpoint.url or _origin(chat.url) == _origin(endpoint.url)
    return replace(chat, token_env=endpoint.token_env) if is_one_server and not chat.token_env else chat


def _origin(url: str) -> tuple[str, str]:
    """Scheme, host and port, or the socket."""
    parts = urlsplit(url)
    return parts.scheme, parts.netloc.lower() or parts.path
