"""Where nothing may be suggested, and how soon that is known."""

from __future__ import annotations

import asyncio
import os
import threading
from typing import TYPE_CHECKING

import pytest

from mistral_lsp.core.reason import Reason
from mistral_lsp.workspace.access import Access
from mistral_lsp.workspace.disk import Disk

if TYPE_CHECKING:
    from pathlib import Path


async def reason(root: Path, file: Path, *, globs: tuple[str, ...] = ()) -> Reason | None:
    disk = Disk(globs=globs)
    disk.set_roots([root.as_uri()])
    access = Access(disk)
    await access.look(file.as_uri())
    return access.of(file.as_uri())


@pytest.mark.parametrize(
    "uri",
    ["file:///p/.env", "file:///p/%2Eenv", "file:///p/sub/../.ENV", "untitled:.env", "vscode-remote://h/p/id_rsa"],
)
def test_a_secret_is_known_at_once_by_its_name(uri: str) -> None:
    assert Access(Disk()).of(uri) is Reason.SECRET


@pytest.mark.parametrize("scheme", ["git", "output", "vscode-scm", "zipfile", "jdt", "GIT"])
def test_what_no_editor_lets_anyone_type_into(scheme: str) -> None:
    assert Access(Disk()).of(f"{scheme}:/p/a.py") is Reason.READ_ONLY


@pytest.mark.parametrize("uri", ["file:///p/a.py", "untitled:Untitled-1", "vscode-remote://h/p/a.py"])
async def test_what_is_fine_or_not_known_yet(uri: str) -> None:
    access = Access(Disk())
    assert access.of(uri) is None
    await access.look(uri)
    assert access.of(uri) is None


async def test_an_ignored_file(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("a.py\n")
    (tmp_path / ".aiignore").write_text("b.py\n")
    assert await reason(tmp_path, tmp_path / "a.py") is Reason.IGNORED
    assert await reason(tmp_path, tmp_path / "b.py") is Reason.PRIVATE
    assert await reason(tmp_path, tmp_path / "c.py") is None
    assert await reason(tmp_path, tmp_path / "c.py", globs=("c.*",)) is Reason.PRIVATE


async def test_a_file_without_a_workspace_folder_obeys_its_repository(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".gitignore").write_text("a.py\n")
    (tmp_path / "sub").mkdir()
    assert await reason(tmp_path / "elsewhere", tmp_path / "sub" / "a.py") is Reason.IGNORED
    assert await reason(tmp_path / "elsewhere", tmp_path / "sub" / "b.py") is None


async def test_what_a_tool_made_may_be_typed_into(tmp_path: Path) -> None:
    (tmp_path / "build").mkdir()
    (tmp_path / "build" / "a.py").write_text("x")
    assert await reason(tmp_path, tmp_path / "build" / "a.py") is None


async def test_a_read_only_file(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x")
    (tmp_path / "a.py").chmod(0o444)
    assert await reason(tmp_path, tmp_path / "a.py") is Reason.READ_ONLY


async def test_a_link_and_a_second_name_of_a_secret(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("KEY=1")
    (tmp_path / "link.py").symlink_to(tmp_path / ".env")
    os.link(tmp_path / ".env", tmp_path / "hard.py")
    (tmp_path / "sub").mkdir()
    os.link(tmp_path / ".env", tmp_path / "sub" / "far.py")
    assert await reason(tmp_path, tmp_path / "link.py") is Reason.SECRET
    assert await reason(tmp_path, tmp_path / "hard.py") is Reason.SECRET
    assert await reason(tmp_path, tmp_path / "sub" / "far.py") is Reason.SECRET


async def test_a_second_name_of_plain_code_is_no_matter(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x")
    os.link(tmp_path / "a.py", tmp_path / "b.py")
    assert await reason(tmp_path, tmp_path / "b.py") is None


async def test_a_second_name_of_a_key_at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "home" / ".ssh").mkdir(parents=True)
    (tmp_path / "root").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home" / ".ssh" / "id_ed25519").write_text("key")
    os.link(tmp_path / "home" / ".ssh" / "id_ed25519", tmp_path / "root" / "notes.py")
    assert await reason(tmp_path / "root", tmp_path / "root" / "notes.py") is Reason.SECRET


async def test_a_look_that_is_under_way_is_waited_for(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("KEY=1")
    (tmp_path / "link.py").symlink_to(tmp_path / ".env")
    disk = Disk()
    disk.set_roots([tmp_path.as_uri()])
    access = Access(disk)
    uri = (tmp_path / "link.py").as_uri()
    look = asyncio.create_task(access.look(uri))
    await asyncio.sleep(0)
    assert access.of(uri) is None
    assert await access.found(uri) is Reason.SECRET
    await look
    assert await access.found(uri) is Reason.SECRET


async def test_a_disk_that_does_not_answer_is_not_waited_for_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = threading.Event()
    access = Access(Disk())
    monkeypatch.setattr("mistral_lsp.workspace.access.PATIENCE_S", 0.001)
    monkeypatch.setattr(access, "_looked", lambda _uri: answer.wait(10) and None)
    look = asyncio.create_task(access.look("file:///p/a.py"))
    await asyncio.sleep(0)
    assert await access.found("file:///p/a.py") is Reason.NOT_READY
    answer.set()
    await look
    assert await access.found("file:///p/a.py") is None


async def test_what_is_closed_is_forgotten(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("a.py\n")
    disk = Disk()
    disk.set_roots([tmp_path.as_uri()])
    access = Access(disk)
    uri = (tmp_path / "a.py").as_uri()
    await access.look(uri)
    access.forget(uri)
    assert access.of(uri) is None
