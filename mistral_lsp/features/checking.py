"""Checking: all checks of an edit, from what its text tells to what the user's own tools say."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Protocol

from mistral_lsp.core import checks, python_additions, python_checks
from mistral_lsp.core.document import Span
from mistral_lsp.core.languages import language_of
from mistral_lsp.core.lexing import Kind, tokens
from mistral_lsp.core.nodes import errors
from mistral_lsp.core.outline import OutlineParse, whole_tree
from mistral_lsp.core.parsing import SLICE_S
from mistral_lsp.core.turn_file import Promise
from mistral_lsp.features.editing import Verdict, nobody
from mistral_lsp.features.racing import UNMEASURED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mistral_lsp.core.definition import Outline
    from mistral_lsp.core.diagnostic import Diagnostic
    from mistral_lsp.core.document import Document
    from mistral_lsp.features.editing import Consent, Edit
    from mistral_lsp.features.racing import Racing
    from mistral_lsp.features.way import Way

PARSED, ANALYSED = 1, 2  # how far; what the user's own tools say is above, in `features.own_tools`
MAIN_BLOCK = "it adds a main block, which it was not asked to"
OWN_SOURCE = "mistral-lsp"  # of our parser's diagnostics


class Tools(Protocol):
    """The user's own checkers and tests."""

    async def check(self, edit: Edit, *, promises: frozenset[Promise], diagnostic: Diagnostic | None) -> Verdict:
        """What they say of an edit that passed all else."""
        ...


