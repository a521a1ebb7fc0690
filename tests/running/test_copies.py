"""Copies of a project."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mistral_lsp.core.tools import NoCopy
from mistral_lsp.running import copies
from mistral_lsp.running.copies import Copies
from mistral_lsp.workspace.disk import Disk

if TYPE_CHECKING:
    import os


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project."""
    files = {
        "src/a.py": "x = 1\n",
        "src/b.py": "y = 2\n",
        ".env": "TOKEN=secret\n",
        ".gitignore": "build/\n",
        "build/out.txt": "made\n",
        ".git/config": "[core]\n",
        "node_modules/lib/index.js": "1\n",
        ".venv/pyvenv.cfg": "home = /usr\n",
    }
    for name, text in files.items():
        path = tmp_path / "root" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (tmp_path / "root" / "run.sh").write_text("#!/bin/sh\necho $0\n")
    (tmp_path / "root" / "run.sh").chmod(0o755)
    return tmp_path / "root"


def copies_of(*roots: Path) -> Copies:
    disk = Disk()
    disk.set_roots([one.as_uri() for one in roots])
    return Copies(disk)


def names(folder: str) -> set[str]:
    return {str(path.relative_to(folder)) for path in Path(folder).rglob("*") if not path.is_dir() or path.is_symlink()}


def is_there(folder: str) -> bool:
    return Path(folder).exists()


def about(folder: str, name: str) -> os.stat_result:
    return Path(folder, name).stat()


def content(folder: str, name: str) -> bytes:
    return Path(folder, name).read_bytes()


async def test_what_may_be_read_is_copied_and_packages_are_linked(root: Path) -> None:
    async with copies_of(root).of((root / "src/a.py").as_uri()) as copy:
        assert copy.file == "src/a.py"
        assert names(copy.root) == {"src/a.py", "src/b.py", ".gitignore", "run.sh", "node_modules", ".venv"}
        assert about(copy.root, "").st_mode & 0o077 == 0
        assert about(copy.root, "src/b.py").st_ino != (root / "src/b.py").stat().st_ino
        assert about(copy.root, "src/b.py").st_mtime_ns == (root / "src/b.py").stat().st_mtime_ns
        assert (await copy.run(["./run.sh"], "x = 1\n")).output == "./run.sh\n"
    assert not is_there(copy.root)


async def test_a_tool_sees_the_text_of_the_edit_and_the_project_stays_as_it_is(root: Path) -> None:
    code = "import sys; sys.path.insert(0, 'src'); import a; print(a.x); open('src/b.py', 'w').write('spoilt')"
    async with copies_of(root).of((root / "src/a.py").as_uri()) as copy:
        said = [(await copy.run([sys.executable, "-I", "-c", code], f"x = {number}\r\n")).output for number in (7, 8)]
        assert content(copy.root, "src/a.py") == b"x = 8\r\n"
    assert said == ["7\n", "8\n"]
    assert (root / "src/b.py").read_text() == "y = 2\n"
    assert (root / "src/a.py").read_text() == "x = 1\n"


async def test_two_texts_of_one_length_have_different_times(root: Path) -> None:
    async with copies_of(root).of((root / "src/a.py").as_uri()) as copy:
        times = []
        for text in ("x = 1\n", "x = 2\n"):
            await copy.run(["true"], text)
            times.append(int(about(copy.root, "src/a.py").st_mtime))
    assert times[0] != times[1]


async def test_of_a_file_in_no_project_the_file_alone_is_there(root: Path, tmp_path: Path) -> None:
    (tmp_path / "alone.py").write_text("z = 1\n")
    for uri, name in (((tmp_path / "alone.py").as_uri(), "alone.py"), ("untitled:Untitled-1", "untitled_Untitled-1")):
        async with copies_of(root).of(uri) as copy:
            await copy.run(["true"], "z = 2\n")
            assert names(copy.root) == {name}


async def test_a_project_that_is_too_large_is_not_copied(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copies, "MAX_FILES", 3)
    with pytest.raises(NoCopy, match="too large to copy"):
        async with copies_of(root).of((root / "src/a.py").as_uri()):
            raise AssertionError


async def test_a_cancelled_copy_leaves_nothing(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    copied = copies._copy

    def slowly(path: str, target: str, facts: os.stat_result) -> None:
        loop.call_soon_threadsafe(task.cancel)
        copied(path, target, facts)

    async def use() -> None:
        async with copies_of(root).of((root / "src/a.py").as_uri()):
            await asyncio.sleep(600)

    monkeypatch.setattr(copies, "_copy", slowly)
    loop = asyncio.get_running_loop()
    task = asyncio.ensure_future(use())
    with pytest.raises(asyncio.CancelledError):
        await task
    assert list((tmp_path / "temporary").iterdir()) == []
