"""Own tools: what the user's linters, type checkers and tests say of an edit, on a copy of the project.

They must agree: no message that they haven't for the text before, and tests that passed before still pass. What can't
be run is said, and stands against nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from mistral_lsp.core.tools import NoCopy, is_still_there, last_words, messages, new_messages, tool_of
from mistral_lsp.core.turn_file import Promise
from mistral_lsp.features.editing import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractAsyncContextManager

    from mistral_lsp.core.diagnostic import Diagnostic
    from mistral_lsp.core.tools import Ran, Tool
    from mistral_lsp.features.editing import Edit

CHECKED, TESTED = 3, 4  # how far; see `features.checking`


class Copy(Protocol):
    """A copy of a project; the edited file's path in it is `file`."""

    file: str

    async def run(self, words: Sequence[str], text: str) -> Ran:
        """Run a program in it while the file holds this text."""
        ...


class OwnTools:
    """Those of one session; implements `features.checking.Tools`."""

    def __init__(self, copy_of: Callable[[str], AbstractAsyncContextManager[Copy]]) -> None:
        """`copy_of` takes a document's URI; raises NoCopy. The user names no tools yet."""
        self._copy_of = copy_of
        self._checkers: tuple[Tool, ...] = ()
        self._tests: Tool | None = None

    def configure(self, checkers: Sequence[str], tests: str) -> None:
        """Go on with these command lines."""
        self._checkers = tuple(map(tool_of, checkers))
        self._tests = tool_of(tests) if tests else None

    async def check(self, edit: Edit, *, promises: frozenset[Promise], diagnostic: Diagnostic | None) -> Verdict:
        """The first that doesn't agree, or all that do."""
        checkers = [one for one in self._checkers if one.is_for(edit.before.uri)]
        if not checkers and self._tests is None:
            return Verdict()
        wanted = diagnostic.message if diagnostic is not None and Promise.FIXED in promises else ""
        passed: list[str] = []
        level = 0
        try:
            async with self._copy_of(edit.before.uri) as copy:
                for tool in checkers:
                    found = await _checked(tool, copy, edit, wanted)
                    if found.failures:
                        return found
                    passed += found.passed
                    level = max(level, found.level)
                if self._tests is not None:
                    found = await _tested(self._tests, copy, edit)
                    return Verdict(found.failures, (*passed, *found.passed), max(level, found.level))
        except NoCopy as error:
            names = " and ".join([*(one.name for one in checkers), *(["tests"] if self._tests else [])])
            return Verdict(passed=(f"{names} not run: {error}",))
        return Verdict((), tuple(passed), level)


async def _checked(tool: Tool, copy: Copy, edit: Edit, wanted: str) -> Verdict:
    words = tool.words_for(copy.file)
    before = await copy.run(words, str(edit.before.text))
    if before.status is None or (before.status and not messages(before.output)):
        why = before.fault or last_words(before.output) or f"it ends with {before.status}"
        return Verdict(passed=(f"{tool.name} not run: {why}",))
    after = await copy.run(words, str(edit.after.text))
    if after.status is None:
        return Verdict(passed=(f"{tool.name} not run: {after.fault}",))
    if new := new_messages(before.output, after.output):
        return Verdict((f"{tool.name} finds something new: {new[0]}",))
    if after.status and not messages(after.output):
        return Verdict((f"{tool.name} fails with it: {last_words(after.output)}",))
    if wanted and is_still_there(wanted, before.output, after.output):
        return Verdict(("the error is still there",))
    return Verdict((), (f"{tool.name} agrees",), CHECKED)


async def _tested(tool: Tool, copy: Copy, edit: Edit) -> Verdict:
    words = tool.words_for(copy.file)
    after = await copy.run(words, str(edit.after.text))
    if after.status == 0:
        return Verdict((), ("tests pass",), TESTED)
    before = await copy.run(words, str(edit.before.text))
    if before.status == 0:
        why = after.fault or last_words(after.output)
        return Verdict((f"the tests fail with it: {why}" if why else "the tests fail with it",))
    if before.status is None:
        return Verdict(passed=(f"tests not run: {before.fault}",))
    return Verdict(passed=("tests fail as before",))
