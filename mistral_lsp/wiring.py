"""Wiring: the parts put together as the settings say; used by the command line alone.

What is heavy is imported in the functions: an editor waits for none of it at the start.
"""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from mistral_lsp.core.visible import shortened, visible
from mistral_lsp.model.base import ModelError, Refused
from mistral_lsp.settings.sources import state_path, user_path

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable

    from mistral_lsp.core.prompt import PromptLibrary
    from mistral_lsp.features.completion import Completer
    from mistral_lsp.features.options import CompletionOptions
    from mistral_lsp.features.probe import Hardware
    from mistral_lsp.features.report import Finding
    from mistral_lsp.features.surroundings import Surroundings
    from mistral_lsp.model.address import Address
    from mistral_lsp.model.base import Model, ModelInfo
    from mistral_lsp.model.tls import Facts
    from mistral_lsp.settings import Completion, Endpoint, Resolved, Settings
    from mistral_lsp.settings.guardrails import Guardrails
    from mistral_lsp.templates import Turns

    OnFetch = Callable[[int, int], None]


SOON_DAYS = 14  # before a certificate ends


class Made(NamedTuple):
    """A completer, and what in the user's files kept it from being what they asked for."""

    completer: Completer
    problems: tuple[str, ...]
    prompts: PromptLibrary
    endpoint: Endpoint
    chat: Model  # for questions and edits; the completer's own, where the user names no other endpoint for them
    chat_endpoint: Endpoint

    async def close(self) -> None:
        """Close the models of both roles."""
        await self.completer.model.close()
        if self.chat is not self.completer.model:
            await self.chat.close()


def make_completer(
    settings: Settings, previous: Made | None, *, on_fetch: OnFetch, surroundings: Surroundings | None = None
) -> Made:
    """A completer for these settings; the model and the trees of the one before it stay where they still fit."""
    from mistral_lsp.core.syntax import SyntaxCache
    from mistral_lsp.features.completion import Completer

    prompts, problems = _prompts(settings.endpoint.families)
    family, more = _family(settings.endpoint.family, prompts)
    is_same = previous is not None and previous.endpoint == settings.endpoint
    model = previous.completer.model if previous and is_same else make_model(settings.endpoint, on_fetch=on_fetch)
    syntax = previous.completer.syntax if previous is not None else SyntaxCache(clock=time.perf_counter)
    before = previous.completer if previous is not None and previous.completer.model is model else None
    options = _options(settings.completion, family)
    completer = Completer(model, prompts, syntax, options, surroundings=surroundings, before=before)
    chat_endpoint = settings.chat_endpoint
    if chat_endpoint == settings.endpoint:
        chat = model
    elif previous is not None and previous.chat_endpoint == chat_endpoint != previous.endpoint:
        chat = previous.chat
    else:
        chat = make_model(chat_endpoint, on_fetch=on_fetch)
    problems = (*problems, *more, *_unguarded(settings.guardrails))
    return Made(completer, problems, prompts, settings.endpoint, chat, chat_endpoint)


def load_turns() -> Turns:
    """What hovers and code actions ask: the built-in prompt files and the user's. For a thread."""
    from mistral_lsp import templates

    return templates.load_turns(user_path().parent / "prompts")


def examine(resolved: Resolved, made: Made, *, hardware: Hardware | None = None) -> AsyncIterator[Finding]:
    """The doctor's findings, one by one; with `hardware` also what is seen by asking more than once."""
    from mistral_lsp.core.languages import grammars
    from mistral_lsp.features import doctor
    from mistral_lsp.model import weights
    from mistral_lsp.survey import with_tools

    endpoint, completion, path = resolved.settings.endpoint, resolved.settings.completion, user_path()
    file = Path(endpoint.model) if endpoint.model else weights.find()
    case = doctor.Case(
        settings=resolved.rows(),
        problems=[*map(str, resolved.problems), *made.problems],
        config_file=str(path),
        has_config_file=path.is_file(),
        url="" if is_embedded(endpoint) else endpoint.url,
        token_env=endpoint.token_env,
        has_token=_has_token(endpoint),
        family=endpoint.family,
        deadline_s=completion.deadline_ms / 1000,
        context_tokens=completion.context_tokens,
        max_tokens=completion.max_tokens,
        weights=str(file) if file is not None and file.is_file() else "",
        token_from=_token_from(endpoint),
    )
    more, chat_more = (
        None if hardware is None else _more(one, hardware) for one in (endpoint, resolved.settings.chat_endpoint)
    )
    chat = None if made.chat is made.completer.model else doctor.Chat(made.chat, chat_more)
    found = doctor.examine(case, made.completer.model, made.prompts, grammars, chat=chat, more=more)
    return with_tools(found, resolved.settings)


def _more(endpoint: Endpoint, hardware: Hardware) -> Callable[[Model, ModelInfo], AsyncIterator[Finding]]:
    """What the doctor measures, where it is asked to."""
    from mistral_lsp.features import probe

    async def more(model: Model, info: ModelInfo) -> AsyncIterator[Finding]:
        is_locked = not is_embedded(endpoint) and _has_token(endpoint)
        open_one = replace(endpoint, token_env="", token_file="", token_keyring="")
        keyless = make_model(open_one, on_fetch=lambda _done, _total: None) if is_locked else None
        async for finding in probe.probe(model, info, hardware=hardware, keyless=keyless):
            yield finding
        if not is_embedded(endpoint) and not is_locked:
            yield probe.no_lock(is_near=_is_near(endpoint.url))
        if not is_embedded(endpoint) and endpoint.url.strip().startswith("https:"):
            from mistral_lsp.model import tls

            yield tls_finding(await tls.facts(_address(endpoint)))

    return more


