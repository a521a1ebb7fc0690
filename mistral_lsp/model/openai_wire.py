"""The requests and events of OpenAI's completions API, as vLLM and its like speak it, and what their refusals mean."""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, Any

from mistral_lsp.model.base import (
    Broken,
    ModelError,
    Overloaded,
    Refused,
    TooLong,
    Unauthorised,
    Usage,
    WrongModel,
)
from mistral_lsp.model.constrained import fields_of
from mistral_lsp.model.http import encodable
from mistral_lsp.model.words import ADVICE_LARGE, ADVICE_LOG, ADVICE_REDIRECT, ADVICE_TOKEN, ADVICE_WAIT, clean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mistral_lsp.core.prompt import Prompt
    from mistral_lsp.model.engines import Engine
    from mistral_lsp.model.http import Reply

DONE = "[DONE]"  # the data of the event that ends a stream

ADVICE_URL = "Set endpoint.url to where an OpenAI-compatible server answers, with or without /v1."
ADVICE_MODEL = "Set endpoint.model to the name of a model that the endpoint serves; `mistral-lsp doctor` lists them."
ADVICE_TOKENS = "Lower completion.context_tokens or completion.max_tokens, or start the endpoint with a larger context."
ADVICE_PARAMETERS = "Look into the endpoint's log: it doesn't take a parameter that others of its kind take."

# What vLLM says up to 0.15 and since 0.16, llama.cpp, and OpenAI itself.
_TOO_LONG = (
    re.compile(r"maximum context length is (?P<limit>\d{1,9}) tokens\D+(?:\d+ tokens \()?(?P<given>\d{1,9})"),
    re.compile(r"passed (?P<given>\d{1,9}) input tokens.*?context length is only (?P<limit>\d{1,9})"),
    re.compile(r"\((?P<given>\d{1,9}) tokens\) exceeds the available context size \((?P<limit>\d{1,9})"),
)
_REFUSED = {
    401: ("wants a token, or another one", ADVICE_TOKEN),
    403: ("doesn't let this token in", ADVICE_TOKEN),
    405: ("has no POST /v1/completions", ADVICE_URL),
    413: ("finds the prompt too large", ADVICE_LARGE),
} | dict.fromkeys((301, 302, 303, 307, 308), ("redirects to another address", ADVICE_REDIRECT))


def body_of(prompt: Prompt, *, model: str, engine: Engine, cache_salt: str) -> bytes:
    """The request; only what this engine understands is in it."""
    body: dict[str, Any] = {
        "model": model,
        **said_before(prompt, engine),
        "max_tokens": max(engine.fewest_tokens, prompt.max_tokens),
        "stop": [encodable(stop) for stop in prompt.stop[: engine.max_stops]],
        "temperature": prompt.temperature,
        "stream": True,
    }
    if engine.usage_in_stream:
        body["stream_options"] = {"include_usage": True}
    body |= fields_of(prompt.constraint, engine)
    if prompt.min_confidence and engine.odds:  # of the tokens that were chosen, and of no others
        body["logprobs"] = 0 if prompt.user is None else True
    if engine.cache_salt:
        body["cache_salt"] = cache_salt
    if prompt.seed is not None:
        body["seed"] = prompt.seed
    return json.dumps(body).encode()


def path_of(prompt: Prompt) -> str:
    """Where it is sent."""
    return "/v1/completions" if prompt.user is None else "/v1/chat/completions"


def said_before(prompt: Prompt, engine: Engine) -> dict[str, Any]:
    """The raw prompt, or the turns with the answer's beginning."""
    if prompt.user is None:
        return {"prompt": encodable(prompt.text)}
    turns = [{"role": "user", "content": encodable(prompt.user)}]
    if not prompt.text or not engine.prefills:
        return {"messages": turns}
    turns.append({"role": "assistant", "content": encodable(prompt.text)})
    # vLLM's docs/serving/openai_compatible_server: the two exclude each other, and the first one is the default.
    begun = {"add_generation_prompt": False, "continue_final_message": True} if engine.continues else {}
    return {"messages": turns, **begun}


def event_of(where: str, data: str) -> Mapping[str, Any]:
    """One event of a stream; raises what an error event says."""
    try:
        event = json.loads(data)
    except (ValueError, RecursionError):
        event = None
    if isinstance(event, dict) and isinstance(event.get("choices"), list):
        return event
    error = _error_in(event)
    raise _problem(where, error) if error else Broken(f"{where} sent an event that isn't OpenAI's", advice=ADVICE_URL)


