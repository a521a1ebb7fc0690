"""A server with a few handlers, on our wire or on stock pygls': `python tiny_server.py [--stock]`."""

from __future__ import annotations

import asyncio
import logging
import os
import subprocess
import sys
import time
from typing import Any

if "--stock" not in sys.argv:
    import mistral_lsp.lsp  # noqa: F401 - as in the real server, before lsprotocol

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer


def main() -> int:
    logging.basicConfig(level=logging.INFO)
    if "--stock" in sys.argv:
        server = LanguageServer("tiny", "1")
        register(server)
        server.start_io()
        return 0
    from mistral_lsp.lsp import transport
    from mistral_lsp.lsp.wire import Protocol, tolerant_converter

    server = LanguageServer("tiny", "1", protocol_cls=Protocol, converter_factory=tolerant_converter)
    register(server)
    if "--no-pidfd" in sys.argv:
        vars(os).pop("pidfd_open", None)
    if "--tcp" in sys.argv:
        return transport.serve_tcp(server, 0)
    return transport.serve_stdio(server)


def register(server: LanguageServer) -> None:
    _register_plain(server)
    _register_work(server)
    _register_slow(server)
    _register_output(server)


def _register_plain(server: LanguageServer) -> None:
    @server.feature(types.TEXT_DOCUMENT_HOVER)
    async def hover(params: types.HoverParams) -> types.Hover:
        return types.Hover(f"{params.position.line}:{params.position.character}")

    @server.feature(types.TEXT_DOCUMENT_CODE_ACTION)
    async def code_action(params: types.CodeActionParams) -> list[types.CodeAction]:
        return [types.CodeAction(d.message, diagnostics=[d]) for d in params.context.diagnostics]

    @server.feature("test/echo")
    async def echo(params: Any) -> Any:
        return params

    @server.feature("test/text")
    async def text(params: Any) -> Any:
        document = server.protocol.documents.get(params["uri"])  # type: ignore[attr-defined] # ours
        return document and str(document.text)

    @server.feature("test/raise")
    async def fail(_params: Any) -> None:
        raise ValueError("a secret of the user")

    @server.feature("test/unsayable")
    async def unsayable(_params: Any) -> Any:
        return {"it": {1, 2}}

    @server.feature("test/oddError")
    async def odd_error(_params: Any) -> None:
        raise JsonRpcException("told", code=-32001, data={1, 2})

    @server.feature("test/raiseNote")
    async def fail_note(_params: Any) -> None:
        raise ValueError("a secret of the user")

    @server.command("test.echo")
    async def echo_command(*args: Any) -> Any:
        return list(args)


def _register_work(server: LanguageServer) -> None:
    async def wait(name: str) -> None:
        server.protocol.notify("test/started", name)
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            server.protocol.notify("test/cancelled", name)
            raise

    @server.feature("test/wait")
    async def wait_feature(params: Any) -> None:
        await wait(params["name"])

    @server.feature("test/stubborn")
    async def stubborn(_params: Any) -> str:
        try:
            await wait("stubborn")
        except asyncio.CancelledError:
            return "all the same"
        return "slept"

    @server.feature("test/superseded")
    async def superseded(_params: Any) -> None:
        inner = asyncio.ensure_future(wait("inner"))
        asyncio.get_running_loop().call_later(0.01, inner.cancel)
        await asyncio.wait([inner])

    @server.command("test.wait")
    async def wait_command() -> None:
        await wait("command")


def _register_slow(server: LanguageServer) -> None:
    @server.feature("test/block")
    def block(params: Any) -> str:
        sleep(params)
        return "blocked"

    @server.thread()
    @server.feature("test/thread")
    def thread(params: Any) -> str:
        sleep(params)
        return "slept in a thread"

    @server.feature("test/ask")
    async def ask(_params: Any) -> Any:
        server.protocol.notify("test/started", "ask")
        items = [types.ConfigurationItem(section="test")]
        return await server.workspace_configuration_async(types.ConfigurationParams(items))


def _register_output(server: LanguageServer) -> None:
    @server.feature("test/print")
    async def stray(_params: Any) -> str:
        print("stray print")  # noqa: T201 - what it must not do
        sys.stdout.flush()
        os.write(1, b"stray write\n")
        subprocess.run(["cat"], check=True)  # noqa: ASYNC221 - it ends at once: its stdin is empty
        return "printed"

    @server.feature("test/flood")
    async def flood(params: Any) -> str:
        for _ in range(params["count"]):
            server.protocol.notify(params["method"], {"type": 4, "message": "x" * params["size"]})
        return "flooded"


def sleep(params: Any) -> None:
    """So many seconds, or until a file is there; longer than any test waits in neither case."""
    ends_s = time.monotonic() + params.get("seconds", 60)
    while time.monotonic() < ends_s and not os.path.exists(params.get("until", "")):  # noqa: PTH110 - may be empty
        time.sleep(0.002)


if __name__ == "__main__":
    raise SystemExit(main())
