"""Texts for editors that can only open files."""

from __future__ import annotations

import stat
from pathlib import Path
from urllib.parse import unquote, urlsplit

from mistral_lsp.workspace.shelf import MAX_FILES, Shelf


def path_of(uri: str) -> Path:
    return Path(unquote(urlsplit(uri).path))


def test_nobody_else_can_read_it_and_it_goes_with_the_session() -> None:
    shelf = Shelf()
    path = path_of(shelf.put("Explain: ../../etc/passwd", "words"))
    assert path.read_text() == "words"
    assert path.name.startswith("Explain-etc-passwd")
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    shelf.clear()
    assert not path.parent.exists()


def test_old_ones_go() -> None:
    shelf = Shelf()
    paths = [path_of(shelf.put("x", str(number))) for number in range(MAX_FILES + 1)]
    assert [path.exists() for path in (paths[0], paths[1], paths[-1])] == [False, True, True]
    shelf.clear()
