"""Switching: another endpoint for the rest of the session, by a command. What runs ends as at a change of settings."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from mistral_lsp.settings import Endpoint, Source
from mistral_lsp.settings.profiles import plain_endpoint, profiles

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mistral_lsp.lsp.server import MistralServer

SWITCHED = "mistralLsp.switch"  # the source's name
CONFIGURED = "configured"  # the profile that the settings themselves are
ROLES = ("completion", "chat")


def listed(server: MistralServer) -> dict[str, Any]:
    """The endpoints that there are to switch to, and which of them answers."""
    known, problems = profiles(server.resolved.settings.endpoint.profiles)
    configured = _values(server.preview(Source(SWITCHED, None)).settings.endpoint)
    now = _values(server.resolved.settings.endpoint)
    rows = [
        {
            "name": name,
            "url": values["url"] or "embedded",
            "model": values["model"],
            "isCurrent": _essence(values) == _essence(now),
        }
        for name, values in {CONFIGURED: configured, **known}.items()
    ]
    return {"endpoints": rows, "problems": problems}


def switch(server: MistralServer, name: str, role: str = "") -> dict[str, str]:
    """Go on with another endpoint, for both roles or for one of them; says what holds now."""
    known, _ = profiles(server.resolved.settings.endpoint.profiles)
    if role and role not in ROLES:
        return {"message": f"There is no role {role[:20]!r}: it must be {' or '.join(ROLES)}."}
    if name != CONFIGURED and name not in known:
        names = ", ".join((CONFIGURED, *known))
        return {"message": f"There is no profile {name[:40]!r} in endpoint.profiles. There are: {names}."}
    if name == CONFIGURED and not role:
        server.set_source(Source(SWITCHED, None))
    else:
        settings, before = server.preview(Source(SWITCHED, None)).settings, server.resolved.settings
        values = known.get(name) or _values(settings.chat_endpoint if role == "chat" else settings.endpoint)
        own = values | {"profiles": list(before.endpoint.profiles)}
        wanted: dict[str, Any] = {"endpoint": own, "endpoint.chat": plain_endpoint()}
        if role == "completion":
            wanted["endpoint.chat"] = _values(before.chat_endpoint)
        elif role == "chat":
            wanted = {"endpoint": _values(before.endpoint), "endpoint.chat": values}
        server.set_source(Source(SWITCHED, _leaves(wanted)))
    what = {"completion": "Ghost text goes", "chat": "Questions and edits go"}.get(role, "All goes")
    return {"message": f"{what} to {name} now, until the server is restarted."}


def with_source(sources: Sequence[Source], source: Source) -> list[Source]:
    """What one source said before gives way to what it says now; what the user switched to is their last word."""
    others = [known for known in sources if known.name != source.name]
    return sorted([*others, source], key=lambda known: known.name == SWITCHED)


def _values(endpoint: Endpoint) -> dict[str, Any]:
    return {member.name: getattr(endpoint, member.name) for member in fields(Endpoint)}


def _essence(values: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if key not in {"profiles", "families"}}


def _leaves(sections: dict[str, Any]) -> dict[str, Any]:
    return {
        f"{section}.{key}": list(value) if isinstance(value, tuple) else value
        for section, values in sections.items()
        for key, value in values.items()
    }
