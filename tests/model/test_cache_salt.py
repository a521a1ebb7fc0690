"""One secret for all of a user's windows, that nobody else can read, and what stands in for it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from mistral_lsp.model import cache_salt
from mistral_lsp.model.cache_salt import SECRET_BYTES, salt

HERE, THERE = "http://127.0.0.1:8000", "https://gpu.example.org"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "mistral-lsp" / "cache-salt"


def test_all_windows_have_the_same_and_each_endpoint_its_own(path: Path) -> None:
    first = salt(path, HERE)
    assert len(first) == 64
    assert salt(path, HERE) == first
    assert salt(path, THERE) != first
    secret = path.read_bytes()
    assert len(secret) == SECRET_BYTES
    assert secret.hex() not in first  # the secret itself goes nowhere


def test_users_differ(tmp_path: Path) -> None:
    assert salt(tmp_path / "a", HERE) != salt(tmp_path / "b", HERE)


@pytest.mark.skipif(os.name != "posix", reason="other systems have no such modes")
def test_nobody_else_can_read_it(path: Path) -> None:
    umask = os.umask(0)
    try:
        salt(path, HERE)
    finally:
        os.umask(umask)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(os.name != "posix", reason="other systems have no such modes")
def test_a_file_that_others_can_read_is_replaced(path: Path) -> None:
    known = salt(path, HERE)
    path.chmod(0o644)
    new = salt(path, HERE)
    assert new != known
    assert salt(path, HERE) == new
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("content", [b"", b"short", b"x" * 100], ids=["empty", "short", "long"])
def test_a_file_whose_writer_died_is_replaced(content: bytes, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache_salt, "WRITER_S", 0.05)
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    path.chmod(0o600)
    assert salt(path, HERE) == salt(path, HERE)
    assert len(path.read_bytes()) == SECRET_BYTES


def test_a_window_waits_for_the_one_that_is_writing(path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.touch(mode=0o600)
    writer = threading.Timer(0.05, path.write_bytes, [b"s" * SECRET_BYTES])
    writer.start()
    found = salt(path, HERE)
    writer.join()
    assert path.read_bytes() == b"s" * SECRET_BYTES
    assert salt(path, HERE) == found


def test_windows_that_start_together_have_the_same(path: Path) -> None:
    code = "import sys, pathlib, mistral_lsp.model.cache_salt as made; print(made.salt(pathlib.Path(sys.argv[1]), 'x'))"
    run = [sys.executable, "-c", code, str(path)]
    many = [subprocess.Popen(run, stdout=subprocess.PIPE) for _ in range(6)]
    assert len({process.communicate()[0] for process in many}) == 1


@pytest.mark.parametrize("kind", ["a file for a folder", "a folder for a file", "a dangling link"])
def test_where_it_cannot_be_kept_it_is_as_random(kind: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "state" / "cache-salt"
    if kind == "a file for a folder":
        (tmp_path / "state").write_text("")
    elif kind == "a folder for a file":
        path.mkdir(parents=True)
    else:
        path.parent.mkdir()
        path.symlink_to("/no/such/place/here")
    with caplog.at_level("INFO", logger="mistral_lsp"):
        found = {salt(path, HERE) for _ in range(2)}
    assert len(found) == 2
    assert "no cache salt can be kept" in caplog.text
    assert not any(one in caplog.text for one in found)
    assert not Path("/no/such").exists()


def test_without_a_file_it_is_random(tmp_path: Path) -> None:
    assert salt(None, HERE) != salt(None, HERE)
    assert list(tmp_path.iterdir()) == []
