"""Lanes: the same people type the same functions side by side, each lane with an endpoint or settings of its own.

Time is real: the server's waits and deadlines are part of what is measured. So that a run is short, everybody types at
once, each at a server process and an endpoint of their own.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import tempfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mistral_lsp.bench.measure import server_command
from mistral_lsp.bench.replay.endpoint import Engine, OracleEndpoint
from mistral_lsp.bench.replay.oracle import Oracle
from mistral_lsp.bench.replay.sitting import Record, Sitting
from mistral_lsp.bench.replay.tokens import tokenizer
from mistral_lsp.bench.replay.typist import Typist

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from mistral_lsp.bench.replay.ghost import GhostEditor
    from mistral_lsp.bench.replay.policy import Policy
    from mistral_lsp.bench.replay.tasks import Task

    Done = Callable[["Lane", Task, Record], Awaitable[None]]

TOKEN = "MISTRAL_LSP_TOKEN"  # noqa: S105 - the variable's name


@dataclass(frozen=True, slots=True)
class OwnEndpoint:
    """The user's own, in place of the stand-in."""

    kind: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """One way to type the functions."""

    name: str
    editor: type[GhostEditor]
    policy: Policy
    endpoint: Engine | OwnEndpoint
    skill: float = 0.45
    closes_brackets: bool = False  # as the editor may, when one is opened
    settings: Mapping[str, Any] = field(default_factory=dict)  # initializationOptions


async def run(todo: Mapping[str, Sequence[Task]], lanes: Sequence[Lane], done: Done, *, people: int, seed: int) -> None:
    """Type what is to do in each lane, by its name; the tasks are dealt out to the people in turns."""
    tokenizer()  # loading it would hold up the first requests
    hands = [
        (lane, todo[lane.name][number::people]) for lane in lanes for number in range(min(people, len(todo[lane.name])))
    ]
    start = asyncio.Barrier(max(1, len(hands)))
    with tempfile.TemporaryDirectory() as home:
        async with asyncio.TaskGroup() as group:
            for lane, hand in hands:
                group.create_task(_session(lane, hand, done, seed=seed, home=home, start=start))


async def _session(
    lane: Lane, tasks: Sequence[Task], done: Done, *, seed: int, home: str, start: asyncio.Barrier
) -> None:
    """One person, at one server, types one function after the other."""
    async with contextlib.AsyncExitStack() as stack:
        endpoint: OracleEndpoint | None = None
        where = lane.endpoint
        if isinstance(where, Engine):
            endpoint = await stack.enter_async_context(OracleEndpoint(where))
            where = OwnEndpoint("tgi", endpoint.url)
        editor = await stack.enter_async_context(
            lane.editor.start(server_command(), env=_env(home, where, endpoint), options=lane.settings)
        )
        await start.wait()
        for task in tasks:
            await done(lane, task, await _sit(lane, editor, endpoint, task, seed=seed))


async def _sit(lane: Lane, editor: GhostEditor, endpoint: OracleEndpoint | None, task: Task, *, seed: int) -> Record:
    if endpoint is not None:
        endpoint.answer = Oracle(task.name, task.text, task.start, task.end, lane.skill).tokens
        endpoint.streams = []
    typist = Typist(task.name, seed=seed)
    record = await Sitting(editor, task, typist, lane.policy, closes_brackets=lane.closes_brackets).run()
    record.streams = endpoint.streams if endpoint is not None else None
    return record


def _env(home: str, where: OwnEndpoint, stand_in: OracleEndpoint | None) -> dict[str, str]:
    """The endpoint, with the user's token where it is theirs, and nothing else of their settings."""
    if stand_in is not None:
        more = {"MISTRAL_LSP_ENDPOINT_FAMILY": "mistral-v3"}
    else:
        more = {TOKEN: token} if (token := os.environ.get(TOKEN)) else {}
    return {
        "XDG_CONFIG_HOME": home,
        "MISTRAL_LSP_ENDPOINT_KIND": where.kind,
        "MISTRAL_LSP_ENDPOINT_URL": where.url,
        **more,
    }
