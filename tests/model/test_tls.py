"""What an https connection is secured by."""

from __future__ import annotations

import ssl
import time
from pathlib import Path

from mistral_lsp.bench.endpoint import Endpoint
from mistral_lsp.model.address import Address
from mistral_lsp.model.tls import facts

CERTIFICATE = Path(__file__).with_name("loopback.pem")


async def test_the_version_the_cipher_and_the_certificate_s_end_are_seen() -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(CERTIFICATE)
    async with Endpoint(tls=context) as endpoint:
        found = await facts(Address(url=endpoint.url, ca_file=str(CERTIFICATE)))
        assert await facts(Address(url=endpoint.url)) is None  # it isn't trusted: the model says so
    assert found is not None
    assert found.version.startswith("TLSv1.")
    assert found.cipher
    assert found.expires_s > time.time()


async def test_without_tls_or_behind_a_proxy_there_is_nothing_to_see() -> None:
    assert await facts(Address(url="http://127.0.0.1:9")) is None
    assert await facts(Address(url="https://127.0.0.1:9", proxy="http://127.0.0.1:9")) is None
    assert await facts(Address(url="https://127.0.0.1:9")) is None
