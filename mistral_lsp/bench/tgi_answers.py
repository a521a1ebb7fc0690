"""What text-generation-inference 3.3 answers, and what goes wrong on the way: pure, as steps for a server to play.

Written after TGI's router, and it keeps what surprises there: `/generate_stream` says 200 before it looks at the
request, so that its errors are events; the token is compared without regard to case; `/info` and `/health` need none;
the stop string is part of the text; a request that can't be read is answered in plain text.
"""

from __future__ import annotations

import json
from itertools import count
from typing import TYPE_CHECKING, Any

from mistral_lsp.bench import llamacpp_answers, openai_answers
from mistral_lsp.bench.tgi_rules import EOS, ERRORS, Answer, error, parameters, refused, token
from mistral_lsp.bench.tgi_script import Fault, Script, Step, Then, dumps, head, json_response, response

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PAYLOAD_LIMIT_BYTES = 2_000_000  # TGI's default


def steps(script: Script, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Iterator[Step]:
    """Answer one request. `headers` has lower-case names."""
    if (method, path) in script.pages:
        return iter([script.pages[method, path]])
    if script.fault in _PROXY:
        return iter(_PROXY[script.fault])
    return _ENGINES[script.engine](script, method, path, headers, body)


def _steps(script: Script, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Iterator[Step]:
    route = path.partition("?")[0].removeprefix(script.prefix) if path.startswith(script.prefix) else ""
    if (method, route) in _OPEN:
        return iter([_OPEN[method, route](script)])
    if (method, route) not in _GUARDED:
        return iter([response(404 if route not in _PATHS else 405)])
    if script.token and headers.get("authorization", "").lower() != f"Bearer {script.token}".lower():
        return iter([response(401)])
    request = _read(headers, body)
    return iter([request]) if isinstance(request, bytes) else _GUARDED[method, route](script, request)


def _read(headers: Mapping[str, str], body: bytes) -> dict[str, Any] | bytes:
    """The request, or the plain-text refusal of the router's framework."""
    if "application/json" not in headers.get("content-type", ""):
        return _plain(415, "Expected request with `Content-Type: application/json`")
    if len(body) > PAYLOAD_LIMIT_BYTES:
        return _plain(413, "Failed to buffer the request body: length limit exceeded")
    try:
        request = json.loads(body)
    except ValueError:
        return _plain(400, "Failed to parse the request body as JSON: expected value at line 1 column 1")
    if isinstance(request, dict) and isinstance(request.get("messages"), list):
        own = {"max_new_tokens": request.get("max_tokens"), "stop": request.get("stop") or [], "details": True}
        own["grammar"] = request.get("response_format")
        return request | {"inputs": openai_answers.templated(request), "parameters": own}
    if not isinstance(request, dict) or not isinstance(request.get("inputs"), str):
        return _plain(422, "Failed to deserialize the JSON body into the target type: missing field `inputs`")
    return request


def _plain(status: int, text: str) -> bytes:
    return response(status, text.encode(), content_type="text/plain; charset=utf-8")


def _generate(script: Script, request: dict[str, Any], *, in_list: bool = False) -> Iterator[Step]:
    if refusal := refused(script, request):
        yield json_response(refusal[0], refusal[1])
        return
    answer = Answer.to(script, request)
    yield script.first_token_s + script.token_s * (len(answer.tokens) - 1)
    value: dict[str, Any] = {"generated_text": answer.text}
    details = answer.details(request)
    times = {"x-prompt-tokens": details.pop("input_length"), "x-generated-tokens": len(answer.tokens)}
    times |= {f"x-{part}-time": 0 for part in ("compute", "total", "validation", "queue", "inference")}
    if parameters(request)["details"]:
        value["details"] = details | {"prefill": [], "tokens": [token(text) for text in answer.tokens]}
    yield json_response(
        200, [value] if in_list else value, **_COMPUTE, **{name: str(time) for name, time in times.items()}
    )


_COMPUTE = {"x-compute-type": "gpu+optimized", "access-control-allow-origin": "*"}


def _compat(script: Script, request: dict[str, Any]) -> Iterator[Step]:
    return _stream(script, request) if request.get("stream") else _generate(script, request, in_list=True)


def _stream(script: Script, request: dict[str, Any]) -> Iterator[Step]:
    refusal = refused(script, request)
    if refusal and script.errors_as_status:
        yield json_response(refusal[0], refusal[1])
        return
    yield head(200, {**_STREAM, **_COMPUTE, "x-compute-characters": str(len(request["inputs"]))})
    if refusal:
        yield _event(refusal[1])
    else:
        yield from _events(script, request, Answer.to(script, request))
    yield script.end_s
    yield b"0\r\n\r\n"


_STREAM = {
    "content-type": "text/event-stream",
    "cache-control": "no-cache",
    "x-accel-buffering": "no",
    "transfer-encoding": "chunked",
}


def _events(script: Script, request: dict[str, Any], answer: Answer) -> Iterator[Step]:
    last = len(answer.tokens)
    for number, text in enumerate(answer.tokens, 1):
        if script.fault and number > script.fault_after:
            yield from _fault(script, answer)
            return
        yield script.first_token_s if number == 1 else script.token_s
        event = {"index": number, "token": token(text), "generated_text": None, "details": None}
        if number == last:
            event["generated_text"] = answer.text
            event["details"] = answer.details(request) if parameters(request)["details"] else None
        yield (_chunk(b":\n\n") if script.comments else b"") + _event(event)


def _fault(script: Script, answer: Answer) -> Iterator[Step]:
    number = script.fault_after + 1
    whole = _event({"index": number, "token": token("é"), "generated_text": None, "details": None})
    match script.fault:
        case Fault.STALL:
            yield Then.NEVER
        case Fault.CUT:
            yield Then.CLOSE
        case Fault.CUT_IN_CHARACTER:
            yield whole[: whole.index("é".encode()) + 1]
            yield Then.CLOSE
        case Fault.ENDLESS:
            for index in count(number):
                text = answer.tokens[(index - 1) % len(answer.tokens)].replace(EOS, "x")
                yield max(script.token_s, 0.0001)
                yield _event({"index": index, "token": token(text), "generated_text": None, "details": None})
        case Fault.HUGE_EVENT:
            yield from (_chunk(b"data:" + b"x" * 65_536 if not part else b"x" * 65_536) for part in range(160))
        case Fault.NOT_JSON:
            yield _chunk(b"data:<html>\n\n")
        case Fault.WRONG_SHAPE:
            yield _event({"choices": [{"index": 0, "text": "x"}]})
        case Fault.GENERATION | Fault.OVERLOADED | Fault.INCOMPLETE:
            yield _event(ERRORS[script.fault][1])
        case _:  # END_EARLY: the caller ends the response
            pass


def _event(value: Any) -> bytes:
    return _chunk(b"data:" + dumps(value) + b"\n\n")


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def _chat(script: Script, request: dict[str, Any]) -> Iterator[Step]:
    """OpenAI's events; an error has its status inside, where the stream has begun."""
    if not script.has_chat:
        yield json_response(422, error("template_error", "Template error: template not found"))
        return
    yield head(200, {**_STREAM, **_COMPUTE})
    if refusal := refused(script, request):
        yield _event(_chat_error(*refusal))
    else:
        answer = Answer.to(script, request)
        texts = [text for text in answer.tokens if text != EOS]
        for number, text in enumerate(texts, 1):
            if script.fault and number > script.fault_after:
                break
            yield script.first_token_s if number == 1 else script.token_s
            yield _event(_chat_event(text, None))
        if script.fault:
            yield from _chat_fault(script, answer)
            return
        reason = {"eos_token": "stop", "stop_sequence": "stop"}.get(answer.finish_reason, answer.finish_reason)
        yield _event(_chat_event("", reason))
        used = answer.details(request)["input_length"]
        usage = {"prompt_tokens": used, "completion_tokens": len(answer.tokens), "total_tokens": used}
        yield _event({"id": "", "choices": [], "usage": usage}) + _chunk(b"data: [DONE]\n\n")
    yield b"0\r\n\r\n"


def _chat_event(text: str, reason: str | None) -> dict[str, Any]:
    choice = {"index": 0, "delta": {"role": "assistant", "content": text}, "logprobs": None, "finish_reason": reason}
    return {"object": "chat.completion.chunk", "id": "", "choices": [choice], "usage": None}


def _chat_error(status: int, error: dict[str, str]) -> dict[str, Any]:
    return {"error": {"message": error["error"], "http_status_code": status}}


def _chat_fault(script: Script, answer: Answer) -> Iterator[Step]:
    if script.fault in ERRORS:
        yield _event(_chat_error(*ERRORS[script.fault])) + b"0\r\n\r\n"
    else:
        yield from _fault(script, answer)
        yield b"0\r\n\r\n"


def _chat_tokenize(script: Script, request: dict[str, Any]) -> Iterator[Step]:
    if not script.has_chat:
        yield json_response(422, error("template_error", "Template error: template not found"))
    else:
        yield json_response(200, {"tokenize_response": [], "templated_text": request["inputs"]})


def _tokenize(script: Script, request: dict[str, Any]) -> Iterator[Step]:
    text, size = request["inputs"], script.chars_per_token
    starts = range(0, len(text), size)
    pieces = [(start, text[start : start + size]) for start in starts]
    yield json_response(200, [{"id": token(p)["id"], "text": p, "start": at, "stop": at + len(p)} for at, p in pieces])


def _info(script: Script) -> bytes:
    limits = {"max_concurrent_requests": 128, "max_best_of": 2, "max_stop_sequences": script.max_stops}
    sizes = {"max_input_tokens": script.max_total_tokens - 1, "max_total_tokens": script.max_total_tokens}
    model = {"model_id": script.model_id, "model_sha": None, "model_pipeline_tag": "text-generation"}
    router = {"router": "text-generation-router", "version": "3.3.7", "sha": None, "docker_label": None}
    return json_response(200, model | limits | sizes | {"validation_workers": 2, "max_client_batch_size": 4} | router)


def _health(_script: Script) -> bytes:
    return response(200)


def _models(script: Script) -> bytes:
    row = {"id": script.model_id, "object": "model", "created": 0, "owned_by": script.model_id}
    return json_response(200, {"object": "list", "data": [row]})


_OPEN = {
    ("GET", "/v1/models"): _models,
    ("GET", "/info"): _info,
    ("GET", "/health"): _health,
    ("GET", "/ping"): _health,
    ("GET", "/"): _health,
}
_GUARDED = {
    ("POST", "/generate"): _generate,
    ("POST", "/generate_stream"): _stream,
    ("POST", "/"): _compat,
    ("POST", "/tokenize"): _tokenize,
    ("POST", "/v1/chat/completions"): _chat,
    ("POST", "/chat_tokenize"): _chat_tokenize,
}
_PATHS = {path for _, path in (*_OPEN, *_GUARDED)}
_ENGINES = {"tgi": _steps, "vllm": openai_answers.steps, "llamacpp": llamacpp_answers.steps}
_HTML = {"content_type": "text/html", "server": "nginx"}
_PROXY: dict[Fault | None, list[Step]] = {
    Fault.REFUSE: [Then.CLOSE],
    Fault.SILENT: [Then.NEVER],
    Fault.HTML_502: [
        response(502, b"<html><h1>502 Bad Gateway</h1></html>", **_HTML, connection="close"),
        Then.CLOSE,
    ],
    Fault.HTML_200: [response(200, b"<html>Please sign in</html>", **_HTML)],
    Fault.JSON_200: [json_response(200, {"status": "ok"})],
    Fault.BUSY_503: [response(503, b"<html>Busy</html>", **_HTML, retry_after="7")],
    Fault.FORBIDDEN_403: [json_response(403, {"message": "Forbidden"})],
    Fault.NOT_FOUND_404: [json_response(404, {"detail": "Not Found"})],
    Fault.REDIRECT: [response(307, b"", location="http://127.0.0.1:9/elsewhere")],
}
