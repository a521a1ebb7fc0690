"""Address: where an endpoint is and how it is spoken to, checked before a byte is sent."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from mistral_lsp.model.base import Refused, Unreachable

if TYPE_CHECKING:
    from pathlib import Path

UNIX = "unix:"  # before the path of a socket


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """What the user says of an endpoint. Its `repr` holds no token."""

    url: str  # http://, https:// or unix:/path/of/a/socket
    token: str | None = field(default=None, repr=False)
    model: str = ""  # its name, where the endpoint serves several
    adapter: str = ""  # of those that the endpoint serves beside the model
    ca_file: str = ""
    proxy: str = field(default="", repr=False)  # an http:// URL, which may hold a password
    allow_http: bool = False  # to another host than this one, unencrypted
    timeout_s: float = 10.0  # for the first event, and between events
    connect_s: float = 3.0  # for the host's address, the connection and TLS
    total_s: float = 300.0  # for a whole answer, however steadily it comes
    salt_file: Path | None = None  # what the user's cache salt is made of, where the endpoint takes one
    idle_s: float = 55.0  # a connection is kept for later, 0 for none; proxies commonly close theirs after 60

    @property
    def socket(self) -> str:
        """The path of the unix socket; empty where it is none."""
        return self.url.strip().removeprefix(UNIX).removeprefix("//") if self.url.strip().startswith(UNIX) else ""


def checked(address: Address) -> str:
    """The base URL, without `/v1` and a slash at its end. Raises ModelError, whose words never show the URL."""
    url, socket = address.url.strip(), address.socket
    if socket:
        if not socket.startswith("/") or "\0" in socket:
            raise Unreachable("endpoint.url names a socket by no absolute path", advice=_ADVICE_FORM)
        return f"{UNIX}{socket}"
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname or ""
    except ValueError:
        raise Unreachable("endpoint.url isn't a URL", advice=_ADVICE_FORM) from None
    faults = (
        (
            parts.scheme not in ("http", "https") or not host or port == 0,
            "isn't an http:// or https:// URL",
            _ADVICE_FORM,
        ),
        ("@" in parts.netloc, "holds a user name or a password", _ADVICE_SECRET),
        (re.search(r"[?#\s\x00-\x1f\\]", url), "holds a query, a fragment or white space", _ADVICE_FORM),
        (_is_odd(host), "has a host that is written in an unusual way", _ADVICE_HOST),
    )
    for is_so, words, advice in faults:
        if is_so:
            raise Unreachable(f"endpoint.url {words}", advice=advice)
    if parts.scheme == "http" and not is_loopback(host) and not address.allow_http:
        raise Refused("endpoint.url would send your code over http:// to another host", advice=_ADVICE_HTTP)
    return url.rstrip("/").removesuffix("/v1").rstrip("/")


def checked_token(token: str | None) -> str | None:
    """The token without white space around it. Raises ModelError where it can't be one."""
    token = (token or "").strip()
    if not re.fullmatch(r"[\x21-\x7e]*", token):
        advice = "Set the environment variable that endpoint.token_env names to the token alone."
        raise Refused("the endpoint's token holds a character that no token can have", advice=advice)
    return token or None


def is_loopback(host: str) -> bool:
    """Whether a host as URLs have it is this machine itself."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_odd(host: str) -> bool:
    """Whether a host is an address that hides what it is: 2130706433, 0x7f.1, 127.1, ::ffff:127.0.0.1, "a..b", "a."."""
    if ":" in host:
        try:
            address = ipaddress.IPv6Address(host.partition("%")[0])
        except ValueError:
            return True
        return address.ipv4_mapped is not None or address.sixtofour is not None
    last = host.rpartition(".")[2]
    if re.fullmatch(r"[0-9]+|0[xX][0-9a-fA-F]*", last):  # what browsers and resolvers take for a number
        try:
            ipaddress.IPv4Address(host)
        except ValueError:
            return True
    return not all(host.split(".")) or not host.isascii()


_ADVICE_FORM = "Set endpoint.url to something like https://gpu.example.org:8080."
_ADVICE_HOST = "Write the host's name, in ASCII (xn--...), or its address as four numbers or as plain IPv6."
_ADVICE_SECRET = (
    "Take it out of endpoint.url, and put the token in the environment variable that endpoint.token_env names."  # noqa: S105 - words for the user
)
_ADVICE_HTTP = (
    "Use https://, or a tunnel such as `ssh -L 8080:localhost:8080 gpu`; where every network on the way is yours, set "
    "endpoint.allow_http to true."
)
