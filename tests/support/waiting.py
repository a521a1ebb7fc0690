"""Waiting for what is about to happen, without a guess at how long that takes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

WITHIN_S = 5.0  # far more than anything takes


async def until(condition: Callable[[], bool], *, within_s: float = WITHIN_S) -> None:
    """Wait until something holds; raise TimeoutError where it never does."""
    async with asyncio.timeout(within_s):
        while not condition():
            await asyncio.sleep(0)
