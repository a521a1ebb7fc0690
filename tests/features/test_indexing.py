"""The index follows the workspace in the user's pauses; what is open counts over the disk."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from support.waiting import until

from mistral_lsp.core.document import Document
from mistral_lsp.core.index import Index
from mistral_lsp.core.rooted import Found, Rooted
from mistral_lsp.core.text import Text
from mistral_lsp.features import indexing
from mistral_lsp.features.idle import Idle
from mistral_lsp.features.indexing import Indexer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

ROOT = "file:///p"
OTHER = "file:///q"


@dataclass
class FakeWalk:
    found: list[Found]
    is_cut: bool = False

    def step(self) -> bool:
        return True


@dataclass
class FakeDisk:
    """Files by their URI; `hidden` may not be read."""

    files: dict[str, str] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)
    folders: set[str] = field(default_factory=set)
    roots: tuple[str, ...] = ()
    reads: list[str] = field(default_factory=list)
    walks: int = 0
    broken: str = ""
    is_home: bool = False

    def set_roots(self, uris: Iterable[str]) -> None:
        self.roots = tuple(uris)

    def place(self, uri: str) -> Rooted | None:
        return next((Rooted(root, uri[len(root) + 1 :]) for root in self.roots if uri.startswith(root + "/")), None)

    def decides(self, place: Rooted) -> bool:
        return place.path.endswith(".gitignore")

    def is_wide(self, root_uri: str) -> bool:  # noqa: ARG002
        return self.is_home

    def walk(self, root_uri: str) -> FakeWalk:
        self.walks += 1
        start = f"{root_uri}/"
        there = [uri for uri in self.files if uri.startswith(start) and uri not in self.hidden]
        return FakeWalk([Found(uri[len(start) :], (hash(self.files[uri]), 1)) for uri in there])

    def read(self, place: Rooted) -> str | None:
        uri = f"{place.root_uri}/{place.path}"
        self.reads.append(uri)
        if uri == self.broken:
            raise RuntimeError
        return None if uri in self.hidden else self.files.get(uri)

    def may_read(self, place: Rooted) -> bool:
        return f"{place.root_uri}/{place.path}" not in self.hidden

    def is_folder(self, place: Rooted) -> bool:
        return f"{place.root_uri}/{place.path}" in self.folders


class Session:
    """An indexer at work, and what its user has."""

    def __init__(self, disk: FakeDisk, *, max_bytes: int = 10**7) -> None:
        self.disk = disk
        self.now_s = 1000.0
        self.idle = Idle(clock=lambda: self.now_s)
        self.now_s += 10
        self.open: dict[str, Document] = {}
        self.index = Index(max_bytes=max_bytes)
        self.indexer = Indexer(disk, self.index, self.idle, self.open.get)

    def edit(self, uri: str, text: str, language: str = "python") -> None:
        self.open[uri] = Document(uri, language, 1, Text.of(text))
        self.indexer.changed(uri)

    def close(self, uri: str) -> None:
        del self.open[uri]
        self.indexer.changed(uri)

    async def settled(self) -> None:
        await until(lambda: not self.indexer._is_wanted.is_set())

    def where(self, name: str, root: str = ROOT) -> list[str]:
        return sorted(self.index.paths_defining(name, root))


@contextlib.asynccontextmanager
async def running(session: Session, *roots: str) -> AsyncIterator[Session]:
    session.indexer.set_roots(roots or (ROOT,))
    task = asyncio.create_task(session.indexer.run())
    try:
        yield session
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def disk(**names: str) -> FakeDisk:
    """A root with files that each define a function."""
    return FakeDisk({f"{ROOT}/{file}.py": f"def {name}():\n    pass\n" for file, name in names.items()})


async def test_what_the_disk_has_is_indexed() -> None:
    async with running(Session(disk(a="one", b="two"))) as session:
        await session.settled()
        assert session.where("one") == ["a.py"]
        assert session.where("two") == ["b.py"]
        assert "2 files indexed, 0.0 MB of 10 at most" in session.indexer.finding().detail


async def test_nothing_is_read_while_the_user_types() -> None:
    session = Session(disk(a="one"))
    session.idle.touch()
    async with running(session):
        for _ in range(50):
            await asyncio.sleep(0)
        assert session.disk.walks == 0
        assert not session.disk.reads


async def test_a_touch_stops_the_work_until_the_next_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexing, "QUIET_S", 0.01)
    session = Session(disk(a="one", b="two", c="three"))
    async with running(session):
        await until(lambda: len(session.disk.reads) == 1)
        session.idle.touch()
        for _ in range(50):
            await asyncio.sleep(0.001)
        assert len(session.disk.reads) <= 2  # one may have been under way
        session.now_s += 1
        await session.settled()
        assert session.index.file_count == 3


async def test_a_save_a_new_file_and_a_deletion_are_followed() -> None:
    async with running(Session(disk(a="one", b="two"))) as session:
        await session.settled()
        session.disk.files[f"{ROOT}/a.py"] = "def other(): pass\n"
        session.disk.files[f"{ROOT}/new.py"] = "def new(): pass\n"
        del session.disk.files[f"{ROOT}/b.py"]
        for name in ("a", "b", "new"):
            session.indexer.changed(f"{ROOT}/{name}.py")
        await session.settled()
        assert (session.where("one"), session.where("other")) == ([], ["a.py"])
        assert (session.where("two"), session.where("new")) == ([], ["new.py"])


async def test_what_is_open_counts_over_the_disk_until_it_is_closed() -> None:
    async with running(Session(disk(a="one"))) as session:
        session.edit(f"{ROOT}/a.py", "def typed(): pass\n")
        await session.settled()
        assert (session.where("one"), session.where("typed")) == ([], ["a.py"])
        session.indexer.look_again()
        await session.settled()
        assert session.where("typed") == ["a.py"]
        session.close(f"{ROOT}/a.py")
        await session.settled()
        assert (session.where("one"), session.where("typed")) == (["a.py"], [])


async def test_an_open_file_that_may_not_be_read_is_not_indexed() -> None:
    session = Session(disk(a="one"))
    session.disk.hidden = {f"{ROOT}/a.py"}
    async with running(session):
        session.edit(f"{ROOT}/a.py", "def typed(): pass\n")
        await session.settled()
        assert session.index.file_count == 0


async def test_an_ignore_file_that_changes_is_obeyed_from_then_on() -> None:
    async with running(Session(disk(a="one", b="two"))) as session:
        await session.settled()
        session.disk.hidden = {f"{ROOT}/b.py"}
        session.indexer.changed(f"{ROOT}/.gitignore")
        await session.settled()
        assert (session.where("one"), session.where("two")) == (["a.py"], [])


async def test_looking_again_reads_what_has_changed_alone() -> None:
    async with running(Session(disk(a="one", b="two"))) as session:
        await session.settled()
        session.disk.reads.clear()
        session.disk.files[f"{ROOT}/b.py"] = "def other(): pass\n"
        session.indexer.look_again()
        await session.settled()
        assert session.disk.reads == [f"{ROOT}/b.py"]
        assert session.where("other") == ["b.py"]


async def test_a_folder_that_goes_takes_its_files_with_it_and_one_that_comes_brings_them() -> None:
    session = Session(FakeDisk({f"{ROOT}/sub/a.py": "def one(): pass\n", f"{ROOT}/subway.py": "def two(): pass\n"}))
    async with running(session):
        await session.settled()
        moved = session.disk.files.pop(f"{ROOT}/sub/a.py")
        session.disk.files[f"{ROOT}/new/a.py"] = moved
        session.disk.folders = {f"{ROOT}/new"}
        session.indexer.changed(f"{ROOT}/sub")
        session.indexer.changed(f"{ROOT}/new")
        await session.settled()
        assert session.where("one") == ["new/a.py"]
        assert session.where("two") == ["subway.py"]


async def test_a_folder_that_is_deleted_takes_its_files_with_it() -> None:
    session = Session(FakeDisk({f"{ROOT}/sub/a.py": "def one(): pass\n", f"{ROOT}/subway.py": "def two(): pass\n"}))
    async with running(session):
        await session.settled()
        del session.disk.files[f"{ROOT}/sub/a.py"]
        session.indexer.changed(f"{ROOT}/sub")
        await session.settled()
        assert (session.where("one"), session.where("two")) == ([], ["subway.py"])


async def test_workspace_folders_come_and_go_and_do_not_mix() -> None:
    session = Session(disk(a="one"))
    session.disk.files[f"{OTHER}/b.py"] = "def two(): pass\n"
    async with running(session, ROOT, OTHER):
        await session.settled()
        assert (session.where("two"), session.where("two", OTHER)) == ([], ["b.py"])
        session.indexer.set_roots([OTHER])
        await session.settled()
        assert session.index.file_count == 1
        session.indexer.changed(f"{ROOT}/a.py")
        await session.settled()
        assert (session.where("one"), session.where("two", OTHER)) == ([], ["b.py"])


async def test_switched_off_it_holds_nothing_and_reads_nothing() -> None:
    async with running(Session(disk(a="one"))) as session:
        await session.settled()
        session.indexer.switch(is_on=False)
        session.disk.reads.clear()
        session.indexer.changed(f"{ROOT}/a.py")
        await session.settled()
        assert session.index.file_count == 0
        assert not session.disk.reads
        assert "workspace.index" in session.indexer.finding().detail
        session.indexer.switch(is_on=True)
        await session.settled()
        assert session.where("one") == ["a.py"]


async def test_a_file_that_fails_is_no_end(caplog: pytest.LogCaptureFixture) -> None:
    session = Session(disk(a="one", b="two"))
    session.disk.broken = f"{ROOT}/a.py"
    async with running(session):
        await session.settled()
        assert session.where("two") == ["b.py"]
    assert "could not be indexed" in caplog.text


async def test_a_folder_that_is_no_project_is_told_without_its_name(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", logger="mistral_lsp")
    session = Session(disk(a="one"))
    session.disk.is_home = True
    async with running(session):
        await session.settled()
    assert "large, or no project" in caplog.text
    assert "/p" not in caplog.text


async def test_a_full_index_is_told_and_makes_room_for_what_is_open() -> None:
    many = {f"{ROOT}/f{n}.py": f"def function_{n}(argument): pass\n" for n in range(40)}
    async with running(Session(FakeDisk(many), max_bytes=8_000)) as session:
        await session.settled()
        assert 0 < session.index.file_count < 40
        assert "memory for them is used up" in session.indexer.finding().detail
        session.edit(f"{ROOT}/mine.py", "def mine(): pass\n")
        await session.settled()
        assert session.where("mine") == ["mine.py"]


@pytest.mark.parametrize("uri", ["untitled:a.py", f"{OTHER}/a.py", "vscode-notebook-cell:/p/a.ipynb#W0", "", ROOT])
async def test_what_is_in_no_folder_is_no_work(uri: str) -> None:
    async with running(Session(disk())) as session:
        await session.settled()
        session.edit(uri, "def one(): pass\n")
        assert session.indexer.left == 0


async def test_text_without_code_takes_no_place() -> None:
    session = Session(
        FakeDisk({f"{ROOT}/a.md": "# Title\n", f"{ROOT}/b.txt": "def no(): pass\n", f"{ROOT}/c.py": "1\n"})
    )
    async with running(session):
        session.edit(f"{ROOT}/b.txt", "def no(): pass\n", language="plaintext")
        await session.settled()
        assert session.index.file_count == 0