def tokens_in(event: Mapping[str, Any]) -> tuple[list[tuple[str, float | None]], bool]:
    """The text that an event adds, with probabilities where it has some, and whether its answer ends with it."""
    choice = event["choices"][0] if event["choices"] else None
    if not isinstance(choice, dict):
        return [], False  # the last one counts, and has no choice
    delta = choice.get("delta")  # of a chat
    text = delta.get("content") if isinstance(delta, dict) else choice.get("text")
    rated = rated_tokens(text if isinstance(text, str) else "", _rated(choice.get("logprobs")))
    return rated, choice.get("finish_reason") is not None


def rated_tokens(text: str, tokens: list[tuple[str, float]]) -> list[tuple[str, float | None]]:
    """A text by its tokens; as one with the lowest probability, where theirs isn't quite the text."""
    if not text or not tokens:
        return [(text, None)] if text else []
    if len(tokens) > 1 and "".join(token for token, _ in tokens) == text:
        return list(tokens)
    return [(text, min(probability for _, probability in tokens))]


def probability(logprob: Any) -> float | None:
    """Of a token, from its logarithm."""
    return math.exp(min(0.0, logprob)) if isinstance(logprob, int | float) else None


def _rated(logprobs: Any) -> list[tuple[str, float]]:
    """The tokens of a choice's `logprobs`: of a chat's, or of a completion's."""
    if not isinstance(logprobs, dict):
        return []
    if isinstance(content := logprobs.get("content"), list):
        pairs = [(token.get("token"), token.get("logprob")) for token in content if isinstance(token, dict)]
    else:
        texts, values = (logprobs.get(key) or () for key in ("tokens", "token_logprobs"))
        pairs = list(zip(texts, values, strict=False)) if isinstance(texts, list) and isinstance(values, list) else []
    return [(str(text), rate) for text, value in pairs if (rate := probability(value)) is not None]


def usage_in(event: Mapping[str, Any]) -> Usage | None:
    """What an event counts, where it does."""
    usage = event.get("usage")
    if not isinstance(usage, dict):
        return None
    details = usage.get("prompt_tokens_details")
    cached = details.get("cached_tokens") if isinstance(details, dict) else None
    return Usage(_count(usage.get("prompt_tokens")), _count(cached), _count(usage.get("completion_tokens")))


def problem_of_reply(where: str, reply: Reply) -> ModelError:
    """What a response that isn't a stream means."""
    status, error = reply.status, _error_in(reply.json)
    if status in _REFUSED:
        words, advice = _REFUSED[status]
        refusal = Unauthorised if status in (401, 403) else Refused
        return refusal(f"{where} {words} (HTTP {status})", advice=advice)
    if status in (429, 503):
        words = f"{where} has too much to do (HTTP {status})"
        return Overloaded(words, advice=ADVICE_WAIT, retry_after_s=reply.retry_after_s)
    if status == 404 and error and "model" in error["message"].lower():
        return WrongModel(f"{where} doesn't serve the model of that name (HTTP 404)", advice=ADVICE_MODEL)
    if status >= 400 and error:
        return _problem(where, error, status=status)
    if 400 <= status < 500:
        advice = ADVICE_URL if status == 404 else ADVICE_PARAMETERS
        return Refused(f"{where} refused the request (HTTP {status})", advice=advice)
    kind = "a web page" if "html" in reply.content_type else clean(reply.content_type) or "nothing"
    return Broken(f"{where} answered with {kind} (HTTP {status})", advice=ADVICE_URL)


def _problem(where: str, error: Mapping[str, str], *, status: int = 0) -> ModelError:
    """An error in OpenAI's form. Its words may repeat the prompt: only numbers of known sentences are told."""
    message = error["message"][:4_000]
    for pattern in _TOO_LONG:
        if found := pattern.search(message):
            given, limit = int(found["given"]), int(found["limit"])
            words = f"{where} takes {limit} tokens of prompt and answer, and this prompt has {given} or more"
            return TooLong(words, advice=ADVICE_TOKENS, limit_tokens=limit, given_tokens=given)
    code = f"HTTP {status}" if status else clean(error["type"]) or "no reason given"
    if 400 <= status < 500:
        advice = ADVICE_URL if status == 404 else ADVICE_PARAMETERS
        return Refused(f"{where} refused the request ({code})", advice=advice)
    return Broken(f"{where} failed while it generated ({code})", advice=ADVICE_LOG)


def _error_in(payload: Any) -> dict[str, str] | None:
    """The error in a payload; older servers put its parts at the top."""
    if not isinstance(payload, dict):
        return None
    error = payload.get("error", payload if payload.get("object") == "error" else None)
    if isinstance(error, str):
        error = {"message": error}
    if not isinstance(error, dict):
        return None
    return {"message": str(error.get("message", "")), "type": str(error.get("type", ""))}


def _count(value: Any) -> int | None:
    return value if type(value) is int and value >= 0 else None
