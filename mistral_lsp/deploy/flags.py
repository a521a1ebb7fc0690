"""Flags: what each engine is started with for editors' completions, each with why."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from mistral_lsp.core.prompt_file import MAX_STOPS
from mistral_lsp.deploy.paths import ENGINE_PORT, KEY, weights_path

if TYPE_CHECKING:
    from collections.abc import Callable

    from mistral_lsp.deploy.plan import Plan

MOST_ANSWER_TOKENS = 1024  # as completion.max_tokens has it at most


class Flag(NamedTuple):
    """One argument, or an environment variable."""

    text: str  # "--port=8080", "DO_NOT_TRACK=1"
    why: str


def flags(plan: Plan) -> tuple[Flag, ...]:
    """The engine's arguments."""
    return tuple(_FLAGS[plan.option.engine.name](plan))


def variables(plan: Plan) -> tuple[Flag, ...]:
    """The engine's environment; the key comes from its secret when it starts."""
    own = {
        "vllm": [
            Flag("VLLM_NO_USAGE_STATS=1", "no word of you goes to its makers"),
            Flag("VLLM_CACHE_ROOT=/tmp/vllm", "compiled kernels; the rest of the file system is read-only"),
            Flag("USER=mistral", "PyTorch asks for a name, and this user has none in the image"),
        ],
        "tgi": [
            Flag("PREFIX_CACHING=true", "while one types, a prompt is the one before but for its end: not read again"),
            Flag("HUGGINGFACE_HUB_CACHE=/tmp/hub", "the file system is read-only, and all it needs is in /weights"),
        ],
        "llamacpp": [],
    }
    return (
        Flag("HF_HUB_OFFLINE=1", "the weights are there: it has no reason to ask anybody"),
        Flag("DO_NOT_TRACK=1", "no word of you goes to anybody"),
        Flag("HOME=/tmp", "the only place that it can write to"),
        *own[plan.option.engine.name],
    )


def _vllm(plan: Plan) -> list[Flag]:
    speculation = {"method": "ngram", "num_speculative_tokens": 5, "prompt_lookup_max": 4}
    flags = [
        Flag(weights_path(plan), "the weights"),
        Flag(f"--served-model-name={plan.model.name}", "the client tells the prompt's form by this name"),
        Flag("--host=0.0.0.0", "inside its own network, which the proxy alone shares with it"),
        Flag(f"--port={ENGINE_PORT}", "as the proxy has it"),
        Flag(f"--max-model-len={plan.context_tokens}", "prompt and answer; more would take memory from other requests"),
        Flag("--gpu-memory-utilization=0.90", "weights and cache; what is left is for the driver"),
        Flag("--enable-prefix-caching", "while one types, a prompt is the one before but for its end: not read again"),
        Flag("--enable-chunked-prefill", "a long new prompt doesn't hold up the answers that are being written"),
        Flag("--max-num-batched-tokens=2048", "... and is read in pieces of this size"),
        Flag(
            f"--speculative-config={json.dumps(speculation)}", "code repeats itself: up to 5 tokens at the price of one"
        ),
        Flag("--enable-prompt-tokens-details", "`mistral-lsp doctor --measure` sees how much of a prompt was kept"),
        Flag("--load-format=safetensors", "no other format: those can hold programs"),
    ]
    if plan.option.precision == "fp8":
        flags.append(Flag("--quantization=fp8", "half the bytes for each token, made while the weights are loaded"))
    if plan.gpu.capability is not None and plan.gpu.capability < 8:
        flags.append(Flag("--dtype=half", f"{plan.gpu.name} doesn't know bfloat16"))
    return flags


def _tgi(plan: Plan) -> list[Flag]:
    flags = [
        Flag(f"--model-id={weights_path(plan)}", "the weights; the client tells the prompt's form by this path"),
        Flag("--hostname=0.0.0.0", "inside its own network, which the proxy alone shares with it"),
        Flag(f"--port={ENGINE_PORT}", "as the proxy has it"),
        Flag(f"--max-total-tokens={plan.context_tokens}", "prompt and answer; more takes memory from other requests"),
        Flag(f"--max-input-tokens={plan.context_tokens - 64}", "the prompt; the least answer is 64 tokens"),
        Flag("--max-batch-prefill-tokens=2048", "a long prompt is read in pieces of this size, between others' tokens"),
        Flag(
            "--speculate=3", "code repeats itself: n-grams of the prompt are tried, up to 3 tokens at the price of one"
        ),
        Flag(f"--max-stop-sequences={MAX_STOPS}", "what the client sends at most"),
        Flag("--max-concurrent-requests=128", "beyond, it says 429 at once, and the client waits"),
        Flag("--payload-limit=2000000", "bytes of a request; a prompt is some thousands"),
        Flag("--usage-stats=off", "no word of you goes to its makers"),
        Flag("--cors-allow-origin=http://localhost", "no web page may ask it; without this, every one may"),
        Flag("--json-output", "its log in lines, without colours"),
    ]
    if plan.option.precision in {"fp8", "awq", "gptq"}:
        why = {"fp8": "half the bytes for each token, made while the weights are loaded"}
        text = f"--quantize={plan.option.precision}"
        flags.append(Flag(text, why.get(plan.option.precision, "what the weights are in; a quarter of the bytes")))
    return flags


def _llamacpp(plan: Plan) -> list[Flag]:
    flags = [
        Flag(f"--model={weights_path(plan)}", "the weights; the client tells the prompt's form by the file's name"),
        Flag("--host=0.0.0.0", "inside its own network, which the proxy alone shares with it"),
        Flag(f"--port={ENGINE_PORT}", "as the proxy has it"),
        Flag(f"--api-key-file={KEY}", "the proxy asks for the key too; two locks"),
        Flag(f"--parallel={plan.slots}", "requests answered at once, each with a cache of its own"),
        Flag(f"--ctx-size={plan.context_tokens * plan.slots}", f"{plan.context_tokens} tokens for each of them"),
        Flag("--cache-prompt", "while one types, a prompt is the one before but for its end: not read again"),
        Flag("--cache-reuse=256", "... and what only moved within it is shifted instead of read again"),
        Flag(
            "--spec-type=ngram-simple", "code repeats itself: what followed before is tried at the price of one token"
        ),
        Flag(f"--n-predict={MOST_ANSWER_TOKENS}", "an answer ends here at the latest"),
        Flag("--cors-origins=localhost", "no web page may ask it; without this, every one may"),
        Flag("--no-ui", "nobody looks at it by a browser"),
        Flag("--no-slots", "nobody sees what others ask"),
        Flag("--offline", "the weights are there: it has no reason to ask anybody"),
    ]
    if not plan.gpu.is_cpu:
        flags.append(Flag("--n-gpu-layers=all", "all of it on the GPU"))
    return flags


_FLAGS: dict[str, Callable[[Plan], list[Flag]]] = {"vllm": _vllm, "tgi": _tgi, "llamacpp": _llamacpp}
