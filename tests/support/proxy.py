"""HAProxy as Debian packages it, run with the configuration that `deploy` writes before stand-in engines."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import socket
import subprocess
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import pytest
from support.programs import CACHE

from mistral_lsp.deploy.plan import Wish, planned
from mistral_lsp.deploy.render import Server, proxy_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

KEY = "0123456789abcdef" * 4


class Proxy(NamedTuple):
    """One that runs."""

    url: str
    ready_url: str


@cache
def haproxy() -> str:
    """The program; installed where that is possible, and a skip that says why where it isn't."""
    found = shutil.which("haproxy", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if found:
        return found
    if os.geteuid() == 0 and shutil.which("apt-get"):
        # Packages start their service, which has nothing to listen on: RUNLEVEL=1 keeps it from that.
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
        CACHE.mkdir(parents=True, exist_ok=True)
        with (CACHE / ".apt.lock").open("w") as lock:  # install.sh has it while it runs apt, which doesn't wait
            fcntl.flock(lock, fcntl.LOCK_EX)
            for words in (["update"], ["install", "--yes", "--no-install-recommends", "haproxy"]):
                subprocess.run(["apt-get", "--quiet", *words], env=environment, capture_output=True, check=False)
        found = shutil.which("haproxy", path="/usr/sbin")
    if found is None:
        pytest.skip("no haproxy: the proxy isn't tested. As root: apt-get install haproxy")
    return found


@contextlib.contextmanager
def running(
    folder: Path,
    engines: Sequence[str],
    *,
    engine: str = "vllm",
    key: str = KEY,
    certificate: Path | None = None,
    spoilt: Callable[[str], str] = str,
) -> Iterator[Proxy]:
    """The proxy on free ports of loopback before the engines at these URLs; it asks for the key.

    `spoilt` makes something else of its configuration.
    """
    key_file = folder / "key"
    key_file.write_text(key + "\n")
    plan = planned(Wish(target="compose", gpu="cpu" if engine == "llamacpp" else "h100", engine=engine))
    servers = [Server(f"engine-{index}", url.partition("//")[2]) for index, url in enumerate(engines)]
    with socket.create_server(("127.0.0.1", 0)) as door, socket.create_server(("127.0.0.1", 0)) as ready:
        tls = f" ssl crt {certificate} alpn http/1.1 ssl-min-ver TLSv1.2" if certificate else ""
        text = proxy_text(
            plan,
            binds=[f"fd@{door.fileno()}{tls}"],
            servers=servers,
            key_file=str(key_file),
            ready_bind=f"fd@{ready.fileno()}",
        )
        config = folder / "haproxy.cfg"
        config.write_text(spoilt(text))
        with (folder / "haproxy.log").open("wb") as log:
            process = subprocess.Popen(
                [haproxy(), "-db", "-f", str(config)], pass_fds=[door.fileno(), ready.fileno()], stdout=log, stderr=log
            )
        scheme = "https" if certificate else "http"
        ports = [one.getsockname()[1] for one in (door, ready)]
    try:
        yield Proxy(f"{scheme}://127.0.0.1:{ports[0]}", f"http://127.0.0.1:{ports[1]}/ready")
        assert process.poll() is None, (folder / "haproxy.log").read_text()
    finally:
        process.terminate()
        process.wait(10)
