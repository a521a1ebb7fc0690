"""Real engines: llama.cpp, which every machine can run, or one that somebody has started and names."""

from __future__ import annotations

import contextlib
import os
import re
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mistral_lsp.model import engine_process, engines
from mistral_lsp.model.address import Address

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from mistral_lsp.model.engines import Engine

CONTEXT_TOKENS = 1024
LLAMA_CPP, VLLM, TGI = "llamacpp", "vllm", "tgi"

# What each has to be started as, for all of the tests to be able to run.
NEEDS = {
    VLLM: """make test-vllm asks a real vLLM, and there is none to ask: VLLM_URL isn't set.
On a machine with a GPU: pip install vllm, then
    vllm serve mistralai/Mistral-7B-Instruct-v0.3 --port 8000 --max-model-len 4096 --api-key KEY \\
        --enable-prompt-tokens-details
and here
    VLLM_URL=http://localhost:8000 VLLM_API_KEY=KEY make test-vllm""",
    TGI: """make test-tgi asks a real text-generation-inference, and there is none to ask: TGI_URL isn't set.
On a machine with a GPU:
    docker run --gpus all -p 8080:80 -e API_KEY=KEY ghcr.io/huggingface/text-generation-inference:3.3.7 \\
        --model-id mistralai/Mistral-7B-Instruct-v0.3 --max-total-tokens 4096
and here
    TGI_URL=http://localhost:8080 TGI_API_KEY=KEY make test-tgi""",
}
_RUNNING = {  # how many requests an engine works on, in what it tells of itself
    VLLM: ("/metrics", re.compile(r"^vllm:num_requests_running(?:\{[^}]*\})? (?P<count>[\d.]+)", re.MULTILINE)),
    TGI: ("/metrics", re.compile(r"^tgi_batch_current_size (?P<count>[\d.]+)", re.MULTILINE)),
    LLAMA_CPP: ("/slots", re.compile(r'"is_processing":\s*(?P<count>true|false)')),
}


@dataclass(frozen=True, slots=True)
class Served:
    """One that answers."""

    kind: str  # LLAMA_CPP, VLLM or TGI
    address: Address

    @property
    def engine(self) -> Engine:
        """What it can do, as the table has it."""
        return {VLLM: engines.VLLM, TGI: engines.TGI, LLAMA_CPP: engines.LLAMA_CPP}[self.kind]

    def is_working(self) -> bool:
        """Whether it works on any request. Blocks."""
        path, pattern = _RUNNING[self.kind]
        counts = pattern.findall(self.get(path)[1])
        return any(count not in {"0", "0.0", "false"} for count in counts)

    def get(self, path: str, *, token: str | None = None) -> tuple[int, str]:
        """The status and the text of a page; without another one, with the user's token. Blocks."""
        key = self.address.token if token is None else token
        request = urllib.request.Request(self.address.url + path, headers={"Authorization": f"Bearer {key}"})
        try:
            with urllib.request.urlopen(request, timeout=10) as reply:
                return reply.status, reply.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode(errors="replace")


def wanted(environ: Mapping[str, str] = os.environ) -> str:
    """The kind to ask: REAL_ENGINE, or llama.cpp. Raises LookupError, which says what is needed."""
    kind = environ.get("REAL_ENGINE", LLAMA_CPP)
    if kind != LLAMA_CPP and not environ.get(f"{kind.upper()}_URL"):
        raise LookupError(NEEDS.get(kind, f"REAL_ENGINE={kind}: it must be {LLAMA_CPP}, {VLLM} or {TGI}"))
    return kind


@contextlib.asynccontextmanager
async def served(kind: str, weights: Path | None, environ: Mapping[str, str] = os.environ) -> AsyncIterator[Served]:
    """The engine of a kind; llama.cpp's server is started with these weights."""
    if kind != LLAMA_CPP:
        url, token = (
            environ[f"{kind.upper()}_URL"].rstrip("/").removesuffix("/v1"),
            environ.get(f"{kind.upper()}_API_KEY"),
        )
        yield Served(kind, Address(url=url, token=token, timeout_s=60, allow_http=True))
        return
    if weights is None:
        raise LookupError("llama.cpp needs weights")
    engine = await engine_process.start(weights, threads=None, context_tokens=CONTEXT_TOKENS)
    try:
        yield Served(kind, Address(url=engine.http.where, token=engine.http._token, timeout_s=60))
    finally:
        await engine.stop()
