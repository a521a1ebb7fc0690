"""Loads the server once, under the hook of audited.py, and forks for each start: the imports are most of a short test.

    python -m support.forking SOCKET    # the number of a descriptor; in tests/

Each message on it asks for a server: {"log", "arguments", "env", "cwd"}, and with it the descriptors of its stdin,
stdout and stderr, and of a pipe that is told its process id and, once it has left, its exit status. A log begins with
what the imports did.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import pkgutil
import selectors
import socket
import sys
from typing import TYPE_CHECKING, Any

from support import audited

if TYPE_CHECKING:
    from collections.abc import Callable

PARTS = ("core", "features", "lsp", "model", "running", "settings", "workspace")
OTHERS = ("mistral_lsp.cli", "mistral_lsp.survey", "mistral_lsp.wiring", "tree_sitter_python")
MESSAGE_BYTES = 2**18


def main() -> None:
    """Fork until the socket's other end is closed. In a fork it returns as the server does."""
    imports: list[bytes] = []
    write: Callable[[bytes], object] = imports.append
    audited.watch(lambda line: write(line))  # noqa: PLW0108 - the one of then
    load()
    write = len  # what this process does from here on is no server's doing
    asked = Forks(int(sys.argv[1])).next()
    if asked is not None:
        write = audited.into(asked["log"])
        for line in imports:
            write(line)
        audited.serve(asked["arguments"])


def load() -> None:
    """Import what a session needs, but for the grammars of other languages."""
    for part in PARTS:
        package = importlib.import_module(f"mistral_lsp.{part}")
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)
    for name in OTHERS:
        importlib.import_module(name)
    sys.modules["mistral_lsp.model.tgi_wire"].load()
    gc.freeze()  # a collection in a fork would copy all of it


class Forks:
    """The servers that were asked for and haven't left."""

    def __init__(self, descriptor: int) -> None:
        self._socket = socket.socket(fileno=descriptor)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._socket, selectors.EVENT_READ)

    def next(self) -> dict[str, Any] | None:
        """In a fork, what was asked for; None once nothing more can be."""
        while True:
            for key, _ in self._selector.select():
                if key.fileobj is not self._socket:
                    self._left(key)
                    continue
                message, descriptors, _, _ = socket.recv_fds(self._socket, MESSAGE_BYTES, 4)
                if not message:
                    return None
                if (pid := os.fork()) == 0:
                    return self._become(json.loads(message), descriptors)
                self._began(pid, descriptors)

    def _began(self, pid: int, descriptors: list[int]) -> None:
        *stdio, status = descriptors
        for descriptor in stdio:
            os.close(descriptor)
        with contextlib.suppress(BrokenPipeError):
            os.write(status, b"%d\n" % pid)
        self._selector.register(os.pidfd_open(pid), selectors.EVENT_READ, (pid, status))

    def _left(self, key: selectors.SelectorKey) -> None:
        pid, status = key.data
        self._selector.unregister(key.fd)
        os.close(key.fd)
        with contextlib.suppress(BrokenPipeError):  # a test that failed doesn't wait for it
            os.write(status, b"%d\n" % os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
        os.close(status)

    def _become(self, asked: dict[str, Any], descriptors: list[int]) -> dict[str, Any]:
        """Leave nothing of this process in the fork but what it has loaded."""
        os.setsid()
        for number, descriptor in enumerate(descriptors[:3]):
            os.dup2(descriptor, number)
        self._selector.close()
        self._socket.detach()
        os.closerange(3, os.sysconf("SC_OPEN_MAX"))
        os.chdir(asked["cwd"])
        os.environ.clear()
        os.environ.update(asked["env"])
        return asked


if __name__ == "__main__":
    main()
