"""One small function, typed through the real server; what the figures are is judged elsewhere."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

from mistral_lsp.bench.replay import command, lanes
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
    figures: dict[str, Any] = json.loads(json_file.read_text())
    short, long = figures["lanes"]
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


def test_nothing_to_type_is_told(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="no function"):
        run("--files", tmp_path)


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
