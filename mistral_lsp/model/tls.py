"""TLS: what an https endpoint's connection is secured by."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from mistral_lsp.model.words import clean

if TYPE_CHECKING:
    from mistral_lsp.model.address import Address


@dataclass(frozen=True, slots=True)
class Facts:
    """Of one connection."""

    version: str  # "TLSv1.3"
    cipher: str
    expires_s: float  # when the certificate does, in seconds since 1970


async def facts(address: Address) -> Facts | None:
    """Connect once and look; None where there is no TLS, a proxy stands between, or it fails: the model says why."""
    parts = urlsplit(address.url.strip())
    if parts.scheme != "https" or not parts.hostname or address.proxy:
        return None
    with contextlib.suppress(OSError, ValueError, TimeoutError):
        context = await asyncio.to_thread(ssl.create_default_context, cafile=address.ca_file or None)
        async with asyncio.timeout(address.timeout_s):
            _, writer = await asyncio.open_connection(parts.hostname, parts.port or 443, ssl=context)
        try:
            found = writer.get_extra_info("ssl_object")
            expires_s = ssl.cert_time_to_seconds(found.getpeercert()["notAfter"])
            return Facts(clean(found.version() or ""), clean((found.cipher() or ("",))[0]), expires_s)
        finally:
            writer.close()
            with contextlib.suppress(OSError, ssl.SSLError):
                await writer.wait_closed()
    return None
