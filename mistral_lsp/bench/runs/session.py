"""Session: one endpoint's cases worked off, a few at a time; what is finished is kept whatever happens then."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from mistral_lsp import terminal
from mistral_lsp.bench.runs.words import told
from mistral_lsp.model.base import ModelError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from mistral_lsp.bench.runs.kept import Kept
    from mistral_lsp.bench.runs.targets import Target
    from mistral_lsp.model.base import Model, ModelInfo
    from mistral_lsp.settings import Endpoint

log = logging.getLogger(__name__)

DEAD_AFTER = 3  # failures one after the other: nobody is there
FAILED = "failed"  # the key of a result that is none
_Case = TypeVar("_Case")


class Ended(Exception):  # noqa: N818 - not a failure of one case
    """What all cases need is gone; its words say what, and why."""


@dataclass(slots=True)
class Session:
    """One endpoint that is being measured."""

    target: Target
    model: Model
    info: ModelInfo
    endpoint: Endpoint
    kept: Kept
    seed: int
    at_a_time: int = 1
    broke: str = ""  # why no more is asked
    cases: list[dict[str, Any]] = field(default_factory=list)

    async def work(
        self,
        lane: str,
        cases: Mapping[str, _Case],
        do: Callable[[_Case], Awaitable[dict[str, Any]]],
        *,
        dead_after: int = DEAD_AFTER,
    ) -> dict[str, dict[str, Any]]:
        """The result of each case by its name, in their order; those that were never begun are missing.

        A case at which the model fails has a result with FAILED; it is asked again the next time. After so many
        failures in a row no more is asked.
        """
        found: dict[str, dict[str, Any]] = {}
        todo = []
        for name in cases:
            if (known := self.kept.get(self._place(lane), name)) is not None:
                found[name] = known
            else:
                todo.append(name)
        if todo and not self.broke:
            try:
                await self._find(lane, todo, cases, do, found, dead_after)
            except* Ended as ended:
                self.broke = f"{lane}: {ended.exceptions[0]}"
        ordered = {name: found[name] for name in cases if name in found}
        self.cases += [{"lane": lane, "case": name, **result} for name, result in ordered.items()]
        return ordered

    async def _find(
        self,
        lane: str,
        todo: list[str],
        cases: Mapping[str, _Case],
        do: Callable[[_Case], Awaitable[dict[str, Any]]],
        found: dict[str, dict[str, Any]],
        dead_after: int,
    ) -> None:
        waiting, failures, done = iter(todo), 0, len(found)

        async def work() -> None:
            nonlocal failures, done
            for name in waiting:
                if self.broke:
                    return
                try:
                    found[name] = await do(cases[name])
                except (ModelError, TimeoutError) as error:
                    failures += 1
                    found[name] = {FAILED: type(error).__name__}
                    if failures >= dead_after:
                        self.broke = _broke(error, dead_after, f"{done} of {len(cases)}", lane)
                else:
                    failures = 0
                    self.kept.put(self._place(lane), name, found[name])
                done += 1
                bar.update(done, len(cases))

        with terminal.Steps(lane) as bar:
            bar.update(done, len(cases))
            async with asyncio.TaskGroup() as group:
                for _ in range(min(self.at_a_time, len(todo))):
                    group.create_task(work())

    def _place(self, lane: str) -> str:
        """What a result belongs to besides its case."""
        target = self.target
        return "\0".join((target.where, repr(target.endpoint), self.info.name, str(self.info.version), lane))


def _broke(error: Exception, times: int, done: str, lane: str) -> str:
    said = told(error) if isinstance(error, ModelError) else "it doesn't answer."
    failed = f"{times} requests failed one after the other" if times > 1 else "a request failed"
    return f"{lane}: {failed}, after {done}: {said}"
