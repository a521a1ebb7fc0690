"""What text-generation-inference 3.3 makes of a request: its rules, its errors, and the tokens of an answer."""

from __future__ import annotations

import math
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from mistral_lsp.bench.tgi_script import Fault

if TYPE_CHECKING:
    from mistral_lsp.bench.tgi_script import Script

EOS = "</s>"
LOGPROB = -0.001  # of a token, where a script doesn't say: it is sure of what it was told


class Piece(str):
    """A token of a script that says how likely the model held it."""

    __slots__ = ("logprob",)
    logprob: float

    @classmethod
    def of(cls, text: str, probability: float) -> Self:
        """A token's text and its probability."""
        piece = cls(text)
        piece.logprob = math.log(max(probability, 1e-9))
        return piece


def refused(script: Script, request: dict[str, Any]) -> tuple[int, dict[str, str]] | None:
    """The status and body with which TGI refuses a request, or None."""
    if script.fault in ERRORS and not script.fault_after:
        return ERRORS[script.fault]
    asked = parameters(request)
    stops, new, used = len(asked["stop"]), asked["max_new_tokens"], tokens_in(request["inputs"])
    most = script.max_total_tokens
    new = max(most - used, 1) if new is None else new
    rules = {
        "`temperature` must be strictly positive": asked["temperature"] is not None and asked["temperature"] <= 0,
        "`max_new_tokens` must be strictly positive": new == 0,
        f"`stop` supports up to {script.max_stops} stop sequences. Given: {stops}": stops > script.max_stops,
        "`inputs` cannot be empty": not request["inputs"],
        f"`inputs` tokens + `max_new_tokens` must be <= {most}. "
        f"Given: {used} `inputs` tokens and {new} `max_new_tokens`": used + new > most,
        "grammar is not valid: Grammar must have a 'properties' field": _is_no_object(asked["grammar"]),
    }
    for words, is_broken in rules.items():
        if is_broken:
            return 422, error("validation", f"Input validation error: {words}")
    return None


def _is_no_object(grammar: Any) -> bool:
    """Whether a grammar is a schema that the router can't make a regular expression of."""
    return grammar is not None and grammar["type"] == "json" and "properties" not in grammar["value"]


def error(kind: str, words: str) -> dict[str, str]:
    """An error in TGI's form."""
    return {"error": words, "error_type": kind}


ERRORS: dict[Fault | None, tuple[int, dict[str, str]]] = {
    Fault.GENERATION: (424, error("generation", "Request failed during generation: Server error: CUDA out of memory")),
    Fault.OVERLOADED: (429, error("overloaded", "Model is overloaded")),
    Fault.INCOMPLETE: (500, error("incomplete_generation", "Incomplete generation")),
}


def parameters(request: dict[str, Any]) -> dict[str, Any]:
    """What a request asks for, with the router's own defaults."""
    return {
        "max_new_tokens": None,
        "temperature": None,
        "stop": [],
        "grammar": None,
        "details": False,
        **(request.get("parameters") or {}),
    }


def tokens_in(text: str) -> int:
    """How many tokens a text has, here."""
    return 1 + (len(text) + 3) // 4  # the begin-of-sequence token, and four characters a token


@dataclass(frozen=True, slots=True)
class Answer:
    """What the model says to one request."""

    tokens: tuple[str, ...]
    finish_reason: str

    @classmethod
    def to(cls, script: Script, request: dict[str, Any]) -> Answer:
        """End at the limit, at a stop string or with the reply, whichever is first."""
        reply = script.reply(request["inputs"]) if callable(script.reply) else script.reply
        size = script.chars_per_token
        all_tokens = [reply[i : i + size] for i in range(0, len(reply), size)] if isinstance(reply, str) else reply
        asked, text = parameters(request), ""
        for number, token in enumerate(all_tokens, 1):
            text += token
            if number == asked["max_new_tokens"]:
                return cls(tuple(all_tokens[:number]), "length")
            if any(text.endswith(stop) for stop in asked["stop"]):
                return cls(tuple(all_tokens[:number]), "stop_sequence")
        return cls((*all_tokens, EOS), "eos_token")

    @property
    def text(self) -> str:
        """Without the token that ends it."""
        return "".join(self.tokens).removesuffix(EOS if self.finish_reason == "eos_token" else "")

    def details(self, request: dict[str, Any]) -> dict[str, Any]:
        """What the final event counts."""
        used = tokens_in(request["inputs"])
        return {
            "finish_reason": self.finish_reason,
            "generated_tokens": len(self.tokens),
            "seed": None,
            "input_length": used,
        }


def token(text: str) -> dict[str, Any]:
    """One token of an event."""
    special = text == EOS
    return {
        "id": 2 if special else 3 + zlib.crc32(text.encode(errors="replace")) % 32_000,
        "text": text,
        "logprob": text.logprob if isinstance(text, Piece) else LOGPROB,
        "special": special,
    }
