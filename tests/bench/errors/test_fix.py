"""The benches of errors: their cases, their stand-in's answers, their judges."""

from __future__ import annotations

import ast
import json
import re
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from support.dying import dying

from mistral_lsp.bench.errors import answers, cases, explain, fix, judge, mutants, ruff
from mistral_lsp.bench.errors.answers import Kind
from mistral_lsp.bench.errors.cases import NEIGHBOUR, Case
from mistral_lsp.bench.errors.judge import Judged
from mistral_lsp.bench.runs import report
from mistral_lsp.bench.tgi_script import Script

if TYPE_CHECKING:
    from pathlib import Path

BAD = "import os\n\n\ndef total(prices):\n    return sum(prise) + 1\n" + NEIGHBOUR
GOOD = BAD.replace("prise", "prices")
CASE = Case("a", "library", BAD, GOOD, ruff.Said("F821", "Undefined name `prise`", (4, 15), (4, 20)), function="total")
LINES = 3, 5


def code_of(kind: Kind, seed: int = 1) -> str:
    said = answers.answer(kind, CASE, LINES, Random(seed))
    assert said is not None
    return said.partition("```python\n")[2].rpartition("\n```")[0]


def test_the_pages_of_ruff_give_cases_that_ruff_itself_tells_apart() -> None:
    page = "## Example\n```python\nimport os\n```\n\nUse instead:\n```python\nx = 1\n```\n"
    no_cure = page.replace("x = 1", "import sys")
    rules = [ruff.Rule("F401", "unused-import", page), ruff.Rule("F401", "unused-import", no_cure)]
    [case] = cases.from_pages([*rules, ruff.Rule("F821", "undefined-name", page)])
    assert case.said.code == "F401"
    assert case.bad.startswith("import os\n")
    assert case.good.startswith("x = 1\n")
    assert case.diagnostic(case.document).message == "`os` imported but unused"


@pytest.mark.parametrize("way", [mutants.misspelt, mutants.without_self, mutants.without_bracket, mutants.by_identity])
def test_each_way_breaks_a_function(way: object) -> None:
    code = "def f(self, prices):\n    if prices == 1:\n        return 2\n    return self.total(prices)"
    broken = way(code, Random(1))  # type: ignore[operator]
    assert broken is not None
    assert broken != code


def test_the_right_answer_is_the_good_code_of_the_lines_that_are_shown() -> None:
    assert answers.right(CASE, *LINES) == "def total(prices):\n    return sum(prices) + 1"
    assert answers.right(CASE, 8, 11) is None
    assert answers.shown_lines("x\nThe code, lines 4 to 5 of a.py:\n") == LINES


@pytest.mark.parametrize("seed", range(8))
def test_answers_are_what_they_are_called(seed: int) -> None:
    good = ast.dump(ast.parse(code_of(Kind.RIGHT)))
    with pytest.raises(SyntaxError):
        ast.parse(code_of(Kind.UNPARSABLE, seed))
    for kind in (Kind.OVER_REACHING, Kind.HOSTILE):
        assert ast.dump(ast.parse(code_of(kind, seed))) != good
    assert code_of(Kind.SUBTLY_WRONG, seed) != code_of(Kind.RIGHT)


async def test_the_judge_goes_by_the_good_code_by_ruff_and_by_what_a_function_does() -> None:
    texts = [
        GOOD,
        BAD,
        GOOD.replace("sum(prices) + 1", "1 + sum(prices)"),
        GOOD.replace("sum(prices) + 1", "sum(prices)"),
        GOOD + "import sys\n",
    ]
    found = await judge.judged([CASE] * len(texts), texts, may_run=True)
    assert found == [Judged.RIGHT, Judged.WRONG, Judged.RIGHT, Judged.WRONG, Judged.WRONG]
    [unknown] = await judge.judged([CASE], [texts[2]], may_run=False)
    assert unknown is Judged.MENDED


