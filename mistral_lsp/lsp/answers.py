"""Answers: the requests that are under way, each of which is answered exactly once."""

from __future__ import annotations

import asyncio
import inspect
import logging
import traceback
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeGuard

from lsprotocol import types
from pygls.exceptions import (
    JsonRpcException,
    JsonRpcInternalError,
    JsonRpcInvalidRequest,
    JsonRpcParseError,
    JsonRpcRequestCancelled,
)

from mistral_lsp.lsp.converter import Json
from mistral_lsp.lsp.framing import encode

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import cattrs

log = logging.getLogger(__name__)

# The client waits for these, and the session hangs on them: cancelling one would save nothing.
_LIFECYCLE = frozenset({types.INITIALIZE, types.SHUTDOWN})


@dataclass(eq=False, slots=True)
class Request:
    """A request that isn't answered yet."""

    id: int | str
    method: str
    params: Any
    work: asyncio.Future[Any] | None = None


class Answers:
    """What is still to be answered, and the one way to answer it. For the event loop's thread."""

    def __init__(self, converter: cattrs.Converter, send: Callable[[bytes], None]) -> None:
        """`send` takes a frame."""
        self._converter = converter
        self._send = send
        self._open: dict[int | str, Request] = {}

    def expect(self, request: Request) -> bool:
        """Take a request on; false where one with its id is under way."""
        if request.id in self._open:
            return False
        self._open[request.id] = request
        return True

    def is_open(self, request: Request) -> bool:
        """Whether it still waits for its answer."""
        return self._open.get(request.id) is request

    def under_way(self) -> list[Request]:
        """All requests without an answer."""
        return list(self._open.values())

    def start(self, request: Request, work: Awaitable[Any]) -> None:
        """Answer with what the work gives, as soon as it does."""
        request.work = asyncio.get_running_loop().create_task(self._answered(request, work))
        request.work.add_done_callback(partial(self._ended, request, work))

    async def _answered(self, request: Request, work: Awaitable[Any]) -> None:
        self.answer(request, await work)  # here: the loop would come to a callback one round later

    def _ended(self, request: Request, work: Awaitable[Any], task: asyncio.Future[Any]) -> None:
        if task.cancelled():
            if inspect.iscoroutine(work):
                work.close()  # it may never have begun
            self.fail(request, JsonRpcRequestCancelled("Request cancelled"))
        elif (error := task.exception()) is not None:
            self.fail(request, error)

    def answer(self, request: Request, result: Any) -> None:
        """Send the result, unless the request has its answer."""
        if not self.is_open(request):
            return
        try:
            said = result.value if type(result) is Json else self._converter.unstructure(result)
            frame = encode({"jsonrpc": "2.0", "id": request.id, "result": said})
        except Exception as error:  # noqa: BLE001 - a result that JSON can't say
            self.fail(request, error)
        else:
            del self._open[request.id]
            self._send(frame)

    def fail(self, request: Request, error: BaseException) -> None:
        """Send an error, unless the request has its answer."""
        if not self.is_open(request):
            return
        if not isinstance(error, JsonRpcException) or error.code == JsonRpcInternalError.CODE:
            log.error("request %s failed: %s", request.method, where(error))
            # Neither the message nor a stack, as stock pygls sends: both may hold paths, code and prompts.
            error = JsonRpcInternalError(f"Internal error in {request.method}; the server's log says where")
        del self._open[request.id]
        self._send_error(request.id, error)

    def cancel(self, request: Request) -> None:
        """Answer at once and stop the work; what that still returns or raises goes nowhere."""
        if request.method in _LIFECYCLE:
            return
        self.fail(request, JsonRpcRequestCancelled("Request cancelled"))
        if request.work is not None:
            request.work.cancel()

    def cancel_id(self, msg_id: object) -> None:
        """Cancel by id: `1` and `"1"` are two."""
        request = self._open.get(msg_id) if is_id(msg_id) else None
        if request is not None:
            self.cancel(request)

    def refuse(self, msg_id: object, why: str) -> None:
        """Tell the client that a message is no JSON-RPC request."""
        log.warning("message refused: %s", why)
        self._send_error(msg_id if is_id(msg_id) else None, JsonRpcInvalidRequest(f"Invalid request: {why}"))

    def refuse_body(self, why: str) -> None:
        """Tell the client that a body is no JSON."""
        log.warning("message refused: %s", why)
        self._send_error(None, JsonRpcParseError(f"Parse error: {why}"))

    def _send_error(self, msg_id: object, error: JsonRpcException) -> None:
        body: dict[str, Any] = {"code": error.code, "message": str(error.message)}
        message = {"jsonrpc": "2.0", "id": msg_id, "error": body}
        try:
            if error.data is not None:
                body["data"] = self._converter.unstructure(error.data)
            frame = encode(message)
        except Exception as fault:  # noqa: BLE001 - a handler's data that JSON can't say: the error counts
            log.error("error data left out: %s", where(fault))  # noqa: TRY400 - where() says why
            body.pop("data", None)
            frame = encode(message)
        self._send(frame)


def is_id(value: object) -> TypeGuard[int | str]:
    """JSON-RPC ids are integers and strings; Python's bool is an int too."""
    return type(value) in (int, str)


def where(error: BaseException) -> str:
    """An error's type and where it arose: without its message, which may hold the user's text."""
    frames = traceback.extract_tb(error.__traceback__)[-4:]
    path = " > ".join(f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames)
    return f"{type(error).__name__} at {path}" if path else type(error).__name__
