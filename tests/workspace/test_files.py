"""Which files a walk finds, and what is read of one: nothing that blocks, acts, never ends or isn't the workspace's."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from mistral_lsp.workspace import files
from mistral_lsp.workspace.files import MAX_BYTES, Walk, read
from mistral_lsp.workspace.ignore import Rules

if TYPE_CHECKING:
    from pathlib import Path

TEXT = "x = 1\n"


def write(root: Path, *names: str, text: str = TEXT) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


def walked(root: Path, *, max_files: int = 100) -> Walk:
    walk = Walk(Rules(str(root)), max_files=max_files)
    while not walk.step():
        pass
    return walk


def names(root: Path) -> list[str]:
    return sorted(found.path for found in walked(root).found)


def test_source_files_are_found_and_nothing_else(tmp_path: Path) -> None:
    write(tmp_path, "a.py", "src/b.ts", "src/deep/c.go", "notes.txt", "data.bin", ".env.py", "key.pem", "README")
    write(tmp_path, "node_modules/x/index.js", ".git/hook.py", "v/pyvenv.cfg", "v/x.py", "dist/x.js", "x.min.js")
    write(tmp_path, "empty.py", text="")
    write(tmp_path, "huge.py", text="x" * (MAX_BYTES + 1))
    write(tmp_path, ".gitignore", text="gen/\n")
    write(tmp_path, "gen/x.py")
    assert names(tmp_path) == ["a.py", "src/b.ts", "src/deep/c.go"]


def test_code_comes_before_data_and_the_newest_first(tmp_path: Path) -> None:
    for age, name in enumerate(["new.json", "new.py", "old.py"]):
        write(tmp_path, name)
        os.utime(tmp_path / name, ns=(0, 10**18 - age * 10**9))
    assert [found.path for found in walked(tmp_path).found] == ["new.py", "old.py", "new.json"]
    walk = walked(tmp_path, max_files=1)
    assert [found.path for found in walk.found] == ["new.py"]
    assert walk.is_cut


def test_a_huge_folder_is_looked_at_to_its_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_ENTRIES", 10)
    write(tmp_path, *(f"f{number}.py" for number in range(30)))
    walk = walked(tmp_path)
    assert walk.is_cut
    assert len(walk.found) == 10


def test_a_folder_that_is_small_enough_is_not_cut(tmp_path: Path) -> None:
    write(tmp_path, "a.py", "b/c.py")
    assert not walked(tmp_path).is_cut


def test_links_are_not_followed(tmp_path: Path) -> None:
    root, other = tmp_path / "root", tmp_path / "other"
    write(root, "a.py")
    write(other, "b.py")
    (root / "link.py").symlink_to(other / "b.py")
    (root / "folder").symlink_to(other)
    (root / "loop").symlink_to(root)
    assert names(root) == ["a.py"]


def test_what_is_no_plain_file_is_passed_over(tmp_path: Path) -> None:
    write(tmp_path, "a.py")
    os.mkfifo(tmp_path / "fifo.py")
    (tmp_path / "folder.py").mkdir()
    (tmp_path / "zero.py").symlink_to("/dev/zero")
    assert names(tmp_path) == ["a.py"]


def test_a_file_with_a_second_name_is_neither_found_nor_read(tmp_path: Path) -> None:
    write(tmp_path, ".env", "a.py")
    os.link(tmp_path / ".env", tmp_path / "notes.py")
    assert names(tmp_path) == ["a.py"]
    assert read(Rules(str(tmp_path)), "notes.py") is None


def test_a_folder_of_its_own_is_left_to_its_own_walk(tmp_path: Path) -> None:
    write(tmp_path, "a.py", "inner/b.py")
    walk = Walk(Rules(str(tmp_path)), max_files=10, apart=[str(tmp_path / "inner")])
    while not walk.step():
        pass
    assert [found.path for found in walk.found] == ["a.py"]


def test_a_folder_that_is_not_there_has_no_files(tmp_path: Path) -> None:
    assert names(tmp_path / "gone") == []


def test_folders_that_vanish_during_the_walk_are_no_matter(tmp_path: Path) -> None:
    write(tmp_path, *(f"d{number}/x.py" for number in range(5)), "a.py")
    walk = Walk(Rules(str(tmp_path)), max_files=10, clock=iter(range(10**6)).__next__)  # one entry a step
    assert not walk.step()
    for number in range(5):
        (tmp_path / f"d{number}" / "x.py").unlink()
        (tmp_path / f"d{number}").rmdir()
    while not walk.step():
        pass
    assert [found.path for found in walk.found] == ["a.py"]


def test_very_deep_folders_end_somewhere(tmp_path: Path) -> None:
    write(tmp_path, "/".join(["d"] * 60) + "/x.py", "a.py")
    assert names(tmp_path) == ["a.py"]


def test_the_text_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(b"\xef\xbb\xbfx = '\xc3\xa9'\r\n")
    assert read(Rules(str(tmp_path)), "a.py") == "x = 'é'\r\n"


@pytest.mark.parametrize("content", [b"x = 1\0", b"\xff\xfex\0", b"caf\xe9", b"", b"x" * (MAX_BYTES + 1)])
def test_what_is_no_text_is_not_read(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.py").write_bytes(content)
    assert read(Rules(str(tmp_path)), "a.py") is None


@pytest.mark.parametrize(
    "path", ["gone.py", ".env", "../outside.py", "a/../../outside.py", "/etc/hostname", "ignored.py", "x\0.py", "sub"]
)
def test_what_is_out_of_bounds_is_not_read(tmp_path: Path, path: str) -> None:
    root = tmp_path / "root"
    write(root, ".env", "ignored.py", "sub/a.py")
    write(root, ".gitignore", text="ignored.py")
    write(tmp_path, "outside.py")
    assert read(Rules(str(root)), path) is None


def test_links_out_and_to_secrets_are_not_read(tmp_path: Path) -> None:
    root = tmp_path / "root"
    write(tmp_path, ".ssh/id_rsa", "plain.py")
    write(root, "in.py", "pad/x.py")
    (root / "notes.py").symlink_to(tmp_path / ".ssh" / "id_rsa")
    (root / "out.py").symlink_to(tmp_path / "plain.py")
    (root / "up").symlink_to(tmp_path)
    rules = Rules(str(root))
    assert [read(rules, path) for path in ("notes.py", "out.py", "up/plain.py")] == [None, None, None]
    assert read(rules, "in.py") == TEXT


def test_devices_pipes_and_what_the_kernel_makes_up_are_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo.py")
    assert read(Rules(str(tmp_path)), "fifo.py") is None
    assert read(Rules("/dev"), "zero") is None
    assert read(Rules("/dev"), "tty") is None
    assert read(Rules("/proc"), "self/environ") is None
    assert read(Rules("/proc"), "version") is None
