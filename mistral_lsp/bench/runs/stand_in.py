"""StandIn: an endpoint on this machine with the times of a GPU, a prefix cache, and a door that may be full.

It speaks as TGI, vLLM or llama.cpp, and tells of its cache as each of them does: TGI doesn't, vLLM in the usage of its
last event (whole blocks of 16 tokens), llama.cpp in its timings.
"""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from mistral_lsp.bench import tgi_answers
from mistral_lsp.bench.endpoint import Endpoint
from mistral_lsp.bench.replay.prefix_cache import PrefixCache
from mistral_lsp.bench.replay.profiles import PROFILES, Profile
from mistral_lsp.bench.tgi_script import Script, json_response

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mistral_lsp.bench.tgi_script import Step

ENGINES = {"tgi": "tgi", "openai": "vllm", "llamacpp": "llamacpp"}  # by what it speaks
BLOCK_TOKENS = {"tgi": 1, "vllm": 16, "llamacpp": 1}
SEQUENCES = 64  # that the cache holds
USUAL = PROFILES["a10g-4bit"]
AT_ONCE = Profile("at once", 0.0, float("inf"), 0.0)
SAID = "I would look at the loop first: `total` is never reset.\n"  # to everything
SCRIPT = Script(reply=SAID)
_ASKED = ("/generate", "/generate_stream", "/", "/completion", "/v1/completions", "/v1/chat/completions")
_QUEUE_S = 0.002  # how often a request that waits for a slot looks again
_FULL = {
    "tgi": {"error": "Model is overloaded", "error_type": "overloaded"},
    "vllm": {"error": {"message": "Too many requests", "type": "TooManyRequests", "code": 429}},
    "llamacpp": {"error": {"message": "Too many requests", "type": "unavailable_error", "code": 429}},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """What it is like to come in."""

    profile: Profile | None = None  # the usual one, where the user names none
    kind: str = "tgi"  # of ENGINES
    slots: int = 8  # requests that it works on; the others wait
    admits: int | None = None  # requests at a time, those that wait among them; who comes then is told 429 at once


class StandIn(Endpoint):
    """See the module."""

    def __init__(self, door: Door, script: Script = SCRIPT, *, usual: Profile = USUAL) -> None:
        """Without a script it says the same to everybody."""
        self._door, self._engine, self._profile = door, ENGINES[door.kind], door.profile or usual
        super().__init__(replace(script, token_s=self._profile.token_s, engine=self._engine))
        self._cache = PrefixCache(sequences=SEQUENCES, block_tokens=BLOCK_TOKENS[self._engine])
        self._inside = self._working = 0
        self._line: deque[object] = deque()  # who waits for a slot: first come, first served

    def steps(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Iterator[Step]:
        """Let a question in or not; anything else is answered at once."""
        if method != "POST" or path not in _ASKED:
            return super().steps(method, path, headers, body)
        if self._door.admits is not None and self._inside >= self._door.admits:
            return iter([json_response(429, _FULL[self._engine], retry_after="1")])
        return self._answered(path, headers, body)

    def _answered(self, path: str, headers: Mapping[str, str], body: bytes) -> Iterator[Step]:
        self._inside += 1
        self._line.append(place := object())
        try:
            while self._working >= self._door.slots or self._line[0] is not place:
                yield _QUEUE_S
            self._line.popleft()
            self._working += 1
            try:
                yield from self._worked(path, headers, body)
            finally:
                self._working -= 1
        finally:  # also where the connection is lost: it drops these steps
            self._inside -= 1
            if place in self._line:
                self._line.remove(place)

    def _worked(self, path: str, headers: Mapping[str, str], body: bytes) -> Iterator[Step]:
        tokens = _tokens(_prompt(json.loads(body)))
        cached = self._cache.hit(tokens)
        self._cache.add(tokens)
        first_s = self._profile.first_token_s(len(tokens) - cached)
        script = replace(self.script, first_token_s=first_s, cached_tokens=cached)
        yield from tgi_answers.steps(script, "POST", path, headers, body)


def _prompt(request: Mapping[str, Any]) -> str:
    turns = request.get("messages")
    if turns:
        return "".join(str(turn["content"]) for turn in turns)
    return str(request.get("inputs") or request.get("prompt") or "")


def _tokens(prompt: str) -> tuple[str, ...]:
    """As the answers count them: the begin-of-sequence token, and four characters a token."""
    return "", *(prompt[start : start + 4] for start in range(0, len(prompt), 4))
