"""Deployment: what `deploy` promises, seen from outside: the key, the routes, the stream, the hang-up.

Nothing that is asked changes anything: paths that nobody needs are only read, never posted to, since the one that is
asked may be an engine without its proxy, and an engine's /pause does what it says.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any, Protocol

from mistral_lsp.features.report import Finding
from mistral_lsp.model.base import ModelError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping

    Body = Mapping[str, Any] | None

UNAUTHORISED, NOT_FOUND = 401, 404
STREAM_TOKENS = 64
LONG_LINES = 60  # of a prompt that takes an engine a while: about 1,200 tokens
HANG_UPS = 4  # where the engine doesn't say how many requests it works on at a time
LEFT_AFTER_S = 0.15  # so soon a client is gone again
TOO_QUICK_S = 0.4  # of all those prompts together: nothing can be told from that
FREED, BUSY = 0.4, 0.7  # of the time that they would all have taken
ADVICE_PROXY = (
    "Whoever reaches it there gets round the proxy that `mistral-lsp deploy` writes: publish the proxy's port alone."
)


class Asker(Protocol):
    """Somebody at the door; see model/door.py."""

    async def status(self, path: str, body: Body = None) -> int:
        """GET, or POST with a body. Raises ModelError."""
        ...

    async def page(self, path: str) -> Any:
        """GET what is JSON. Raises ModelError."""
        ...

    def events(self, path: str, body: Mapping[str, Any]) -> AsyncGenerator[list[str], None]:
        """The events of an answer, as they come. Raises ModelError."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Callers:
    """With the key, without, and with another one."""

    right: Asker
    none: Asker
    wrong: Asker


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """What holds for an engine behind the proxy."""

    engine: str  # its title
    get: tuple[str, ...]
    posts: Mapping[str, Mapping[str, Any]]  # a body for each
    closed: tuple[str, ...]
    completion: str  # of `posts`, the one that streams
    prompt: str  # of its body, the key of the prompt
    limit: tuple[str, ...]  # ... the keys of the tokens' number
    leaves_prompts: bool  # half read, when nobody waits for them any more; others may finish several in one step

    def body(self, text: str, tokens: int) -> dict[str, Any]:
        """A completion's."""
        body = {**self.posts[self.completion], self.prompt: text}
        *outer, last = self.limit
        for key in outer:
            body[key] = {**body.get(key, {}), last: tokens}
        return body if outer else {**body, last: tokens}


async def examine(callers: Callers, promise: Promise) -> AsyncIterator[Finding]:
    """Each finding as soon as it is known."""
    try:
        status = await callers.right.status(promise.get[0])
    except ModelError as error:
        yield Finding("Reach", ok=False, detail=str(error), cure=error.advice)
        return
    yield Finding("Reach", ok=True, detail=f"it answers (HTTP {status} to GET {promise.get[0]})")
    yield await _locked("No key", callers.none, promise)
    yield await _locked("Wrong key", callers.wrong, promise)
    yield await _open_routes(callers.right, promise)
    yield await _closed_paths(callers.right, promise)
    yield await _streams(callers.right, promise)
    yield await _hangs_up(callers.right, promise)


async def _locked(title: str, caller: Asker, promise: Promise) -> Finding:
    """Every path says 401, one that nobody needs as well."""
    posts: Iterable[tuple[str, Body]] = promise.posts.items()
    paths = [*((path, None) for path in (*promise.get, *promise.closed)), *posts]
    wrong = [told for path, body in paths if (told := await _other(caller, path, body, {UNAUTHORISED}))]
    if not wrong:
        return Finding(title, ok=True, detail=f"401 to each of {len(paths)} paths")
    return Finding(title, ok=False, detail="not 401:\n" + "\n".join(wrong), cure=ADVICE_PROXY)


async def _open_routes(caller: Asker, promise: Promise) -> Finding:
    """What an editor needs comes through; what the engine then makes of it is its own."""
    posts: Iterable[tuple[str, Body]] = promise.posts.items()
    paths = [*((path, None) for path in promise.get), *posts]
    wrong = [told for path, body in paths if (told := await _lost(caller, path, body))]
    if not wrong:
        return Finding(
            "Routes", ok=True, detail=f"what an editor needs of {promise.engine} comes through: {len(paths)}"
        )
    cure = (
        f"401: the key isn't that of the deployment. 404: another engine than {promise.engine} was deployed; say which "
        "with --engine. 502 to 504: the engine isn't ready or died, see its log."
    )
    return Finding("Routes", ok=False, detail="they don't come through:\n" + "\n".join(wrong), cure=cure)


async def _closed_paths(caller: Asker, promise: Promise) -> Finding:
    wrong = [told for path in promise.closed if (told := await _other(caller, path, None, {NOT_FOUND}))]
    if not wrong:
        return Finding("Other paths", ok=True, detail=f"404 to each of {len(promise.closed)} that nobody needs")
    return Finding("Other paths", ok=False, detail="not 404:\n" + "\n".join(wrong), cure=ADVICE_PROXY)


