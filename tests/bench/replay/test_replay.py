"""One small function, typed through the real server; what the figures are is judged elsewhere."""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from support.dying import dying

from mistral_lsp.bench.replay import command, lanes
from mistral_lsp.bench.replay import tasks as replay_tasks
from mistral_lsp.bench.replay.endpoint import Stream
from mistral_lsp.bench.replay.ghost import Counts, Shown
from mistral_lsp.bench.replay.saved import as_result, from_result
from mistral_lsp.bench.replay.sitting import Change, Record
from mistral_lsp.bench.tgi_script import Script
from mistral_lsp.cli import main
from mistral_lsp.commands.problem import Problem

if TYPE_CHECKING:
    from pathlib import Path

SOURCE = """\
import os


def join(folder, name):
    path = os.path.join(folder, name)
    if os.path.exists(path):
        return path
    return None


print(join("a", "b"))
"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source" / "a.py"
    path.parent.mkdir()
    path.write_text(SOURCE)
    return path


def run(*words: object) -> int:
    """As the command line does, but for what it makes of a Problem."""
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return command.run(parser.parse_args([*map(str, words)]))


@pytest.mark.usefixtures("cache")
def test_a_function_is_typed_and_told_of(tmp_path: Path, source: Path, capsys: pytest.CaptureFixture[str]) -> None:
    json_file, page = tmp_path / "figures.json", tmp_path / "page.html"
    words = [
        "--files",
        source,
        "--min-chars",
        50,
        "--skill",
        1,
        "--latency-ms",
        20,
        "--json",
        json_file,
        "--html",
        page,
    ]
    command.main([*map(str, words), "--compare", "completion.max_tokens=8", "completion.max_tokens=64"])
    tree: dict[str, Any] = json.loads(json_file.read_text())
    short, long = tree["replay"]["lanes"]
    assert short["name"] == "20 ms, completion.max_tokens=8"
    assert short["settings"] == {"completion": {"max_tokens": 8}}
    for lane in (short, long):
        one = lane["figures"]
        assert one["functions"] == 1
        assert one["accepted"] >= 1
        assert 0 < one["keys"] < one["characters"]
        assert one["requests"] >= 1
        assert 0 < one["cached"] <= 1
    assert long["figures"]["tokens_made"] / long["figures"]["requests"] > 1
    assert "characters saved" in capsys.readouterr().out
    assert "join" in page.read_text()
    assert tree["about"]["cores"]
    assert [case["lane"] for case in tree["cases"]] == [short["name"], long["name"]]

    assert main(["bench", "report", str(json_file), "--html", str(tmp_path / "report.html")]) == 0
    assert "suggestions shown, accepted" in capsys.readouterr().out
    assert "20 ms, completion.max_tokens=64" in (tmp_path / "report.html").read_text()


def words_for(tmp_path: Path, *more: object) -> list[str]:
    """Three functions that one person types, one after the other."""
    source = tmp_path / "source" / "b.py"
    source.parent.mkdir(exist_ok=True)
    source.write_text("".join(f"def f{number}(a):\n    return a + {number}\n\n\n" for number in range(3)))
    words = ["--files", source, "--min-chars", 5, "--people", 1, "--limit", 3, "--skill", 1]
    return [*map(str, [*words, "--json", tmp_path / "figures.json", *more])]


def test_a_run_that_is_interrupted_goes_on(tmp_path: Path, cache: Path) -> None:
    run = [sys.executable, "-m", "mistral_lsp", "bench", "replay", *words_for(tmp_path, "--latency-ms", 20)]
    env = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache")}
    first = subprocess.Popen(run, stderr=subprocess.PIPE, stdout=subprocess.PIPE, env=env)
    until = time.monotonic() + 60
    while not (found := list(cache.glob("replay-*.jsonl"))) or not found[0].read_text().endswith("}\n"):
        assert time.monotonic() < until
        assert first.poll() is None
    first.send_signal(signal.SIGINT)
    figures, said = first.communicate(timeout=30)
    assert first.returncode == 130
    kept = found[0].read_text().count("\n")
    assert 1 <= kept < 3
    assert f"partial {kept} of 3 functions, as the run broke off" in figures.decode()
    assert "characters saved" in figures.decode()
    assert f"interrupted: {kept} results are kept in {found[0]}; the same command goes on" in said.decode()
    second = subprocess.run(run, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, env=env, check=False)
    assert "there from before" in second.stderr.decode()
    tree = json.loads((tmp_path / "figures.json").read_text())
    assert len(tree["cases"]) == 3
    assert tree["replay"]["lanes"][0]["figures"]["functions"] == 3
    assert not found[0].exists()


def test_an_endpoint_that_dies_is_told_and_the_next_run_goes_on_with_what_was_finished(
    tmp_path: Path, cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with dying(Script(reply="path = 1\n"), left=100_000) as endpoint:
        words = words_for(tmp_path, "--url", endpoint.url, "--kind", "tgi")

        def die() -> None:
            while not (found := list(cache.glob("replay-*.jsonl"))) or not found[0].read_text():
                time.sleep(0.01)
            endpoint.left = -1

        killer = threading.Thread(target=die)
        killer.start()
        assert command.main(words) == 2
        killer.join()
        figures, said = capsys.readouterr()
        assert "the run broke off: " in said
        [found] = cache.glob("replay-*.jsonl")
        kept = found.read_text().count("\n")
        assert 1 <= kept < 3
        assert f"partial {kept} of 3 functions, as the run broke off" in figures
        assert f"What was finished, {kept} of it, is kept in {found}: the same command goes on there." in said
        endpoint.left = 100_000
        command.main(words)
    assert "there from before" in capsys.readouterr().err
    assert len(json.loads((tmp_path / "figures.json").read_text())["cases"]) == 3


@pytest.mark.usefixtures("cache")
def test_an_endpoint_that_is_not_there_is_told_before_anything_is_typed(
    source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(["--files", str(source), "--min-chars", "50", "--url", "http://127.0.0.1:9"]) == 2
    assert "mistral-lsp: " in capsys.readouterr().err


async def test_a_function_that_was_kept_is_what_it_was(source: Path) -> None:
    [task] = replay_tasks.pick([source], 1, seed=1, sizes=(50, 900))
    record = Record(task.name, task.text[: task.start], characters=9, keys=4, began_s=1.0, ended_s=2.5)
    record.accepted_texts, record.changes = ["ab"], [Change(1.5, "ab", accepted=2)]
    record.appeared = [Shown("ab", 1.0, 1.1, 1.2, 2, is_whole=True)]
    record.counts = Counts(3, 1, [0.1], 2)
    record.streams = [Stream(1.1, "def", 5, 4, 3, 64, [(1.15, "a"), (1.2, "b")], 1.3, is_whole=True)]
    assert from_result(json.loads(json.dumps(as_result(record))), task) == record


@pytest.mark.usefixtures("cache")
def test_nothing_to_type_is_told(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="no function"):
        run("--files", tmp_path)


@pytest.mark.usefixtures("cache")
def test_a_server_that_breaks_off_is_told(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "server_command", lambda: [sys.executable, "-c", "raise SystemExit('gone away')"])
    with pytest.raises(Problem, match=r"broke off(.|\n)*gone away"):
        run("--files", source, "--min-chars", 50, "--latency-ms", 20)


@pytest.mark.parametrize("words", ["completion", "completion=1", "max_tokens=1", "=1"])
def test_a_setting_that_is_none_is_told(words: str, source: Path) -> None:
    with pytest.raises(Problem, match="no setting"):
        run("--set", words, "--files", source, "--min-chars", 50)


def test_the_bench_command_lists_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench"]) == 0
    assert "replay" in capsys.readouterr().out
    assert main(["bench", "abacus"]) == 2
