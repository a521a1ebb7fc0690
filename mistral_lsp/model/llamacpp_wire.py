"""The requests and events of llama.cpp's own API, `/completion`; the embedded engine speaks it too."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from mistral_lsp.model import openai_wire
from mistral_lsp.model.base import Broken, ModelError, Overloaded, Refused, TooLong, Unauthorised, Usage
from mistral_lsp.model.constrained import fields_of
from mistral_lsp.model.engines import LLAMA_CPP
from mistral_lsp.model.http import encodable
from mistral_lsp.model.openai_wire import said_before
from mistral_lsp.model.words import ADVICE_LARGE, ADVICE_LOG, ADVICE_REDIRECT, ADVICE_TOKEN, ADVICE_WAIT, clean

if TYPE_CHECKING:
    from mistral_lsp.core.prompt import Prompt
    from mistral_lsp.model.http import Reply

MAX_RATE = 100_000.0  # tokens a second, beyond what any machine writes

ADVICE_URL = "Set endpoint.url to where llama.cpp's server answers."
ADVICE_SHORTER = "Lower completion.context_tokens; a server of your own can have a larger --ctx-size."

_REFUSED = {
    401: ("wants a token, or another one", ADVICE_TOKEN),
    403: ("doesn't let this token in", ADVICE_TOKEN),
    404: ("has no /completion", ADVICE_URL),
    405: ("has no POST /completion", ADVICE_URL),
    413: ("finds the prompt too large", ADVICE_LARGE),
} | dict.fromkeys((301, 302, 303, 307, 308), ("redirects to another address", ADVICE_REDIRECT))


def body_of(prompt: Prompt, *, slot: int | None = None) -> bytes:
    """The request. `slot` is the one to use, where the client has one."""
    body: dict[str, Any] = {
        **said_before(prompt, LLAMA_CPP),
        "n_predict": prompt.max_tokens,
        "stop": [encodable(stop) for stop in prompt.stop],
        "temperature": prompt.temperature,
        "cache_prompt": True,
        "stream": True,
        # An event for each batch of the prompt: llama.cpp notices a hang-up only when it writes, and would otherwise
        # read a long prompt to its end for nobody.
        "return_progress": True,
    }
    if slot is not None:
        body["id_slot"] = slot
    if prompt.min_confidence:
        body |= {"n_probs": 1} if prompt.user is None else {"logprobs": True}
    if prompt.time_limit_s is not None:
        body["t_max_predict_ms"] = int(prompt.time_limit_s * 1000)
    body |= fields_of(prompt.constraint, LLAMA_CPP)
    if prompt.begins_with and prompt.constraint is None:
        body["grammar"] = f'root ::= "{_escaped(encodable(prompt.begins_with))}" [^\\x00]*'
    if prompt.seed is not None:
        body["seed"] = prompt.seed
    return json.dumps(body).encode()


def path_of(prompt: Prompt) -> str:
    """Where it is sent; both routes know the same fields."""
    return "/completion" if prompt.user is None else "/v1/chat/completions"


def tokens_in(event: dict[str, Any]) -> tuple[list[tuple[str, float | None]], bool]:
    """The text that an event adds, with probabilities where it has some, and whether its answer ends with it."""
    if isinstance(event.get("choices"), list):
        return openai_wire.tokens_in(event)
    text, rated = event.get("content"), event.get("completion_probabilities")
    tokens = [token for token in rated if isinstance(token, dict)] if isinstance(rated, list) else []
    pairs = [(str(token.get("token")), openai_wire.probability(token.get("logprob"))) for token in tokens]
    known = [(token, rate) for token, rate in pairs if rate is not None]
    return openai_wire.rated_tokens(text if isinstance(text, str) else "", known), bool(event.get("stop"))


def event_of(where: str, data: str) -> dict[str, Any]:
    """One event of a stream; raises what an error event says."""
    try:
        event = json.loads(data)
    except (ValueError, RecursionError):
        event = None
    if not isinstance(event, dict):
        raise Broken(f"{where} sent an event that isn't llama.cpp's", advice=ADVICE_URL)
    if "error" in event:
        raise _problem(where, event["error"], status=0)
    return event


def usage_in(event: dict[str, Any]) -> Usage | None:
    """What an event counts: the first ones of a prompt's progress the prompt, the last one its answer too."""
    if isinstance(progress := event.get("prompt_progress"), dict):
        return Usage(_count(progress.get("total")), _count(progress.get("cache")))
    if isinstance(timings := event.get("timings"), dict):
        cached, new = _count(timings.get("cache_n")), _count(timings.get("prompt_n"))
        total = cached + new if cached is not None and new is not None else None
        return Usage(total, cached, _count(timings.get("predicted_n")), _rate(timings.get("predicted_per_second")))
    return None


def problem_of_reply(where: str, reply: Reply) -> ModelError:
    """What a response that isn't a stream means."""
    status, payload = reply.status, reply.json
    if status in _REFUSED:
        words, advice = _REFUSED[status]
        refusal = Unauthorised if status in (401, 403) else Refused
        return refusal(f"{where} {words} (HTTP {status})", advice=advice)
    if status in (429, 503):  # 503 also while it loads its model
        words = f"{where} has too much to do, or still loads its model (HTTP {status})"
        return Overloaded(words, advice=ADVICE_WAIT, retry_after_s=reply.retry_after_s)
    if status >= 400:
        return _problem(where, payload.get("error") if isinstance(payload, dict) else None, status=status)
    kind = "a web page" if "html" in reply.content_type else clean(reply.content_type) or "nothing"
    return Broken(f"{where} answered with {kind} (HTTP {status})", advice=ADVICE_URL)


def _problem(where: str, error: Any, *, status: int) -> ModelError:
    """An error in llama.cpp's form: a type, numbers, and words that may repeat the prompt and aren't told."""
    fields = error if isinstance(error, dict) else {}
    if fields.get("type") == "exceed_context_size_error":
        limit, given = _count(fields.get("n_ctx")), _count(fields.get("n_prompt_tokens"))
        words = f"the prompt is longer than the context of {where}"
        return TooLong(words, advice=ADVICE_SHORTER, limit_tokens=limit, given_tokens=given)
    kind = fields.get("type")
    code = clean(kind) if isinstance(kind, str) else f"HTTP {status}"
    if 400 <= status < 500:
        return Refused(f"{where} refused the request ({code})", advice=ADVICE_LOG)
    return Broken(f"{where} failed while it generated ({code})", advice=ADVICE_LOG)


def _escaped(text: str) -> str:
    """A literal in llama.cpp's grammar notation."""
    return "".join(c if c == " " or (c.isascii() and c.isalnum()) else f"\\U{ord(c):08X}" for c in text)


def _count(value: Any) -> int | None:
    return value if type(value) is int and value >= 0 else None


def _rate(value: Any) -> float | None:
    """Tokens a second; of a single token, or of none, llama.cpp says what can't be."""
    return float(value) if type(value) in (int, float) and 0 < value < MAX_RATE else None
