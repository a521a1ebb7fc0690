"""What text-generation-inference 3.3 answers, and what goes wrong on the way: pure, as steps for a server to play.

Written after TGI's router, and it keeps what surprises there: `/generate_stream` says 200 before it looks at the
request, so that its errors are events; the token is compared without regard to case; `/info` and `/health` need none;
the stop string is part of the text; a request that can't be read is answered in plain text.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any

from mistral_lsp.bench import openai_answers
from mistral_lsp.bench.tgi_script import Fault, Script, Step, Then, dumps, head, json_response, response

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PAYLOAD_LIMIT_BYTES = 2_000_000  # TGI's default
EOS = "</s>"


def steps(script: Script, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Iterator[Step]:
    """Answer one request. `headers` has lower-case names."""
    if (method, path) in script.pages:
        return iter([script.pages[method, path]])
    if script.fault in _PROXY:
        return iter(_PROXY[script.fault])
    engine = openai_answers.steps if script.engine == "vllm" else _steps
    return engine(script, method, path, headers, body)


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
    if not isinstance(request, dict) or not isinstance(request.get("inputs"), str):
        return _plain(422, "Failed to deserialize the JSON body into the target type: missing field `inputs`")
    return request


def _plain(status: int, text: str) -> bytes:
    return response(status, text.encode(), content_type="text/plain; charset=utf-8")


def _refusal(script: Script, request: dict[str, Any]) -> tuple[int, dict[str, str]] | None:
    """The status and body with which TGI refuses a request, or None."""
    if script.fault in _ERRORS and not script.fault_after:
        return _ERRORS[script.fault]
    asked = _parameters(request)
    stops, new, used = len(asked["stop"]), asked["max_new_tokens"], _tokens_in(request["inputs"])
    most = script.max_total_tokens
    new = max(most - used, 1) if new is None else new
    rules = {
        "`temperature` must be strictly positive": asked["temperature"] is not None and asked["temperature"] <= 0,
        "`max_new_tokens` must be strictly positive": new == 0,
        f"`stop` supports up to {script.max_stops} stop sequences. Given: {stops}": stops > script.max_stops,
        "`inputs` cannot be empty": not request["inputs"],
        f"`inputs` tokens + `max_new_tokens` must be <= {most}. "
        f"Given: {used} `inputs` tokens and {new} `max_new_tokens`": used + new > most,
    }
    for words, is_broken in rules.items():
        if is_broken:
            return 422, _error("validation", f"Input validation error: {words}")
    return None


def _error(kind: str, words: str) -> dict[str, str]:
    return {"error": words, "error_type": kind}


_ERRORS: dict[Fault | None, tuple[int, dict[str, str]]] = {
    Fault.GENERATION: (424, _error("generation", "Request failed during generation: Server error: CUDA out of memory")),
    Fault.OVERLOADED: (429, _error("overloaded", "Model is overloaded")),
    Fault.INCOMPLETE: (500, _error("incomplete_generation", "Incomplete generation")),
}


def _parameters(request: dict[str, Any]) -> dict[str, Any]:
    return {
        "max_new_tokens": None,
        "temperature": None,
        "stop": [],
        "details": False,
        **(request.get("parameters") or {}),
    }


def _tokens_in(text: str) -> int:
    return 1 + (len(text) + 3) // 4  # the begin-of-sequence token, and four characters a token


@dataclass(frozen=True, slots=True)
class _Answer:
    """What the model says to one request."""

    tokens: tuple[str, ...]
    finish_reason: str

    @classmethod
    def to(cls, script: Script, request: dict[str, Any]) -> _Answer:
        """End at the limit, at a stop string or with the reply, whichever is first."""
        reply = script.reply(request["inputs"]) if callable(script.reply) else script.reply
        size = script.chars_per_token
        all_tokens = [reply[i : i + size] for i in range(0, len(reply), size)] if isinstance(reply, str) else reply
        asked, text = _parameters(request), ""
        for number, token in enumerate(all_tokens, 1):
            text += token
            if number == asked["max_new_tokens"]:
                return cls(tuple(all_tokens[:number]), "length")
            if any(text.endswith(stop) for stop in asked["stop"]):
                return cls(tuple(all_tokens[:number]), "stop_sequence")
        return cls((*all_tokens, EOS), "eos_token")

    @property
    def text(self) -> str:
        return "".join(self.tokens).removesuffix(EOS if self.finish_reason == "eos_token" else "")

    def details(self, request: dict[str, Any]) -> dict[str, Any]:
        used = _tokens_in(request["inputs"])
        return {
            "finish_reason": self.finish_reason,
            "generated_tokens": len(self.tokens),
            "seed": None,
            "input_length": used,
        }


def _token(text: str) -> dict[str, Any]:
    special = text == EOS
    return {
        "id": 2 if special else 3 + zlib.crc32(text.encode(errors="replace")) % 32_000,
        "text": text,
        "logprob": -0.125,
        "special": special,
    }


def _generate(script: Script, request: dict[str, Any], *, in_list: bool = False) -> Iterator[Step]:
    if refusal := _refusal(script, request):
        yield json_response(refusal[0], refusal[1])
        return
    answer = _Answer.to(script, request)
    yield script.first_token_s + script.token_s * (len(answer.tokens) - 1)
    value: dict[str, Any] = {"generated_text": answer.text}
    details = answer.details(request)
    times = {"x-prompt-tokens": details.pop("input_length"), "x-generated-tokens": len(answer.tokens)}
    times |= {f"x-{part}-time": 0 for part in ("compute", "total", "validation", "queue", "inference")}
    if _parameters(request)["details"]:
        value["details"] = details | {"prefill": [], "tokens": [_token(text) for text in answer.tokens]}
    yield json_response(
        200, [value] if in_list else value, **_COMPUTE, **{name: str(time) for name, time in times.items()}
    )


_COMPUTE = {"x-compute-type": "gpu+optimized", "access-control-allow-origin": "*"}


def _compat(script: Script, request: dict[str, Any]) -> Iterator[Step]:
    return _stream(script, request) if request.get("stream") else _generate(script, request, in_list=True)


def _stream(script: Script, request: dict[str, Any]) -> Iterator[Step]:
    refusal = _refusal(script, request)
    if refusal and script.errors_as_status:
        yield json_response(refusal[0], refusal[1])
        return
    yield head(200, {**_STREAM, **_COMPUTE, "x-compute-characters": str(len(request["inputs"]))})
    if refusal:
        yield _event(refusal[1])
    else:
        yield from _events(script, request, _Answer.to(script, request))
    yield script.end_s
    yield b"0\r\n\r\n"


_STREAM = {
    "content-type": "text/event-stream",
    "cache-control": "no-cache",
    "x-accel-buffering": "no",
    "transfer-encoding": "chunked",
}


def _events(script: Script, request: dict[str, Any], answer: _Answer) -> Iterator[Step]:
    last = len(answer.tokens)
    for number, text in enumerate(answer.tokens, 1):
        if script.fault and number > script.fault_after:
            yield from _fault(script, answer)
            return
        yield script.first_token_s if number == 1 else script.token_s
        event = {"index": number, "token": _token(text), "generated_text": None, "details": None}
        if number == last:
            event["generated_text"] = answer.text
            event["details"] = answer.details(request) if _parameters(request)["details"] else None
        yield (_chunk(b":\n\n") if script.comments else b"") + _event(event)


def _fault(script: Script, answer: _Answer) -> Iterator[Step]:
    number = script.fault_after + 1
    whole = _event({"index": number, "token": _token("é"), "generated_text": None, "details": None})
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
                yield _event({"index": index, "token": _token(text), "generated_text": None, "details": None})
        case Fault.HUGE_EVENT:
            yield from (_chunk(b"data:" + b"x" * 65_536 if not part else b"x" * 65_536) for part in range(160))
        case Fault.NOT_JSON:
            yield _chunk(b"data:<html>\n\n")
        case Fault.WRONG_SHAPE:
            yield _event({"choices": [{"index": 0, "text": "x"}]})
        case Fault.GENERATION | Fault.OVERLOADED | Fault.INCOMPLETE:
            yield _event(_ERRORS[script.fault][1])
        case _:  # END_EARLY: the caller ends the response
            pass


def _event(value: Any) -> bytes:
    return _chunk(b"data:" + dumps(value) + b"\n\n")


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def _tokenize(script: Script, request: dict[str, Any]) -> Iterator[Step]:
    text, size = request["inputs"], script.chars_per_token
    starts = range(0, len(text), size)
    pieces = [(start, text[start : start + size]) for start in starts]
    yield json_response(200, [{"id": _token(p)["id"], "text": p, "start": at, "stop": at + len(p)} for at, p in pieces])


def _info(script: Script) -> bytes:
    limits = {"max_concurrent_requests": 128, "max_best_of": 2, "max_stop_sequences": script.max_stops}
    sizes = {"max_input_tokens": script.max_total_tokens - 1, "max_total_tokens": script.max_total_tokens}
    model = {"model_id": script.model_id, "model_sha": None, "model_pipeline_tag": "text-generation"}
    router = {"router": "text-generation-router", "version": "3.3.7", "sha": None, "docker_label": None}
    return json_response(200, model | limits | sizes | {"validation_workers": 2, "max_client_batch_size": 4} | router)


def _health(_script: Script) -> bytes:
    return response(200)


_OPEN = {("GET", "/info"): _info, ("GET", "/health"): _health, ("GET", "/ping"): _health, ("GET", "/"): _health}
_GUARDED = {
    ("POST", "/generate"): _generate,
    ("POST", "/generate_stream"): _stream,
    ("POST", "/"): _compat,
    ("POST", "/tokenize"): _tokenize,
}
_PATHS = {path for _, path in (*_OPEN, *_GUARDED)}
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
