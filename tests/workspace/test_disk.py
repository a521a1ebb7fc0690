"""Which file of which folder a URI names, and what may be read of it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from mistral_lsp.core.rooted import Rooted
from mistral_lsp.workspace.disk import Disk
from mistral_lsp.workspace.uris import path_of

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("file:///p/a.py", "/p/a.py"),
        ("file://localhost/p/a.py", "/p/a.py"),
        ("file:///p/a%20b/%C3%A9.py", "/p/a b/é.py"),
        ("file:///p/sub/../.env", "/p/.env"),
        ("file:///p/..%2f..%2fetc/passwd", "/etc/passwd"),
        ("file:////p//a.py", "/p/a.py"),
        ("vscode-notebook-cell:/p/a.ipynb#W0", "/p/a.ipynb"),
        ("file://host/share/a.py", None),
        ("file:///p/a%00.py", None),
        ("file:relative", None),
        ("untitled:Untitled-1", None),
        ("vscode-remote://ssh/p/a.py", None),
        ("http://[", None),
        ("", None),
    ],
)
def test_the_path_of_a_uri(uri: str, path: str | None) -> None:
    assert path_of(uri) == path


def test_a_file_is_of_the_innermost_folder() -> None:
    disk = Disk()
    disk.set_roots(["file:///p", "file:///p/inner/", "vscode-vfs://github/x"])
    assert disk.place("file:///p/a.py") == Rooted("file:///p", "a.py")
    assert disk.place("file:///p/inner/b/c.py") == Rooted("file:///p/inner/", "b/c.py")
    assert disk.place("file:///p/inner/../a.py") == Rooted("file:///p", "a.py")
    assert disk.place("file:///pa/a.py") is None
    assert disk.place("file:///p") is None
    assert disk.roots == ("file:///p", "file:///p/inner/")


def test_a_whole_disk_is_a_folder_too() -> None:
    disk = Disk()
    disk.set_roots(["file:///"])
    assert disk.place("file:///p/a.py") == Rooted("file:///", "p/a.py")
    assert disk.is_wide("file:///")


def test_a_home_is_wide_and_a_project_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "project").mkdir()
    disk = Disk()
    home, project = tmp_path.as_uri(), (tmp_path / "project").as_uri()
    disk.set_roots([home, project])
    assert disk.is_wide(home)
    assert not disk.is_wide(project)
    assert not disk.is_wide("file:///gone")


def test_other_globs_count_from_then_on(tmp_path: Path) -> None:
    (tmp_path / "a.sql").write_text("select 1")
    disk = Disk()
    disk.set_roots([tmp_path.as_uri()])
    place = Rooted(tmp_path.as_uri(), "a.sql")
    assert disk.read(place) == "select 1"
    disk.configure(globs=["*.sql"], max_files=10)
    assert disk.read(place) is None
    assert not disk.may_read(place)


def test_a_folder_that_was_closed_has_nothing_to_read(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x")
    disk = Disk()
    place = Rooted(tmp_path.as_uri(), "a.py")
    assert disk.read(place) is None
    assert not disk.may_read(place)
    assert not disk.is_folder(place)
    walk = disk.walk(tmp_path.as_uri())
    while not walk.step():
        pass
    assert walk.found == []


def test_folders_in_a_folder_keep_to_themselves(tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    for folder in (tmp_path, inner):
        (folder / "a.py").write_text("x = 1")
    disk = Disk()
    disk.set_roots([tmp_path.as_uri(), inner.as_uri()])
    walk = disk.walk(tmp_path.as_uri())
    while not walk.step():
        pass
    assert [found.path for found in walk.found] == ["a.py"]


def test_which_folders_may_be_looked_through(tmp_path: Path) -> None:
    for name in ("src", "node_modules"):
        (tmp_path / name).mkdir()
    disk = Disk()
    root = tmp_path.as_uri()
    disk.set_roots([root])
    assert disk.is_folder(Rooted(root, "src"))
    assert not disk.is_folder(Rooted(root, "node_modules"))
    assert not disk.is_folder(Rooted(root, "gone"))
    assert disk.decides(Rooted(root, os.path.join("src", ".gitignore")))  # noqa: PTH118 - as the editor says it
    assert not disk.decides(Rooted(root, "gitignore.py"))