def _is_near(url: str) -> bool:
    from mistral_lsp.model.address import is_loopback

    return url.strip().startswith("unix:") or is_loopback(urlsplit(url.strip()).hostname or "")


def tls_finding(found: Facts | None) -> Finding:
    """What to say of a connection's security."""
    from mistral_lsp.features.report import Finding

    if found is None:
        return Finding("TLS", ok=None, detail="not seen: there is a proxy between, or no connection")
    days = (found.expires_s - time.time()) / 86_400
    detail = f"{found.version}, {found.cipher}; the certificate ends in {days:.0f} days"
    cure = "Renew the certificate." if days < SOON_DAYS else ""
    return Finding("TLS", ok=None if cure else True, detail=detail, cure=cure)


def _has_token(endpoint: Endpoint) -> bool:
    try:
        return bool(_token(endpoint) or endpoint.token_keyring)
    except ModelError:
        return False  # the model itself says why


def _token_from(endpoint: Endpoint) -> str:
    """The setting that the token comes from; empty where it is the variable's, or there is none."""
    named = [f"endpoint.{name}" for name in ("token_file", "token_keyring") if getattr(endpoint, name)]
    return "" if os.environ.get(endpoint.token_env) else next(iter(named), "")


def make_model(endpoint: Endpoint, *, on_fetch: OnFetch) -> Model:
    """The model that an endpoint's settings name; one that can't be made says why when it is asked."""
    from mistral_lsp.model.unavailable import UnavailableModel

    try:
        return _embedded(endpoint, on_fetch) if is_embedded(endpoint) else _remote(endpoint)
    except ModelError as error:
        return UnavailableModel(error)


def is_embedded(endpoint: Endpoint) -> bool:
    """Whether the embedded engine answers."""
    return endpoint.kind == "embedded" or (endpoint.kind == "auto" and not endpoint.url)


def _remote(endpoint: Endpoint) -> Model:
    from mistral_lsp.model import auto

    address = _address(endpoint)
    if address.token or not endpoint.token_keyring:
        return auto.make(endpoint.kind, address)
    from mistral_lsp.model import token_keyring
    from mistral_lsp.model.late import LateModel

    return LateModel(
        lambda: token_keyring.read(endpoint.token_keyring),
        lambda token: auto.make(endpoint.kind, replace(address, token=token)),
    )


def _address(endpoint: Endpoint) -> Address:
    from mistral_lsp.model.address import Address

    return Address(
        url=endpoint.url,
        model=endpoint.model,
        adapter=endpoint.adapter,
        token=_token(endpoint),
        ca_file=endpoint.ca_file,
        proxy=endpoint.proxy,
        allow_http=endpoint.allow_http,
        timeout_s=endpoint.timeout_s,
        salt_file=state_path() / "cache-salt",
    )


def _token(endpoint: Endpoint) -> str | None:
    """From the environment, or else from the user's file. Raises ModelError where others can read that."""
    if endpoint.token_env and (token := os.environ.get(endpoint.token_env)):
        return token
    if not endpoint.token_file:
        return None
    from mistral_lsp.model import token_file

    return token_file.read(Path(endpoint.token_file))


def _embedded(endpoint: Endpoint, on_fetch: OnFetch) -> Model:
    from mistral_lsp.model.embedded import EmbeddedModel
    from mistral_lsp.model.words import ADVICE_ADAPTER

    if endpoint.adapter:
        raise Refused("the embedded engine takes no adapter", advice=ADVICE_ADAPTER)
    return EmbeddedModel(Path(endpoint.model) if endpoint.model else None, on_progress=on_fetch)


def _prompts(own_rows: Iterable[str]) -> tuple[PromptLibrary, tuple[str, ...]]:
    from mistral_lsp import templates
    from mistral_lsp.core.families import row_of
    from mistral_lsp.core.prompt import PromptLibrary

    loaded = templates.load(user_path().parent / "prompts")
    rows = {text: row_of(text) for text in own_rows}
    good = [row for row in rows.values() if row is not None and row[1] in loaded.sources]
    problems = tuple(
        f'endpoint.families: "{visible(shortened(text))}" is ignored: it must be words of a model\'s name, "=", and '
        f"one of {', '.join(sorted(loaded.sources))}."
        for text, row in rows.items()
        if row not in good
    )
    return PromptLibrary(loaded.sources, rows=good), (*loaded.problems, *problems)


def _unguarded(guardrails: Guardrails) -> tuple[str, ...]:
    """One sentence where guardrails are asked for that say nothing."""
    if guardrails.mode != "custom" or guardrails.prompt:
        return ()
    return ('guardrails.mode = "custom" does nothing: guardrails.prompt has to say what stands before questions.',)


def _family(wanted: str, prompts: PromptLibrary) -> tuple[str, tuple[str, ...]]:
    if wanted == "auto" or wanted in prompts.families:
        return wanted, ()
    names = ", ".join(prompts.families)
    return "auto", (f'endpoint.family = "{wanted}" is ignored: it must be "auto" or one of {names}.',)


def _options(chosen: Completion, family: str) -> CompletionOptions:
    from mistral_lsp.features.options import CompletionOptions

    return CompletionOptions(
        enabled=chosen.enabled,
        family=family,
        delay_s=None if chosen.delay_ms == "adaptive" else chosen.delay_ms / 1000,
        in_comments=chosen.in_comments,
        in_strings=chosen.in_strings,
        deadline_s=chosen.deadline_ms / 1000,
        max_tokens=chosen.max_tokens,
        context_tokens=chosen.context_tokens,
        disabled_languages=frozenset(chosen.disabled_languages),
        snippets=chosen.snippets,
        fetch_ahead=chosen.fetch_ahead,
        warm_up=chosen.warm_up,
        min_confidence=chosen.min_confidence,
        risky=chosen.risky,
    )
