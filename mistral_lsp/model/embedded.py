"""The embedded model: llama.cpp in a process of its own, started when it is first needed and stopped with the server.

Without a file of the user's own it runs a model of 135 million parameters, which is for trying out.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import json
import time
from typing import TYPE_CHECKING, Any

from mistral_lsp.model import engine_process
from mistral_lsp.model import weights as own_weights
from mistral_lsp.model.base import Broken, ModelError, ModelInfo, Refused, TooLong, Unreachable, Usage
from mistral_lsp.model.http import Reply, UnexpectedReply, encodable

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable
    from pathlib import Path

    from mistral_lsp.core.prompt import Prompt
    from mistral_lsp.model.engine_process import Engine

CONTEXT_TOKENS = 4096
FAILED_S = 30.0  # a start that failed isn't tried again at every keystroke


class EmbeddedModel:
    """A Model on this machine."""

    def __init__(
        self,
        weights: Path | None = None,
        *,
        fetch: bool = True,
        on_progress: Callable[[int, int], None] | None = None,
        threads: int | None = None,
    ) -> None:
        """`weights` is a GGUF file; None is the small model, fetched where it is missing and `fetch` allows it.

        `on_progress` hears of bytes there and bytes in all. `threads` None leaves one core to the editor.
        """
        self._weights = weights
        self._may_fetch = fetch
        self._on_progress = on_progress or (lambda _done, _total: None)
        self._threads = threads
        self._engine: Engine | None = None
        self._starting: asyncio.Task[Engine] | None = None
        self._failed: tuple[float, ModelError] | None = None  # when, and why
        self._is_closed = False

    async def warm_up(self) -> None:
        """Pay for the imports. The engine itself starts on the first need: many sessions never ask it."""
        await asyncio.to_thread(importlib.import_module, "mistral_lsp.model.http_errors")

    async def stream(
        self, prompt: Prompt, on_usage: Callable[[Usage], None] | None = None
    ) -> AsyncGenerator[str, None]:
        """Yield the answer's text up to a stop string. The first one starts the engine, and goes on if we leave."""
        engine = await self._running()
        problem: ModelError = Broken("the embedded engine ended within its answer", advice=_ADVICE_AGAIN)
        try:
            async with contextlib.aclosing(engine.http.events("/completion", _body(prompt))) as events:
                async for data in events:
                    event = _event(data)
                    if on_usage is not None and (usage := _usage(event)) is not None:
                        on_usage(usage)
                    if text := event.get("content"):
                        yield text
                    if event.get("stop"):
                        return
        except UnexpectedReply as unexpected:
            problem = _refusal(unexpected.reply)
        except (Broken, Unreachable):
            if not await engine.has_ended():
                raise
        raise problem  # here, so that no context holds the reply

    async def describe(self) -> ModelInfo:
        """Ask the engine, which starts it."""
        engine = await self._running()
        reply = await engine.http.get("/props")
        properties = reply.json
        if not isinstance(properties, dict):
            raise _refusal(reply)
        settings = properties.get("default_generation_settings")
        context_tokens = settings.get("n_ctx") if isinstance(settings, dict) else None
        name = str(properties.get("model_path", "")).replace("\\", "/").rpartition("/")[2].removesuffix(".gguf")
        return ModelInfo("embedded", name, f"xllamacpp {engine.version}", context_tokens)

    async def close(self) -> None:
        """Stop the engine and wait until it is gone."""
        self._is_closed = True
        if (starting := self._starting) is not None:
            starting.cancel()
            await asyncio.wait([starting])
        if self._engine is not None:
            engine, self._engine = self._engine, None
            await engine.stop()

    async def _running(self) -> Engine:
        """The engine. However many wait there is one start, and it goes on when those who wait have left."""
        if self._is_closed:
            raise Unreachable("the embedded engine is stopped", advice="Restart the server.")
        if self._engine is not None and self._engine.is_running:
            return self._engine
        if self._failed is not None and time.monotonic() < self._failed[0] + FAILED_S:
            raise _again(self._failed[1])
        if self._starting is None:
            self._starting = asyncio.ensure_future(self._start())
            self._starting.add_done_callback(self._started)
        return await asyncio.shield(self._starting)

    async def _start(self) -> Engine:
        if self._engine is not None:  # it died
            await self._engine.stop()
        path = self._weights or own_weights.find()
        if path is None and not self._may_fetch:
            raise Unreachable(
                "the embedded model isn't there", advice="Run `mistral-lsp fetch`, which fetches it once."
            )
        path = path or await own_weights.fetch(on_progress=self._on_progress)
        if not await asyncio.to_thread(path.is_file):
            raise Unreachable(f"there is no model in {path}", advice=engine_process.ADVICE_MODEL)
        return await engine_process.start(path, threads=self._threads, context_tokens=CONTEXT_TOKENS)

    def _started(self, starting: asyncio.Task[Engine]) -> None:
        self._starting = None
        if starting.cancelled():
            return
        error = starting.exception()
        self._failed = (time.monotonic(), error) if isinstance(error, ModelError) else None
        self._engine = None if error else starting.result()


