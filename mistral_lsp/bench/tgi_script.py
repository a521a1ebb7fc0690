"""How the stand-in endpoint behaves, and the steps that its answers are made of."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


class Fault(StrEnum):
    """What goes wrong. Those of a stream come after `Script.fault_after` tokens."""

    REFUSE = "refuse"  # every connection is closed without an answer
    SILENT = "silent"  # the request is taken, and nothing ever comes back
    STALL = "stall"  # nothing more comes
    CUT = "cut"  # the connection closes
    CUT_IN_CHARACTER = "cut-in-character"  # ... within the bytes of one character
    END_EARLY = "end-early"  # the response ends well-formed, without the final event
    ENDLESS = "endless"  # the reply over and over, whatever the request's limits
    HUGE_EVENT = "huge-event"  # ten megabytes without an end of line
    NOT_JSON = "not-json"  # an event that isn't JSON
    WRONG_SHAPE = "wrong-shape"  # an event that is JSON and no event of TGI's
    GENERATION = "generation"  # TGI's own errors
    INCOMPLETE = "incomplete"
    OVERLOADED = "overloaded"
    HTML_502 = "html-502"  # a proxy's answers
    HTML_200 = "html-200"
    JSON_200 = "json-200"
    BUSY_503 = "busy-503"
    FORBIDDEN_403 = "forbidden-403"
    NOT_FOUND_404 = "not-found-404"
    REDIRECT = "redirect"


class Then(Enum):
    """A step that is neither bytes nor a wait."""

    CLOSE = "close"  # after what was written
    NEVER = "never"  # hold the connection and do nothing


Step = bytes | float | Then  # write this · wait so many seconds · ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """How the stand-in behaves."""

    reply: str | Sequence[str] | Callable[[str], str | Sequence[str]] = "pass"  # called with the prompt
    chars_per_token: int = 4  # how a reply that is one text is cut
    first_token_s: float = 0.0
    token_s: float = 0.0  # between tokens
    end_s: float = 0.0  # between the final event and the response's end
    comments: bool = False  # a keep-alive comment before each event
    token: str | None = None  # the API key; None asks for none
    prefix: str = ""  # of every path, such as "/tgi"
    errors_as_status: bool = False  # as older routers answer a stream that can't start
    max_total_tokens: int = 8192
    max_stops: int = 4
    model_id: str = "mistralai/Mistral-7B-Instruct-v0.3"
    engine: str = "tgi"  # what it stands in for: "tgi", "vllm" or "llamacpp"
    owner: str = "vllm"  # of the model, as vLLM's kin name themselves
    has_chat: bool = True  # whether the model has a chat template
    cached_tokens: int | None = None  # of each prompt, as engines that tell it say; None: as many as they could have
    pages: Mapping[tuple[str, str], bytes] = field(default_factory=dict)  # other answers, such as to ("GET", "/info")
    fault: Fault | None = None
    fault_after: int = 0


def response(status: int, body: bytes = b"", **headers: str) -> bytes:
    """One whole HTTP response; underscores in header names stand for hyphens."""
    return head(status, {"content-length": str(len(body)), **headers}) + body


def json_response(status: int, value: Any, **headers: str) -> bytes:
    """One whole HTTP response of JSON."""
    return response(status, dumps(value), content_type="application/json", **headers)


def head(status: int, headers: Mapping[str, str]) -> bytes:
    """The status line and the headers."""
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n{lines}vary: origin\r\n\r\n".encode()


def dumps(value: Any) -> bytes:
    """JSON as TGI writes it: UTF-8 without escapes or spaces."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
