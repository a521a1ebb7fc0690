"""What can go wrong on the way to an endpoint, in our words. Imported with aiohttp, when the first request is made.

aiohttp's own errors may hold the request's headers, and so the token: none is kept, chained or shown.
"""

from __future__ import annotations

import aiohttp

from mistral_lsp.model.base import Broken, ModelError, TooSlow, Unreachable

# TimeoutError is an OSError and UnicodeError a ValueError; RuntimeError is what a session closed meanwhile raises.
FOREIGN = (aiohttp.ClientError, OSError, ValueError, RuntimeError)

ADVICE_DOWN = "Start the model server there, or set endpoint.url to where it runs."
ADVICE_URL = "Check endpoint.url."
ADVICE_CA = "Set endpoint.ca_file to the certificate of the authority that signed it, in PEM."
ADVICE_TLS = "Check endpoint.url: a server without TLS wants http:// instead of https://."
ADVICE_SLOW = "Wait until the model has loaded and has less to do, or raise endpoint.timeout_s."
ADVICE_CUT = "Look into the endpoint's log; if a proxy stands between, let it pass streams on without a time limit."

_BEFORE_ANSWER: tuple[tuple[type[Exception], type[ModelError], str, str], ...] = (
    (aiohttp.ConnectionTimeoutError, Unreachable, "takes no connection", ADVICE_DOWN),
    (TimeoutError, TooSlow, "gave no answer in time", ADVICE_SLOW),
    (aiohttp.ClientConnectorCertificateError, Unreachable, "has a certificate that isn't trusted", ADVICE_CA),
    (aiohttp.ClientSSLError, Unreachable, "doesn't speak TLS as it should", ADVICE_TLS),
    (aiohttp.ClientConnectorDNSError, Unreachable, "has a host name that isn't known", ADVICE_URL),
    (aiohttp.ClientConnectorError, Unreachable, "refused the connection", ADVICE_DOWN),
    (aiohttp.ClientResponseError, Broken, "doesn't answer in HTTP", ADVICE_URL),
    (aiohttp.ClientConnectionError, Unreachable, "closed the connection without an answer", ADVICE_DOWN),
    (OSError, Unreachable, "closed the connection without an answer", ADVICE_DOWN),
    (ValueError, Unreachable, "can't be asked: its host name isn't one", ADVICE_URL),  # what idna says
    (Exception, Broken, "cut its answer off", ADVICE_CUT),
)


def problem_before(error: Exception, *, where: str) -> ModelError:
    """What a failure before the first event means."""
    _, kind, words, advice = next(row for row in _BEFORE_ANSWER if isinstance(error, row[0]))
    return kind(f"{where} {words}", advice=advice)


def problem_within(error: Exception, *, where: str) -> ModelError:
    """What a failure within the answer means."""
    words = "fell silent within its answer" if isinstance(error, TimeoutError) else "cut its answer off"
    return Broken(f"{where} {words}", advice=ADVICE_CUT)
