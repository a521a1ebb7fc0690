"""What llama.cpp's server answers, and what goes wrong on the way: pure, as steps for a server to play.

Written after llama.cpp's tools/server: the prompt's progress comes as events of its own; the final event has `stop` and
counts; the stop string is no part of the text; a connection is closed after a stream; the key guards all but `/health`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from mistral_lsp.bench.stream_faults import data_of, fault_steps
from mistral_lsp.bench.tgi_script import Script, Step, Then, head, json_response

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SLOTS = 4
_CHAT = "/v1/chat/completions"


def steps(script: Script, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Iterator[Step]:
    """Answer one request. `headers` has lower-case names."""
    route = path.partition("?")[0].removeprefix(script.prefix) if path.startswith(script.prefix) else ""
    if (method, route) == ("GET", "/health"):
        return iter([json_response(200, {"status": "ok"})])
    if script.token and headers.get("authorization") != f"Bearer {script.token}":
        return iter([_refusal(401, "Invalid API Key", kind="authentication_error")])
    if (method, route) in _ABOUT:
        return iter([json_response(200, _ABOUT[method, route](script))])
    if (method, route) not in {("POST", "/completion"), ("POST", _CHAT)}:
        return iter([_refusal(404, "File Not Found", kind="not_found_error")])
    try:
        request = json.loads(body)
    except ValueError:
        return iter([_refusal(500, "[json.exception.parse_error.101]", kind="server_error")])
    return _stream(script, request, is_chat=route == _CHAT)


def _models(script: Script) -> dict[str, Any]:
    return {"object": "list", "data": [{"id": script.model_id, "object": "model", "owned_by": "llamacpp"}]}


def _properties(script: Script) -> dict[str, Any]:
    settings = {"n_ctx": script.max_total_tokens}
    template = "{{ messages }}" if script.has_chat else ""
    about = {"model_path": f"/models/{script.model_id}.gguf", "build_info": "b9931-00dc805", "chat_template": template}
    return {"default_generation_settings": settings, "total_slots": SLOTS} | about


_ABOUT = {("GET", "/props"): _properties, ("GET", "/v1/models"): _models}


def _refusal(status: int, words: str, *, kind: str, **more: int) -> bytes:
    return json_response(status, {"error": {"code": status, "message": words, "type": kind, **more}})


def _stream(script: Script, request: Mapping[str, Any], *, is_chat: bool) -> Iterator[Step]:
    prompt = "".join(turn["content"] for turn in request["messages"]) if is_chat else request["prompt"]
    prompt_tokens = 1 + (len(prompt) + 3) // 4
    if prompt_tokens > script.max_total_tokens:
        words, sizes = "the request exceeds the available context size", {"n_prompt_tokens": prompt_tokens}
        sizes["n_ctx"] = script.max_total_tokens
        yield _refusal(400, words, kind="exceed_context_size_error", **sizes)
        return
    yield head(200, {"content-type": "text/event-stream", "transfer-encoding": "chunked"})
    cached = script.cached_tokens or 0
    if request.get("return_progress"):
        progress = {"total": prompt_tokens, "cache": cached, "processed": prompt_tokens, "time_ms": 1}
        yield data_of(_event("", is_chat=is_chat) | {"prompt_progress": progress})
    tokens = _tokens(script, prompt, request)
    for number, text in enumerate(tokens, 1):
        if script.fault and number > script.fault_after:
            break
        yield script.first_token_s if number == 1 else script.token_s
        yield data_of(_event(text, is_chat=is_chat))
    if script.fault:
        error = {"code": 500, "message": "failed to decode", "type": "server_error"}
        yield from fault_steps(script, tokens, lambda text: data_of(_event(text)), foreign=[1], error=error)
        return
    timings = {"cache_n": cached, "prompt_n": prompt_tokens - cached, "predicted_n": len(tokens)}
    yield data_of(_event("", is_chat=is_chat, is_last=True) | {"timings": timings})
    yield b"0\r\n\r\n"
    yield Then.CLOSE


def _tokens(script: Script, prompt: str, request: Mapping[str, Any]) -> list[str]:
    """The answer's tokens, without a stop string."""
    reply = script.reply(prompt) if callable(script.reply) else script.reply
    size = script.chars_per_token
    tokens = [reply[i : i + size] for i in range(0, len(reply), size)] if isinstance(reply, str) else list(reply)
    tokens = tokens[: request.get("n_predict", request.get("max_tokens", len(tokens)))]
    text = "".join(tokens)
    found = [at for stop in request.get("stop") or [] if (at := text.find(stop)) >= 0]
    return [text[: min(found)]] if found else tokens


def _event(text: str, *, is_chat: bool = False, is_last: bool = False) -> dict[str, Any]:
    if is_chat:
        choice = {"index": 0, "delta": {"content": text}, "finish_reason": "stop" if is_last else None}
        return {"object": "chat.completion.chunk", "choices": [choice]}
    return {"index": 0, "content": text, "stop": is_last}
