"""An optimisation's evidence, and who lets it be gathered."""

from __future__ import annotations

from dataclasses import dataclass, field
from dataclasses import replace as with_other

import pytest
from support.cursor import span

from mistral_lsp.core.raced import Raced
from mistral_lsp.core.turn_file import Promise
from mistral_lsp.features.checking import Checking
from mistral_lsp.features.editing import Edit, Verdict
from mistral_lsp.features.racing import MEASURED, Racing
from mistral_lsp.features.way import Way

CODE = "import os\n\n\n«def f(n: int):\n    return sum([n])\n»\n\ndef g():\n    def h(): ...\n"


@dataclass
class Races:
    """Comes to what the test says."""

    raced: Raced = field(default_factory=Raced)
    names: list[str] = field(default_factory=list)

    async def race(self, uri: str, before: str, after: str, name: str) -> Raced:
        assert uri
        assert before != after
        self.names.append(name)
        return self.raced


def edit(code: str = CODE, language: str = "python") -> Edit:
    place = span(code)
    document = with_other(place.document, language=language)
    after = document.changed(document.text.replace(place.start, place.start, "\n"), 2)
    return Edit(document, after, place, ())


async def verdict(
    races: Races, *, measure: str = "always", agrees: bool = False, code: str = CODE, language: str = "python"
) -> Verdict:
    asked: list[bool] = []

    async def may_run() -> bool:
        asked.append(True)
        return agrees

    racing = Racing(races)
    racing.configure(measure)
    found = await racing.check(edit(code, language), may_run)
    assert bool(asked) == (measure == "ask" and "def f" in code.partition("«")[2] and language == "python")
    return found


async def test_the_ratio_is_told() -> None:
    found = await verdict(Races(Raced(ratio=2.34, inputs=12)))
    assert found == Verdict((), ("2.3x as fast on 12 inputs",), MEASURED, 2.34)
    assert (await verdict(Races(Raced(ratio=99.6, inputs=9)))).passed == ("100x as fast on 9 inputs",)


async def test_slower_is_a_failure_and_so_is_another_outcome() -> None:
    assert (await verdict(Races(Raced(ratio=0.5, inputs=12)))).failures == ("it is slower: 0.5x as fast on 12 inputs",)
    assert (await verdict(Races(Raced(differs="for f(1) it returns 2")))).failures == (
        "it isn't the same: for f(1) it returns 2",
    )


async def test_what_cannot_be_measured_is_told() -> None:
    assert (await verdict(Races(Raced(why="it is async")))).passed == ("not measured: it is async",)


@pytest.mark.parametrize(("measure", "agrees", "runs"), [("ask", True, 1), ("ask", False, 0), ("never", True, 0)])
async def test_nothing_runs_that_nobody_agreed_to(measure: str, *, agrees: bool, runs: int) -> None:
    races = Races(Raced(ratio=2, inputs=12))
    found = await verdict(races, measure=measure, agrees=agrees)
    assert len(races.names) == runs
    assert (found.passed == ("not measured",)) == (not runs)


@pytest.mark.parametrize("measure", ["ask", "always"])
async def test_other_languages_and_inner_functions_are_not_measured(measure: str) -> None:
    races = Races(Raced(ratio=2, inputs=12))
    assert (await verdict(races, measure=measure, language="javascript")).passed == ("not measured",)
    inner = CODE.replace("«", "").replace("»", "").replace("    def h(): ...\n", "«    def h(): ...\n»")
    assert "no function of its own" in (await verdict(races, measure=measure, code=inner)).passed[0]
    assert races.names == []


async def test_a_method_is_named_with_its_class() -> None:
    races = Races(Raced(ratio=2, inputs=12))
    await verdict(races, code="class A:\n«    def f(self):\n        return 1\n»")
    assert races.names == ["A.f"]


async def test_only_what_promises_to_be_faster_is_measured_after_all_other_checks() -> None:
    async def may_run() -> bool:
        return True

    races = Races(Raced(ratio=2, inputs=12))
    checking = Checking(way=Way(), racing=Racing(races))
    for promises, runs in (((Promise.SIGNATURE,), 0), ((Promise.FASTER,), 1)):
        found = await checking.check(edit(), promises=frozenset(promises), diagnostic=None, may_run=may_run)
        assert len(races.names) == runs
        assert found.passed[0] == "parses"
    unmeasured = await Checking(way=Way()).check(edit(), promises=frozenset({Promise.FASTER}), diagnostic=None)
    assert unmeasured.passed[-1] == "not measured"
