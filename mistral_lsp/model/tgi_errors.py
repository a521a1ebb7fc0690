"""What text-generation-inference's refusals and errors mean for the user."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from mistral_lsp.model.base import Broken, ModelError, Overloaded, Refused, TooLong, TooSlow, Unauthorised
from mistral_lsp.model.words import ADVICE_LOG, ADVICE_REDIRECT, ADVICE_TOKEN, clean

if TYPE_CHECKING:
    from mistral_lsp.model.http import Reply
    from mistral_lsp.model.tgi_wire import Wire

ADVICE_URL = "Set endpoint.url to where text-generation-inference answers."
ADVICE_NOT_TGI = f"{ADVICE_URL} `mistral-lsp doctor` says what is there now."
ADVICE_WAIT = "Wait a moment; if it stays so, raise the endpoint's --max-concurrent-requests or add another endpoint."
ADVICE_LARGE = "Lower completion.context_tokens, or raise the endpoint's --payload-limit."
ADVICE_TOKENS = "Lower completion.context_tokens or completion.max_tokens, or start the endpoint with larger limits."
ADVICE_PARAMETERS = "Use text-generation-inference 3.3 or newer, which takes these parameters."

# Kinds of error whose words are TGI's own: numbers and parameter names. Any other text may repeat the prompt.
_OWN_WORDS = ("validation", "generation", "overloaded", "incomplete_generation", "incomplete_generation_stream")

# "`inputs` tokens + `max_new_tokens` must be <= 4096. Given: 4100 `inputs` tokens and 64 `max_new_tokens`", and
# "`inputs` must have less than 4096 tokens. Given: 5000": router/src/lib.rs
_TOO_LONG = re.compile(r"(?:must be <=|less than) (?P<limit>\d{1,9})\b.*?Given: (?P<given>\d{1,9})\b")

_KINDS = {422: "validation", 424: "generation", 429: "overloaded", 500: "incomplete_generation"}

_REFUSED = {
    401: ("wants a token, or another one", ADVICE_TOKEN),
    403: ("doesn't let this token in", ADVICE_TOKEN),
    404: ("has no /generate_stream", ADVICE_NOT_TGI),
    405: ("has no POST /generate_stream", ADVICE_NOT_TGI),
    413: ("finds the prompt too large", ADVICE_LARGE),
} | dict.fromkeys((301, 302, 303, 307, 308), ("redirects to another address", ADVICE_REDIRECT))


def problem_of_reply(wire: Wire, where: str, reply: Reply) -> ModelError:
    """What a response that isn't a stream means."""
    status = reply.status
    if status in _REFUSED:
        words, advice = _REFUSED[status]
        refusal = Unauthorised if status in (401, 403) else Refused
        return refusal(f"{where} {words} (HTTP {status})", advice=advice)
    if status in (429, 503):
        words = f"{where} has too much to do (HTTP {status})"
        return Overloaded(words, advice=ADVICE_WAIT, retry_after_s=reply.retry_after_s)
    if status >= 400 and _is_error(payload := reply.json):
        return _problem(wire, where, status, payload)
    if 400 <= status < 500:
        return Refused(f"{where} refused the request (HTTP {status})", advice=ADVICE_NOT_TGI)
    kind = "a web page" if "html" in reply.content_type else clean(reply.content_type) or "nothing"
    return Broken(f"{where} answered with {kind} (HTTP {status})", advice=ADVICE_NOT_TGI)


def problem_of_event(wire: Wire, where: str, data: str) -> ModelError:
    """What an event that is no StreamResponse means: TGI reports most errors so, inside a response of status 200."""
    try:
        payload = json.loads(data)
    except (ValueError, RecursionError):
        payload = None
    if _is_error(payload):
        return _problem(wire, where, 200, payload)
    return Broken(f"{where} sent an event that isn't text-generation-inference's", advice=ADVICE_NOT_TGI)


def problem_of_chat_event(wire: Wire, where: str, data: str) -> ModelError:
    """The same for a chat, whose errors have a status in place of a kind."""
    try:
        error = json.loads(data)["error"]
        flat = {"error": error["message"], "error_type": _KINDS.get(error.get("http_status_code"), "")}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return problem_of_event(wire, where, data)
    return problem_of_event(wire, where, json.dumps(flat))


def _is_error(payload: Any) -> bool:
    return isinstance(payload, dict) and isinstance(payload.get("error"), str)


def _problem(wire: Wire, where: str, status: int, payload: dict[str, Any]) -> ModelError:
    """An error in TGI's form, sorted by its own client."""
    errors, error = wire.errors, wire.errors.parse_error(status, payload)
    said = clean(str(error)) if payload.get("error_type") in _OWN_WORDS else f"HTTP {status}"
    if isinstance(error, errors.OverloadedError):
        return Overloaded(f"{where} has too much to do", advice=ADVICE_WAIT)
    if isinstance(error, errors.ShardTimeoutError):
        return TooSlow(f"{where} waited too long for its model", advice=ADVICE_LOG)
    if isinstance(error, errors.ValidationError):
        what = f"{where} refused the request: {said}"
        if (sizes := _TOO_LONG.search(said)) is not None:
            limit, given = int(sizes["limit"]), int(sizes["given"])
            return TooLong(what, advice=ADVICE_TOKENS, limit_tokens=limit, given_tokens=given)
        return Refused(what, advice=ADVICE_PARAMETERS)
    if isinstance(error, errors.BadRequestError) or status == 422:
        return Refused(f"{where} refused the request: {said}", advice=ADVICE_NOT_TGI)
    return Broken(f"{where} failed while it generated: {said}", advice=ADVICE_LOG)
