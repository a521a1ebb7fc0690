"""Which file of the workspace a printed path means, and which are nobody's here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mistral_lsp.core.complaint import Frame
from mistral_lsp.workspace.disk import Disk
from mistral_lsp.workspace.named_files import NamedFiles

if TYPE_CHECKING:
    from pathlib import Path

LINE = 'return item["price"]'


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project with some files in it, beside others."""
    root = tmp_path / "shop"
    for path in (
        "cart.py",
        "pkg/price.py",
        "pkg/a b.py",
        "src/main/java/com/example/App.java",
        "node_modules/left/pad.js",
        ".env",
        "ignored.py",
    ):
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"def f(item):\n    {LINE}\n")
    (root / ".gitignore").write_text("ignored.py\n")
    (tmp_path / "outside.py").write_text("x = 1\n")
    (root / "link.py").symlink_to(tmp_path / "outside.py")
    return root


def found(root: Path, path: str, *, base: str = "", text: str = "") -> str | None:
    disk = Disk()
    disk.set_roots([root.as_uri()])
    document = NamedFiles(disk, base=base).find(Frame(path.replace("ROOT", str(root)), 2, text=text))
    return document.uri.removeprefix(root.as_uri() + "/") if document else None


@pytest.mark.parametrize(
    ("path", "file"),
    [
        ("ROOT/cart.py", "cart.py"),
        ("cart.py", "cart.py"),
        ("./pkg/../cart.py", "cart.py"),
        ("pkg/price.py", "pkg/price.py"),
        ("pkg\\price.py", "pkg/price.py"),
        ("ROOT/pkg/a b.py", "pkg/a%20b.py"),
        ("file://ROOT/pkg/a%20b.py", "pkg/a%20b.py"),
        ("webpack:///./cart.py", "cart.py"),
        ("com/example/App.java", "src/main/java/com/example/App.java"),
        ("App.java", "src/main/java/com/example/App.java"),
        ("/app/pkg/price.py", "pkg/price.py"),  # in a container
        ("/app/cart.py", None),  # one name alike isn't enough
        ("/usr/lib/python3.11/pkg/price.py", None),
        ("node_modules/left/pad.js", None),
        ("ROOT/.env", None),
        ("ROOT/ignored.py", None),
        ("ROOT/link.py", None),
        ("ROOT/../outside.py", None),
        ("ROOT/missing.py", None),
        ("<string>", None),
        ("/etc/passwd", None),
        ("/dev/stdin", None),
        ("", None),
        ("\0", None),
    ],
)
def test_a_path_names_a_file_of_the_workspace_or_none(root: Path, path: str, file: str | None) -> None:
    assert found(root, path) == file


def test_a_name_alone_is_enough_where_the_file_has_the_line_that_was_printed(root: Path) -> None:
    assert found(root, "/app/cart.py", text=LINE) == "cart.py"
    assert found(root, "/app/pkg/price.py", text="another line") is None


def test_a_relative_path_begins_where_the_program_ran(root: Path) -> None:
    assert found(root, "price.py", base=str(root / "pkg")) == "pkg/price.py"


def test_a_whole_home_is_not_walked_through(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(root))
    assert found(root, "App.java") is None
    assert found(root, "cart.py") == "cart.py"


def test_a_folder_that_is_a_link_is_the_folder(root: Path) -> None:
    link = root.parent / "linked"
    link.symlink_to(root)
    assert found(link, f"{root}/cart.py") == "cart.py"
