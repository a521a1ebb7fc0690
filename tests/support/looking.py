"""Looking again and again at a screen, until it shows what it should."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, TypeVar

from playwright.async_api import Error

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

PATIENCE_S = 30.0  # on a busy machine
LOOK_EVERY_S = 0.05

Seen = TypeVar("Seen")


async def until(
    look: Callable[[], Awaitable[Seen]],
    what: str,
    *,
    is_it: Callable[[Seen], bool] = bool,
    within_s: float = PATIENCE_S,
) -> Seen:
    """What was seen once it is what was looked for. Raises AssertionError with what was seen last."""
    seen: Seen | None = None
    try:
        async with asyncio.timeout(within_s):
            while True:
                with contextlib.suppress(Error):  # what was looked at was drawn anew meanwhile
                    seen = await look()
                    if is_it(seen):
                        return seen
                await asyncio.sleep(LOOK_EVERY_S)
    except TimeoutError:
        raise AssertionError(f"waited {within_s:.0f} s in vain for: {what}; last seen: {seen!r}") from None
