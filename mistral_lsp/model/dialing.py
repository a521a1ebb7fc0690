"""Dialing: from an address to an open connection, by TCP, TLS, a socket of this machine or the user's proxy."""

from __future__ import annotations

import asyncio
import base64
import socket
import ssl
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, quote, unquote, urlsplit

from mistral_lsp.model.base import Unreachable
from mistral_lsp.model.connection import Connection

if TYPE_CHECKING:
    from mistral_lsp.model.address import Address

NEXT_ADDRESS_S = 0.25  # after which a host's next address is tried beside the one before: RFC 8305, 5

_PORTS = {"http": 80, "https": 443}


class NoConnection(OSError):  # noqa: N818 - what is found, and no fault of this client
    """Nobody takes it there."""


class NoConnectionInTime(NoConnection):
    """... within `connect_s`."""


class NoProxy(NoConnection):
    """Nobody takes it where the proxy should be."""


class NoWayThrough(NoConnection):
    """The proxy is there, and says no."""


class Dialer:
    """Opens connections to one address."""

    def __init__(self, address: Address, base: str) -> None:
        """`base` is the address's URL as `checked` gives it; for a socket of this machine it counts for nothing."""
        self._address = address
        self._url = urlsplit(base)
        self._proxy = urlsplit(address.proxy) if address.proxy and not address.socket else None
        self._trust: ssl.SSLContext | None = None

    @property
    def host(self) -> str:
        """What a request calls the endpoint."""
        return "localhost" if self._address.socket else _netloc(self._url)

    @property
    def target(self) -> str:
        """What each path of a request begins with; for a proxy that passes requests on that is all of the URL."""
        if self._address.socket:
            return ""
        path = quote(self._url.path, safe="/%:@!$&'()*+,;=~")
        return f"http://{self.host}{path}" if self._proxy and self._url.scheme == "http" else path

    @property
    def introduction(self) -> dict[str, str]:
        """The headers by which a proxy that passes requests on knows the user."""
        return _introduction(self._proxy) if self._proxy and self._url.scheme == "http" else {}

    async def prepare(self) -> None:
        """Read the certificates to trust, in a thread. Raises Unreachable where the user's can't be read."""
        schemes = {self._url.scheme, self._proxy.scheme if self._proxy else ""}
        if self._trust is None and "https" in schemes and not self._address.socket:
            self._trust = await asyncio.to_thread(_trust, self._address.ca_file)

    async def dial(self) -> Connection:
        """Open a connection. Raises Unreachable, ssl.SSLError, socket.gaierror, NoConnection, NotHttp or ValueError."""
        await self.prepare()
        try:
            async with asyncio.timeout(self._address.connect_s):
                return await (self._through(self._proxy) if self._proxy else self._straight())
        except TimeoutError:
            raise NoConnectionInTime from None

    async def _straight(self) -> Connection:
        loop, path = asyncio.get_running_loop(), self._address.socket
        if not path:
            return await self._to(self._url)
        if not hasattr(loop, "create_unix_connection"):
            raise NoConnection
        try:
            _, connection = await loop.create_unix_connection(Connection, path)
        except OSError:
            raise NoConnection from None
        return connection

    async def _to(self, url: SplitResult) -> Connection:
        trust = self._trust if url.scheme == "https" else None
        try:
            _, connection = await asyncio.get_running_loop().create_connection(
                Connection, url.hostname or "", _port(url), ssl=trust, happy_eyeballs_delay=NEXT_ADDRESS_S
            )
        except (ssl.SSLError, socket.gaierror):
            raise
        except OSError:
            raise NoConnection from None
        return connection

    async def _through(self, proxy: SplitResult) -> Connection:
        try:
            connection = await self._to(proxy)
        except (NoConnection, socket.gaierror):
            raise NoProxy from None
        if self._url.scheme == "http":
            return connection
        try:
            return await self._tunnelled(connection, _introduction(proxy))
        except BaseException:
            connection.abort()
            raise

    async def _tunnelled(self, connection: Connection, introduction: dict[str, str]) -> Connection:
        """TLS with the endpoint, inside a connection to the proxy."""
        where = f"{_bracketed(self._url)}:{_port(self._url)}"
        lines = [f"CONNECT {where} HTTP/1.1", f"Host: {where}", *(f"{name}: {it}" for name, it in introduction.items())]
        head = await connection.ask("\r\n".join([*lines, "", ""]).encode("latin-1"))
        if head.status != 200:
            raise NoWayThrough
        inner, context = Connection(), self._trust
        assert context is not None, "prepare() has read it"  # noqa: S101
        transport = await asyncio.get_running_loop().start_tls(
            connection.transport, inner, context, server_hostname=self._url.hostname
        )
        if transport is None:
            raise NoConnection
        inner.connection_made(transport)
        return inner


def _introduction(proxy: SplitResult) -> dict[str, str]:
    if proxy.username is None:
        return {}
    who = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
    return {"Proxy-Authorization": f"Basic {base64.b64encode(who.encode()).decode()}"}


def _netloc(url: SplitResult) -> str:
    """Host and port as the Host header has them."""
    port = _port(url)
    return _bracketed(url) if port == _PORTS.get(url.scheme) else f"{_bracketed(url)}:{port}"


def _bracketed(url: SplitResult) -> str:
    host = url.hostname or ""
    return f"[{host}]" if ":" in host else host


def _port(url: SplitResult) -> int:
    return url.port or _PORTS.get(url.scheme, _PORTS["http"])


def _trust(ca_file: str) -> ssl.SSLContext:
    """The system's authorities, and the user's."""
    path = Path(ca_file).expanduser() if ca_file else None
    try:
        context = ssl.create_default_context()
        if path is not None:
            context.load_verify_locations(path)
    except (OSError, ValueError):  # ssl.SSLError is an OSError
        advice = "Set endpoint.ca_file to a certificate in PEM, or to nothing for the system's authorities."
        raise Unreachable(f"no certificate can be read from {path}", advice=advice) from None
    context.set_alpn_protocols(["http/1.1"])
    return context
