"""Which packages a folder has, as far as its files say."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from mistral_lsp.core.packages import KnownPackages, Package
from mistral_lsp.workspace.disk import Disk
from mistral_lsp.workspace.packages import known_packages

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def write(root: Path, *paths: str, **texts: str) -> None:
    """Empty files by path, others by name with `__` for a dot."""
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).touch()
    for name, text in texts.items():
        (root / name.replace("__", ".")).write_text(text)


def knows(known: KnownPackages, kind: str, name: str) -> bool:
    return known.knows(Package(kind, name, 0, 0))


def test_an_environment_is_read_by_its_names(tmp_path: Path) -> None:
    write(
        tmp_path,
        ".venv/pyvenv.cfg",
        ".venv/lib/python3.12/site-packages/numpy/__init__.py",
        ".venv/lib/python3.12/site-packages/six.py",
        ".venv/lib/python3.12/site-packages/_cffi.cpython-312.so",
        ".venv/lib/python3.12/site-packages/own_tool-1.0.dist-info/METADATA",
        "src/mine/deep.py",
    )
    known = known_packages(str(tmp_path))
    assert all(knows(known, "python", name) for name in ("numpy", "six", "_cffi", "own_tool", "mine", "deep", "os"))
    assert not knows(known, "python", "madeup")
    assert known.names.keys() == {"python"}


def test_manifests_count_wherever_they_are(tmp_path: Path) -> None:
    write(tmp_path, "web/node_modules/react/index.js", "web/node_modules/@a/b/index.js", "tools/x.py")
    (tmp_path / "web" / "package.json").write_text('{"dependencies": {"vue": "3"}}')
    (tmp_path / "tools" / "requirements.txt").write_text("httpx\n")
    known = known_packages(str(tmp_path))
    assert all(knows(known, "node", name) for name in ("react", "@a/b", "vue", "fs"))
    assert knows(known, "python", "httpx")
    assert not knows(known, "node", "madeup")


def test_modules_of_go_have_packages_below_them(tmp_path: Path) -> None:
    write(tmp_path, go__mod="module example.org/mine\n\nrequire github.com/a/b/v2 v2.0.0\n")
    known = known_packages(str(tmp_path))
    assert all(knows(known, "go", name) for name in ("github.com/a/b/v2/sub", "example.org/mine/x"))
    assert not knows(known, "go", "github.com/a/bad")


def test_crates_and_own_modules_are_known(tmp_path: Path) -> None:
    write(tmp_path, "src/parser.rs", Cargo__toml='[package]\nname = "my-app"\n[dependencies]\nserde-json = "1"\n')
    known = known_packages(str(tmp_path))
    assert all(knows(known, "rust", name) for name in ("serde_json", "my_app", "parser", "std"))
    assert not knows(known, "rust", "madeup")


def test_without_a_manifest_nothing_is_told(tmp_path: Path) -> None:
    write(tmp_path, "a.py", "b.js", pyproject__toml="[tool.ruff]\nline-length = 120\n")
    assert known_packages(str(tmp_path)).names == {}


def test_links_pipes_and_huge_files_are_left_alone(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.txt"
    elsewhere.write_text("numpy\n")
    root = tmp_path / "root"
    root.mkdir()
    (root / "requirements.txt").symlink_to(elsewhere)
    (root / "again").symlink_to(root)
    os.mkfifo(root / "go.mod")
    (root / "uv.lock").write_bytes(b'name = "x"\n' * 500_000)
    assert known_packages(str(root)).names == {}
    assert known_packages(str(tmp_path / "none")).names == {}


def test_a_home_folder_is_no_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, requirements__txt="numpy\n")
    disk = Disk()
    disk.set_roots([tmp_path.as_uri()])
    assert disk.packages(tmp_path.as_uri()).names
    monkeypatch.setenv("HOME", str(tmp_path))
    assert disk.packages(tmp_path.as_uri()).names == {}
    assert disk.packages("file:///elsewhere").names == {}
