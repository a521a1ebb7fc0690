from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from mistral_lsp.model import token_file
from mistral_lsp.model.base import Refused

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such permissions")


def written(path: Path, content: bytes, mode: int = 0o600) -> Path:
    path.write_bytes(content)
    path.chmod(mode)
    return path


def test_the_token_is_what_the_file_holds(tmp_path: Path) -> None:
    assert token_file.read(written(tmp_path / "token", b" hf_secret\r\n")) == "hf_secret"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666, 0o622])
def test_a_file_that_others_can_read_or_write_is_refused(tmp_path: Path, mode: int) -> None:
    with pytest.raises(Refused, match="by others") as caught:
        token_file.read(written(tmp_path / "token", b"hf_secret", mode))
    assert "chmod 600" in caught.value.advice
    assert "hf_secret" not in f"{caught.value} {caught.value.advice}"


def test_what_is_no_file_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo", 0o600)
    for path in (tmp_path, tmp_path / "none", tmp_path / "fifo", Path("/dev/zero")):
        with pytest.raises(Refused, match=r"endpoint\.token_file"):
            token_file.read(path)


def test_a_large_file_is_no_token(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="more than a token"):
        token_file.read(written(tmp_path / "token", b"x" * 20_000))