@pytest.mark.usefixtures("cache")
def test_the_bar_of_the_stand_in_holds_and_the_report_counts(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = [
        Case(f"a{number}", "library", BAD, GOOD, CASE.said, function="total") for number in range(24)
    ]  # the real ones take a minute
    monkeypatch.setattr(cases, "every", lambda **_: many)
    assert fix.main(["--json", str(tmp_path / "f.json")]) == 0
    told = json.loads((tmp_path / "f.json").read_text())
    assert {one["kind"] for one in told["cases"]} == {kind.value for kind in Kind}
    assert all(one["judged"] == "right" for one in told["cases"] if one["kind"] == "right")
    assert [bar["holds"] for bar in told["lanes"][0]["bars"]] == [True] * 4
    assert told["about"]["ruff"]
    said = capsys.readouterr()
    assert "BROKEN" not in said.out
    assert "stand-in: 24 of 24" in said.err
    assert report.main([str(tmp_path / "f.json"), "--html", str(tmp_path / "f.html")]) == 0
    assert "holds   right: " in capsys.readouterr().out
    assert "of those: right" in (tmp_path / "f.html").read_text()


@pytest.mark.usefixtures("cache")
def test_so_many_are_asked_for_of_each_source(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    many = [
        Case(f"{source} {number}", source, BAD, GOOD, CASE.said, function="total")
        for source in cases.SOURCES
        for number in range(4)
    ]
    monkeypatch.setattr(cases, "every", lambda **_: many)
    assert fix.main(["--limit", "3", "--seed", "3", "--json", str(tmp_path / "f.json")]) in {0, 1}
    rows = json.loads((tmp_path / "f.json").read_text())["cases"]
    assert [row["case"].rpartition(" ")[0] for row in rows] == [cases.PAGES] * 3 + [cases.LIBRARY] * 3


@pytest.mark.parametrize(("bench", "left"), [(fix, 6), (explain, 6)], ids=["fix", "explain"])
def test_where_the_endpoint_dies_what_was_finished_is_kept(
    bench: Any,
    left: int,
    monkeypatch: pytest.MonkeyPatch,
    cache: Path,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    many = [Case(f"a{number}", cases.LIBRARY, BAD, GOOD, CASE.said, function="total") for number in range(8)]
    monkeypatch.setattr(cases, "every", lambda **_: many)
    path = tmp_path / "a.json"
    with dying(Script(reply=lambda _: f"```python\n{GOOD.partition(NEIGHBOUR)[0]}```"), left=left) as endpoint:
        run = ["--endpoint", f"one={endpoint.url},kind=tgi", "--json", str(path)]
        assert bench.main(run) == 1
        said = capsys.readouterr().err
        assert "3 requests failed one after the other" in said
        assert "the same command goes on there" in said
        [kept] = cache.glob("*.jsonl")
        count = kept.read_text().count("\n")
        assert 0 < count < 8
        endpoint.left = 100_000
        assert bench.main(run) == 0
    assert re.search(rf"\b{count} results? (was|were) there from before", capsys.readouterr().err)
    rows = json.loads(path.read_text())["cases"]
    assert len(rows) == 8
    assert not [row for row in rows if "failed" in row]
    assert not kept.exists()


@pytest.mark.usefixtures("cache")
def test_a_bar_that_is_broken_is_told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    many = [Case(f"a{number}", "library", BAD, GOOD, CASE.said, function="total") for number in range(6)]
    monkeypatch.setattr(cases, "every", lambda **_: many)
    monkeypatch.setattr(fix, "SHARES", {Kind.RIGHT: 1})
    monkeypatch.setattr(answers, "right", lambda *_: "def total(prices):\n    return prise")
    assert fix.main([]) == 1
    assert "BROKEN  right: 0 of 6" in capsys.readouterr().out


def test_an_explanation_names_the_cause_by_the_rules_words_and_the_messages_names() -> None:
    case = Case("a", "rule pages", BAD, GOOD, CASE.said, ruff.Rule("F821", "undefined-name", ""))
    assert explain.names_cause("The name prise is not defined, so it is undefined.", case)
    assert not explain.names_cause("The name price is undefined.", case)
    assert not explain.names_cause("prise is too long.", case)
    assert not explain.names_cause("", case)


@pytest.mark.usefixtures("cache")
def test_the_bars_of_explanations_hold(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    rule = ruff.Rule("F821", "undefined-name", "## What it does\nChecks for undefined names.\n\n")
    other = ruff.Rule("F401", "unused-import", "## What it does\nChecks for imports.\n\n")
    said = ruff.Said("F401", "`os` imported but unused", (0, 7), (0, 9))
    many = [
        Case(f"{one.code} {number}", cases.PAGES, BAD, GOOD, one, its)
        for number in range(6)
        for one, its in ((CASE.said, rule), (said, other))
    ]
    monkeypatch.setattr(cases, "every", lambda **_: many)
    assert explain.main([]) == 0
    assert "BROKEN" not in capsys.readouterr().out
    monkeypatch.setattr(explain, "invented", lambda *_: [])
    assert explain.main([]) == 1
    assert "BROKEN  invented names that are missed: 12" in capsys.readouterr().out


@pytest.mark.usefixtures("cache")
def test_without_ruff_it_is_said_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("shutil.which", lambda *_, **__: None)
    assert fix.main([]) == 2
    assert "pip install 'mistral-lsp[bench]'" in capsys.readouterr().err
