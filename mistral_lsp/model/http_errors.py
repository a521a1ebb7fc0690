"""What can go wrong on the way to an endpoint, in our words. No error of others is kept, chained or shown."""

from __future__ import annotations

import socket
import ssl
from typing import TYPE_CHECKING

from mistral_lsp.model.base import Broken, ModelError, TooSlow, Unreachable
from mistral_lsp.model.connection import Compressed, Cut, NotHttp
from mistral_lsp.model.dialing import NoConnection, NoConnectionInTime, NoProxy, NoWayThrough
from mistral_lsp.model.words import ADVICE_CUT, ADVICE_SLOW

if TYPE_CHECKING:
    from mistral_lsp.model.address import Address

# TimeoutError and ssl.SSLError are OSErrors, UnicodeError (of a host's name) is a ValueError.
FOREIGN = (NotHttp, OSError, ValueError)

ADVICE_DOWN = "Start the model server there, or set endpoint.url to where it runs."
ADVICE_URL = "Check endpoint.url."
ADVICE_PROXY = "Check endpoint.proxy, and whether that proxy allows this host."
ADVICE_CA = "Set endpoint.ca_file to the certificate of the authority that signed it, in PEM."
ADVICE_TLS = "Check endpoint.url: a server without TLS wants http:// instead of https://."
ADVICE_RENEW = "Renew it there; if it is good, set this machine's clock."
ADVICE_PLAIN = "Switch compression off there, or in the proxy before it."
ADVICE_NAME = "Set endpoint.url to the host that the certificate is for."

_BEFORE_ANSWER: tuple[tuple[type[Exception], type[ModelError], str, str], ...] = (
    (NoConnectionInTime, Unreachable, "took no connection within {connect_s:g} s", ADVICE_DOWN),
    (TimeoutError, TooSlow, "gave no answer within {timeout_s:g} s", ADVICE_SLOW),
    (NoProxy, Unreachable, "can't be reached: the proxy refuses connections", ADVICE_PROXY),
    (NoWayThrough, Unreachable, "can't be reached: the proxy lets nobody through to it", ADVICE_PROXY),
    (NoConnection, Unreachable, "refused the connection", ADVICE_DOWN),
    (ssl.SSLError, Unreachable, "doesn't speak TLS as it should", ADVICE_TLS),
    (socket.gaierror, Unreachable, "has a host name that isn't known", ADVICE_URL),
    (Compressed, Broken, "compresses its answer, though it is asked not to", ADVICE_PLAIN),
    (NotHttp, Broken, "doesn't answer in HTTP", ADVICE_URL),
    (Cut, Broken, "cut its answer off", ADVICE_CUT),
    (OSError, Unreachable, "closed the connection without an answer", ADVICE_DOWN),
    (ValueError, Unreachable, "can't be asked: its host name isn't one", ADVICE_URL),  # what idna says
)

# By the verifier's code: X509_V_ERR_... in openssl/x509_vfy.h.
_CERTIFICATE: dict[int | None, tuple[str, str]] = {
    9: ("has a certificate that isn't valid yet", ADVICE_RENEW),
    10: ("has a certificate that has expired", ADVICE_RENEW),
    62: ("has a certificate for another host", ADVICE_NAME),
    64: ("has a certificate for another host", ADVICE_NAME),  # where that is an address
}


def problem_before(error: Exception, address: Address, *, where: str) -> ModelError:
    """What a failure before the first event means."""
    if isinstance(error, ssl.SSLCertVerificationError):
        words, advice = _CERTIFICATE.get(error.verify_code, ("has a certificate that isn't trusted", ADVICE_CA))
        return Unreachable(f"{where} {words}", advice=advice)
    _, kind, words, advice = next(row for row in _BEFORE_ANSWER if isinstance(error, row[0]))
    limits = {"connect_s": address.connect_s, "timeout_s": address.timeout_s}
    return kind(f"{where} {words.format(**limits)}", advice=advice)


def problem_within(*, where: str) -> ModelError:
    """What a failure within the answer means."""
    return Broken(f"{where} cut its answer off", advice=ADVICE_CUT)
