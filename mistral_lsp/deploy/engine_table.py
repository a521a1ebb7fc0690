"""Engines that can be deployed, as data: images, what they can do, and which of their routes the proxy lets through.

Sources: vLLM's docs/usage/security.md, docs/features/quantization and `vllm serve --help`; text-generation-inference's
docs/source/reference/launcher.md, router and Dockerfile; llama.cpp's tools/server/README.md and docs/docker.md. The
routes are those that our own clients ask (`model/`), and no more.
"""

from __future__ import annotations

from dataclasses import dataclass

PRECISIONS = {
    "fp16": "16 bits, as trained",
    "fp8": "8 bits, made from the 16-bit weights while they are loaded",
    "awq": "4 bits, from weights that were quantised before",
    "gptq": "4 bits, from weights that were quantised before",
    "gguf": "4 to 5 bits (Q4_K_M), llama.cpp's own files",
}

# Which proxy and which downloader go with all of them. HAProxy's configuration is tested with Debian's 2.6.
PROXY_IMAGE = "haproxy:3.4.1-alpine"
CURL_IMAGE = "curlimages/curl:8.12.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineRow:
    """One of them."""

    name: str  # as --engine has it
    title: str
    image: str  # by exact version
    cpu_image: str = ""  # for a processor alone; empty where there is none
    capability: dict[str, float]  # by precision, the least compute capability
    get: tuple[str, ...]  # the paths that the proxy lets through
    post: tuple[str, ...]
    closed: tuple[str, ...]  # paths of the engine's that nobody outside needs, for proving that they are
    queue_metric: str = ""  # what its own queue is called, where a scraper may read it
    start: str  # the program, in a shell that has the key in KEY; "" where it reads the key's file itself
    python: str = ""  # of the image, for fetching weights
    key_guards: str  # what its own key doesn't guard, in words
    remark: str = ""

    def image_for(self, *, is_cpu: bool) -> str:
        """The image for this machine."""
        return self.cpu_image if is_cpu else self.image


VLLM = EngineRow(
    name="vllm",
    title="vLLM",
    image="vllm/vllm-openai:v0.30.0",
    capability={"fp16": 7.5, "fp8": 8.9, "awq": 7.5, "gptq": 7.5},
    get=("/health", "/version", "/v1/models"),
    post=("/v1/completions", "/v1/chat/completions", "/tokenize"),
    closed=(
        *("/invocations", "/metrics", "/pause", "/resume", "/score", "/pooling", "/update_weights"),
        *("/v1/load_lora_adapter", "/inference/v1/generate", "/docs", "/openapi.json"),
    ),
    queue_metric="vllm:num_requests_waiting",
    start='VLLM_API_KEY="$KEY" exec vllm serve',
    python="python3",
    key_guards="/invocations, /pause, /tokenize, /metrics and others answer without the key",
    remark="the image is built for CUDA 13: NVIDIA's driver 580 or newer",
)
TGI = EngineRow(
    name="tgi",
    title="text-generation-inference",
    image="ghcr.io/huggingface/text-generation-inference:3.3.7",
    capability={"fp16": 8.0, "fp8": 9.0, "awq": 8.0, "gptq": 8.0},
    get=("/health", "/info", "/v1/models"),
    post=("/generate_stream", "/v1/chat/completions", "/chat_tokenize"),
    closed=("/", "/generate", "/invocations", "/vertex", "/tokenize", "/metrics", "/docs"),
    queue_metric="tgi_queue_size",
    start='API_KEY="$KEY" exec /tgi-entrypoint.sh',
    python="/usr/src/.venv/bin/python",
    key_guards="/info, /metrics and /chat_tokenize answer without the key",
    remark="its makers only maintain it since December 2025, and recommend vLLM or llama.cpp",
)
LLAMACPP = EngineRow(
    name="llamacpp",
    title="llama.cpp",
    image="ghcr.io/ggml-org/llama.cpp:server-cuda-b11382",
    cpu_image="ghcr.io/ggml-org/llama.cpp:server-b11382",
    capability={"gguf": 6.1},
    get=("/health", "/props", "/v1/models"),
    post=("/completion", "/v1/chat/completions"),
    closed=("/", "/slots", "/metrics", "/lora-adapters", "/tokenize", "/embedding"),
    start="",
    key_guards="any web page may ask it from a browser, unless it is told otherwise",
)
ENGINES = {engine.name: engine for engine in (VLLM, TGI, LLAMACPP)}
