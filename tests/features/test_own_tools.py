"""The user's own checkers and tests, as far as what they say goes."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from support.cursor import span

from mistral_lsp.core.diagnostic import Diagnostic
from mistral_lsp.core.hunks import replacements
from mistral_lsp.core.tools import NoCopy, Ran
from mistral_lsp.core.turn_file import Promise
from mistral_lsp.features.editing import Edit, Verdict
from mistral_lsp.features.own_tools import CHECKED, TESTED, OwnTools

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

CLEAN, WRONG = Ran(0, "All checks passed!"), Ran(1, "a.py:1:1: F821 Undefined name `b`\nFound 1 error.")
NEW = Ran(1, f"{WRONG.output}\na.py:2:1: E711 Comparison to `None`\n")


@dataclass
class Copy:
    """Its programs say what the test says of a text, "before" or "after"."""

    says: Callable[[str, str], Ran]
    file: str = "src/a.py"
    ran: list[tuple[str, str]] = field(default_factory=list)

    async def run(self, words: Sequence[str], text: str) -> Ran:
        self.ran.append((" ".join(words), text))
        return self.says(words[0], text)


def edit() -> Edit:
    place = span("«before»")
    return Edit(place.document, place.document.changed(place.document.text.replace(0, 6, "after"), 2), place, ())


async def verdict(
    says: Callable[[str, str], Ran] | NoCopy, *, checkers: Sequence[str] = (), tests: str = "", message: str = ""
) -> Verdict:
    @contextlib.asynccontextmanager
    async def copy_of(_uri: str) -> AsyncIterator[Copy]:
        if isinstance(says, NoCopy):
            raise says
        yield Copy(says)

    tools = OwnTools(copy_of)
    tools.configure(checkers, tests)
    diagnostic = Diagnostic.of(0, 1, message) if message else None
    return await tools.check(edit(), promises=frozenset({Promise.FIXED}), diagnostic=diagnostic)


def each(**texts: Ran) -> Callable[[str, str], Ran]:
    return lambda _, text: texts[text]


async def test_a_checker_that_finds_nothing_new_agrees() -> None:
    for before, after in ((CLEAN, CLEAN), (WRONG, CLEAN), (WRONG, WRONG), (NEW, WRONG)):
        found = await verdict(each(before=before, after=after), checkers=["ruff check {file}"])
        assert found == Verdict((), ("ruff agrees",), CHECKED)


async def test_a_new_message_is_a_failure_in_the_tools_own_words() -> None:
    found = await verdict(each(before=WRONG, after=NEW), checkers=["ruff check {file}"])
    assert found.failures == ("ruff finds something new: E711 Comparison to `None`",)


async def test_a_checker_that_breaks_with_the_edit_is_a_failure() -> None:
    found = await verdict(each(before=CLEAN, after=Ran(2, "internal error")), checkers=["mypy {file}"])
    assert found.failures == ("mypy fails with it: internal error",)


async def test_the_fixed_message_must_be_gone() -> None:
    says = each(before=WRONG, after=WRONG)
    found = await verdict(says, checkers=["ruff check {file}"], message="Undefined name `b`")
    assert found.failures == ("the error is still there",)


@pytest.mark.parametrize(
    ("before", "why"),
    [
        (Ran(None, fault="it takes over 60 s"), "it takes over 60 s"),
        (Ran(2, "mypy: can't read file"), "mypy: can't read file"),
        (Ran(127), "it ends with 127"),
    ],
)
async def test_a_checker_that_does_not_run_is_told_and_stands_against_nothing(before: Ran, why: str) -> None:
    found = await verdict(each(before=before), checkers=["mypy {file}"])
    assert found == Verdict((), (f"mypy not run: {why}",), 0)


async def test_all_checkers_and_the_tests_are_named() -> None:
    says = each(before=CLEAN, after=CLEAN)
    found = await verdict(says, checkers=["ruff check {file}", "*.js: eslint {file}", "mypy ."], tests="pytest -q")
    assert found == Verdict((), ("ruff agrees", "mypy agrees", "tests pass"), TESTED)


async def test_tests_that_passed_before_must_pass() -> None:
    failed = Ran(1, "FAILED test_a.py::test_f - assert 1 == 2\n1 failed\n")
    found = await verdict(each(before=CLEAN, after=failed), tests="pytest -q")
    assert found.failures == ("the tests fail with it: FAILED test_a.py::test_f - assert 1 == 2",)
    slow = await verdict(each(before=CLEAN, after=Ran(None, fault="it takes over 60 s")), tests="pytest -q")
    assert slow.failures == ("the tests fail with it: it takes over 60 s",)
    assert (await verdict(each(before=failed, after=failed), tests="pytest")).passed == ("tests fail as before",)


async def test_where_there_is_no_copy_it_is_told() -> None:
    found = await verdict(NoCopy("the project is too large to copy"), checkers=["mypy {file}"], tests="pytest")
    assert found.passed == ("mypy and tests not run: the project is too large to copy",)


async def test_without_tools_nothing_is_copied() -> None:
    assert await verdict(NoCopy("no")) == Verdict()
    assert await verdict(NoCopy("no"), checkers=["*.js: eslint {file}"]) == Verdict()


def test_the_edit_is_one() -> None:
    assert replacements(edit().span, "after")
