"""Targets: the endpoints that are measured, as a user names them."""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mistral_lsp import terminal, wiring
from mistral_lsp.bench.replay.profiles import PROFILES, parse_profile
from mistral_lsp.bench.runs.stand_in import ENGINES, Door, StandIn
from mistral_lsp.bench.runs.words import value_of
from mistral_lsp.commands.problem import Problem
from mistral_lsp.core.hardware import BANDWIDTH_GB_S, BYTES_OF_PARAMETER
from mistral_lsp.settings import Source, problems_message, resolve

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from mistral_lsp.model.base import Model
    from mistral_lsp.settings import Endpoint

EMBEDDED, STAND_IN = "embedded", "stand-in"
FORM = (
    "[NAME=]WHERE[,KEY=VALUE...]; WHERE is a URL, a GGUF file for the embedded engine, embedded or stand-in; keys: "
    "kind, model, adapter, family, token_env, token_file, ca_file, proxy, allow_http, timeout_s, gpu, precision; of a "
    "stand-in also profile, and admits: requests that it lets in at a time"
)
_NAMED = re.compile(r"([\w .()-]{1,40})=(?=embedded|stand-in|https?://|unix:|[./~])")
_SETTINGS = ("kind", "model", "adapter", "family", "token_env", "proxy")  # as they stand
_FILES = ("token_file", "ca_file")
_VALUES = ("allow_http", "timeout_s")
_KEYS = frozenset({*_SETTINGS, *_FILES, *_VALUES, "gpu", "precision", "profile", "admits"})
TIMEOUT_S = 120.0  # for a first token: what is written is measured, not a slow machine


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One endpoint; make it with `parse_target`."""

    name: str
    where: str
    endpoint: dict[str, Any]  # settings
    gpu: str = ""
    precision: str = "fp16"
    profile: str = ""  # of the stand-in; its usual one
    admits: int | None = None  # requests at a time, by the stand-in

    @property
    def is_local(self) -> bool:
        """Whether it needs no endpoint of the user's."""
        return self.where in {EMBEDDED, STAND_IN}


def parse_target(text: str) -> Target:
    """Raises Problem, which says what is wrong and what is allowed."""
    named = _NAMED.match(text)
    name, rest = (named[1].strip(), text[named.end() :]) if named else ("", text)
    where, *pairs = rest.split(",")
    given = dict(pair.partition("=")[::2] for pair in pairs)
    if unknown := given.keys() - _KEYS:
        raise Problem(f"--endpoint {text!r}: there is no {min(unknown)!r}; write {FORM}")
    for key, table in (("gpu", BANDWIDTH_GB_S), ("precision", BYTES_OF_PARAMETER)):
        if key in given and given[key] not in table:
            raise Problem(f"--endpoint {text!r}: no {key} {given[key]!r} is known; those are: {', '.join(table)}")
    _check_stand_in(where, given)
    own: dict[str, Any] = {key: given[key] for key in _SETTINGS if key in given}
    own |= {key: str(Path(given[key]).expanduser().absolute()) for key in _FILES if key in given}
    own |= {key: value_of(given[key]) for key in _VALUES if key in given}
    endpoint: dict[str, Any] = {"timeout_s": TIMEOUT_S, **own}
    if where == EMBEDDED:
        endpoint["kind"] = EMBEDDED
    elif where == STAND_IN:
        endpoint["kind"] = given.get("kind", "tgi")
    elif where.lower().endswith(".gguf"):
        endpoint |= {"kind": EMBEDDED, "model": str(Path(where).expanduser().absolute())}
    else:
        endpoint["url"] = where
    resolved = resolve([Source("--endpoint", {"endpoint": endpoint})])
    if resolved.problems:
        said = problems_message(resolved.problems)
        raise Problem(said.replace(": endpoint.", ": ").replace(" is ignored: it", " isn't fit: it"))
    more: dict[str, Any] = {key: given[key] for key in ("gpu", "precision", "profile") if key in given}
    if "admits" in given:
        more["admits"] = int(given["admits"])
    return Target(name=name or _short(where), where=where, endpoint=endpoint, **more)


@contextlib.asynccontextmanager
async def opened(
    target: Target, stand_in: Callable[[Door], StandIn] = StandIn
) -> AsyncIterator[tuple[Model, Endpoint]]:
    """The model behind it, and the settings that reach it, for as long as the block lasts."""
    async with contextlib.AsyncExitStack() as stack:
        endpoint = dict(target.endpoint)
        if target.where == STAND_IN:
            profile = parse_profile(target.profile) if target.profile else None
            door = Door(profile=profile, kind=endpoint["kind"], admits=target.admits)
            endpoint["url"] = (await stack.enter_async_context(stand_in(door))).url
        settings = resolve([Source("--endpoint", {"endpoint": endpoint})]).settings
        progress = stack.enter_context(terminal.Progress("Fetching the embedded model, once"))
        model = wiring.make_model(settings.endpoint, on_fetch=progress.update)
        stack.push_async_callback(model.close)
        yield model, settings.endpoint


def _check_stand_in(where: str, given: dict[str, str]) -> None:
    if where != STAND_IN and (key := next((key for key in ("profile", "admits") if key in given), "")):
        raise Problem(f"{key}= is of a stand-in, and {where!r} is none")
    if "profile" in given and given["profile"] not in PROFILES:
        raise Problem(f"no profile {given['profile']!r} is known; those are: {', '.join(PROFILES)}")
    if not given.get("admits", "1").isdecimal() or given.get("admits") == "0":
        raise Problem(f"admits={given['admits']}: it must be a number of requests, from 1")
    if where == STAND_IN and given.get("kind", "tgi") not in ENGINES:
        raise Problem(f"kind={given['kind']}: a stand-in speaks {', '.join(ENGINES)}")


def _short(where: str) -> str:
    return where.rpartition("/")[2] if where.endswith(".gguf") else where.removeprefix("http://")
