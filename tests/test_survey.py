"""What is put together of the workspace and of other programs."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from mistral_lsp.features.idle import Idle
from mistral_lsp.features.report import Finding
from mistral_lsp.settings import Settings
from mistral_lsp.settings.tree import Actions
from mistral_lsp.survey import make_survey, with_tools

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


async def findings() -> AsyncIterator[Finding]:
    yield Finding("first", ok=True, detail="well")


async def looked(actions: Actions) -> list[Finding]:
    return [one async for one in with_tools(findings(), Settings(actions=actions))]


async def test_without_tools_nothing_is_started_and_nothing_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("asyncio.create_subprocess_exec", None)
    assert [one.title for one in await looked(Actions())] == ["first"]


@pytest.mark.skipif(os.name != "posix", reason="the limits are POSIX's")
async def test_the_doctor_says_which_tools_are_there_and_whether_they_have_a_network() -> None:
    found = await looked(
        Actions(checkers=(f"*.py: {sys.executable} -m mypy {{file}}",), test_command="nowhere-at-all x")
    )
    assert found[-1].title == "tools"
    assert found[-1].detail.startswith("mypy, nowhere-at-all: on a copy of the project, with ")
    assert "network" in found[-1].detail
    assert (found[-1].ok, "Not on the PATH: nowhere-at-all." in found[-1].cure) == (False, True)


@pytest.mark.parametrize(
    ("name", "is_read"), [("code.py", True), ("built/code.py", False), (".env", False), ("gone.py", False)]
)
def test_a_closed_file_is_read_where_a_folder_has_it_and_nothing_speaks_against_it(
    name: str, *, is_read: bool, tmp_path: Path
) -> None:
    root = tmp_path / "root"
    (root / "built").mkdir(parents=True)
    (root / ".gitignore").write_text("built/\n")
    for path in (root / "code.py", root / "built" / "code.py", root / ".env", tmp_path / "code.py"):
        path.write_text("x = 1\n")
    survey = make_survey(Settings(), Idle(), lambda _uri: None)
    survey.set_roots([root.as_uri()])
    assert (survey.read((root / name).as_uri()) == "x = 1\n") is is_read
    assert survey.read((tmp_path / "code.py").as_uri()) is None
    assert survey.read((root / "code.py").as_uri().replace("file:", "vscode-notebook-cell:")) is None
