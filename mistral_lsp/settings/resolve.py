"""Resolve: one tree from many sources, and what is wrong with them in words for the user."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from mistral_lsp.settings.leaves import leaves
from mistral_lsp.settings.rule import Wrong, kind_of, shown
from mistral_lsp.settings.tree import CHAT, RULES, SECTIONS, Endpoint, Settings, tree_of, value_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mistral_lsp.settings.roles import Endpoints

DEFAULT = "default"  # the origin of a value that no source gives
MAX_TOLD = 8  # problems in one message
# A repository lifts no guardrail and names no program.
USERS_ALONE = ("guardrails.", "actions.checkers", "actions.test_command", "actions.measure")
ADDED_UP = frozenset({"privacy.ignore"})  # each source adds to these: none can take away what another one keeps private

# The last part of a key under which somebody would write a token.
_TOKEN_KEY = r"(?:(?:auth|access|api|hf|tgi|bearer)_?)?(?:token|key|password|secret|authorization|bearer)"  # noqa: S105 - a pattern
_ADVICE = (
    "ignored: a token is not a setting; put it into the environment variable MISTRAL_LSP_TOKEN, "
    "or into one that endpoint.token_env names"
)
_UNKNOWN = "unknown"
_NOT_HERE = "ignored: set it in your own file, in the environment or in initializationOptions"


@dataclass(frozen=True, slots=True)
class Source:
    """Settings as one place gives them: a JSON-like tree, nested or with dotted keys, in snake_case or camelCase."""

    name: str  # what the user is told it came from: a path, a variable, or the protocol's name
    raw: Any  # None where there is nothing
    may_set_endpoint: bool = True  # False for what a repository can write to
    is_the_users: bool = (
        True  # False for all that the editor configures while it runs: what is theirs alone isn't asked
    )
    fault: str = ""  # why the place could not be read, to follow "it is"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is not as the user wrote it. `str(problem)` is a sentence and never holds a secret."""

    origin: str  # the source's name
    key: str  # "endpoint.url"; "" where the whole source is meant
    value: str  # as it may be shown; "" where it may not
    fault: str  # to follow "it is"

    def __str__(self) -> str:
        what = f"{self.origin}: {self.key}" if self.key else self.origin
        value = f" = {self.value}" if self.value else ""
        return f"{what}{value} is {self.fault}{_nearest(self.key) if self.fault == _UNKNOWN else ''}."


@dataclass(frozen=True, slots=True)
class Resolved:
    """What holds, where each value came from, and what was wrong."""

    settings: Settings
    problems: tuple[Problem, ...]
    origins: Mapping[str, str]  # by key: a source's name, or DEFAULT
    wanted: Endpoints | None = None  # what sources that may not set them ask for, where that differs

    def rows(self) -> list[tuple[str, str, str]]:
        """Every key, its value as it may be shown, and its origin."""
        return [
            (key, shown(value_of(self.settings, key)), origin)
            for key, origin in self.origins.items()
            if origin != DEFAULT or not key.startswith(f"{CHAT}.")  # those are as the endpoint's own
        ]


def resolve(sources: Sequence[Source]) -> Resolved:
    """The settings that these sources give, a later one above an earlier. Raises nothing, whatever they hold."""
    values = {key: known.default for key, known in RULES.items()}
    origins = dict.fromkeys(RULES, DEFAULT)
    wanted: dict[str, Any] = {}
    problems: list[Problem] = []
    for source in sources:
        for key, value in _checked(source):
            if isinstance(value, Problem):
                problems.append(value)
            elif key.startswith(USERS_ALONE) and not (source.is_the_users and source.may_set_endpoint):
                if value not in {RULES[key].default, values[key]}:  # some editors send every default
                    problems.append(Problem(source.name, key, "", _NOT_HERE))
            elif key.startswith("endpoint.") and not source.is_the_users and value == RULES[key].default:
                continue  # some editors send every default: nobody asked for it
            elif key in ADDED_UP:
                values[key], origins[key] = _added(values[key], value, source), source.name
            elif source.may_set_endpoint or not key.startswith("endpoint."):
                values[key], origins[key] = value, source.name
                wanted.pop(key, None)
            else:
                wanted[key] = value
    settings, asked = tree_of(values), tree_of(values | wanted).endpoints
    told = tuple(problem for problem in problems if problem.origin != settings.endpoint.token_env)
    return Resolved(settings, told, origins, asked if asked != settings.endpoints else None)


def problems_message(problems: Sequence[Problem]) -> str:
    """One message for all of them, a sentence a line."""
    more = len(problems) - MAX_TOLD
    return "\n".join([*map(str, problems[:MAX_TOLD]), *([f"And {more} more."] if more > 0 else [])])


def differences(old: Endpoints, new: Endpoints) -> str:
    """What `new` would change, so that the user can agree to all of it."""
    changes = [("endpoint", old.completion, new.completion)]
    if old.chat != old.completion or new.chat != new.completion:
        changes.append((CHAT, old.chat, new.chat))
    return ", ".join(
        f"{section}.{member.name} = {shown(getattr(now, member.name))}"
        for section, before, now in changes
        for member in fields(Endpoint)
        if getattr(before, member.name) != getattr(now, member.name)
    )


def _added(before: tuple[str, ...], more: tuple[str, ...], source: Source) -> tuple[str, ...]:
    """Both lists; what a repository can write to takes nothing back by a pattern with "!"."""
    mine = (item for item in more if source.may_set_endpoint or not item.startswith("!"))
    return tuple(dict.fromkeys((*before, *mine)))


def _checked(source: Source) -> Iterator[tuple[str, Any]]:
    """Each key of a source with its value in the tree's type, or with the Problem that it has."""
    if source.fault:
        yield "", Problem(source.name, "", "", source.fault)
    for key, raw in leaves(source.raw, SECTIONS):
        if raw is None:
            continue
        try:
            yield key, RULES[key].check(raw)
        except Wrong:
            rule = RULES[key]
            yield key, Problem(source.name, key, rule.show(raw), f"ignored: it must be {rule.allowed}")
        except KeyError:
            yield key, Problem(source.name, key, "", _misplaced(key, raw))


def _misplaced(key: str, raw: Any) -> str:
    """What is wrong with a key that is no setting. Its value is never told: it may be a token."""
    if not key or key in SECTIONS:
        return f"ignored: it must be an object with settings in it, not {kind_of(raw)}"
    return _ADVICE if re.fullmatch(_TOKEN_KEY, key.rpartition(".")[2]) else _UNKNOWN


def _nearest(key: str) -> str:
    from difflib import get_close_matches

    near = get_close_matches(key, [*RULES, *SECTIONS], n=1)
    return f" (did you mean {near[0]}?)" if near else "; `mistral-lsp settings` lists what there is"
