"""The whole of it in small: the real server, a stand-in for the endpoint, real child processes."""

from __future__ import annotations

import argparse
import contextlib
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from mistral_lsp.bench.human_eval import arms, command, judge, tasks
from mistral_lsp.cli import main
from mistral_lsp.commands.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ADD = {
    "task_id": "Tiny/0",
    "prompt": 'def add(a, b):\n    """The sum."""\n',
    "canonical_solution": "    return a + b\n",
    "test": "def check(f):\n    assert f(1, 2) == 3\n",
    "entry_point": "add",
}
DOUBLE = {
    "task_id": "Tiny/1",
    "prompt": "def double(a, b):\n",
    "canonical_solution": "    a = a * 2\n    b = b * 2\n    return a + b\n",
    "test": "def check(f):\n    assert f(1, 2) == 6\n",
    "entry_point": "double",
}
OTHER = ADD | {"task_id": "Tiny/2", "test": "assert False\n"}


@pytest.fixture
def problems(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.jsonl"
    path.write_text("".join(json.dumps(fields) + "\n" for fields in (ADD, DOUBLE, OTHER)))
    return path


@pytest.fixture
def url() -> Iterator[str]:
    """An endpoint that always says the same; the command has an event loop of its own."""
    with serving("return a + b") as url:
        yield url


@contextlib.contextmanager
def serving(reply: str, *options: str) -> Iterator[str]:
    words = [sys.executable, "-m", "mistral_lsp.bench.endpoint", "--reply", reply, *options]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())["url"]
        finally:
            process.terminate()


def run(*words: object) -> int:
    """As the command line does, but for what it makes of a Problem."""
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return command.run(parser.parse_args([*map(str, words)]))


def test_cuts_are_filled_judged_and_told_of(
    problems: Path, url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "figures.json"
    words = ["--problems", problems, "--limit", 2, "--seed", 4, "--cuts", 9, "--url", url, "--json", path]
    status = main(["bench", "human-eval", "--run-generated-code", *map(str, words)])
    figures: dict[str, Any] = json.loads(path.read_text())
    told = capsys.readouterr()

    assert status == 0
    assert [(cut["task"], cut["line"]) for cut in figures["cuts"]] == [
        ("Tiny/0", 3),
        ("Tiny/1", 2),
        ("Tiny/1", 3),
        ("Tiny/1", 4),
    ]
    passed = {arm["arm"]: arm["passed"] for arm in figures["arms"]}
    assert passed == {"ENGINE": 2, "ENGINE_LINE": 2, "PREFIX": 2, "SPACE": 2, "NOTHING": 0, "TRUTH": 4}
    engine, plain = figures["arms"][0], figures["arms"][2]
    assert (engine["exact"], engine["silent"], engine["reasons"]) == (2, 1, {"REPEATS": 1})
    assert (plain["exact"], plain["silent"], plain["reasons"]) == (2, 0, {})
    assert figures["about"]["seed"] == 4
    assert figures["about"]["model"] == "mistralai/Mistral-7B-Instruct-v0.3"
    assert "engine on against plain prefix: 0 pass by the first alone, 0 by the second alone" in told.out
    assert "silences, engine on: REPEATS 1" in told.out
    assert "asked for 4 of 4" in told.err


def test_settings_reach_the_server(problems: Path, url: str, tmp_path: Path) -> None:
    path = tmp_path / "figures.json"
    words = ["--problems", problems, "--limit", 1, "--url", url, "--json", path, "--set", "completion.enabled=false"]
    assert run("--run-generated-code", *words) == 0
    figures = json.loads(path.read_text())
    assert figures["arms"][0]["reasons"] == {"DISABLED": 1}
    assert figures["about"]["settings"] == "completion.enabled=false"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--url", "http://me:secret@127.0.0.1:1"], "endpoint.url .*is ignored"),
        (["--url", "http://127.0.0.1:1", "--kind", "abacus"], "endpoint.kind .*is ignored"),
        (["--set", "completion.max_tokens=lots"], "completion.max_tokens .*is ignored"),
        (["--set", "max_tokens=1"], "is no setting"),
        (["--json", "/no/such/folder/figures.json"], "/no/such/folder is no folder"),
    ],
)
def test_an_option_that_is_not_fit_is_told_and_nothing_is_asked(words: list[str], said: str, problems: Path) -> None:
    with pytest.raises(Problem, match=said):
        run("--run-generated-code", "--problems", problems, *words)


def test_a_model_file_that_is_not_there_is_told(
    problems: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert command.main(["--run-generated-code", "--problems", str(problems), "--model", "none.gguf"]) == 2
    assert f"{tmp_path}/none.gguf" in capsys.readouterr().err


def test_a_model_that_fails_now_and_then_is_silent(problems: Path, tmp_path: Path) -> None:
    path = tmp_path / "figures.json"
    with serving("return a + b", "--fault", "generation") as url:
        assert run("--run-generated-code", "--problems", problems, "--limit", 1, "--url", url, "--json", path) == 0
    reasons = [arm["reasons"] for arm in json.loads(path.read_text())["arms"]]
    assert reasons == [{"MODEL_FAILED": 1}] * 4 + [{}] * 2


def test_without_consent_nothing_is_run(
    problems: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(judge, "CHILD", "nothing")
    assert command.main(["--problems", str(problems)]) == 2
    assert "no sandbox. Say --run-generated-code" in capsys.readouterr().err


def test_without_the_package_it_is_told_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(tasks, "PACKAGE", "no_such_package")
    assert command.main(["--run-generated-code"]) == 2
    assert "pip install" in capsys.readouterr().err


def test_an_endpoint_that_is_not_there_is_told(problems: Path, url: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--run-generated-code", "--problems", str(problems), "--url", f"{url}/nowhere", "--kind", "tgi"]
    assert command.main(words) == 2
    assert capsys.readouterr().err.startswith("mistral-lsp: ")


def test_a_server_that_breaks_off_is_told(problems: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arms, "server_command", lambda: [sys.executable, "-c", "raise SystemExit('gone away')"])
    with pytest.raises(Problem, match=r"broke off(.|\n)*gone away"):
        run("--run-generated-code", "--problems", problems, "--url", url)


def test_problems_without_a_line_of_code_are_told(tmp_path: Path) -> None:
    path = tmp_path / "tiny.jsonl"
    path.write_text(json.dumps(ADD | {"canonical_solution": "    # nothing\n"}) + "\n")
    with pytest.raises(Problem, match="no line"):
        run("--run-generated-code", "--problems", path)


@pytest.mark.parametrize("option", ["--limit", "--cuts"])
def test_none_is_too_few(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run(option, 0)
    assert "at least 1" in capsys.readouterr().err
