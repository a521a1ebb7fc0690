"""Editing: an edit that a model proposes, made fit for the document, checked, tried once more, or refused with why."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from mistral_lsp.core.checks import harm
from mistral_lsp.core.document import Cursor, Span
from mistral_lsp.core.hunks import Replacement, replacements
from mistral_lsp.core.new_code import below, only_block, with_imports
from mistral_lsp.core.restore import restored
from mistral_lsp.core.rewrite import Unusable, rewrite
from mistral_lsp.core.scope import comment_at
from mistral_lsp.core.turn_file import Form
from mistral_lsp.features.asking import CHARS_PER_TOKEN, answer, room_chars

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    Consent = Callable[[], Awaitable[bool]]

    from mistral_lsp.core.diagnostic import Diagnostic
    from mistral_lsp.core.document import Document
    from mistral_lsp.core.turn_file import ActionFile, Promise
    from mistral_lsp.features.actions import Offer
    from mistral_lsp.features.explaining import Asked
    from mistral_lsp.features.grounding import Ground, Grounding

log = logging.getLogger(__name__)

TRIES = 2  # the second is told what was wrong with the first
TEMPERATURE = 0.6  # of further candidates; the first is greedy
MIN_TOKENS = 256
GROWTH = 1.5  # a rewrite may be so much longer than the code


class NoEdit(Exception):  # noqa: N818 - read as "there is no edit"
    """No answer could be used: `str(error)` says why, for people."""


@dataclass(frozen=True, slots=True)
class Edit:
    """A change of one document, before anything is applied."""

    before: Document
    after: Document
    span: Span  # of `before`, that the action is about
    replacements: tuple[Replacement, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the checks say of an edit."""

    failures: tuple[str, ...] = ()  # why it can't be offered, in words
    passed: tuple[str, ...] = ()  # for the title: "parses", "tests pass"
    level: int = 0  # how far it was checked; more is better
    gain: float = 0.0  # how much faster it is, where that was measured


async def nobody() -> bool:
    """Nobody agrees to anything."""
    return False


