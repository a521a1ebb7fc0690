"""The wire: pygls' protocol with the way of a message replaced.

pygls keeps the feature decorators, the capabilities and the requests to the client. Stock pygls 2.1.1, in real use,

- loses every message that it can't read (wrong params, an unknown enum value, a key called "jsonrpc" anywhere in it),
  never answers those requests, and shows the user a dialog instead;
- answers before `initialize` with a stack trace, and after `shutdown` not at all;
- starts a request whose cancel stands right behind it in the pipe, and runs a cancelled command to its end;
- keeps a future for each notification for ever, and lets a client's reply set the result of the client's own request;
- raises InvalidStateError when a reply comes for a request whose task was cancelled (pygls #621);
- logs whole messages, and keeps documents in a slow and partly wrong way (see documents.py).

Names of pygls that this overrides: `_send_data`, `_handle_response`, `lsp_initialize`, `lsp_shutdown`, `lsp_exit`,
`lsp_text_document__did_*`, `lsp_notebook_document__did_*`. That it uses: `_request_futures`, `_result_types`,
`_shutdown`, `_ctx_msg_id`, `_converter`, `_server`, `_get_handler`, `fm`, `get_result_type`.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import inspect
import logging
from concurrent.futures import InvalidStateError
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.capabilities import ServerCapabilitiesBuilder
from pygls.exceptions import (
    JsonRpcException,
    JsonRpcInvalidParams,
    JsonRpcInvalidRequest,
    JsonRpcMethodNotFound,
    JsonRpcServerNotInitialized,
)
from pygls.protocol import LanguageServerProtocol, lsp_method

from mistral_lsp.lsp import quick_params
from mistral_lsp.lsp.answers import Answers, Request, where
from mistral_lsp.lsp.calling import call
from mistral_lsp.lsp.converter import forget_unreadable_roots, tolerant_converter
from mistral_lsp.lsp.documents import Documents
from mistral_lsp.lsp.framing import encode
from mistral_lsp.lsp.inbox import HUNG_UP, Inbox

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable
    from concurrent.futures import Executor

    import cattrs
    from pygls.lsp.server import LanguageServer

    Steps = Generator[Any, Any, Any]

__all__ = ["Link", "Protocol", "tolerant_converter", "where"]

log = logging.getLogger(__name__)
logging.getLogger("pygls").setLevel(logging.WARNING)  # below, it logs whole messages: code and prompts

# What a client that reads too slowly may miss.
_DROPPABLE = frozenset({types.WINDOW_LOG_MESSAGE, types.LOG_TRACE, types.PROGRESS, types.TELEMETRY_EVENT})


@dataclass(frozen=True, slots=True)
class Link:
    """What a transport does for the protocol."""

    send: Callable[..., None]  # (frame, *, droppable=False), from any thread, never waits
    leave: Callable[[int], None]  # ends the session with this exit status
    watch: Callable[[int], None]  # leaves when this process ends


def _sync(method: str, apply: str) -> Any:
    """A built-in that keeps our own documents in step instead of pygls' workspace, then calls the user's handler."""

    @lsp_method(method)
    def handle(self: Protocol, params: Any) -> Any:
        getattr(self.documents, apply)(params)
        handler = self.fm.features.get(method)
        return None if handler is None else call(self._threads, handler, params)

    return handle


class Protocol(LanguageServerProtocol):
    """One client's messages, handled in their order, each request answered exactly once."""

    def __init__(self, server: LanguageServer, converter: cattrs.Converter) -> None:
        """For `LanguageServer(protocol_cls=Protocol, converter_factory=tolerant_converter)`."""
        super().__init__(server, converter)
        self.documents = Documents("utf-16")
        self._link: Link | None = None
        self._answers = Answers(converter, self._send)
        self._inbox = Inbox(self._answers, self._handle)
        self._notes: set[asyncio.Future[Any]] = set()  # work that notifications began
        self._is_initialized = False
        self.on_missed: Callable[[str], None] = lambda _: None  # of a request cancelled while it stood in line

    def connect(self, link: Link) -> None:
        """Take the connection."""
        self._link = link

    @property
    def exit_status(self) -> int:
        """0 when the client said `shutdown` before it left, else 1 (LSP, "exit")."""
        return 0 if self._shutdown else 1

    def receive(self, burst: Iterable[object]) -> None:
        """Take decoded messages; called in the event loop."""
        self._inbox.receive(burst)

    def hang_up(self) -> None:
        """Leave once what has come so far is handled: nothing more will come."""
        self._inbox.receive([HUNG_UP])

    async def close(self) -> None:
        """Answer what is open: a `shutdown` under way may end, all other work is cancelled and cleans up."""
        ending = {*self._notes, *(request.work for request in self._answers.under_way() if request.work is not None)}
        for request in self._answers.under_way():
            self._answers.cancel(request)
        for task in self._notes:
            task.cancel()
        if ending:
            await asyncio.wait(ending)

    # --- From a message to its handler ---

    def _handle(self, message: Any) -> bool:
        """Handle one message; true where a task was started."""
        if isinstance(message, Request):
            # Its own context, so that `msg_id` is this request's wherever its handler asks.
            return contextvars.copy_context().run(self._handle_call, message)
        if message is HUNG_UP:
            self._leave()
        elif "method" in message:
            return self._handle_note(message["method"], message.get("params"))
        else:
            self._handle_reply(message)
        return False

    def _handle_call(self, request: Request) -> bool:
        if not self._answers.is_open(request):
            self.on_missed(request.method)
            return False
        self._ctx_msg_id.set(request.id)
        try:
            self._admit(request.method)
            outcome = self._begin(request.method, request.params)
        except Exception as error:  # noqa: BLE001 - whatever a handler raises is its request's answer
            self._answers.fail(request, error)
            return False
        if outcome is None or not inspect.isawaitable(outcome):
            self._answers.answer(request, outcome)
            return False
        self._answers.start(request, outcome)
        return True

    def _handle_note(self, method: str, params: Any) -> bool:
        if method != types.EXIT and (self._shutdown or not self._is_initialized):
            log.debug("notification outside the session ignored")
            return False
        try:
            outcome = self._begin(method, params)
        except JsonRpcMethodNotFound:
            log.debug("unknown notification ignored")
        except Exception as error:  # noqa: BLE001 - there is nobody to tell
            log.error("notification %s failed: %s", method, where(error))  # noqa: TRY400 - where() says why
        else:
            if outcome is not None and inspect.isawaitable(outcome):
                task = asyncio.ensure_future(outcome)
                self._notes.add(task)
                task.add_done_callback(partial(self._finish_note, method))
                return True
        return False

    def _finish_note(self, method: str, task: asyncio.Future[Any]) -> None:
        self._notes.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("notification %s failed: %s", method, where(error))

    def _admit(self, method: str) -> None:
        """Raise where the session's state doesn't allow a request."""
        if self._shutdown:
            raise JsonRpcInvalidRequest("The server is shutting down")
        if method == types.INITIALIZE and self._is_initialized:
            raise JsonRpcInvalidRequest("The server is initialized already")
        if method != types.INITIALIZE and not self._is_initialized:
            raise JsonRpcServerNotInitialized("The server is not initialized")

    def _begin(self, method: str, params: Any) -> Any:
        """Call the feature; its result, or an awaitable of it."""
        handler = self._get_handler(method)
        read = quick_params.read(method, params)
        return call(self._threads, handler, self._structure(method, params) if read is None else read)

    def _threads(self) -> Executor:
        return self._server.thread_pool  # made on first need

    def _structure(self, method: str, params: Any) -> Any:
        """The params as their lsprotocol type; those of a method that LSP doesn't have stay plain JSON."""
        if method not in types.METHOD_TO_TYPES:
            return params
        cls: Any = types.METHOD_TO_TYPES[method][2]
        if cls is None:
            return None
        try:
            return self._converter.structure({} if params is None else params, cls)
        except Exception as error:
            raise JsonRpcInvalidParams(f"Invalid params ({type(error).__name__})") from error

    # --- From us to the client ---

    def _send(self, frame: bytes, *, droppable: bool = False) -> None:
        if self._link is not None:
            self._link.send(frame, droppable=droppable)

    def _send_data(self, data: Any) -> None:
        """Send a notification or a request of ours, which pygls built."""
        message = self._converter.unstructure(data)
        self._send(encode(message), droppable=message.get("method") in _DROPPABLE)

    def _handle_reply(self, message: dict[str, Any]) -> None:
        """Read the client's reply to a request of ours."""
        msg_id, result, error = message["id"], None, None
        result_type: Any = self._result_types.pop(msg_id, None)
        try:
            if "error" in message:
                error = self._converter.structure(message["error"], types.ResponseError)
            elif result_type is None:
                result = message["result"]
            else:
                result = self._converter.structure(message, result_type).result
        except Exception as fault:  # noqa: BLE001 - whoever waits must hear of it
            error = types.ResponseError(JsonRpcInvalidRequest.CODE, f"unreadable reply ({type(fault).__name__})")
        self._handle_response(msg_id, result, error)

    def _handle_response(self, msg_id: Any, result: Any = None, error: types.ResponseError | None = None) -> None:
        """Hand a reply to whoever waits for it, if anyone still does."""
        future = self._request_futures.pop(msg_id, None)
        if future is None:
            log.debug("reply to nothing ignored")
            return
        with contextlib.suppress(InvalidStateError):  # cancelled while the client was thinking
            if error is not None:
                future.set_exception(JsonRpcException.from_error(error))
            else:
                future.set_result(result)

    # --- Built-in features ---

    lsp_text_document__did_open = _sync(types.TEXT_DOCUMENT_DID_OPEN, "open")
    lsp_text_document__did_change = _sync(types.TEXT_DOCUMENT_DID_CHANGE, "change")
    lsp_text_document__did_close = _sync(types.TEXT_DOCUMENT_DID_CLOSE, "close")
    lsp_notebook_document__did_open = _sync(types.NOTEBOOK_DOCUMENT_DID_OPEN, "open_notebook")
    lsp_notebook_document__did_change = _sync(types.NOTEBOOK_DOCUMENT_DID_CHANGE, "change_notebook")
    lsp_notebook_document__did_close = _sync(types.NOTEBOOK_DOCUMENT_DID_CLOSE, "close_notebook")

    @lsp_method(types.INITIALIZE)
    def lsp_initialize(self, params: types.InitializeParams) -> Steps:
        """Begin the session in the client's encoding, and watch its process."""
        forget_unreadable_roots(params)
        encoding = ServerCapabilitiesBuilder.choose_position_encoding(params.capabilities)
        self.documents = Documents(types.PositionEncodingKind(encoding).value)
        self._is_initialized = True
        if params.process_id is not None and self._link is not None:
            self._link.watch(params.process_id)
        return (yield from super().lsp_initialize(params))

    @lsp_method(types.SHUTDOWN)
    def lsp_shutdown(self, *args: Any) -> Steps:
        """End all work; requests that come after this are refused, and `exit` is 0."""
        self._shutdown = True
        for request in self._answers.under_way():
            if request.work is not None:
                self._answers.cancel(request)
        yield from self._then(types.SHUTDOWN, *args)

    @lsp_method(types.EXIT)
    def lsp_exit(self, *args: Any) -> Steps:
        """Leave, by the transport: stock pygls raises SystemExit, which its own loop swallows."""
        yield from self._then(types.EXIT, *args)
        self._leave()

    def _then(self, method: str, *args: Any) -> Steps:
        if (handler := self.fm.features.get(method)) is not None:
            yield handler, args, None

    def _leave(self) -> None:
        if self._link is not None:
            self._link.leave(self.exit_status)
