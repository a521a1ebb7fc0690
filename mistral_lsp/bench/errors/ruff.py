"""Ruff: the installed linter's rules, and what it says of texts."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mistral_lsp.commands.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

FLAGS = ("check", "--isolated", "--no-cache", "--preview", "--select", "ALL", "--output-format", "json", "--quiet")
SYNTAX = "invalid-syntax"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule as its page has it."""

    code: str
    name: str  # "unused-import"
    page: str  # Markdown


@dataclass(frozen=True, slots=True)
class Said:
    """One of its messages; lines and columns count from 0, columns in code points."""

    code: str
    message: str
    start: tuple[int, int]
    end: tuple[int, int]


def program() -> str:
    """Where ruff is; raises Problem where it isn't."""
    beside = shutil.which("ruff", path=str(Path(sys.executable).parent))
    if found := beside or shutil.which("ruff"):
        return found
    raise Problem("ruff isn't there: `pip install 'mistral-lsp[bench]'`")


def version() -> str:
    """Such as "0.14.6"; raises Problem where there is none."""
    ran = subprocess.run([program(), "--version"], capture_output=True, text=True, check=False)
    return ran.stdout.strip().removeprefix("ruff ")


def rules() -> list[Rule]:
    """Every rule that it has a page for."""
    said = _output(program(), "rule", "--all", "--output-format", "json")
    return [Rule(one["code"], one["name"], one["explanation"] or "") for one in said if one.get("code")]


def checked(texts: Sequence[str]) -> list[list[Said]]:
    """What it says of each text, all of them in one run."""
    with tempfile.TemporaryDirectory() as folder:
        for number, text in enumerate(texts):
            Path(folder, f"case_{number}.py").write_text(text, encoding="utf-8")
        found: list[list[Said]] = [[] for _ in texts]
        for one in _output(program(), *FLAGS, folder):
            number = int(Path(one["filename"]).stem.removeprefix("case_"))
            found[number].append(_said(one))
    return found


def _said(one: dict[str, Any]) -> Said:
    start, end = ((one[key]["row"] - 1, one[key]["column"] - 1) for key in ("location", "end_location"))
    return Said(one["code"] or SYNTAX, one["message"], start, end)


def _output(*command: str) -> Any:
    ran = subprocess.run(command, capture_output=True, check=False)
    try:
        return json.loads(ran.stdout)
    except ValueError:
        words = ran.stderr.decode(errors="replace").strip().splitlines()
        raise Problem(f"ruff fails: {words[-1] if words else ran.returncode}") from None
