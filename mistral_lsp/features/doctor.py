"""Doctor: is everything there, and does the model answer? `report` shows what comes of it."""

from __future__ import annotations

import importlib.util
import platform
from dataclasses import dataclass, replace
from importlib import metadata
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from mistral_lsp.core import families
from mistral_lsp.features.report import Finding
from mistral_lsp.features.trial import complete_once
from mistral_lsp.model.base import ModelError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from mistral_lsp.core.languages import Grammar
    from mistral_lsp.core.prompt import PromptLibrary
    from mistral_lsp.model.base import Model, ModelInfo

    More = Callable[[Model, ModelInfo], AsyncIterator[Finding]]  # what is asked of a model that is there

PACKAGES = ("mistral-lsp", "pygls", "lsprotocol", "httptools", "text-generation", "tree-sitter", "jinja2")
ENGINE = "xllamacpp"  # what the extra "embedded" installs


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What there is to examine, as plain values; none of them is a secret."""

    settings: Sequence[tuple[str, str, str]]  # key, value as shown, where it came from
    problems: Sequence[str]  # with the settings, a sentence each
    config_file: str  # its path
    has_config_file: bool
    url: str  # "" where the embedded engine answers
    token_env: str
    has_token: bool
    family: str
    deadline_s: float
    context_tokens: int
    max_tokens: int
    weights: str  # the path of the embedded engine's, "" where they aren't there
    token_from: str = ""  # the setting that gives it, where that isn't the variable


class Chat(NamedTuple):
    """Whom questions and edits go to, and what is asked of it besides."""

    model: Model
    more: More | None = None


async def examine(
    case: Case,
    model: Model,
    prompts: PromptLibrary,
    grammars: Callable[[], Sequence[Grammar]],
    *,
    chat: Chat | None = None,
    more: More | None = None,
) -> AsyncIterator[Finding]:
    """Each finding as soon as it is known. Asks the model for one real completion, and then `more`.

    `chat` is another model for questions and edits, where there is one.
    """
    yield _versions()
    yield _config_file(case)
    yield _settings(case)
    yield _grammars(grammars())
    for finding in _embedded(case):
        yield finding
    if case.url:
        yield _token(case)
    if chat is not None:
        async for finding in _of_chat(chat):
            yield finding
    try:
        await model.warm_up()
        info = await model.describe()
    except ModelError as error:
        yield Finding("Endpoint", ok=False, detail=str(error), cure=error.advice)
        yield Finding("Completion", ok=None, detail="not tried, since the endpoint doesn't say what it is")
        return
    yield Finding(
        "Endpoint", ok=True, detail=" ".join(filter(None, [info.engine, info.version, case.url and f"at {case.url}"]))
    )
    yield _family(case, info, prompts)
    family = prompts.family_of(info.name, has_chat=info.has_chat) if case.family == "auto" else case.family
    if family in prompts.families:
        yield _model(info, prompts.context_tokens(family, case.context_tokens) + case.max_tokens)
        yield await complete_once(model, prompts, family, deadline_s=case.deadline_s, prefills=info.prefills)
    if more is not None:
        async for finding in more(model, info):
            yield finding


def _versions() -> Finding:
    lines = [f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"]
    missing = []
    for name in PACKAGES:
        try:
            lines.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            missing.append(name)
    if missing:
        lines.append("missing: " + ", ".join(missing))
        return Finding("Versions", ok=False, detail="\n".join(lines), cure="Run `pip install --upgrade mistral-lsp`.")
    return Finding("Versions", ok=True, detail=lines[0] + "\n" + ", ".join(lines[1:]))


def _config_file(case: Case) -> Finding:
    if case.has_config_file:
        return Finding("Your file", ok=True, detail=case.config_file)
    return Finding("Your file", ok=None, detail=f"none at {case.config_file}")


def _settings(case: Case) -> Finding:
    changed = [row for row in case.settings if row[2] != "default"]
    lines = [f"{len(changed)} of {len(case.settings)} set by you"]
    lines += [f"{key} = {value}  ({origin})" for key, value, origin in changed]
    if not case.problems:
        return Finding("Settings", ok=True, detail="\n".join(lines))
    return Finding("Settings", ok=False, detail="\n".join([*lines, *case.problems]), cure="Correct what is named here.")


def _grammars(grammars: Sequence[Grammar]) -> Finding:
    broken = [grammar for grammar in grammars if not grammar.ok]
    good = f"{len(grammars) - len(broken)} of {len(grammars)}"
    if not broken:
        return Finding("Grammars", ok=True, detail=f"{good}: {', '.join(grammar.language for grammar in grammars)}")
    lines = [good, *(f"{grammar.language}: {grammar.detail}" for grammar in broken)]
    cure = "Run `pip install --upgrade --force-reinstall mistral-lsp`; until then indentation tells where blocks end."
    return Finding("Grammars", ok=False, detail="\n".join(lines), cure=cure)


def _embedded(case: Case) -> list[Finding]:
    """The embedded engine and its weights: faults where they are needed, otherwise remarks."""
    is_needed = not case.url
    engine = Finding("Embedded", ok=True, detail=f"{ENGINE} is installed")
    if importlib.util.find_spec(ENGINE) is None:
        cure = "Run `pip install 'mistral-lsp[embedded]'`, or set endpoint.url to a model server of yours."
        if not is_needed:
            return [Finding("Embedded", ok=None, detail="not installed, and not needed with an endpoint")]
        return [Finding("Embedded", ok=False, detail=f"{ENGINE} is not installed", cure=cure)]
    if not is_needed:
        return [Finding("Embedded", ok=True, detail=f"{ENGINE} is installed; not used with an endpoint")]
    if case.weights:
        return [engine, Finding("Weights", ok=True, detail=case.weights)]
    cure = "They are fetched on first use; `mistral-lsp fetch` does it now."
    return [engine, Finding("Weights", ok=None, detail="not there yet", cure=cure)]


def _token(case: Case) -> Finding:
    if not case.has_token and not case.token_env:
        return Finding("Token", ok=None, detail="none is sent, as endpoint.token_env is empty")
    if not case.has_token:
        return Finding("Token", ok=None, detail=f"none is sent, as ${case.token_env} is not set")
    source = case.token_from or f"${case.token_env}"
    address = urlsplit(case.url)
    if address.scheme == "http" and address.hostname not in {"localhost", "127.0.0.1", "::1"}:
        cure = "Use https:// or a tunnel, unless you trust every network on the way."
        return Finding("Token", ok=None, detail=f"{source} goes over http://, unencrypted", cure=cure)
    return Finding("Token", ok=True, detail=f"{source} is set")


_WHY = {
    families.CHAT: "the model's own chat template: its name is of no family that is known",
    families.PLAIN: "plain text: the model only continues what it reads",
}


async def _of_chat(chat: Chat) -> AsyncIterator[Finding]:
    found = await _chat(chat.model)
    yield found
    if chat.more is not None and found.ok:
        async for finding in chat.more(chat.model, await chat.model.describe()):
            yield replace(finding, title=f"Chat {finding.title}")


async def _chat(model: Model) -> Finding:
    try:
        info = await model.describe()
    except ModelError as error:
        return Finding("Chat", ok=False, detail=str(error), cure=error.advice)
    detail = " ".join(filter(None, [info.engine, info.version, info.name and f"with {info.name}"]))
    if info.has_chat is False:
        cure = "Name an endpoint under endpoint.chat whose model follows instructions."
        return Finding("Chat", ok=False, detail=f"{detail}: the model has no chat template", cure=cure)
    return Finding("Chat", ok=True, detail=detail)


def _model(info: ModelInfo, needed_tokens: int) -> Finding:
    name = info.name or "the endpoint doesn't name it"
    name += f" with the adapter {info.adapter}" if info.adapter else ""
    if info.context_tokens is None:
        return Finding("Model", ok=True, detail=name)
    detail = f"{name}, {info.context_tokens} tokens of prompt and answer"
    if info.context_tokens >= needed_tokens:
        return Finding("Model", ok=True, detail=detail)
    cure = "Lower completion.context_tokens, or start the endpoint with larger limits."
    return Finding("Model", ok=False, detail=f"{detail}; the settings ask for {needed_tokens}", cure=cure)


def _family(case: Case, info: ModelInfo, prompts: PromptLibrary) -> Finding:
    """Whether the prompt's control tokens are the model's own; a name that says nothing leaves it to the user."""
    fitting = prompts.family_of(info.name, has_chat=info.has_chat)
    if case.family == "auto":
        why = _WHY.get(fitting, "told by the model's name")
        return Finding("Prompts", ok=True, detail=f"{fitting}: {why}")
    if case.family not in prompts.families:
        detail = f"there is no prompt file {case.family}; there are {', '.join(prompts.families)}"
        return Finding("Prompts", ok=False, detail=detail, cure='Set endpoint.family to one of them, or to "auto".')
    is_others = case.family in {family for _, family in families.FAMILIES} - {families.PLAIN}
    if is_others and fitting not in {case.family, families.PLAIN, families.CHAT}:
        detail = f"{case.family} is another family's; {info.name} has {fitting}"
        return Finding("Prompts", ok=False, detail=detail, cure=f'Set endpoint.family to "auto" or "{fitting}".')
    return Finding("Prompts", ok=True, detail=f"{case.family}, as you set it")
