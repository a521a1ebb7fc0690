"""Calling: pygls' four kinds of handler, with one kind of outcome: a value, or an awaitable of it.

Stock pygls ties the steps of a built-in together with futures, so that a cancel reaches the outermost alone: a
cancelled `workspace/executeCommand` runs on. Here the steps are one coroutine, and its task cancels all of it.
"""

from __future__ import annotations

import asyncio
import inspect
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

from pygls.constants import ATTR_EXECUTE_IN_THREAD

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator
    from concurrent.futures import Executor

    Steps = Generator[Any, Any, Any]


def call(threads: Callable[[], Executor], handler: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call a coroutine function, a `@server.thread()` function, a built-in (a generator) or a plain function."""
    if getattr(handler, ATTR_EXECUTE_IN_THREAD, False):
        return asyncio.get_running_loop().run_in_executor(threads(), partial(handler, *args, **kwargs))
    if _is_built_in(handler):
        return _advance(threads, handler(*args, **kwargs), None)
    return handler(*args, **kwargs)


_is_built_in = lru_cache(maxsize=128)(inspect.isgeneratorfunction)  # a session has some fifty handlers


def _advance(threads: Callable[[], Executor], steps: Steps, value: Any) -> Any:
    """Run a built-in, which yields the user's handlers, to its end or to the first that must be awaited."""
    while True:
        try:
            handler, args, kwargs = steps.send(value)
        except StopIteration as end:
            return end.value
        value = call(threads, handler, *args, **(kwargs or {}))
        if inspect.isawaitable(value):
            return _advance_later(threads, steps, value)


async def _advance_later(threads: Callable[[], Executor], steps: Steps, pending: Awaitable[Any]) -> Any:
    outcome = _advance(threads, steps, await pending)
    return await outcome if inspect.isawaitable(outcome) else outcome