async def _streams(caller: Asker, promise: Promise) -> Finding:
    """Tokens come while they are written, not all of them at the end."""
    began_s, times_s, events = time.perf_counter(), list[float](), 0
    try:
        async with contextlib.aclosing(
            caller.events(promise.completion, promise.body("Once upon a time there was", STREAM_TOKENS))
        ) as stream:
            async for together in stream:
                times_s.append(time.perf_counter() - began_s)
                events += len(together)
    except (ModelError, TimeoutError) as error:
        return _failed("Stream", error)
    if not times_s:
        return Finding("Stream", ok=False, detail="no event came", cure="See to the engine's log.")
    told = f"{events} events in {len(times_s)} parts, from {times_s[0] * 1000:.0f} to {times_s[-1] * 1000:.0f} ms"
    if len(times_s) > 2:
        return Finding("Stream", ok=True, detail=told)
    if times_s[-1] < TOO_QUICK_S or events < HANG_UPS:
        return Finding("Stream", ok=None, detail=f"{told}: too quick, or too short, to tell whether it is held back")
    cure = (
        "Something holds the answer back until it is whole. Let a proxy of yours not buffer (nginx: proxy_buffering)."
    )
    return Finding("Stream", ok=False, detail=f"all came at once: {told}", cure=cure)


async def _hangs_up(caller: Asker, promise: Promise) -> Finding:
    """Who leaves while the engine reads a long prompt frees it for the next one.

    As many leave as the engine works on at a time, or a few; where they hold it, the next one waits for all of them.
    """
    try:
        slots = await _slots(caller)
        short_s = await _first_event_s(caller, promise, lines=1)
        all_s = slots * await _first_event_s(caller, promise, lines=LONG_LINES)
        if all_s < short_s + TOO_QUICK_S:
            words = f"too quick to tell: {slots} long prompts are read within {all_s * 1000:.0f} ms"
            return Finding("Hang-up", ok=None, detail=words)
        await asyncio.gather(*(_left(caller, promise) for _ in range(slots)))
        waited_s = await _first_event_s(caller, promise, lines=1) - short_s
    except (ModelError, TimeoutError) as error:
        return _failed("Hang-up", error)
    told = (
        f"after {slots} clients that left, the next one waited {max(0.0, waited_s) * 1000:.0f} ms; "
        f"their prompts take {all_s * 1000:.0f} ms"
    )
    if waited_s < FREED * all_s:
        return Finding("Hang-up", ok=True, detail=f"it reaches the engine: {told}")
    if waited_s > BUSY * all_s and promise.leaves_prompts:
        cure = "A proxy between keeps asking for who has left: HAProxy's option abortonclose, as `deploy` writes it."
        return Finding("Hang-up", ok=False, detail=f"the engine works on: {told}", cure=cure)
    words = f"not told apart: {told}. {promise.engine} may read several prompts in one step, and ends that first."
    return Finding("Hang-up", ok=None, detail=words)


async def _slots(caller: Asker) -> int:
    page = await caller.page("/props")  # llama.cpp's
    slots = page.get("total_slots") if isinstance(page, dict) else None
    return min(slots, 4 * HANG_UPS) if type(slots) is int and slots > 0 else HANG_UPS


_NUMBERS = count(time.time_ns())


async def _first_event_s(caller: Asker, promise: Promise, *, lines: int) -> float:
    began_s = time.perf_counter()
    async with contextlib.aclosing(caller.events(promise.completion, promise.body(_unheard(lines), 1))) as stream:
        async for together in stream:
            if any(_has_text(data) for data in together):
                break
    return time.perf_counter() - began_s


def _has_text(data: str) -> bool:
    """Whether it is more than the progress of a prompt that is being read, which llama.cpp tells where it is asked."""
    return "prompt_progress" not in data


async def _left(caller: Asker, promise: Promise) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(LEFT_AFTER_S):
            async with contextlib.aclosing(
                caller.events(promise.completion, promise.body(_unheard(LONG_LINES), 1))
            ) as stream:
                async for _ in stream:
                    break


def _unheard(lines: int) -> str:
    """A prompt that nobody has sent before, so that no cache has it."""
    return f"# {next(_NUMBERS)}\n" + "".join(f"def step_{n}(value):\n    return value + {n}\n" for n in range(lines))


async def _other(caller: Asker, path: str, body: Body, wanted: set[int]) -> str:
    """A path's answer, where it isn't the one that is wanted."""
    try:
        status = await caller.status(path, body)
    except ModelError as error:
        return f"{_named(path, body)}: {error}"
    return "" if status in wanted else f"{_named(path, body)}: {status}"


async def _lost(caller: Asker, path: str, body: Body) -> str:
    try:
        status = await caller.status(path, body)
    except ModelError as error:
        return f"{_named(path, body)}: {error}"
    return f"{_named(path, body)}: {status}" if status in _LOST or status >= 500 else ""


_LOST = {UNAUTHORISED, 403, NOT_FOUND, 405}


def _named(path: str, body: Body) -> str:
    return f"{'GET' if body is None else 'POST'} {path}"


def _failed(title: str, error: Exception) -> Finding:
    cure = error.advice if isinstance(error, ModelError) else "See to the engine's log."
    return Finding(title, ok=False, detail=str(error) or "it doesn't answer in time", cure=cure)