class Checks(Protocol):
    """How edits are checked."""

    async def check(
        self, edit: Edit, *, promises: frozenset[Promise], diagnostic: Diagnostic | None, may_run: Consent = nobody
    ) -> Verdict:
        """All that can be known of it without asking the model again; `may_run` asks whether its code may run."""
        ...


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is offered: an edit that passed its checks, or a new file."""

    title: str
    edit: Edit | None
    verdict: Verdict
    said: str = ""  # the model's own words on it
    new_text: str = ""  # of a file


@dataclass(frozen=True, slots=True)
class _Candidate:
    edit: Edit | None
    verdict: Verdict
    said: str
    new_text: str = ""


class Editing:
    """Makes proposals for one session."""

    def __init__(
        self,
        grounding: Grounding,
        asked: Callable[[], Awaitable[Asked]],
        checks: Checks,
    ) -> None:
        """`asked` gives the model in force, and the guardrails."""
        self._grounding = grounding
        self._asked = asked
        self._checks = checks

    async def propose(
        self,
        document: Document,
        offer: Offer,
        *,
        candidates: int = 1,
        tell: Callable[[str], None] = lambda _: None,
        may_run: Consent = nobody,
    ) -> Proposal:
        """The best edit that passes. Raises NoEdit, TooLarge and ModelError.

        `tell` hears what is being done; `may_run` asks whether old and new code may be run to measure them.
        """
        ground, action, asked, max_tokens = await self._begin(document, offer)
        failure = ""
        for attempt in range(TRIES):
            tell("asking the model" if not attempt else f"asking once more: {failure}")
            turn = action.turn.render(ground.with_failure(failure).material, asked.control_tokens)
            raws = await _answers(
                asked, asked.guard.put_before(turn), max_tokens=max_tokens, count=candidates, seed=attempt
            )
            tell("checking")
            hidden = asked.control_tokens
            found = [
                await self._candidate(raw, hidden, ground, document, offer, may_run) for raw in dict.fromkeys(raws)
            ]
            good = [one for one in found if not one.verdict.failures]
            if good:
                best = max(good, key=lambda one: (one.verdict.level, one.verdict.gain, -_size(one)))
                return Proposal(_titled(offer.title, best.verdict), best.edit, best.verdict, best.said, best.new_text)
            failure = found[0].verdict.failures[0]
            log.info("an answer was refused: try %d, %d candidates", attempt + 1, len(found))
        raise NoEdit(f"{_what(action)}: {failure}.")

    async def _begin(self, document: Document, offer: Offer) -> tuple[Ground, ActionFile, Asked, int]:
        action, asked = offer.action, await self._asked()
        room = await room_chars(asked.model, max_tokens=MIN_TOKENS)
        is_rewritten = action.form is Form.EDIT
        ground = await self._grounding.of(
            document,
            offer.start,
            offer.end,
            on=offer.on,
            diagnostics=[offer.diagnostic] if offer.diagnostic else (),
            room_chars=int(room / (1 + GROWTH)) if is_rewritten else room // 2,
        )
        wanted = (
            int(len(ground.material.code) / CHARS_PER_TOKEN * GROWTH) + MIN_TOKENS
            if is_rewritten
            else action.turn.max_tokens
        )
        return ground, action, asked, max(MIN_TOKENS, min(wanted, action.turn.max_tokens))

    async def _candidate(
        self, raw: str, hidden: tuple[str, ...], ground: Ground, document: Document, offer: Offer, may_run: Consent
    ) -> _Candidate:
        try:
            whole = await asyncio.to_thread(restored, raw, ground.material.code, hidden)
            edit, said, new_text = await asyncio.to_thread(_made, whole, ground, document, offer)
        except Unusable as error:
            return _Candidate(None, Verdict(failures=(str(error),)), "")
        if edit is None:
            end = len(document.text)
            failures = tuple(dict.fromkeys(harm([Replacement(end, end, new_text)], document)))
            return _Candidate(None, Verdict(failures, () if failures else ("not run",)), said, new_text)
        action = offer.action
        verdict = await self._checks.check(edit, promises=action.promises, diagnostic=offer.diagnostic, may_run=may_run)
        return _Candidate(edit, verdict, said)


async def _answers(asked: Asked, turn: str, *, max_tokens: int, count: int, seed: int) -> Sequence[str]:
    greedy = answer(asked.model, turn, max_tokens=max_tokens)
    more = [
        answer(asked.model, turn, max_tokens=max_tokens, temperature=TEMPERATURE, seed=seed * count + number)
        for number in range(1, count)
    ]
    return await asyncio.gather(greedy, *more)


def _made(raw: str, ground: Ground, document: Document, offer: Offer) -> tuple[Edit | None, str, str]:
    """What an answer comes to, by the action's form. Raises Unusable."""
    form = offer.action.form
    if form is Form.FILE:
        return None, "", only_block(raw) + "\n"
    if form is Form.BELOW:
        comment = comment_at(Cursor(document, offer.start))
        return _edit(document, comment, (below(raw, comment),)), "", ""
    found = rewrite(raw, ground.span)
    own = replacements(ground.span, found.text)
    return _edit(document, ground.span, (*with_imports(found.imports, document, ground.outline), *own)), found.said, ""


def _edit(document: Document, span: Span, changes: tuple[Replacement, ...]) -> Edit:
    ordered = tuple(sorted(changes, key=lambda one: one.start))
    text = document.text
    for one in reversed(ordered):
        text = text.replace(one.start, one.end, one.text)
    return Edit(document, replace(document, text=text), span, ordered)


def _size(candidate: _Candidate) -> int:
    changes = candidate.edit.replacements if candidate.edit else ()
    return sum(one.end - one.start + len(one.text) for one in changes)


def _titled(title: str, verdict: Verdict) -> str:
    return f"{title} ({', '.join(verdict.passed)})" if verdict.passed else f"{title} (not checked)"


def _what(action: ActionFile) -> str:
    return "no fix found" if action.name == "fix" else f"nothing that can be offered came of “{action.title}”"
