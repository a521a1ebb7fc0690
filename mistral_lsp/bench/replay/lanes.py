"""Lanes: the same people type the same functions side by side, each lane with an endpoint or settings of its own.

Time is real: the server's waits and deadlines are part of what is measured. So that a run is short, everybody types at
once, each at a server process and an endpoint of their own.
"""

from __future__ import annotations

import asyncio
import contextlib
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
    from collections.abc import Mapping, Sequence

    from mistral_lsp.bench.replay.ghost import GhostEditor
    from mistral_lsp.bench.replay.policy import Policy
    from mistral_lsp.bench.replay.tasks import Task


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
    settings: Mapping[str, Any] = field(default_factory=dict)  # initializationOptions


async def run(lanes: Sequence[Lane], tasks: Sequence[Task], *, seed: int) -> list[list[Record]]:
    """The records of each lane, in the order of the tasks."""
    tokenizer()  # loading it would hold up the first requests
    start = asyncio.Barrier(len(lanes) * len(tasks))
    with tempfile.TemporaryDirectory() as home:
        async with asyncio.TaskGroup() as group:
            sittings = [
                [group.create_task(_sit(lane, task, seed=seed, home=home, start=start)) for task in tasks]
                for lane in lanes
            ]
    return [[sitting.result() for sitting in row] for row in sittings]


async def _sit(lane: Lane, task: Task, *, seed: int, home: str, start: asyncio.Barrier) -> Record:
    async with contextlib.AsyncExitStack() as stack:
        endpoint: OracleEndpoint | None = None
        where = lane.endpoint
        if isinstance(where, Engine):
            oracle = Oracle(task.name, task.text, task.start, task.end, lane.skill)
            endpoint = await stack.enter_async_context(OracleEndpoint(oracle.answer, where))
            where = OwnEndpoint("tgi", endpoint.url)
        editor = await stack.enter_async_context(
            lane.editor.start(server_command(), env=_env(home, where, endpoint), options=lane.settings)
        )
        await start.wait()
        record = await Sitting(editor, task, Typist(task.name, seed=seed), lane.policy).run()
        record.streams = endpoint.streams if endpoint is not None else None
        return record


def _env(home: str, where: OwnEndpoint, stand_in: OracleEndpoint | None) -> dict[str, str]:
    """The endpoint, and nothing of the user's own settings."""
    family = {"MISTRAL_LSP_ENDPOINT_FAMILY": "mistral-v3"} if stand_in is not None else {}
    return {
        "XDG_CONFIG_HOME": home,
        "MISTRAL_LSP_ENDPOINT_KIND": where.kind,
        "MISTRAL_LSP_ENDPOINT_URL": where.url,
        **family,
    }
