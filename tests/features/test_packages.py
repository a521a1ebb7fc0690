"""What is known of packages follows the folders, in the user's pauses."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from support.waiting import until

from mistral_lsp.core.packages import NOTHING_KNOWN, KnownPackages
from mistral_lsp.features import packages
from mistral_lsp.features.idle import Idle
from mistral_lsp.features.packages import Packages

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ROOT, OTHER = "file:///p", "file:///q"


@dataclass
class Disk:
    looked: list[str] = field(default_factory=list)
    broken: str = ""

    def packages(self, root: str) -> KnownPackages:
        self.looked.append(root)
        if root == self.broken:
            raise RuntimeError
        return KnownPackages({"python": frozenset({f"look{len(self.looked)}"})})


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@contextlib.asynccontextmanager
async def running(disk: Disk, clock: Clock) -> AsyncIterator[Packages]:
    made = Packages(disk.packages, Idle(), clock=clock)
    task = asyncio.ensure_future(made.run())
    try:
        yield made
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "QUIET_S", 0.0)


async def test_each_folder_is_looked_through_once() -> None:
    async with running(disk := Disk(), Clock()) as known:
        assert known.of(ROOT) is NOTHING_KNOWN
        known.set_roots([ROOT, OTHER])
        await until(lambda: known.of(OTHER) is not NOTHING_KNOWN)
        assert disk.looked == [ROOT, OTHER]
        known.set_roots([OTHER])
        assert known.of(ROOT) is NOTHING_KNOWN


async def test_a_changed_manifest_is_looked_at_again_and_nothing_else_is() -> None:
    async with running(disk := Disk(), Clock()) as known:
        known.set_roots([ROOT, OTHER])
        await until(lambda: len(disk.looked) == 2)
        known.changed([f"{ROOT}/a.py", "file:///elsewhere/go.mod"])
        known.changed([f"{OTHER}/sub/package.json"])
        await until(lambda: len(disk.looked) == 3)
        assert disk.looked[2] == OTHER


async def test_a_package_that_is_missed_is_looked_for_but_not_at_every_key() -> None:
    async with running(disk := Disk(), clock := Clock()) as known:
        known.set_roots([ROOT, OTHER])
        await until(lambda: known.of(OTHER) is not NOTHING_KNOWN)
        known.missed(ROOT)
        known.missed("file:///elsewhere")
        known.changed([f"{OTHER}/go.mod"])
        await until(lambda: len(disk.looked) == 3)
        assert disk.looked[2] == OTHER
        clock.now = packages.REST_S
        known.missed(ROOT)
        await until(lambda: len(disk.looked) == 4)
        assert disk.looked[3] == ROOT


async def test_switched_off_nothing_is_looked_at_or_known() -> None:
    async with running(disk := Disk(), Clock()) as known:
        known.set_roots([ROOT])
        await until(lambda: known.of(ROOT) is not NOTHING_KNOWN)
        known.switch(is_on=False)
        known.changed([f"{ROOT}/go.mod"])
        assert known.of(ROOT) is NOTHING_KNOWN
        known.switch(is_on=True)
        await until(lambda: known.of(ROOT) is not NOTHING_KNOWN)
        assert len(disk.looked) == 2


async def test_one_odd_folder_does_not_end_the_work() -> None:
    async with running(Disk(broken=ROOT), Clock()) as known:
        known.set_roots([ROOT, OTHER])
        await until(lambda: known.of(OTHER) is not NOTHING_KNOWN)