class Checking:
    """The checks of one session."""

    def __init__(
        self,
        *,
        way: Way,
        tools: Tools | None = None,
        racing: Racing | None = None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        """`way` is made for whoever types."""
        self._way = way
        self._tools = tools
        self._racing = racing
        self._clock = clock

    async def check(
        self, edit: Edit, *, promises: frozenset[Promise], diagnostic: Diagnostic | None, may_run: Consent = nobody
    ) -> Verdict:
        """The first failure, or all that it passed."""
        found = await self._by_text(edit, promises=promises, diagnostic=diagnostic)
        if not found.failures and self._tools is not None:
            found = _and(found, await self._tools.check(edit, promises=promises, diagnostic=diagnostic))
        if not found.failures and Promise.FASTER in promises:
            found = _and(found, await self._racing.check(edit, may_run) if self._racing else UNMEASURED)
        return found

    async def _by_text(self, edit: Edit, *, promises: frozenset[Promise], diagnostic: Diagnostic | None) -> Verdict:
        if failures := tuple(dict.fromkeys(_by_words(edit, promises))):
            return Verdict(failures)
        before, after = await self._errors(edit.before), await self._errors(edit.after)
        if before is not None and after is not None and after > before:
            return Verdict(("the code doesn't parse with it",))
        passed = ("parses",) if after == 0 else ("no new syntax error",) if after is not None else ()
        is_syntax = diagnostic is not None and diagnostic.source == OWN_SOURCE
        if is_syntax and before is not None and after is not None:
            if after >= before:
                return Verdict(("the error is still there",))
            passed = (*passed, "the error is gone")
        outlines = await self._outline(edit.before), await self._outline(edit.after)
        failures = tuple(_by_outline(edit, promises, *outlines, was_broken=bool(before)))
        if diagnostic is not None and Promise.FIXED in promises and _is_comment_alone(edit, diagnostic):
            failures = (*failures, "it changes comments alone")
        if failures:
            return Verdict(failures)
        level = PARSED if passed else 0
        if language_of(edit.before.language).name != "python":
            return Verdict(passed=passed, level=level)
        more = await asyncio.to_thread(_by_python, edit, promises, None if is_syntax else diagnostic, outlines[0])
        return Verdict(more.failures, (*passed, *more.passed), max(level, more.level))

    async def _errors(self, document: Document) -> int | None:
        """How many errors the tree has; None where there is no tree."""
        work = whole_tree(document.text, language_of(document.language), clock=self._clock)
        deadline = self._clock() + SLICE_S
        while True:
            try:
                next(work)
            except StopIteration as end:
                parsed = end.value
                return None if parsed is None else len(errors(parsed[1]))
            if self._clock() > deadline:
                await self._way.free()
                deadline = self._clock() + SLICE_S

    async def _outline(self, document: Document) -> Outline:
        parse = OutlineParse(document.text, language_of(document.language), clock=self._clock)
        while not parse.step():
            await self._way.free()
        return parse.outline


def _and(one: Verdict, more: Verdict) -> Verdict:
    return Verdict(more.failures, (*one.passed, *more.passed), max(one.level, more.level), more.gain)


def _lines(edit: Edit) -> tuple[int, int]:
    text = edit.span.document.text
    return text.position(edit.span.start)[0], text.position(edit.span.end)[0]


def _now(edit: Edit) -> str:
    """What stands in the span's place after the edit."""
    inside = [one for one in edit.replacements if edit.span.start <= one.start and one.end <= edit.span.end]
    shift = sum(
        len(one.text) - (one.end - one.start)
        for one in edit.replacements
        if one.end <= edit.span.start and one not in inside
    )
    grown = sum(len(one.text) - (one.end - one.start) for one in inside)
    return Span(edit.after, edit.span.start + shift, edit.span.end + shift + grown).text


def _by_words(edit: Edit, promises: frozenset[Promise]) -> Iterator[str]:
    yield from checks.harm(edit.replacements, edit.before)
    if Promise.FIXED in promises:
        yield from checks.silenced(edit.replacements, edit.before)
        yield from checks.gutted(edit.span, _now(edit), language_of(edit.before.language))


def _is_comment_alone(edit: Edit, diagnostic: Diagnostic) -> bool:
    """Whether comments change where the diagnostic stands in code."""
    language = language_of(edit.before.language)
    first, _ = edit.before.text.position(diagnostic.start)
    last, _ = edit.before.text.position(diagnostic.end)
    lines = "".join(edit.before.text.line(number) for number in range(first, last + 1))
    has_comment = any(kind is Kind.COMMENT for kind, _, _ in tokens(language, lines))
    return not has_comment and checks.only_comments(edit.span.text, _now(edit), language)


def _by_outline(
    edit: Edit, promises: frozenset[Promise], before: Outline, after: Outline, *, was_broken: bool
) -> Iterator[str]:
    first, last = _lines(edit)
    yield from checks.lost(before, after, first, last, was_broken=was_broken)
    language = language_of(edit.before.language)
    if language.name != "python" or was_broken:  # Python's own parser tells more
        if promises & {Promise.SIGNATURE, Promise.CODE}:
            yield from checks.renamed(before, after, first, last, was_broken=was_broken)
        if Promise.CODE in promises and not checks.same_code(edit.span.text, _now(edit), language):
            yield "it changes code, and not only comments"
    if Promise.FIXED in promises:
        yield from checks.added(before, after, str(edit.before.text))


def _by_python(edit: Edit, promises: frozenset[Promise], diagnostic: Diagnostic | None, outline: Outline) -> Verdict:
    text = str(edit.before.text)
    before, after = python_checks.tree_of(text), python_checks.tree_of(str(edit.after.text))
    first, last = _lines(edit)
    if after is None:
        places = python_checks.error_line(text), python_checks.error_line(str(edit.after.text))
        is_ours = before is not None or any(first < line <= last + 1 for line in places)
        return Verdict(("the code doesn't parse with it",) if is_ours else ())
    if before is None:
        mended = [*python_additions.new_modules(None, after, text), *python_checks.problems_of_mended(after, text)]
        if Promise.FIXED in promises and python_additions.main_blocks(after) > text.count("__name__"):
            mended.append(MAIN_BLOCK)
        return Verdict(tuple(mended), ("pyflakes finds no new name",), ANALYSED)
    name = next((one.name for one in outline.definitions if first <= one.line <= last), "")
    found = python_checks.new_problems(before, after, is_begun=not promises)
    failures = [*python_additions.new_modules(before, after, text), *found]
    if Promise.FIXED in promises:
        failures += python_additions.new_calls(before, after)
    if name and Promise.TYPES not in promises:
        at = edit.before.text.position(diagnostic.start)[0] + 1 if diagnostic and Promise.FIXED in promises else 0
        failures += python_checks.changed_promises(before, after, name, first + 1, at)
    if Promise.FIXED in promises and python_additions.main_blocks(after) > python_additions.main_blocks(before):
        failures.append(MAIN_BLOCK)
    if Promise.CODE in promises and not python_checks.same_but_docstrings(before, after):
        failures.append("it changes code, and not only its documentation")
    if Promise.TYPES in promises and not python_checks.same_but_types(before, after):
        failures.append("it changes more than types")
    is_gone = python_checks.is_gone(diagnostic, before, after) if diagnostic is not None else None
    if Promise.FIXED in promises and is_gone is False:
        failures.append("the error is still there")
    passed = ["the error is gone"] if is_gone else []
    return Verdict(tuple(failures), (*passed, "pyflakes finds nothing new"), ANALYSED)
