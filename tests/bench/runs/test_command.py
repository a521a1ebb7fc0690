"""An endpoint that dies, a run that is interrupted: finished results are kept, and the next run goes on."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
from support.dying import dying

from mistral_lsp.bench.errors.explain import main as explain
from mistral_lsp.bench.errors.fix import main as fix
from mistral_lsp.bench.guard.command import main as guard
from mistral_lsp.bench.human_eval.command import main as human_eval
from mistral_lsp.bench.infill.command import main as infill
from mistral_lsp.bench.load.command import main as load
from mistral_lsp.bench.models.command import main as models
from mistral_lsp.bench.tgi_script import Script

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    Main = Callable[[Sequence[str]], int]


def serving(*options: str) -> tuple[subprocess.Popen[bytes], str]:
    words = [sys.executable, "-m", "mistral_lsp.bench.endpoint", "--reply", "Here is how.", *options]
    process = subprocess.Popen(words, stdout=subprocess.PIPE)
    assert process.stdout is not None
    return process, json.loads(process.stdout.readline())["url"]


def test_a_run_that_is_interrupted_goes_on(tmp_path: Path, cache: Path) -> None:
    process, url = serving("--first-token-ms", "40")
    words = ["--endpoint", f"one={url},kind=tgi", "--mode", "off", "--limit", "5", "--json", str(tmp_path / "a.json")]
    try:
        run = [sys.executable, "-m", "mistral_lsp", "bench", "guard", *words]
        env = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache")}
        first = subprocess.Popen(run, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, env=env)
        until = time.monotonic() + 30
        while not (found := list(cache.glob("guard-*.jsonl"))) or found[0].read_text().count("\n") < 3:
            assert time.monotonic() < until
        first.send_signal(signal.SIGINT)
        _, said = first.communicate(timeout=20)
        assert first.returncode == 130
        kept = found[0].read_text().count("\n")
        assert 3 <= kept < 25
        assert f"interrupted: {kept} results are kept in {found[0]}; the same command goes on" in said.decode()
        second = subprocess.run([*run], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, env=env, check=False)
        assert second.returncode == 0
        assert f"{kept} results were there from before" in second.stderr.decode()
        assert len(json.loads((tmp_path / "a.json").read_text())["cases"]) == 5 * 5
        assert not found[0].exists()
    finally:
        process.terminate()
        process.communicate()


def test_an_endpoint_that_dies_is_told_and_the_figures_are_of_what_was_finished(
    tmp_path: Path, cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    process, url = serving("--fault", "cut", "--fault-after", "1")
    try:
        words = [
            "--endpoint",
            f"one={url},kind=tgi",
            "--limit",
            "5",
            "--mode",
            "off",
            "--json",
            str(tmp_path / "a.json"),
        ]
        assert guard(words) == 1
    finally:
        process.terminate()
        process.communicate()
    told = capsys.readouterr()
    assert "3 requests failed one after the other" in told.err
    assert "the same command goes on there" in told.err
    assert "3 requests failed one after the other" in told.out
    assert list(cache.glob("guard-*.jsonl"))
    assert len(json.loads((tmp_path / "a.json").read_text())["lanes"]) == 1


ADD = {
    "task_id": "Tiny/0",
    "prompt": 'def add(a, b):\n    """The sum."""\n',
    "canonical_solution": "    total = a + b\n    return total\n",
    "test": "def check(f):\n    assert f(1, 2) == 3\n",
    "entry_point": "add",
}


@pytest.mark.parametrize(
    ("main", "words", "left"),
    [
        (models, "--task json --limit 4 --concurrency 1,3", 2),
        (models, "--task json --limit 2 --concurrency 1,3", 4),  # within what is asked at a time
        (infill, "--run-generated-code --way prompt", 1),
        (infill, "--run-generated-code --way server", 1),
        (load, "--editors 4 --seconds 0.3 --every-s 0.05 --within-ms 60000", 3),
        (human_eval, "--run-generated-code --cuts 9", 4),
    ],
    ids=["models", "models at a time", "infill prompt", "infill server", "load", "human-eval"],
)
def test_whichever_bench_it_dies_in_it_is_told_and_the_same_command_goes_on(
    main: Main, words: str, left: int, tmp_path: Path, cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    problems, path = tmp_path / "tiny.jsonl", tmp_path / "a.json"
    problems.write_text("".join(json.dumps(ADD | {"task_id": f"Tiny/{number}"}) + "\n" for number in range(6)))
    more = ["--problems", str(problems)] if "--run" in words else []
    with dying(Script(reply="return a + b"), left=left) as endpoint:
        run = ["--endpoint", f"one={endpoint.url},kind=tgi", *words.split(), *more, "--json", str(path)]
        assert main(run) == 1
        said = capsys.readouterr()
        assert "mistral-lsp: one" in said.err
        assert "the same command goes on there" in said.err
        first = json.loads(path.read_text())
        [kept] = cache.glob("*.jsonl")
        count = kept.read_text().count("\n")
        endpoint.left = 100_000
        assert main(run) == 0
    assert [lane["name"].partition(",")[0] for lane in first["lanes"] if not lane["is_reference"]] == ["one"]
    if count:
        assert re.search(rf"\b{count} results? (was|were) there from before", capsys.readouterr().err)
    assert not [case for case in json.loads(path.read_text())["cases"] if "failed" in case]
    assert not kept.exists()


@pytest.mark.usefixtures("cache")
def test_one_endpoint_of_several_that_is_not_there_does_not_keep_the_others_from_being_measured(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = ["--endpoint", "gone=http://127.0.0.1:9,kind=tgi", "--endpoint", "stand-in,profile=h100-fp8"]
    assert guard([*words, "--limit", "1", "--mode", "off", "--json", str(tmp_path / "a.json")]) == 1
    assert [lane["name"] for lane in json.loads((tmp_path / "a.json").read_text())["lanes"]] == ["stand-in, off"]
    assert "gone: " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--json", "/no/such/folder/a.json"], "/no/such/folder is no folder"),
        (["--endpoint", "embedded", "--endpoint", "embedded"], "two endpoints have the same name"),
        (["--endpoint", "embedded,gpu=abacus"], "no gpu 'abacus' is known"),
    ],
)
@pytest.mark.usefixtures("cache")
def test_options_that_are_not_fit_are_told_and_nothing_is_asked(
    words: list[str],
    said: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert guard(words) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    "main",
    [guard, models, infill, load, human_eval, fix, explain],
    ids=["guard", "models", "infill", "load", "human-eval", "fix", "explain"],
)
def test_help_says_what_is_measured_and_how_endpoints_are_named(main: Main, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    told = capsys.readouterr().out
    assert str(sys.modules[main.__module__].__doc__).splitlines()[2][:60] in told
    for words in ("--endpoint", "gpu", "--seed", "--keep", "--html"):
        assert words in told
    for words in ("--limit", "--at-a-time"):  # load is about how many there are at a time
        assert (words in told) is (main is not load)


@pytest.mark.parametrize("words", [["--limit", "3"], ["--at-a-time", "3"]])
def test_an_option_that_would_do_nothing_is_none(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        load(["--endpoint", "stand-in", *words])
    assert "unrecognized arguments" in capsys.readouterr().err


@pytest.mark.usefixtures("cache")
def test_where_nobody_listens_the_option_is_named_and_no_setting(capsys: pytest.CaptureFixture[str]) -> None:
    assert guard(["--endpoint", "http://127.0.0.1:9,kind=tgi", "--limit", "1"]) == 2
    said = capsys.readouterr().err
    assert "set --endpoint to where it runs" in said
    assert "endpoint.url" not in said
