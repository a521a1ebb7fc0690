"""Whoever types goes first."""

from __future__ import annotations

import asyncio

from mistral_lsp.features.way import Way


async def test_a_free_way_is_no_wait() -> None:
    async with asyncio.timeout(1):
        await Way().free()


async def test_longer_work_waits_until_it_is_free() -> None:
    way, order = Way(), []

    async def work() -> None:
        await way.free()
        order.append("work")

    with way.taken():
        task = asyncio.ensure_future(work())
        for _ in range(10):
            await asyncio.sleep(0)
        order.append("typed")
    await task
    assert order == ["typed", "work"]


async def test_it_does_not_wait_for_ever() -> None:
    way = Way()
    with way.taken():
        async with asyncio.timeout(2):
            await way.free()