def _body(prompt: Prompt) -> bytes:
    body = {
        "prompt": encodable(prompt.text),
        "n_predict": prompt.max_tokens,
        "stop": [encodable(stop) for stop in prompt.stop],
        "temperature": prompt.temperature,
        "cache_prompt": True,
        "stream": True,
        # An event for each batch of the prompt: llama.cpp notices a hang-up only when it writes, and would otherwise
        # read a long prompt to its end for nobody.
        "return_progress": True,
    }
    if prompt.begins_with:
        body["grammar"] = f'root ::= "{_escaped(encodable(prompt.begins_with))}" [^\\x00]*'
    return json.dumps(body).encode()


def _escaped(text: str) -> str:
    """A literal in llama.cpp's grammar notation."""
    return "".join(c if c == " " or (c.isascii() and c.isalnum()) else f"\\U{ord(c):08X}" for c in text)


def _event(data: str) -> dict[str, Any]:
    try:
        event = json.loads(data)
    except ValueError:
        event = None
    if not isinstance(event, dict) or "error" in event:
        raise Broken("the embedded engine failed while it generated", advice=_ADVICE_AGAIN)
    return event


def _usage(event: dict[str, Any]) -> Usage | None:
    """The first event of a prompt's progress counts it, the last one its answer."""
    if isinstance(progress := event.get("prompt_progress"), dict):
        return Usage(progress.get("total"), progress.get("cache"))
    if isinstance(timings := event.get("timings"), dict):
        cached, new = timings.get("cache_n"), timings.get("prompt_n")
        total = cached + new if isinstance(cached, int) and isinstance(new, int) else None
        return Usage(total, cached if isinstance(cached, int) else None, timings.get("predicted_n"))
    return None


def _refusal(reply: Reply) -> ModelError:
    payload = reply.json
    error = payload.get("error") if isinstance(payload, dict) else None
    kind = error.get("type") if isinstance(error, dict) else None
    if isinstance(error, dict) and kind == "exceed_context_size_error":
        return TooLong(
            "the prompt is longer than the embedded model's context",
            advice=_ADVICE_SHORTER,
            limit_tokens=error.get("n_ctx"),
            given_tokens=error.get("n_prompt_tokens"),
        )
    return Refused(f"the embedded engine refused the request (HTTP {reply.status})", advice=_ADVICE_AGAIN)


def _again(error: ModelError) -> ModelError:
    """The same error, without the traceback of its first time."""
    return type(error)(str(error), advice=error.advice)


_ADVICE_AGAIN = "Ask again: the engine is started anew where it has ended."
_ADVICE_SHORTER = "Lower completion.context_tokens."
