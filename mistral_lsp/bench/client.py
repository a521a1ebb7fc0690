"""Client: one JSON-RPC session with a server process, and the promises that it is held to."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self, cast

from mistral_lsp.bench.spawn import inherited, spawned

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence

    from mistral_lsp.bench.spawn import Spawn

# A client of today that asks for ghost text. Tests pass what real editors were seen to send.
CAPABILITIES: dict[str, Any] = {
    "general": {"positionEncodings": ["utf-16"]},
    "textDocument": {"synchronization": {"didSave": True}, "inlineCompletion": {}},
    "window": {"workDoneProgress": True},
    "workspace": {"configuration": True, "workspaceFolders": True},
}
METHOD_NOT_FOUND = -32601
PATIENCE_S = 60.0  # the longest wait for an answer: the embedded model's first one on a busy machine
EXIT_S = 5.0  # the longest wait for a server that was told to leave
_CHUNK_BYTES = 2**16
_TAIL_LINES = 20  # of stderr, in a failure's message

# What the server may ask of every editor, and gets a plain "done" for.
_GRANTED = frozenset(
    {
        "client/registerCapability",
        "client/unregisterCapability",
        "window/workDoneProgress/create",
        "workspace/workspaceFolders",
    }
)


class Unclean(AssertionError):  # noqa: N818 - a finding about the server, not a fault of this client
    """The server broke a promise that every server makes."""


class Refusal(Exception):  # noqa: N818 - the server said no
    """A request was answered with an error."""

    def __init__(self, error: Mapping[str, Any]) -> None:
        """Take the error object of the response."""
        super().__init__(f"{error.get('code')}: {error.get('message')}")
        self.code = error.get("code")
        self.data = error.get("data")


@dataclass(frozen=True, slots=True)
class Pending:
    """A request that was sent; await `answer` for its result."""

    id: int
    method: str
    answer: asyncio.Future[Any]


class Client:
    """Notifications are sent at once, in order; requests are awaited. `start` makes one."""

    name = "mistral-lsp bench"  # what it calls itself

    def __init__(self, process: Process, settings: Mapping[str, Any]) -> None:
        """Take a server that was started with all three pipes."""
        self.process = process
        self.settings = settings  # what workspace/configuration is answered from
        self.choice: str | None = None  # the button pressed in answer to window/showMessageRequest
        self.server: dict[str, Any] = {}  # the result of initialize
        self.notifications: list[tuple[str, Any]] = []
        self.asked: list[tuple[str, Any]] = []  # requests that the server sent
        self.faults: list[str] = []
        self._log: list[str] = []
        self._pending: dict[int, Pending] = {}
        self._ids = itertools.count(1)
        self._waiting: list[tuple[Callable[[str, Any], bool], asyncio.Future[Any]]] = []
        self._stdin = cast("asyncio.StreamWriter", process.stdin)
        self._readers = [asyncio.create_task(self._read()), asyncio.create_task(self._read_stderr())]
        self._exit = asyncio.create_task(process.wait())  # ends when the pipes are closed too

    @classmethod
    @contextlib.asynccontextmanager
    async def start(
        cls,
        command: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        capabilities: Mapping[str, Any] | None = None,
        options: Mapping[str, Any] | None = None,
        settings: Mapping[str, Any] | None = None,
        spawn: Spawn = spawned,
    ) -> AsyncIterator[Self]:
        """Start a server and initialize it; on the way out, shut it down and raise Unclean if it misbehaved.

        The server gets this process's environment without the user's own MISTRAL_LSP_*, and `env`.
        """
        client = cls(await spawn(command, inherited() | dict(env or {})), settings or {})
        try:
            await client._initialize(CAPABILITIES if capabilities is None else capabilities, options)
            yield client
            await client.shutdown()
            client.check()
        except Exception as error:
            error.add_note(client._tail())
            raise
        finally:
            await client._end()

    @property
    def pid(self) -> int:
        """The server's, for /proc."""
        return self.process.pid

    @property
    def stderr(self) -> str:
        """The server's log so far."""
        return "".join(self._log)

    async def request(self, method: str, params: Any = None, *, timeout_s: float = PATIENCE_S) -> Any:
        """Send a request and wait for its result; raises Refusal, TimeoutError, or ConnectionError."""
        async with asyncio.timeout(timeout_s):
            return await self.ask(method, params).answer

    def ask(self, method: str, params: Any = None) -> Pending:
        """Send a request without waiting."""
        pending = Pending(next(self._ids), method, asyncio.get_running_loop().create_future())
        self._pending[pending.id] = pending
        if self._readers[0].done():
            self._fail(pending.answer)
        self._send({"id": pending.id, "method": method} | ({} if params is None else {"params": params}))
        return pending

    def cancel(self, request_id: int) -> None:
        """Tell the server that an answer isn't wanted any more; it still has to give one."""
        self.notify("$/cancelRequest", {"id": request_id})

    def notify(self, method: str, params: Any = None) -> None:
        """Send a notification."""
        self._send({"method": method} | ({} if params is None else {"params": params}))

    async def notified(
        self, method: str, where: Callable[[Any], bool] = lambda _: True, *, timeout_s: float = PATIENCE_S
    ) -> Any:
        """The params of the first such notification, be it of the past or yet to come."""

        def is_it(got: str, params: Any) -> bool:
            return got == method and where(params)

        for got, params in self.notifications:
            if is_it(got, params):
                return params
        future = asyncio.get_running_loop().create_future()
        self._waiting.append((is_it, future))
        async with asyncio.timeout(timeout_s):
            return await future

    async def settle(self) -> None:
        """Wait until the server has worked off all that was sent before."""
        with contextlib.suppress(Refusal):
            await self.request("mistralLsp/bench/settle")  # nobody knows it; the refusal comes in its turn

    async def shutdown(self) -> int:
        """Send shutdown and exit, and wait until the process has left; its exit status."""
        if self.process.returncode is None:
            with contextlib.suppress(ConnectionError, TimeoutError):
                await self.request("shutdown", timeout_s=EXIT_S)
            self.notify("exit")
        await asyncio.wait([self._exit, *self._readers], timeout=EXIT_S)
        if self.process.returncode is None:
            raise Unclean(f"the server is still there {EXIT_S:g} s after exit")
        if not all(reader.done() for reader in self._readers):
            self.faults.append("something that the server started outlives it and holds its pipes")
        return self.process.returncode

    def check(self) -> None:
        """Raise Unclean where the server broke a promise."""
        faults = [*self.faults, *(f"request {p.id}, {p.method}, has no answer" for p in self._pending.values())]
        if self.process.returncode:
            faults.append(f"the server left with status {self.process.returncode}")
        if "Traceback (most recent call last)" in self.stderr:
            faults.append("there is a traceback on stderr")
        if faults:
            raise Unclean("; ".join(faults))

    async def _initialize(self, capabilities: Mapping[str, Any], options: Mapping[str, Any] | None) -> None:
        params: dict[str, Any] = {
            "processId": os.getpid(),
            "clientInfo": {"name": self.name},
            "rootUri": None,
            "capabilities": capabilities,
        } | ({} if options is None else {"initializationOptions": options})
        self.server = await self.request("initialize", params)
        self.notify("initialized", {})

    def _send(self, message: dict[str, Any]) -> None:
        # A lone surrogate can't be encoded; as \udc00 it is what JSON writes for it anyway.
        body = json.dumps({"jsonrpc": "2.0"} | message, ensure_ascii=False).encode(errors="backslashreplace")
        self._stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))

    async def _read(self) -> None:
        stdout = cast("asyncio.StreamReader", self.process.stdout)
        try:
            while (message := await read_message(stdout)) is not None:
                self._received(message)
        except (ValueError, asyncio.IncompleteReadError) as error:
            self.faults.append(f"the server's output is no LSP: {error}")
        for future in [*(pending.answer for pending in self._pending.values()), *(w[1] for w in self._waiting)]:
            self._fail(future)

    def _fail(self, future: asyncio.Future[Any]) -> None:
        if not future.done():
            future.set_exception(ConnectionError("; ".join(self.faults) or "the server has gone"))
            future.exception()  # seen: nobody may be waiting for it

    async def _read_stderr(self) -> None:
        stderr = cast("asyncio.StreamReader", self.process.stderr)
        while block := await stderr.read(_CHUNK_BYTES):
            self._log.append(block.decode(errors="replace"))

    def _received(self, message: dict[str, Any]) -> None:
        method, params = message.get("method"), message.get("params")
        if method is None:
            self._answered(message)
        elif "id" in message:
            self.asked.append((method, params))
            self._send({"id": message["id"]} | self._reply(method, params))
        else:
            self.notifications.append((method, params))
            for waiting in [waiting for waiting in self._waiting if waiting[0](method, params)]:
                self._waiting.remove(waiting)
                if not waiting[1].done():
                    waiting[1].set_result(params)

    def _answered(self, message: dict[str, Any]) -> None:
        pending = self._pending.pop(message.get("id", 0), None)
        if pending is None:
            self.faults.append(f"an answer that nobody waits for: {str(message)[:200]}")
        elif not pending.answer.done() and "error" in message:
            pending.answer.set_exception(Refusal(message["error"]))
            pending.answer.exception()  # seen: after a cancel nobody waits for it
        elif not pending.answer.done():
            pending.answer.set_result(message.get("result"))

    def _reply(self, method: str, params: Any) -> dict[str, Any]:
        if method in _GRANTED:
            return {"result": None}
        if method == "workspace/configuration":
            return {"result": [_section(self.settings, item.get("section")) for item in params["items"]]}
        if method == "window/showMessageRequest":
            buttons = params.get("actions") or []
            return {"result": next((button for button in buttons if button["title"] == self.choice), None)}
        if method == "workspace/applyEdit":
            return {"result": {"applied": False, "failureReason": "this client edits by hand"}}
        return {"error": {"code": METHOD_NOT_FOUND, "message": f"no such method: {method}"}}

    def _tail(self) -> str:
        return "\n".join(["The server's log ends with:", *self.stderr.splitlines()[-_TAIL_LINES:]])

    async def _end(self) -> None:
        """Leave nothing behind, whatever happened: the whole process group of the session goes."""
        self._stdin.close()
        await asyncio.wait([self._exit], timeout=EXIT_S)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        _, still_open = await asyncio.wait([self._exit, *self._readers], timeout=EXIT_S)
        for task in still_open:
            task.cancel()


async def read_message(stream: asyncio.StreamReader) -> dict[str, Any] | None:
    """The next message, or None at the end; raises ValueError or IncompleteReadError on what is no LSP."""
    length = None
    while (line := await stream.readline()) not in (b"\r\n", b""):
        name, colon, value = line.partition(b":")
        if not colon:
            raise ValueError(f"not a header: {line[:80]!r}")
        if name.lower() == b"content-length":
            length = int(value)
    if not line:
        return None
    if length is None:
        raise ValueError("a header without Content-Length")
    message: dict[str, Any] = json.loads(await stream.readexactly(length))
    return message


def _section(settings: Any, dotted: str | None) -> Any:
    for name in (dotted or "").split(".") if dotted else ():
        settings = settings.get(name) if isinstance(settings, dict) else None
    return settings
