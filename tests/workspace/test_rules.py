"""Rules' own documentation, from the real ruff."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from mistral_lsp.workspace.rules import LinterRules

BIN = str(Path(sys.executable).parent)


async def test_ruff_explains_its_rule() -> None:
    text = await LinterRules(path=BIN).text("Ruff", "F841")
    assert "unused variables" in text
    assert "## Options" not in text


@pytest.mark.parametrize(
    ("source", "code"), [("Ruff", "no; rm"), ("Pyright", "F841"), ("Ruff", ""), ("ruff", "ZZZ99999")]
)
async def test_what_is_no_rule_is_nothing(source: str, code: str) -> None:
    assert await LinterRules(path=BIN).text(source, code) == ""


async def test_a_linter_that_a_repository_brings_along_is_never_run(tmp_path: Path) -> None:
    evil = tmp_path / "repo" / "bin" / "ruff"
    evil.parent.mkdir(parents=True)
    evil.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    evil.chmod(0o755)
    rules = LinterRules(lambda: [str(tmp_path / "repo")], path=os.pathsep.join([str(evil.parent), "bin", "."]))
    assert await rules.text("Ruff", "F841") == ""
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("script", ["echo no json", "exit 3", "echo '[1]'"])
async def test_an_odd_linter_does_no_harm(tmp_path: Path, script: str) -> None:
    odd = tmp_path / "ruff"
    odd.write_text(f"#!/bin/sh\n{script}\n")
    odd.chmod(0o755)
    assert await LinterRules(path=str(tmp_path)).text("Ruff", "F841") == ""
