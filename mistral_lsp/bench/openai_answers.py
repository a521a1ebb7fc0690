"""What vLLM's OpenAI-compatible server answers, and what goes wrong on the way: pure, as steps for a server to play.

Written after vLLM's entrypoints/openai: a refusal is a status with `{"error": ...}`, also where a stream was asked for;
the stop string is no part of the text; what is counted comes in an event of its own after the last one of the text,
then `[DONE]`; an unknown field is ignored; the key guards `/v1` alone.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from mistral_lsp.bench.stream_faults import chunk, data_of, fault_steps
from mistral_lsp.bench.tgi_script import Script, Step, head, json_response, response

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_ROUTES = {"/v1/completions", "/v1/chat/completions", "/tokenize"}
DONE = b"data: [DONE]\n\n"
_ID = "cmpl-0"


def steps(script: Script, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Iterator[Step]:
    """Answer one request. `headers` has lower-case names."""
    route = path.partition("?")[0].removeprefix(script.prefix) if path.startswith(script.prefix) else ""
    if (method, route) in _OPEN:
        return iter([_OPEN[method, route]])
    if route.startswith("/v1/") and script.token and headers.get("authorization") != f"Bearer {script.token}":
        return iter([json_response(401, {"error": "Unauthorized"})])
    if (method, route) == ("GET", "/v1/models"):
        return iter([_models(script)])
    if method != "POST" or route not in _ROUTES:
        return iter([json_response(404 if route not in _ROUTES else 405, {"detail": "Not Found"})])
    return _posted(script, route, body)


def _posted(script: Script, route: str, body: bytes) -> Iterator[Step]:
    try:
        request = json.loads(body)
    except ValueError:
        return iter([_refusal(400, "Invalid JSON")])
    if (is_chat := "messages" in request) and not script.has_chat:
        return iter([_refusal(400, "default chat template is no longer allowed, so you must provide a chat template")])
    if route == "/tokenize":
        return iter([json_response(200, {"count": 1, "max_model_len": script.max_total_tokens, "tokens": [1]})])
    if is_chat:
        request["prompt"] = templated(request)
    refusal = _refused(script, request)
    return iter([refusal]) if refusal else _stream(script, request)


def templated(request: dict[str, Any]) -> str:
    """The turns in a template of Mistral's kind; one that the client has begun isn't ended."""
    turns = request["messages"]
    text = "".join(
        f"[INST] {turn['content']}[/INST]" if turn["role"] == "user" else f" {turn['content']}</s>" for turn in turns
    )
    return text.removesuffix("</s>") if request.get("continue_final_message") else text


def _models(script: Script) -> bytes:
    model = {"id": script.model_id, "object": "model", "created": 1, "owned_by": script.owner, "root": script.model_id}
    return json_response(200, {"object": "list", "data": [model | {"max_model_len": script.max_total_tokens}]})


def _refused(script: Script, request: dict[str, Any]) -> bytes | None:
    """What vLLM says instead of an answer, if it does."""
    used, new, most = _tokens_in(request["prompt"]), request.get("max_tokens", 16), script.max_total_tokens
    if request.get("model") != script.model_id:
        return _refusal(404, f"The model `{request.get('model')}` does not exist.", kind="NotFoundError")
    if new < 1:
        return _refusal(400, f"max_tokens must be at least 1, got {new}.")
    if len(request.get("stop") or []) > script.max_stops:
        return _refusal(400, f"at most {script.max_stops} stop strings")
    if used + new > most:
        words = (
            f"You passed {used} input tokens and requested {new} output tokens. However, the model's context length is "
            f"only {most} tokens, resulting in a maximum input length of {most - new} tokens. Please reduce the length "
            f"of the input prompt. (parameter=input_tokens, value={used})"
        )
        return _refusal(400, words)
    return None


def _refusal(status: int, words: str, *, kind: str = "BadRequestError") -> bytes:
    return json_response(status, {"error": {"message": words, "type": kind, "param": None, "code": status}})


def _stream(script: Script, request: dict[str, Any]) -> Iterator[Step]:
    yield head(200, {"content-type": "text/event-stream; charset=utf-8", "transfer-encoding": "chunked"})
    tokens, reason = _answer(script, request)
    for number, text in enumerate(tokens, 1):
        if script.fault and number > script.fault_after:
            yield from _fault(script, tokens)
            return
        yield script.first_token_s if number == 1 else script.token_s
        yield (chunk(b": ping\n\n") if script.comments else b"") + _event(text, is_chat="messages" in request)
    if script.fault:
        yield from _fault(script, tokens)
        return
    yield _event("", reason=reason, is_chat="messages" in request)
    if (request.get("stream_options") or {}).get("include_usage"):
        yield data_of({"id": _ID, "choices": [], "usage": _usage(script, request, len(tokens))})
    yield chunk(DONE)
    yield script.end_s
    yield b"0\r\n\r\n"


def _answer(script: Script, request: dict[str, Any]) -> tuple[list[str], str]:
    """The tokens, without a stop string, and why they end."""
    reply = script.reply(request["prompt"]) if callable(script.reply) else script.reply
    size = script.chars_per_token
    tokens = [reply[i : i + size] for i in range(0, len(reply), size)] if isinstance(reply, str) else list(reply)
    limit = request.get("max_tokens", 16)
    for number in range(1, len(tokens) + 1):
        text = "".join(tokens[:number])
        found = [at for stop in request.get("stop") or [] if (at := text.find(stop)) >= 0]
        if found:
            return [text[: min(found)]], "stop"
        if number == limit:
            return tokens[:number], "length"
    return tokens, "stop"


def _fault(script: Script, tokens: list[str]) -> Iterator[Step]:
    foreign = {"token": {"id": 1, "text": "x"}}
    error = {"message": "EngineCore encountered an issue.", "type": "InternalServerError", "code": 500}
    return fault_steps(script, tokens, _event, foreign=foreign, error=error)


def _event(text: str, *, reason: str | None = None, is_chat: bool = False) -> bytes:
    said: dict[str, Any] = {"delta": {"role": "assistant", "content": text}} if is_chat else {"text": text}
    choice = {"index": 0, **said, "logprobs": None, "finish_reason": reason, "stop_reason": None}
    value = {"id": _ID, "object": "text_completion", "created": 1, "model": "m", "choices": [choice], "usage": None}
    return data_of(value)


def _usage(script: Script, request: dict[str, Any], answer_tokens: int) -> dict[str, Any]:
    prompt = _tokens_in(request["prompt"])
    cached = prompt // 16 * 16 if script.cached_tokens is None else script.cached_tokens  # whole blocks
    details = {"cached_tokens": cached}
    sums = {"prompt_tokens": prompt, "total_tokens": prompt + answer_tokens, "completion_tokens": answer_tokens}
    return sums | {"prompt_tokens_details": details}


def _tokens_in(text: str) -> int:
    return 1 + (len(text) + 3) // 4  # the begin-of-sequence token, and four characters a token


_OPEN = {
    ("GET", "/health"): response(200),
    ("GET", "/version"): json_response(200, {"version": "0.33.0"}),
    ("GET", "/info"): json_response(404, {"detail": "Not Found"}),
}
