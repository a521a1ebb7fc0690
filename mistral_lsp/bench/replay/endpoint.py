"""OracleEndpoint: the stand-in for TGI with an oracle behind it, and the latency and prefix cache of a real server."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from mistral_lsp.bench.endpoint import Endpoint
from mistral_lsp.bench.replay.prefix_cache import PrefixCache
from mistral_lsp.bench.replay.tokens import pieces, tokenizer
from mistral_lsp.bench.tgi_answers import steps
from mistral_lsp.core.common import common_start

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from mistral_lsp.bench.replay.profiles import Profile
    from mistral_lsp.bench.replay.tokens import Tokens
    from mistral_lsp.bench.tgi_script import Step

_ROUTES = frozenset({"/generate_stream", "/"})
_QUEUE_S = 0.002  # how often a request that waits for a slot looks again
TAIL_CHARS = 100


@dataclass(slots=True)
class Stream:
    """One request that was answered, for the scores."""

    at_s: float
    prompt_end: str  # its last TAIL_CHARS
    prompt_tokens: int
    repeated: int  # of them, those that the request before began with too
    cached: int  # ... that the prefix cache had
    most_tokens: int  # that were asked for
    sent: list[tuple[float, str]] = field(default_factory=list)  # each token with its time
    ended_s: float = 0.0
    is_whole: bool = False  # False: the client hung up


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """What an inference server is besides its model."""

    profile: Profile
    slots: int = 4  # requests at a time
    cached_sequences: int = 16
    block_tokens: int = 1


class OracleEndpoint(Endpoint):
    """Speaks TGI over HTTP; makes tokens until it sees that the client has hung up."""

    def __init__(self, engine: Engine, answer: Callable[[str], str | Sequence[str]] = str) -> None:
        """`answer` is the model; it may say where its tokens end, as Pieces."""
        super().__init__()
        self.streams: list[Stream] = []
        self.answer = answer  # may be replaced, for another file
        self._engine = engine
        self._cache = PrefixCache(sequences=engine.cached_sequences, block_tokens=engine.block_tokens)
        self._before: Tokens = ()
        self._busy = 0

    def steps(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Iterator[Step]:
        """Answer one request: a stream by the oracle, anything else as the plain stand-in."""
        if method == "POST" and path in _ROUTES:
            request = json.loads(body)
            if request.get("stream", path != "/"):
                return self._stream(request, headers, body)
        return super().steps(method, path, headers, body)

    def _stream(self, request: dict[str, Any], headers: Mapping[str, str], body: bytes) -> Iterator[Step]:
        prompt, loop = request["inputs"], asyncio.get_running_loop()
        tokens = tokenizer()[1](prompt)
        most = (request.get("parameters") or {}).get("max_new_tokens") or 0
        stream = Stream(loop.time(), prompt[-TAIL_CHARS:], len(tokens), common_start(self._before, tokens), 0, most)
        self.streams.append(stream)
        self._before = tokens
        while self._busy >= self._engine.slots:
            yield _QUEUE_S
        stream.cached = self._cache.hit(tokens)
        self._busy += 1
        try:
            yield from self._watched(stream, prompt, headers, body)
            stream.is_whole = True
        finally:  # also where the connection is lost: it drops these steps
            self._busy -= 1
            stream.ended_s = loop.time()
            self._cache.add(tokenizer()[1](prompt + "".join(text for _, text in stream.sent)))

    def _watched(self, stream: Stream, prompt: str, headers: Mapping[str, str], body: bytes) -> Iterator[Step]:
        profile, said = self._engine.profile, self.answer(prompt)
        answer = pieces(said) if isinstance(said, str) else said
        first_s = profile.first_token_s(stream.prompt_tokens - stream.cached)
        script = replace(self.script, reply=answer, first_token_s=first_s, token_s=profile.token_s)
        tokens = iter([*answer, ""])
        is_head = True
        for step in steps(script, "POST", "/generate_stream", headers, body):
            if isinstance(step, bytes) and step.startswith(b"0\r\n"):
                yield step
            elif isinstance(step, bytes) and not is_head:
                stream.sent.append((asyncio.get_running_loop().time(), next(tokens)))
                yield step
            else:
                is_head = is_head and not isinstance(step, bytes)
                yield step
