"""How a client starts its server."""

from __future__ import annotations

import asyncio
import os
from asyncio.subprocess import PIPE
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asyncio.subprocess import Process

Spawn = Callable[[Sequence[str], Mapping[str, str]], Awaitable["Process"]]  # of a command line and a whole environment


def inherited() -> dict[str, str]:
    """This process's environment, without the user's own MISTRAL_LSP_*."""
    return {name: value for name, value in os.environ.items() if not name.startswith("MISTRAL_LSP_")}


async def spawned(command: Sequence[str], env: Mapping[str, str]) -> Process:
    """A process with three pipes that leads a group of its own."""
    return await asyncio.create_subprocess_exec(
        *command, stdin=PIPE, stdout=PIPE, stderr=PIPE, env=env, start_new_session=True
    )
