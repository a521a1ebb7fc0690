"""A model without a network: it says what the test tells it, and remembers what it was asked."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mistral_lsp.model.base import ModelInfo, Usage

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Sequence

    from mistral_lsp.core.prompt import Prompt

INFO = ModelInfo("fake", "mistralai/Mistral-7B-Instruct-v0.3", "1.0", 4096)


@dataclass
class FakeModel:
    """A `Model`. A reply that is a string comes character by character; a list of strings comes as it is."""

    reply: str | Sequence[str] = ""
    error: Exception | None = None  # raised where the reply ends, so before anything where it is empty
    delay: float = 0.0  # seconds before each chunk; set `gate` to hold a stream without a clock
    gate: asyncio.Event | None = None  # nothing comes before it is set
    info: ModelInfo | Exception = INFO  # what `describe` gives or raises
    usage: Usage | None = None  # told where the reply ends
    over: asyncio.Event | None = None  # the response goes on until it is set, though the usage was told

    prompts: list[Prompt] = field(default_factory=list, init=False)  # each that was streamed, in order
    sent: list[str] = field(default_factory=list, init=False)  # each chunk that was taken from a stream
    described: int = field(default=0, init=False)
    warmed_up: int = field(default=0, init=False)
    connected: int = field(default=0, init=False)  # how often a connection was wished for
    hung_up: int = field(default=0, init=False)  # streams left before their end: the GPU would be free
    finished: int = field(default=0, init=False)  # streams read to their end, or to their error
    closed: bool = field(default=False, init=False)
    waiting: asyncio.Event = field(default_factory=asyncio.Event, init=False)  # set once a stream has begun

    @property
    def open_streams(self) -> int:
        """Streams that nobody has finished or closed: 0 when a test is over."""
        return len(self.prompts) - self.hung_up - self.finished

    async def stream(
        self, prompt: Prompt, on_usage: Callable[[Usage], None] | None = None
    ) -> AsyncGenerator[str, None]:
        """Yield the reply, then raise the error if there is one."""
        self.prompts.append(prompt)
        self.waiting.set()
        try:
            if self.gate is not None:
                await self.gate.wait()
            for chunk in self.reply:
                await asyncio.sleep(self.delay)
                self.sent.append(chunk)
                yield chunk
            if on_usage is not None and self.usage is not None:
                on_usage(self.usage)
            if self.over is not None:
                await self.over.wait()
        except (GeneratorExit, asyncio.CancelledError):
            self.hung_up += 1
            raise
        self.finished += 1
        if self.error is not None:
            raise self.error

    async def warm_up(self) -> None:
        """Note it."""
        self.warmed_up += 1

    def connect(self) -> None:
        """Note it."""
        self.connected += 1

    async def describe(self) -> ModelInfo:
        """What `info` says."""
        self.described += 1
        await asyncio.sleep(0)
        if isinstance(self.info, Exception):
            raise self.info
        return self.info

    async def close(self) -> None:
        """Note it."""
        self.closed = True
