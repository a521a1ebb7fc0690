from __future__ import annotations

import asyncio

from mistral_lsp.features.idle import Idle


async def test_quiet_is_counted_from_the_last_touch() -> None:
    now = 100.0
    idle = Idle(clock=lambda: now)
    now = 101.0
    assert idle.quiet_s == 1.0
    idle.touch()
    assert idle.quiet_s == 0.0


async def test_a_pause_that_is_there_already_is_not_waited_for() -> None:
    now = 100.0
    idle = Idle(clock=lambda: now)
    now = 102.0
    async with asyncio.timeout(1):
        await idle.quiet_for(2.0)


async def test_a_touch_while_waiting_begins_the_pause_anew() -> None:
    loop = asyncio.get_running_loop()
    idle = Idle(clock=loop.time)
    loop.call_later(0.01, idle.touch)
    began_s = loop.time()
    await idle.quiet_for(0.02)
    assert loop.time() - began_s >= 0.03 - 0.001  # loops round their clock
