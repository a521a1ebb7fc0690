"""Newer work ends older work with the same key."""

from __future__ import annotations

import asyncio

import pytest

from mistral_lsp.features.latest import Latest, Superseded


async def forever(ended: list[str]) -> str:
    try:
        await asyncio.Event().wait()
    finally:
        ended.append("ended")
    return "never"


async def soon(value: str) -> str:
    await asyncio.sleep(0)
    return value


async def test_work_returns_what_it_makes() -> None:
    assert await Latest().run("a", soon("x")) == "x"


async def test_older_work_with_the_same_key_is_superseded_at_once() -> None:
    latest, ended = Latest(), list[str]()
    older = asyncio.ensure_future(latest.run("a", forever(ended)))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert await latest.run("a", soon("newer")) == "newer"
    with pytest.raises(Superseded):
        await older
    assert ended == ["ended"]


async def test_other_keys_go_on() -> None:
    latest, ended = Latest(), list[str]()
    other = asyncio.ensure_future(latest.run("b", forever(ended)))
    await asyncio.sleep(0)
    await latest.run("a", soon("x"))
    assert not other.done()
    latest.end_all()
    with pytest.raises(Superseded):
        await other


async def test_a_cancelled_caller_stays_cancelled_and_its_work_ends() -> None:
    latest, ended = Latest(), list[str]()
    caller = asyncio.ensure_future(latest.run("a", forever(ended)))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    assert ended == ["ended"]


async def test_ended_work_leaves_nothing_behind() -> None:
    latest = Latest()
    await latest.run("a", soon("x"))
    assert not latest._running


async def test_a_fault_in_the_work_reaches_the_caller() -> None:
    async def fault() -> None:
        raise ValueError("odd")

    with pytest.raises(ValueError, match="odd"):
        await Latest().run("a", fault())
